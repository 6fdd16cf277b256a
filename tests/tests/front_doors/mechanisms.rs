//! Mechanisms that need what is stored.

use std::thread;

use ispmail_tests::dovecot::Dovecot;

use crate::site::{CRAM, GOOD, JOHN, LOCKED, MALFORMED, PLAIN, Site, WRONG};

pub(crate) fn cram_md5(site: &mut Site) {
    expect_cram_md5(&site.dovecot);
}

/// It works with plain text and with values of its own, and nobody else is told more than of a
/// wrong password.
pub(crate) fn expect_cram_md5(dovecot: &Dovecot) {
    let cases = [
        (PLAIN, GOOD, "OK"),
        ("Plain@Example.ORG", GOOD, "OK"),
        (CRAM, GOOD, "OK"),
        (PLAIN, WRONG, "NO [AUTHENTICATIONFAILED]"),
        (CRAM, WRONG, "NO [AUTHENTICATIONFAILED]"),
        (JOHN, GOOD, "NO [AUTHENTICATIONFAILED]"),
        ("nobody@example.org", GOOD, "NO [AUTHENTICATIONFAILED]"),
        (LOCKED, GOOD, "NO [AUTHENTICATIONFAILED]"),
        (MALFORMED, GOOD, "NO [UNAVAILABLE]"),
    ];
    // At once: Dovecot 2.3 answers a refusal half a second late.
    thread::scope(|scope| {
        for (login, password, expected) in cases {
            scope.spawn(move || {
                let line = dovecot.imap().authenticate_cram_md5(login, password).line;
                assert!(
                    line.starts_with(expected),
                    "{login}, {password}: {line}\n{}",
                    dovecot.log()
                );
            });
        }
    });
}
