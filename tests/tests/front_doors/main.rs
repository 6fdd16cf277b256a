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
const SQLITE_TESTS: &[(&str, Body)] = &[("absent", outages::absent)];

/// The same, and only for Lua. (Dovecot caches nothing that checkpassword says.)
const LUA_TESTS: &[(&str, Body)] = &[
    ("cache", cache::cache),
    ("workers", cache::workers),
    ("no_module", broken::no_module),
    ("settings", broken::settings),
];

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
            let mut kept = site.lock().unwrap_or_else(PoisonError::into_inner);
            let mut site = kept.take().unwrap_or_else(|| Site::start(servers, door, kind));
            // A test that fails takes the site along: it may have left the daemon stopped.
            body(&mut site);
            *kept = Some(site);
        })
    });
    trials.collect()
}
