//! `ispmail-pw check`: stored passwords that need a look, named by their users.

use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::rows::{MALFORMED, REAL};

use crate::check::Report;
use crate::pw::Pw;

const HASH: &str = "EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1";
const SSHA: &str = "{SSHA}cNXtHIHZNhNMVXlgyUKTXxhxMGXqvb4R";
/// Dozens of times as much work as a new one.
const BCRYPT: &str = "$2y$11$abcdefghijklmnopqrstuuVPM.JkTbUkcPKHmgRaEcpQqhqnXXHO2";
const SHA512: &str = "$6$EvfedKzPsSlPCj2T$not.looked.at";

pub(crate) fn rows(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    pw.database.add_users(REAL.iter().map(|row| (row.login, Some(row.stored))));
    pw.configure(&pw.database.toml());
    let report = Report::of(&pw);
    report.expect_well();
    report.expect("ok", "8 stored passwords are SHA256-CRYPT");
    report.expect("ok", "6 stored passwords are PLAIN-MD5");
    report.expect("note", "11 stored passwords are weak: 5 PLAIN, 6 PLAIN-MD5");
    report.expect(
        "note",
        "6 stored passwords are refused by Dovecot 2.4 unless auth_allow_weak_schemes is on: \
         6 PLAIN-MD5",
    );

    pw.database.add_users(MALFORMED.iter().map(|&(login, stored)| (login, Some(stored))));
    let locked = format!("!$5${HASH}");
    let too_dear = format!("{{SHA256-CRYPT}}$5$rounds=1000001${HASH}");
    let dear = format!("$5$rounds=20001${HASH}");
    pw.database.add_users([
        ("null@example.org", None),
        ("empty@example.org", Some("")),
        ("locked@example.org", Some(locked.as_str())),
        ("star@example.org", Some("*")),
        ("ssha@example.org", Some(SSHA)),
        ("sha512@example.org", Some(SHA512)),
        ("too-dear@example.org", Some(too_dear.as_str())),
        ("dear@example.org", Some(dear.as_str())),
        ("bcrypt@example.org", Some(BCRYPT)),
    ]);
    let before = pw.everything();
    let report = Report::of(&pw);
    assert_eq!(pw.everything(), before);

    for (login, words) in [
        ("no-dollar-five@example.org", "malformed DES-CRYPT: "),
        ("bare-hex@example.org", "looks like a PLAIN-MD5 digest"),
        ("truncated@example.org", "the hash has a wrong length"),
        ("long-salt@example.org", "the salt is longer than 16 characters"),
        ("rounds-999@example.org", "rounds= outside 1000 to 999999999"),
        ("rounds-999999999@example.org", "over the ceiling of 1000000 rounds"),
        ("too-dear@example.org", "over the ceiling of 1000000 rounds"),
        ("short-md5@example.org", "malformed PLAIN-MD5: "),
        ("unknown-scheme@example.org", "unknown password scheme"),
        ("bad-base64@example.org", "not base64"),
        ("sha512@example.org", "malformed SHA512-CRYPT: the hash has a wrong length"),
        ("null@example.org", "no stored password"),
        ("empty@example.org", "no stored password"),
    ] {
        let line = report.expect_fix(login);
        assert!(line.contains(words), "{login}: {line}");
        assert!(line.contains("ispmail-pw user passwd"), "{login}: {line}");
    }
    report.expect("ok", "1 stored passwords are SSHA");
    report.expect("note", "5 PLAIN, 6 PLAIN-MD5, 1 SSHA");
    // Locked on purpose, and slow but sound: nothing to repair.
    for (login, words) in [
        ("locked@example.org", "locked"),
        ("star@example.org", "locked"),
        ("dear@example.org", "2 stored passwords cost more than new ones (20000 rounds)"),
        ("bcrypt@example.org", "2 stored passwords cost more than new ones (20000 rounds)"),
    ] {
        let line = report.expect("note", login);
        assert!(line.contains(words), "{login}: {line}");
    }

    for row in REAL {
        // The plain ones hold words that a login has, too.
        let hash = row.stored.rsplit(['$', '}']).next().expect("hash");
        report.expect_nowhere(hash);
    }
    for text in [HASH, &HASH[17..], &SSHA[6..], "not.looked.at", &BCRYPT[7..], "c3Vtb", "summersun"]
    {
        report.expect_nowhere(text);
    }
}

/// A long list is cut, and a name cannot pretend to be a line of the report.
pub(crate) fn many_rows(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let names: Vec<String> = (10..25).map(|number| format!("user{number}@example.org")).collect();
    pw.database.add_users(names.iter().map(|name| (name.as_str(), Some("{MD5-CRYPT}x"))));
    pw.database.add_user("evil@example.org\nok    all is well", Some("{NO-SUCH}x"));
    pw.database.add_user("\u{1b}[2Jevil@example.org", None);
    let report = Report::of(&pw);
    report.expect_fix("user19@example.org and 5 more");
    report.expect_nowhere("user20@example.org");
    report.expect_fix("evil@example.org\\nok    all is well");
    report.expect_nowhere("\u{1b}");
}
