//! What cannot be checked is a temporary failure, never a wrong password.

use std::sync::Arc;

use ispmail_tests::auth_client::Decision::{Accepted, CouldNotCheck, Refused};
use ispmail_tests::database::{Database, Kind, Layout, Servers};
use ispmail_tests::rows::MALFORMED;

use crate::mail::{Mail, Userdb};

const GOOD: (&str, &str) = ("john@example.org", "summersun");

pub(crate) fn malformed_rows(servers: &Arc<Servers>, kind: Kind) {
    let mail = mail_with_john(servers, kind, Layout::default());
    mail.database.add_users(MALFORMED.iter().map(|&(login, stored)| (login, Some(stored))));
    let cases: Vec<_> = MALFORMED
        .iter()
        .map(|(login, _)| (*login, b"summersun".as_slice(), CouldNotCheck))
        .collect();
    mail.expect_all(&cases);
    expect_unavailable(&mail, MALFORMED[0].0);
    mail.expect(GOOD.0, GOOD.1, Accepted);
}

/// A column may hold more than anybody expects.
pub(crate) fn megabyte(servers: &Arc<Servers>, kind: Kind) {
    let mail = mail_with_john(servers, kind, Layout { wide: true, ..Layout::default() });
    let filling = "a".repeat(1 << 20);
    let plain = format!("{{PLAIN}}{filling}");
    let crypt = format!("$5${filling}");
    mail.database.add_users([
        ("plain@example.org", Some(plain.as_str())),
        ("crypt@example.org", Some(crypt.as_str())),
    ]);
    mail.expect("plain@example.org", "aaaa", Refused);
    mail.expect("crypt@example.org", "aaaa", CouldNotCheck);
    mail.expect(GOOD.0, GOOD.1, Accepted);
}

pub(crate) fn two_rows(servers: &Arc<Servers>, kind: Kind) {
    let mail = mail_with_john(servers, kind, Layout { duplicates: true, ..Layout::default() });
    let plain = Some("{PLAIN}summersun");
    mail.database.add_users([("twice@example.org", plain), ("twice@example.org", plain)]);
    mail.expect("twice@example.org", "summersun", CouldNotCheck);
    assert_ne!(mail.dovecot.doveadm().user("twice@example.org").code(), 0);
    mail.expect(GOOD.0, GOOD.1, Accepted);
}

pub(crate) fn missing_tables(servers: &Arc<Servers>, kind: Kind) {
    let mail = mail_with_john(servers, kind, Layout::default());
    mail.database.execute("ALTER TABLE virtual_users RENAME TO elsewhere;");
    mail.expect(GOOD.0, GOOD.1, CouldNotCheck);
    mail.expect("nobody@example.org", GOOD.1, CouldNotCheck);
    expect_unavailable(&mail, GOOD.0);
    mail.database.execute("ALTER TABLE elsewhere RENAME TO virtual_users;");
    mail.expect(GOOD.0, GOOD.1, Accepted);
    mail.database.execute("ALTER TABLE virtual_users RENAME COLUMN password TO secret;");
    mail.expect(GOOD.0, GOOD.1, CouldNotCheck);
}

pub(crate) fn database_stopped(servers: &Arc<Servers>, kind: Kind) {
    let mail = mail_with_john(servers, kind, Layout::default());
    mail.expect(GOOD.0, GOOD.1, Accepted);
    mail.database.set_running(false);
    mail.expect(GOOD.0, GOOD.1, CouldNotCheck);
    mail.expect("nobody@example.org", GOOD.1, CouldNotCheck);
    expect_unavailable(&mail, GOOD.0);
    // 75: a delivery is tried again later; 67 would send it back.
    assert_eq!(mail.dovecot.doveadm().user(GOOD.0).code(), 75);
    mail.database.set_running(true);
    mail.expect(GOOD.0, GOOD.1, Accepted);
    mail.expect("nobody@example.org", GOOD.1, Refused);
    mail.expect_mailbox(GOOD.0, GOOD.1);
}

fn mail_with_john(servers: &Arc<Servers>, kind: Kind, layout: Layout) -> Mail {
    let database = Database::create(servers, kind, layout);
    database.add_user(GOOD.0, Some("{PLAIN}summersun"));
    Mail::start(servers, database, Userdb::Checkpassword)
}

/// Mail programs ask for a new password on a refusal, and try again later on this.
#[track_caller]
fn expect_unavailable(mail: &Mail, login: &str) {
    let line = mail.dovecot.imap().login(login.as_bytes(), GOOD.1.as_bytes()).line;
    assert!(line.contains("[UNAVAILABLE]"), "{login}: {line}\n{}", mail.dovecot.log());
}
