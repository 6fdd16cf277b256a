//! The documentation's tables are the code's.
#![cfg(all(feature = "argon2", feature = "bcrypt", feature = "yescrypt"))]
#![allow(clippy::unwrap_used, reason = "a test that panics has said what is wrong")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use ispmail_password::{Encoding, SCHEMES, Scheme, SchemeName, Secrecy, StoredPassword};

/// One value of each format, made by crypt(3) and, for the last three, by Dovecot.
const FORMATS: &[(&str, &str)] = &[
    ("$5$", "{CRYPT}$5$M/GWzmtjsLroRWIf$0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL7"),
    (
        "$6$",
        "{CRYPT}$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbY\
         EdFCoEOfaS35inz1",
    ),
    ("$y$", "{CRYPT}$y$j75$abcdefgh$Yn0dVTzb4DyUUYgNjZ1Yb6CB2JlIRc5mCRLW4D9dJR2"),
    ("$gy$", "{CRYPT}$gy$j9T$abcdefgh$.b78FaZG0c0KT.dtN8lx7dKwhgXOGF5JK6NJaZvT6F8"),
    ("$7$", "{CRYPT}$7$C6..../....abcdefgh$ia4AI7Tgx69feOdiTQ2X.SfdrSEqETuAzjPfILs9//A"),
    ("$sha1$", "{CRYPT}$sha1$1000$abcdefgh$N4FA5boZwbgLu3FpW13GlXZDlQjB"),
    ("$md5$", "{CRYPT}$md5$abcdefgh$$iExobWJIazoiKIDQnza6r/"),
    ("$1$", "{CRYPT}$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/"),
    ("$3$", "{CRYPT}$3$$8cc19b6a8cfeac299c2871c86b38de28"),
    ("_", "{CRYPT}_J9..rasm6f5ycSbUcd6"),
    ("13 characters, or bigcrypt", "{CRYPT}abzlUXK5ed5rs"),
    ("$2a$ $2b$ $2x$ $2y$", "{CRYPT}$2y$05$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O"),
    (
        "$argon2id$",
        "{ARGON2ID}$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$uJX8WBb7oM5XbTq+RsFFjYlK7OZGZ7QCIqmm4f1XSUc",
    ),
    (
        "$argon2i$",
        "{ARGON2I}$argon2i$v=19$m=8,t=3,p=1$c29tZXNhbHQ$uJX8WBb7oM5XbTq+RsFFjYlK7OZGZ7QCIqmm4f1XSUc",
    ),
];

#[test]
fn the_tables_of_schemes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemes.md");
    let page = fs::read_to_string(path).unwrap();
    for table in [schemes(), formats()] {
        assert!(page.contains(&table), "docs/schemes.md should have:\n{table}");
    }
}

fn schemes() -> String {
    let mut table =
        "| scheme | also | written in | salted | cost of new values | protection | Dovecot 2.4 |\n\
                     |---|---|---|---|---|---|---|\n"
            .to_owned();
    for scheme in SCHEMES {
        let aliases = scheme.aliases().join(", ");
        let encoding = match scheme.default_encoding() {
            Encoding::None => "plain text",
            Encoding::Hex => "hexadecimal",
            Encoding::Base64 => "base64",
        };
        let salted = if scheme.salted() { "yes" } else { "no" };
        let cost = scheme.rounds().map_or_else(String::new, |rounds| {
            format!("{} to {} {}, {}", rounds.min, rounds.max, rounds.unit, rounds.default)
        });
        let dovecot = if scheme.refused_by_dovecot_2_4() { "**refuses it**" } else { "takes it" };
        let protection = protection(scheme);
        writeln!(
            table,
            "| {} | {aliases} | {encoding} | {salted} | {cost} | {protection} | {dovecot} |",
            scheme.name(),
        )
        .unwrap();
    }
    table
}

fn protection(scheme: &Scheme) -> &'static str {
    match (scheme.secrecy(), scheme.weak()) {
        (Secrecy::Plain, _) => "none",
        (Secrecy::FastHash, _) => "weak",
        (Secrecy::SlowHash, true) => "slow, but not salted",
        (Secrecy::SlowHash, false) => "good",
    }
}

fn formats() -> String {
    let mut table =
        "| value | algorithm | belongs to | protection | Dovecot 2.4 |\n|---|---|---|---|---|\n"
            .to_owned();
    let default: SchemeName = "CRYPT".parse().unwrap();
    for (front, value) in FORMATS {
        let stored = StoredPassword::parse(value.as_bytes(), default).unwrap();
        let protection = if stored.weak() { "weak" } else { "good" };
        let dovecot = if stored.refused_by_dovecot_2_4() { "**refuses it**" } else { "takes it" };
        writeln!(
            table,
            "| `{front}` | {} | {} | {protection} | {dovecot} |",
            stored.algorithm(),
            stored.scheme().name()
        )
        .unwrap();
    }
    table
}
