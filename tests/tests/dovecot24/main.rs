//! What a real Dovecot 2.4 does by itself: the facts that this project relies on.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use ispmail_tests::database::Servers;
use ispmail_tests::dovecot24::Dovecot24;
use ispmail_tests::runner::{Body, on_every_database, run, test};

mod lua;
mod sql;

const TESTS: &[(&str, Body)] =
    &[("own_sql_signs_in", sql::signs_in), ("weak_scheme", sql::weak_scheme)];

type Test = fn(&Arc<Servers>);

/// What needs no database.
const OTHERS: &[(&str, Test)] = &[
    ("checkpassword_is_unknown", sql::checkpassword_is_unknown),
    ("lua::worker", lua::worker),
    ("lua::unprivileged_worker", lua::unprivileged_worker),
    ("lua::main_process", lua::main_process),
    ("lua::cram_md5", lua::cram_md5),
    ("lua::cache", lua::cache),
    ("lua::returns", lua::returns),
];

fn main() {
    run(|servers| {
        let mut tests = on_every_database(servers, TESTS, &[]);
        tests.extend(OTHERS.iter().map(|&(name, body)| test(servers, name, body)));
        tests
    })
}

/// Fails unless this text gets into the log: another process writes it, after the answer.
#[track_caller]
fn expect_log(dovecot: &Dovecot24, text: &str) {
    const LIMIT: Duration = Duration::from_secs(20);
    let begin = Instant::now();
    while !dovecot.log().contains(text) {
        assert!(begin.elapsed() < LIMIT, "no {text:?} in the log:\n{}", dovecot.log());
        thread::sleep(Duration::from_millis(10));
    }
}
