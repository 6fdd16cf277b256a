//! Who gets in, and where the mail goes.

use std::sync::Arc;

use ispmail_tests::auth_client::Decision::{self, Accepted, Refused};
use ispmail_tests::database::{Database, Kind, Layout, Servers};
use ispmail_tests::rows::{BARE_MD5, REAL, REFUSED, Row};

use crate::mail::{Mail, Userdb, dovecot_sql};

/// The line of the guides that tests SMTP AUTH: john@example.org with `summersun`, three fields.
const JOHN_PLAIN: &str = "am9obkBleGFtcGxlLm9yZwBqb2huQGV4YW1wbGUub3JnAHN1bW1lcnN1bg==";

/// The rows are right: Dovecot's own SQL lets the same users in, so a failure of the other tests
/// is ours.
pub(crate) fn own_sql_agrees_on_the_rows(servers: &Arc<Servers>, kind: Kind) {
    let database = database_with(servers, kind, REAL);
    let text = dovecot_sql(&database, "SHA256-CRYPT");
    let mail = Mail::start_own_sql(servers, database, &text);
    expect_each(&mail, REAL);
    mail.expect_mailbox("plain@example.org", "summersun");
}

pub(crate) fn real_rows(servers: &Arc<Servers>, kind: Kind) {
    let database = database_with(servers, kind, REAL);
    database.add_users(REFUSED.iter().copied());
    let mail = Mail::start(servers, database, Userdb::Prefetch);
    expect_each(&mail, REAL);
    let mut cases: Vec<(&str, &[u8], Decision)> = vec![
        ("nobody@example.org", b"summersun", Refused),
        ("plain@elsewhere.example", b"summersun", Refused),
        ("PLAIN@Example.ORG", b"summersun", Accepted),
        ("plain", b"summersun", Refused),
        ("@example.org", b"summersun", Refused),
    ];
    for (login, stored) in REFUSED {
        cases.push((login, b"summersun", Refused));
        cases.push((login, stored.unwrap_or_default().as_bytes(), Refused));
    }
    mail.expect_all(&cases);

    let answer = mail.dovecot.auth().plain(b"PLAIN@Example.ORG", b"summersun");
    assert_eq!(answer.field("user"), Some("plain@example.org"), "{answer:?}");
    let doveadm = mail.dovecot.doveadm();
    assert_eq!(doveadm.auth_test("plain@example.org", "summersun").code(), 0);
    assert_eq!(doveadm.auth_test("plain@example.org", "wintermoon").code(), 77);

    let line = mail.dovecot.imap().login(b"plain@example.org", b"wintermoon").line;
    assert!(line.contains("[AUTHENTICATIONFAILED]"), "{line}");
}

/// Bare digests, under the default scheme that a `dovecot-sql.conf.ext` names.
pub(crate) fn bare_md5_rows(servers: &Arc<Servers>, kind: Kind) {
    let database = database_with(servers, kind, BARE_MD5);
    let text = dovecot_sql(&database, "PLAIN-MD5");
    let mail = Mail::start_with_dovecot_sql(servers, database, &text, Userdb::Prefetch);
    expect_each(&mail, BARE_MD5);
}

pub(crate) fn mailbox_by_prefetch(servers: &Arc<Servers>, kind: Kind) {
    let database = database_with(servers, kind, REAL);
    database.add_user("john@example.org", Some(REAL[0].stored));
    let mail = Mail::start(servers, database, Userdb::Prefetch);
    mail.expect_mailbox("bare-crypt@example.org", "start123");
    mail.expect_mailbox("MD5-Lower@Example.org", "summersun");

    let reply = mail.dovecot.imap().authenticate_plain(JOHN_PLAIN);
    assert!(reply.ok, "{}\n{}", reply.line, mail.dovecot.log());
}

pub(crate) fn mailbox_by_userdb(servers: &Arc<Servers>, kind: Kind) {
    let database = database_with(servers, kind, REAL);
    database.add_user("null@example.org", None);
    let mail = Mail::start(servers, database, Userdb::Checkpassword);
    mail.expect_mailbox("bare-crypt@example.org", "start123");
    mail.expect_mailbox("MD5-Upper@Example.org", "summersun");

    let doveadm = mail.dovecot.doveadm();
    // A delivery needs no password: an account that cannot sign in still gets its mail.
    for login in ["md5-lower@example.org", "null@example.org"] {
        let found = doveadm.user(login);
        assert_eq!(found.code(), 0, "{}\n{}", found.err(), mail.dovecot.log());
        let home = mail.home(login);
        for field in ["uid\t5000", "gid\t5000", &format!("home\t{home}")] {
            assert!(found.out().contains(field), "no {field} in:\n{}", found.out());
        }
    }
    let upper = doveadm.user("MD5-Lower@Example.ORG");
    assert!(upper.out().contains(&mail.home("md5-lower@example.org")), "{}", upper.out());
    let unknown = doveadm.user("nobody@example.org");
    assert_eq!(unknown.code(), 67, "{}{}", unknown.out(), unknown.err());
}

/// The mechanism needs the plain password: a PLAIN row has it, a hash does not.
pub(crate) fn cram_md5(servers: &Arc<Servers>, kind: Kind) {
    for userdb in [Userdb::Prefetch, Userdb::Checkpassword] {
        let database = database_with(servers, kind, REAL);
        let mail = Mail::start(servers, database, userdb);
        for (login, password, accepted) in [
            ("plain@example.org", "summersun", true),
            ("Plain@Example.ORG", "summersun", true),
            ("plain-b64@example.org", "summersun", true),
            ("plain@example.org", "wintermoon", false),
            ("bare-crypt@example.org", "start123", false),
            ("md5-lower@example.org", "summersun", false),
            ("nobody@example.org", "summersun", false),
        ] {
            let reply = mail.dovecot.imap().authenticate_cram_md5(login, password);
            assert_eq!(reply.ok, accepted, "{login}: {}\n{}", reply.line, mail.dovecot.log());
        }
        let found = mail.dovecot.doveadm().auth_lookup("plain@example.org");
        assert_eq!(found.code(), 0, "{}{}", found.out(), found.err());
    }
}

fn database_with(servers: &Arc<Servers>, kind: Kind, rows: &[Row]) -> Database {
    let database = Database::create(servers, kind, Layout::default());
    database.add_users(rows.iter().map(|row| (row.login, Some(row.stored))));
    database
}

/// Each row lets its password in and nothing that is close to it.
fn expect_each(mail: &Mail, rows: &[Row]) {
    let mut cases = Vec::new();
    for row in rows {
        let password = row.password;
        cases.push((row.login, password.to_owned(), Accepted));
        for wrong in [
            String::new(),
            "wintermoon".to_owned(),
            format!("{password} "),
            password[1..].to_owned(),
            password.to_ascii_uppercase(),
            row.stored.to_owned(),
        ] {
            cases.push((row.login, wrong, Refused));
        }
    }
    let cases: Vec<_> = cases
        .iter()
        .map(|(login, password, expected)| (*login, password.as_bytes(), *expected))
        .collect();
    mail.expect_all(&cases);
}
