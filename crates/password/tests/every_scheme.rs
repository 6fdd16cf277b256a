//! What holds for every scheme of the table.
#![cfg(all(feature = "argon2", feature = "bcrypt", feature = "yescrypt"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has said what is wrong"
)]

use ispmail_password::{
    Ceilings, New, ParseError, Password, Policy, Prefix, SCHEMES, Scheme, SchemeName,
    StoredPassword, Verdict, identify,
};
use proptest::prelude::*;

const LOGIN: &[u8] = b"john@example.org";

fn password(text: impl AsRef<[u8]>) -> Password {
    Password::new(text.as_ref().to_vec()).unwrap()
}

/// The cheapest that the scheme has, argon2 aside: its least memory is not for the asking.
fn cheap(scheme: &Scheme) -> New<'static> {
    let rounds = scheme.rounds().map(|rounds| rounds.min);
    New { rounds, login: Some(LOGIN), salt: None }
}

fn made(name: SchemeName, typed: &Password) -> StoredPassword {
    name.hash(typed, cheap(name.scheme())).unwrap().for_login(LOGIN)
}

/// Values of one byte more or less, or another byte, of each scheme.
fn samples() -> Vec<(SchemeName, Vec<u8>)> {
    let typed = password("hunter2 hunter2");
    let one = |scheme: &'static Scheme| {
        let name = scheme.as_name();
        (name, made(name, &typed).write(Prefix::Bare).to_vec())
    };
    let argon2 = |scheme: &&Scheme| !scheme.name().starts_with("ARGON2");
    let mut samples: Vec<_> = SCHEMES.iter().filter(argon2).map(one).collect();
    for (name, value) in [
        (
            "ARGON2ID",
            "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$uJX8WBb7oM5XbTq+RsFFjYlK7OZGZ7QCIqmm4f1XSUc",
        ),
        (
            "ARGON2I",
            "$argon2i$v=19$m=8,t=3,p=1$c29tZXNhbHQ$uJX8WBb7oM5XbTq+RsFFjYlK7OZGZ7QCIqmm4f1XSUc",
        ),
        ("CRYPT", "$y$j75$abcdefgh$ucNXpbrNU2P3.RvS.JhIZXR6f2/HEKzl78QXiIdPQ76"),
        ("CRYPT", "$gy$j9T$abcdefgh$.b78FaZG0c0KT.dtN8lx7dKwhgXOGF5JK6NJaZvT6F8"),
        ("CRYPT", "$7$C6..../....abcdefgh$ia4AI7Tgx69feOdiTQ2X.SfdrSEqETuAzjPfILs9//A"),
        ("CRYPT", "$sha1$1000$abcdefgh$N4FA5boZwbgLu3FpW13GlXZDlQjB"),
        ("CRYPT", "$md5$abcdefgh$$iExobWJIazoiKIDQnza6r/"),
        ("CRYPT", "$3$$8cc19b6a8cfeac299c2871c86b38de28"),
        ("CRYPT", "_J9..rasm6f5ycSbUcd6"),
        ("CRYPT", "abzlUXK5ed5rs"),
    ] {
        samples.push((name.parse().unwrap(), value.as_bytes().to_vec()));
    }
    samples
}

#[test]
fn made_read_and_checked() {
    let right = password("hunter2\u{e9} hunter2");
    for scheme in SCHEMES {
        for suffix in ["", ".hex", ".b64", ".BASE64"] {
            for alias in [scheme.name()].iter().chain(scheme.aliases()) {
                let name: SchemeName = format!("{alias}{suffix}").parse().unwrap();
                let text = made(name, &right).write(Prefix::Scheme);
                let read = StoredPassword::parse(&text, name).unwrap().for_login(LOGIN);
                assert_eq!(read.verify(&right), Ok(Verdict::Match), "{name}");
                assert_eq!(read.write(Prefix::Scheme), text, "{name}");
                // Another first letter: eight are all that DES looks at.
                let wrong = password("Hunter2\u{e9} hunter2");
                assert_eq!(read.verify(&wrong), Ok(Verdict::Mismatch), "{name}");
                // Memory-hard schemes and sixty spellings would take long.
                if alias.starts_with("ARGON2") {
                    break;
                }
            }
        }
    }
}

