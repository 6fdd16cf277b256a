//! Lua scripts that an administrator got wrong: nobody is refused, and the log says what it is.

use crate::site::{GOOD, JOHN, Site, expect_log};

pub(crate) fn no_module(site: &mut Site) {
    expect_failures(site, "/?.so", "/nowhere/?.so", "module 'ispmail' not found");
}

pub(crate) fn settings(site: &mut Site) {
    let seconds = "ispmail: timeout: expected seconds, 0.1 to 120";
    expect_failures(site, "timeout = 20", "timeout = 'long'", seconds);
}

fn expect_failures(site: &Site, from: &str, to: &str, logged: &str) {
    let dovecot = site.dovecot_with_script(|script| script.replace(from, to));
    for _ in 0..2 {
        let line = dovecot.imap().login(JOHN.as_bytes(), GOOD.as_bytes()).line;
        assert!(line.contains("[UNAVAILABLE]"), "{line}\n{}", dovecot.log());
    }
    let doveadm = dovecot.doveadm();
    for output in [doveadm.user(JOHN), doveadm.user("*")] {
        assert_eq!(output.code(), 75, "{output:?}\n{}", dovecot.log());
    }
    expect_log(&dovecot, logged);
}
