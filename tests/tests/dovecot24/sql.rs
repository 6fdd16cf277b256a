//! Dovecot's own `passdb sql`, and what 2.4 took away.

use std::sync::Arc;

use ispmail_tests::auth_client::Decision::{Accepted, CouldNotCheck, Refused};
use ispmail_tests::database::{Database, Kind, Layout, Servers};
use ispmail_tests::dovecot24::{Dovecot24, block, passdb_sql, userdb_static};

use crate::expect_log;

/// The owner of all mail in the guides, user and group.
const VMAIL: (u32, u32) = (5000, 5000);

const JOHN: &str = "john@example.org";
const OLD: &str = "old@example.org";

/// The guides' server, over IMAP and by `doveadm`.
pub(crate) fn signs_in(servers: &Arc<Servers>, kind: Kind) {
    let database = database_with_users(servers, kind);
    let number = servers.next_number();
    let homes = servers.scratch().directory(&format!("vmail{number}"), VMAIL);
    let settings = passdb_sql(&database, "SHA256-CRYPT") + &userdb_static(&homes, VMAIL);
    let dovecot = Dovecot24::start(servers, &settings);

    let mut imap = dovecot.imap();
    let reply = imap.login(b"John@example.org", b"start123");
    assert!(reply.ok, "{}\n{}", reply.line, dovecot.log());
    assert!(imap.append("INBOX", b"Subject: hello\r\n\r\nhello\r\n").ok);
    assert!(homes.join("example.org/john/Maildir/cur").is_dir());
    let reply = dovecot.imap().login(JOHN.as_bytes(), b"wintermoon");
    assert!(reply.line.contains("[AUTHENTICATIONFAILED]"), "{}", reply.line);

    let doveadm = dovecot.doveadm();
    assert_eq!(doveadm.auth_test(JOHN, "start123").code(), 0);
    assert_eq!(doveadm.auth_test(JOHN, "wintermoon").code(), 77);
    let found = doveadm.user(JOHN);
    assert!(found.out().contains(&format!("home\t{}/example.org/john", homes.display())));
    assert_eq!(doveadm.user("nobody@example.org").code(), 67);
}

/// A row of an older server is nobody's wrong password: Dovecot 2.4 does not want to check it.
pub(crate) fn weak_scheme(servers: &Arc<Servers>, kind: Kind) {
    let database = database_with_users(servers, kind);
    let user_query = "SELECT '/nowhere' AS home, 5000 AS uid, 5000 AS gid FROM virtual_users \
                      WHERE email = '%{user}'";
    let iterate_query = "SELECT email AS user FROM virtual_users ORDER BY email";
    let userdb = block("userdb", "sql", &[("query", user_query), ("iterate_query", iterate_query)]);
    let settings = passdb_sql(&database, "SHA256-CRYPT") + &userdb;

    let dovecot = Dovecot24::start(servers, &settings);
    let decision = dovecot.auth().plain(OLD.as_bytes(), b"summersun").decision();
    assert_eq!(decision, CouldNotCheck);
    expect_log(&dovecot, "Weak password scheme 'PLAIN-MD5' used and refused");
    let test = dovecot.doveadm().auth_test(OLD, "summersun");
    assert_eq!(test.code(), 75, "{test:?}");
    assert_eq!(dovecot.doveadm().user("*").out(), format!("{JOHN}\n{OLD}\n"));

    let dovecot = Dovecot24::start(servers, &format!("auth_allow_weak_schemes = yes\n{settings}"));
    let mut auth = dovecot.auth();
    assert_eq!(auth.plain(OLD.as_bytes(), b"summersun").decision(), Accepted);
    assert_eq!(auth.plain(OLD.as_bytes(), b"wintermoon").decision(), Refused);
}

/// The way that 2.3 had for programs of others.
pub(crate) fn checkpassword_is_unknown(servers: &Arc<Servers>) {
    let settings =
        block("passdb", "checkpassword", &[]) + &userdb_static(servers.scratch().path(), VMAIL);
    let dovecot = Dovecot24::start(servers, &settings);
    // The first client starts the auth process.
    assert_ne!(dovecot.doveadm().user(JOHN).code(), 0);
    expect_log(&dovecot, "Fatal: Unknown passdb driver 'checkpassword'");
}

fn database_with_users(servers: &Arc<Servers>, kind: Kind) -> Database {
    let database = Database::create(servers, kind, Layout::default());
    let crypt = "$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1";
    database.add_user(JOHN, Some(crypt));
    database.add_user(OLD, Some("{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6dd"));
    database
}