#[test]
fn salts_differ_and_can_be_given() {
    let typed = password("hunter2");
    for scheme in SCHEMES.iter().filter(|scheme| !scheme.name().starts_with("ARGON2")) {
        let name = scheme.as_name();
        let once = made(name, &typed).write(Prefix::Bare);
        let again = made(name, &typed).write(Prefix::Bare);
        assert_eq!(*once != *again, scheme.salted(), "{name}");
        let salt: &[u8] = match scheme.name() {
            "DES-CRYPT" => b"ab",
            "MD5-CRYPT" | "MD5" => b"abcdefgh",
            _ => b"abcdefghABCDEFGH",
        };
        let salted = || name.hash(&typed, New { salt: Some(salt), ..cheap(scheme) }).unwrap();
        assert_eq!(*salted().write(Prefix::Bare), *salted().write(Prefix::Bare), "{name}");
    }
    for (scheme, salt) in [
        ("DES-CRYPT", "a"),
        ("DES-CRYPT", "a-"),
        ("MD5-CRYPT", "123456789"),
        ("BLF-CRYPT", "123456789012345"),
        ("PBKDF2", "a$b"),
        ("OTP", "12345678901234567"),
        ("OTP", "a b"),
        ("SSHA", ""),
    ] {
        let name: SchemeName = scheme.parse().unwrap();
        let new = New { salt: Some(salt.as_bytes()), ..cheap(name.scheme()) };
        assert!(name.hash(&typed, new).is_err(), "{scheme} {salt}");
    }
}

#[test]
fn a_character_of_many_bytes_anywhere() {
    let typed = password("hunter2 hunter2");
    for (name, value) in samples() {
        for offset in 0..=value.len() {
            for character in ["\u{e9}", "\u{20ac}", "\u{1f600}"] {
                let mut text = value.clone();
                text.splice(offset..offset, character.bytes());
                if let Ok(stored) = StoredPassword::parse_bare(&text, name) {
                    let verdict = stored.for_login(LOGIN).verify(&typed);
                    // Of SCRAM's salt what can be decoded counts, and an end may not matter.
                    let scram = name.name().starts_with("SCRAM") && verdict == Ok(Verdict::Match);
                    assert!(scram || verdict == Ok(Verdict::Mismatch), "{name} {offset}");
                }
            }
        }
    }
}

#[test]
fn a_megabyte_is_no_matter() {
    let typed = password(vec![b'x'; Password::MAX]);
    for (name, value) in samples() {
        for offset in [0, 1, value.len() / 2, value.len()] {
            for filler in *b"a0$A,=" {
                let mut text = value.clone();
                text.splice(offset..offset, vec![filler; 1 << 20]);
                if let Ok(stored) = StoredPassword::parse_bare(&text, name) {
                    let stored = stored.for_login(LOGIN);
                    assert_eq!(stored.verify(&typed), Ok(Verdict::Mismatch), "{name} {offset}");
                }
            }
        }
    }
}

