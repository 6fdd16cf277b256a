//! Who gets in over IMAP, and where the mail goes.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use ispmail_tests::auth_client::Decision::{Accepted, Refused};

use crate::site::{GOOD, JOHN, LOCKED, MALFORMED, PLAIN, Site, VMAIL, WRONG, expect};

/// Nobody gets in with these.
const REFUSED: [(&str, Option<&str>); 5] = [
    ("null@example.org", None),
    ("empty@example.org", Some("")),
    ("empty-plain@example.org", Some("{PLAIN}")),
    ("locked-bang@example.org", Some("!")),
    (
        "locked-hash@example.org",
        Some("!$5$M/GWzmtjsLroRWIf$0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL7"),
    ),
];

/// Three answers and no fourth: all refusals look the same.
pub(crate) fn imap(site: &mut Site) {
    // The default scheme is another one.
    let bare_hex = ("bare-hex@example.org", Some("14cbfb845af1f030e372b1cb9275e6dd"));
    site.database.add_users(REFUSED.into_iter().chain([bare_hex]));
    let mut cases = vec![
        (JOHN, GOOD),
        ("JOHN@Example.ORG", GOOD),
        (PLAIN, GOOD),
        (bare_hex.0, GOOD),
        (MALFORMED, GOOD),
        (JOHN, WRONG),
        (JOHN, ""),
        (PLAIN, ""),
        (PLAIN, "summersu"),
        (PLAIN, "summersun "),
        ("nobody@example.org", GOOD),
        ("nobody@example.org", ""),
        (LOCKED, GOOD),
        ("john", GOOD),
        ("x' OR '1'='1", GOOD),
    ];
    for (login, _) in REFUSED {
        cases.extend([(login, GOOD), (login, "")]);
    }
    let requests: Vec<_> =
        cases.iter().map(|&(login, password)| (login, password.as_bytes())).collect();
    for ((login, password), reply) in cases.iter().zip(site.imap(&requests)) {
        let expected = match (*login, *password) {
            ("bare-hex@example.org" | MALFORMED, _) => "NO [UNAVAILABLE] ",
            ("JOHN@Example.ORG" | JOHN | PLAIN, GOOD) => "OK ",
            _ => "NO [AUTHENTICATIONFAILED] Authentication failed.",
        };
        let line = &reply.line;
        let whole = !expected.ends_with('.') || line == expected;
        assert!(line.starts_with(expected) && whole, "{login}, {password:?}: {line}");
    }
}

/// The home comes with the sign-in.
pub(crate) fn mailbox(site: &mut Site) {
    let mut imap = site.dovecot.imap();
    let reply = imap.login_quoted("User1234@Example.org", "summersun-1234");
    assert!(reply.ok, "{}\n{}", reply.line, site.dovecot.log());
    assert!(imap.command("CREATE Archive").ok);
    assert!(imap.append("Archive", b"Subject: hello\r\n\r\nhello\r\n").ok);
    assert!(imap.command("LOGOUT").ok);
    let mailbox = site.home("user1234@example.org").join("Maildir/.Archive");
    for part in ["", "cur", "new"] {
        let path = mailbox.join(part);
        let found =
            fs::metadata(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!((found.uid(), found.gid()), VMAIL, "{}", path.display());
    }
}

/// All that IMAP can send. SOH, tab, LF and CR never reach a passdb: they are refused by Dovecot.
pub(crate) fn every_byte(site: &mut Site) {
    const LOGIN: &str = "bytes@example.org";
    const NOT_SENT: [u8; 4] = [1, b'\t', b'\n', b'\r'];
    let bytes: Vec<u8> = (1..=255).filter(|byte| !NOT_SENT.contains(byte)).collect();
    // As one password, and in parts, so that one byte cannot hide another's failure.
    let passwords: Vec<&[u8]> = bytes.chunks(16).chain([&bytes[..]]).collect();
    let logins: Vec<String> = (0..passwords.len()).map(|n| format!("{n}-{LOGIN}")).collect();
    let stored = passwords.iter().map(|password| format!("{{PLAIN.hex}}{}", hex::encode(password)));
    let stored: Vec<String> = stored.collect();
    let rows = logins.iter().zip(&stored);
    site.database.add_users(rows.map(|(login, stored)| (&**login, Some(&**stored))));

    let requests: Vec<_> = logins.iter().map(String::as_str).zip(passwords).collect();
    for ((login, password), reply) in requests.iter().zip(site.imap(&requests)) {
        assert!(reply.ok, "{login}, {password:?}: {}\n{}", reply.line, site.dovecot.log());
    }
    // Dovecot 2.3 answers a refusal half a second late: no more of them than go at once.
    let mut wrong = Vec::new();
    for (number, (login, password)) in requests.iter().enumerate() {
        let mut other = password.to_vec();
        let place = number % other.len();
        other[place] = if other[place] == b'x' { b'y' } else { b'x' };
        wrong.extend([(*login, other), (*login, password[1..].to_vec())]);
        wrong.push((*login, [password, &b"x"[..]].concat()));
    }
    let right = requests.iter().map(|&(login, password)| (login, password, Accepted));
    let wrong = wrong.iter().map(|(login, password)| (*login, &password[..], Refused));
    expect(&site.dovecot, &right.chain(wrong).collect::<Vec<_>>());
}
