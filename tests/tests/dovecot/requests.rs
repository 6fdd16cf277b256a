//! Logins and passwords at the limits.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ispmail_tests::auth_client::Decision::{Accepted, Refused};
use ispmail_tests::database::{Database, Kind, Layout, Servers};
use md5::{Digest, Md5};

use crate::mail::{Mail, Userdb};

/// The most that Dovecot sends to a checkpassword program, its three NULs among them.
const LONGEST_REQUEST: usize = 512;

/// Where one byte of a long password is changed.
const PLACES: [usize; 7] = [0, 8, 9, 12, 31, 127, 250];

/// Because its own protocol between processes separates fields with them.
const REFUSED_BY_DOVECOT: [u8; 4] = [1, b'\t', b'\n', b'\r'];

/// Logins that are nobody's, unless a statement takes them for more than a value.
const STRANGERS: [&str; 15] = [
    "' OR '1'='1",
    "john@example.org' OR '1'='1",
    "john@example.org' -- ",
    "john@example.org'#",
    "x' UNION SELECT 'john@example.org', '{PLAIN}summersun",
    "john@example.org\\",
    "\\' OR 1=1 -- ",
    "%",
    "j_hn@example.org",
    "%u",
    "$1",
    "?",
    "jöhn@example.org",
    "john@example.org ",
    "john@example.org\u{7f}",
];

/// SQL as a login is an unknown login, even where Dovecot lets every character through.
pub(crate) fn injection(servers: &Arc<Servers>, kind: Kind) {
    let database = Database::create(servers, kind, Layout::default());
    database.add_user("john@example.org", Some("{PLAIN}summersun"));
    // Two more accounts, so that a condition that is always true would also find too many rows.
    database.add_user("jane@example.org", Some("{PLAIN}summersun"));
    let toml = database.toml();
    let every_character = "auth_username_chars =\n";
    let mail =
        Mail::start_with_toml(servers, database, &toml, Userdb::Checkpassword, every_character);
    mail.expect_all(&STRANGERS.map(|login| (login, b"summersun".as_slice(), Refused)));
    for login in STRANGERS {
        let found = mail.dovecot.doveadm().user(login);
        assert_ne!(found.code(), 0, "{login:?} was found: {}", found.out());
    }
    mail.expect("john@example.org", "summersun", Accepted);
}

pub(crate) fn longest_request(servers: &Arc<Servers>, kind: Kind) {
    let login = "john@example.org";
    let password = "p".repeat(LONGEST_REQUEST - login.len() - "\0\0\0".len());
    let database = Database::create(servers, kind, Layout { wide: true, ..Layout::default() });
    database.add_user(login, Some(&format!("{{PLAIN}}{password}")));
    // The row that would let the longer password in, were it ever sent.
    database.add_user("jane@example.org", Some(&format!("{{PLAIN}}{password}p")));
    let mail = Mail::start(servers, database, Userdb::Prefetch);
    mail.expect(login, &password, Accepted);
    mail.expect(login, format!("{}q", &password[1..]), Refused);
    mail.expect(login, format!("{password}p"), Refused);
    mail.expect("jane@example.org", format!("{password}p"), Refused);

    let reply = mail.dovecot.imap().login(login.as_bytes(), password.as_bytes());
    assert!(reply.ok, "{}\n{}", reply.line, mail.dovecot.log());
}

/// All that a password may hold: Dovecot 2.3 itself refuses SOH, tab, LF and CR in one, before any
/// passdb sees it. (The program alone is tested with those too.)
pub(crate) fn every_byte(servers: &Arc<Servers>, kind: Kind) {
    let bytes: Vec<u8> = (1..=255).filter(|byte| !REFUSED_BY_DOVECOT.contains(byte)).collect();
    let base64 = BASE64_STANDARD.encode(&bytes);
    let rows = [
        ("plain@example.org", format!("{{PLAIN.b64}}{base64}")),
        ("digest@example.org", format!("{{PLAIN-MD5}}{}", hex::encode(Md5::digest(&bytes)))),
    ];
    let database = Database::create(servers, kind, Layout { wide: true, ..Layout::default() });
    database.add_users(rows.iter().map(|(login, stored)| (*login, Some(stored.as_str()))));
    let mail = Mail::start(servers, database, Userdb::Prefetch);
    for (login, _) in &rows {
        mail.expect(login, &bytes, Accepted);
        let wrong = PLACES.map(|place| with_other_byte(&bytes, place));
        mail.expect_all(&wrong.each_ref().map(|password| (*login, &password[..], Refused)));
        let refused = REFUSED_BY_DOVECOT.map(|byte| [&bytes[..], &[byte]].concat());
        mail.expect_all(&refused.each_ref().map(|password| (*login, &password[..], Refused)));
        let reply = mail.dovecot.imap().login(login.as_bytes(), &bytes);
        assert!(reply.ok, "{login}: {}\n{}", reply.line, mail.dovecot.log());
    }
}

fn with_other_byte(bytes: &[u8], place: usize) -> Vec<u8> {
    let mut other = bytes.to_vec();
    other[place] = if other[place] == b'x' { b'y' } else { b'x' };
    other
}