/// Over the ceiling before any work: none of these would end today.
#[test]
fn what_costs_too_much() {
    let sha256 = "saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5";
    let sha512 = "saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFC\
                  oEOfaS35inz1";
    let hash = "ucNXpbrNU2P3.RvS.JhIZXR6f2/HEKzl78QXiIdPQ76";
    let argon2 = "c29tZXNhbHQ$uJX8WBb7oM5XbTq+RsFFjYlK7OZGZ7QCIqmm4f1XSUc";
    let key = "//////////////////////////8=";
    for value in [
        format!("{{CRYPT}}$5$rounds=999999999${sha256}"),
        format!("{{CRYPT}}$6$rounds=999999999${sha512}"),
        "{BLF-CRYPT}$2y$31$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O".to_owned(),
        format!("{{ARGON2ID}}$argon2id$v=19$m=4194304,t=3,p=1${argon2}"),
        format!("{{ARGON2ID}}$argon2id$v=19$m=8,t=4294967295,p=1${argon2}"),
        format!("{{ARGON2I}}$argon2i$v=19$m=4194304,t=3,p=1${argon2}"),
        format!("{{CRYPT}}$y$jNT$abcdefgh${hash}"),
        format!("{{CRYPT}}$gy$jNT$abcdefgh${hash}"),
        format!("{{CRYPT}}$7$S6..../....abcdefgh${hash}"),
        "{PBKDF2}$1$salt$4294967295$0c60c80f961f0e71f3a9b524af6012062fe037a6".to_owned(),
        format!("{{SCRAM-SHA-1}}2147483647,c2FsdA==,{key},{key}"),
        "{OTP}sha1 2147483647 seed 63D936639734385B".to_owned(),
        "{OTP}sha1 -1 seed 63D936639734385B".to_owned(),
        "{CRYPT}$sha1$4294967295$abcdefgh$N4FA5boZwbgLu3FpW13GlXZDlQjB".to_owned(),
        "{CRYPT}$md5,rounds=4294000000$abcd$$kf5HmgOqKSkp.hpEoUUgf0".to_owned(),
        "{CRYPT}_zzzzrasm6f5ycSbUcd6".to_owned(),
    ] {
        let stored = StoredPassword::parse(value.as_bytes(), SCHEMES[0].as_name());
        let stored = stored.unwrap_or_else(|error| panic!("{value}: {error}"));
        let error = stored.verify(&password("x")).unwrap_err();
        assert!(error.to_string().contains("over the ceiling"), "{value}: {error}");
        let unlimited = Policy::default().with_ceilings(Ceilings::NONE).unwrap();
        assert_eq!(unlimited.allow(&stored), Ok(()), "{value}");
    }
}

/// With a prefix there is one reading, without one all that fit, PLAIN the last.
#[test]
fn identified() {
    for (name, value) in samples() {
        let with_prefix = [format!("{{{name}}}").as_bytes(), &value].concat();
        let readings = identify(&with_prefix).unwrap();
        assert_eq!(readings.len(), 1, "{name}");
        let scheme = readings[0].scheme();
        let bare = identify(&value).unwrap();
        assert!(bare.iter().any(|reading| reading.scheme() == scheme), "{name}");
        assert_eq!(bare.last().unwrap().scheme().name(), "PLAIN", "{name}");
    }
    for (value, first) in [
        ("14cbfb845af1f030e372b1cb9275e6dd", "PLAIN-MD5"),
        ("$1$saltsalt$6SNdNaZLKst2LlSm7oPPL1", "MD5-CRYPT"),
        ("$2y$05$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O", "BLF-CRYPT"),
        ("$y$j75$abcdefgh$ucNXpbrNU2P3.RvS.JhIZXR6f2/HEKzl78QXiIdPQ76", "CRYPT"),
        ("abzlUXK5ed5rs", "DES-CRYPT"),
        ("summersun", "PLAIN"),
        ("!", "PLAIN"),
    ] {
        assert_eq!(identify(value.as_bytes()).unwrap()[0].scheme().name(), first, "{value}");
    }
    assert_eq!(identify(b"{NONE}x").err(), Some(ParseError::UnknownScheme));
}

