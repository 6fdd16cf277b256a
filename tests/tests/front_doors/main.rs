//! Real Dovecots 2.3 and 2.4 sign users in through `ispmail-authd`, by each of its front doors and
//! over every database.

use std::sync::{Arc, Mutex, PoisonError};

use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::runner::{run, test};
use libtest_mimic::Trial;

use crate::door::Door;
use crate::site::Site;

mod broken;
mod cache;
mod door;
mod logs;
mod look_ups;
mod mechanisms;
mod outages;
mod restarts;
mod sign_ins;
mod site;
mod upgrades;

/// A test on a site that others use, too.
type Body = fn(&mut Site);

/// By every front door, over every database.
const TESTS: &[(&str, Body)] = &[
    ("imap", sign_ins::imap),
    ("mailbox", sign_ins::mailbox),
    ("every_byte", sign_ins::every_byte),
    ("users", look_ups::users),
    ("doveadm_auth", look_ups::doveadm_auth),
    ("cram_md5", mechanisms::cram_md5),
    ("a_crowd", restarts::a_crowd),
    ("restarted", restarts::restarted),
    ("killed", restarts::killed),
    ("weak_rows", upgrades::weak_rows),
    ("bare_md5_rows", upgrades::bare_md5_rows),
];

/// What has nothing to do with the database.
const SQLITE_TESTS: &[(&str, Body)] = &[("absent", outages::absent), ("cache", cache::cache)];

/// What only Lua can do.
const LUA_TESTS: &[(&str, Body)] =
    &[("workers", cache::workers), ("no_module", broken::no_module), ("settings", broken::settings)];

fn main() {
    run(|servers| {
        let mut tests = Vec::new();
        for kind in Kind::ALL {
            tests.extend(Door::ALL.into_iter().flat_map(|door| of_site(servers, door, kind)));
        }
        // After all others.
        tests.push(test(servers, "logs_are_clean", logs::are_clean));
        tests
    })
}

/// The tests of one site, which the first starts and the last takes down.
fn of_site(servers: &Arc<Servers>, door: Door, kind: Kind) -> Vec<Trial> {
    let site: Arc<Mutex<Option<Site>>> = Arc::default();
    let mut tests = TESTS.to_vec();
    if kind == Kind::Sqlite {
        tests.extend(SQLITE_TESTS);
        if door != Door::Checkpassword23 {
            tests.extend(LUA_TESTS);
        }
    }
    let trials = tests.into_iter().map(|(name, body)| {
        let site = Arc::clone(&site);
        test(servers, format!("{}::{}::{name}", door.name(), kind.name()), move |servers| {
            // A test that failed leaves the servers running.
            let mut site = site.lock().unwrap_or_else(PoisonError::into_inner);
            body(site.get_or_insert_with(|| Site::start(servers, door, kind)));
        })
    });
    trials.collect()
}
