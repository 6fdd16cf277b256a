//! What `doveadm` finds out.

use std::thread;

use crate::door::Door;
use crate::site::{CRAM, CROWD, GOOD, JOHN, PLAIN, Site, WRONG, one_of_crowd};

/// The userdb: one user, nobody, and all of them.
pub(crate) fn users(site: &mut Site) {
    let doveadm = site.dovecot.doveadm();
    site.database.add_user("delivered@example.org", None);
    // A delivery needs no password.
    for login in [JOHN, "JOHN@Example.ORG", "delivered@example.org"] {
        let found = doveadm.user(login);
        assert_eq!(found.code(), 0, "{found:?}\n{}", site.dovecot.log());
        let home = site.home(&login.to_ascii_lowercase());
        for field in ["uid\t5000", "gid\t5000", &format!("home\t{}", home.display())] {
            assert!(found.out().contains(field), "no {field} in:\n{}", found.out());
        }
    }
    assert_eq!(doveadm.user("nobody@example.org").code(), 67);

    if site.door == Door::Checkpassword23 {
        return;
    }
    let all = doveadm.user("*");
    assert_eq!(all.code(), 0, "{all:?}\n{}", site.dovecot.log());
    let listed = all.out();
    let mut listed: Vec<&str> = listed.lines().collect();
    listed.sort_unstable();
    let accounts = site.database.execute("SELECT email FROM virtual_users;");
    let mut accounts: Vec<&str> = accounts.lines().collect();
    accounts.sort_unstable();
    assert_eq!(listed, accounts);
    assert!(listed.len() > CROWD);
}

/// Sign-ins and credentials.
pub(crate) fn doveadm_auth(site: &mut Site) {
    let doveadm = site.dovecot.doveadm();
    let (login, password) = one_of_crowd(7);
    assert_eq!(doveadm.auth_test(&login, &password).code(), 0);
    assert_eq!(doveadm.auth_test("JOHN@example.org", GOOD).code(), 0);
    thread::scope(|scope| {
        for (login, password) in [(JOHN, WRONG), (JOHN, ""), ("nobody@example.org", GOOD)] {
            scope.spawn(move || {
                let tested = doveadm.auth_test(login, password);
                assert_eq!(tested.code(), 77, "{login}, {password:?}: {tested:?}");
            });
        }
    });
    // What it shows of an account is its login; the stored password never.
    for (login, user) in [("Plain@Example.org", PLAIN), (CRAM, CRAM), (JOHN, JOHN)] {
        let found = doveadm.auth_lookup(login);
        assert_eq!(found.code(), 0, "{login}: {found:?}\n{}", site.dovecot.log());
        let shown = found.out();
        let line = shown.lines().find_map(|line| line.trim_start().strip_prefix("user"));
        assert_eq!(line.map(|rest| rest.trim_start_matches([' ', ':'])), Some(user), "{found:?}");
    }
    let unknown = doveadm.auth_lookup("nobody@example.org");
    assert_eq!(unknown.code(), 67, "{unknown:?}");
}