/// A batch says what checks one by one say, each once, whatever is in it.
#[test]
fn in_batches() {
    let typed = ["hunter2 hunter2", "Hunter2 hunter2", &"x".repeat(600)].map(password);
    let read = |(name, value): &(SchemeName, Vec<u8>)| {
        StoredPassword::parse_bare(value, *name).unwrap().for_login(LOGIN)
    };
    let mut rows: Vec<_> = samples().iter().map(|sample| Some(read(sample))).collect();
    for value in ["!", "", "{DIGEST-MD5}79b155eca02416a6c0ffed7ef3573252"] {
        rows.push(Some(StoredPassword::parse(value.as_bytes(), SCHEMES[0].as_name()).unwrap()));
    }
    rows.push(None);
    let jobs: Vec<_> =
        rows.iter().flat_map(|row| typed.each_ref().map(|typed| (row.as_ref(), typed))).collect();
    let target = |scheme: &str, rounds| {
        Policy::default().with_target(scheme.parse().unwrap(), Some(rounds)).unwrap()
    };
    let low = Ceilings { rounds: 1_000, iterations: 4_096, bcrypt: 4, kib: 64, kib_passes: 256 };
    for policy in [
        target("SHA256-CRYPT", 1_500),
        target("SHA512-CRYPT", 1_000),
        target("SHA256-CRYPT", 20_000).offline(),
        target("SHA256-CRYPT", 1_000).with_ceilings(low).unwrap(),
        target("SHA256-CRYPT", 1_000).with_allowed(&[&SCHEMES[0], &SCHEMES[20]]),
    ] {
        let one_by_one: Vec<_> =
            jobs.iter().map(|(row, typed)| policy.verify(*row, typed)).collect();
        for size in [1, 16, 100] {
            for (jobs, expected) in jobs.chunks(size).zip(one_by_one.chunks(size)) {
                let mut told = Vec::new();
                policy.verify_batch(jobs, |index, answer| told.push((index, answer)));
                let matched = |&(_, answer): &(usize, _)| answer == Ok(Verdict::Match);
                let refused = |&(_, answer): &(usize, _)| answer == Ok(Verdict::Mismatch);
                let first_refusal = told.iter().position(refused).unwrap_or(told.len());
                assert!(!told[first_refusal..].iter().any(matched));
                told.sort_unstable_by_key(|(index, _)| *index);
                let expected: Vec<_> = expected.iter().copied().enumerate().collect();
                assert_eq!(told, expected);
            }
        }
        assert_eq!(policy.verify_many(&jobs), one_by_one);
        policy.verify_batch(&[], |_, _| panic!("there is nothing to tell"));
    }
}

/// No error shows what was stored or typed, no public type's `Debug` does.
#[test]
fn nothing_shows_a_secret() {
    const SECRET: &str = "hunter2hunter2hunter2";
    let mut shown = Vec::new();
    for (name, value) in samples() {
        let value = String::from_utf8(value).unwrap();
        let spoilt = [
            SECRET.to_owned(),
            format!("{value}{SECRET}"),
            format!("{SECRET}{value}"),
            value.replacen('$', &format!("${SECRET}"), 2),
            value.replacen(',', &format!(",{SECRET}"), 2),
            value.replacen(' ', &format!(" {SECRET} "), 2),
        ];
        for value in spoilt {
            for suffix in ["", ".hex", ".b64"] {
                let text = format!("{{{}{suffix}}}{value}", name.name());
                match StoredPassword::parse(text.as_bytes(), name) {
                    Err(error) => shown.push(format!("{error} {error:?}\n")),
                    Ok(stored) => {
                        let verdict = stored.verify(&password(SECRET));
                        shown.push(format!(
                            "{verdict:?} {:?} {:?}\n",
                            stored.name(),
                            stored.cost()
                        ));
                        let none = Policy::default().with_allowed(&[]).allow(&stored);
                        shown.push(format!("{none:?} {:?}\n", stored.disabled()));
                    }
                }
            }
        }
        let policy = Policy::default().with_target(name, None);
        shown.push(format!("{policy:?} {:?}", Password::new(format!("{SECRET}\0").into()).err()));
        let long = Password::new(SECRET.repeat(1000).into()).err();
        shown.push(format!("{long:?} {}\n", long.unwrap()));
    }
    let shown = shown.concat();
    assert!(!shown.to_lowercase().contains("hunter"));
    assert!(shown.contains("alformed"), "there was something to show");
}

proptest! {
    /// Any bytes under any name: read or refused, and what is read is checked.
    #[test]
    fn any_bytes(
        text in prop::collection::vec(any::<u8>(), 0..80),
        typed in prop::collection::vec(1..=255_u8, 1..80),
        suffix in prop::sample::select(vec!["", ".hex", ".b64"]),
    ) {
        let cheap = Ceilings { rounds: 1_000, iterations: 4_096, bcrypt: 4, kib: 64, kib_passes: 256 };
        for scheme in SCHEMES {
            let name: SchemeName = format!("{}{suffix}", scheme.name()).parse().unwrap();
            if let Ok(stored) = StoredPassword::parse(&text, name)
                && cheap.allow(stored.scheme(), stored.cost()).is_ok()
            {
                prop_assert!(stored.for_login(LOGIN).verify(&password(&typed)).is_ok());
            }
        }
    }
}
