//! Mechanisms that need what is stored.

use ispmail_tests::dovecot::Dovecot;

use crate::site::{CRAM, GOOD, JOHN, LOCKED, MALFORMED, PLAIN, Site, WRONG};

pub(crate) fn cram_md5(site: &mut Site) {
    expect_cram_md5(&site.dovecot);
}

/// It works with plain text and with values of its own, and nobody else is told more than of a
/// wrong password.
pub(crate) fn expect_cram_md5(dovecot: &Dovecot) {
    for (login, password, expected) in [
        (PLAIN, GOOD, "OK"),
        ("Plain@Example.ORG", GOOD, "OK"),
        (CRAM, GOOD, "OK"),
        (PLAIN, WRONG, "NO [AUTHENTICATIONFAILED]"),
        (CRAM, WRONG, "NO [AUTHENTICATIONFAILED]"),
        (JOHN, GOOD, "NO [AUTHENTICATIONFAILED]"),
        ("nobody@example.org", GOOD, "NO [AUTHENTICATIONFAILED]"),
        (LOCKED, GOOD, "NO [AUTHENTICATIONFAILED]"),
        (MALFORMED, GOOD, "NO [UNAVAILABLE]"),
    ] {
        let line = dovecot.imap().authenticate_cram_md5(login, password).line;
        assert!(line.starts_with(expected), "{login}, {password}: {line}\n{}", dovecot.log());
    }
}
