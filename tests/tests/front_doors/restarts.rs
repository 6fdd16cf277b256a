//! Many sign-ins at once, and a daemon that goes away among them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use ispmail_tests::auth_client::Decision::{Accepted, Refused};
use ispmail_tests::authd::Authd;

use crate::site::{AT_ONCE, Site, expect, one_of_crowd};

/// How many sign-ins there are at least.
const SIGN_INS: usize = 500;

/// Each gets its own answer. The wrong password is the next user's.
pub(crate) fn a_crowd(site: &mut Site) {
    let users: Vec<_> = (0..200).map(one_of_crowd).collect();
    let cases: Vec<_> = users
        .iter()
        .enumerate()
        .map(|(number, (login, password))| match number % 3 {
            0 => (login.as_str(), users[(number + 1) % users.len()].1.as_bytes(), Refused),
            _ => (login.as_str(), password.as_bytes(), Accepted),
        })
        .collect();
    expect(&site.dovecot, &cases);
}

pub(crate) fn restarted(site: &mut Site) {
    sign_in_while(site, Authd::restart);
}

pub(crate) fn killed(site: &mut Site) {
    sign_in_while(site, |daemon| {
        daemon.kill();
        daemon.start_again();
    });
}

/// Nobody fails and nobody is refused while the daemon goes and comes back.
fn sign_in_while(site: &mut Site, goes: fn(&mut Authd)) {
    const PART: usize = 100;
    let users: Vec<_> = (0..PART)
        .map(|number| {
            let (login, password) = one_of_crowd(number);
            (login.into_bytes(), password.into_bytes())
        })
        .collect();
    let (begun, done) = (AtomicBool::new(false), AtomicBool::new(false));
    let Site { dovecot, daemon, .. } = site;
    let dovecot = &**dovecot;
    thread::scope(|scope| {
        let sign_ins = scope.spawn(|| {
            let mut auth = dovecot.auth();
            let mut answers = Vec::new();
            // Before, meanwhile and after.
            while answers.len() < SIGN_INS || !done.load(Ordering::Relaxed) {
                answers.extend(auth.pipeline(&users, AT_ONCE));
                begun.store(true, Ordering::Relaxed);
            }
            answers.extend(auth.pipeline(&users, AT_ONCE));
            answers
        });
        while !begun.load(Ordering::Relaxed) && !sign_ins.is_finished() {
            thread::yield_now();
        }
        // On this thread: a server ends with the thread that started it.
        goes(daemon);
        done.store(true, Ordering::Relaxed);
        let answers = sign_ins.join().expect("sign-ins");
        let count = answers.len();
        let failed: Vec<_> = answers.iter().filter(|answer| !answer.ok).collect();
        assert!(
            failed.is_empty(),
            "{} of {count} failed: {:?}\n{}",
            failed.len(),
            failed[0],
            dovecot.log()
        );
    });
}
