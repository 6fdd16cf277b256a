//! Policy: what is allowed, what is upgraded, lists.
#![cfg(all(feature = "argon2", feature = "bcrypt", feature = "yescrypt"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics has said what is wrong"
)]

use ispmail_password::{
    Ceilings, Cost, HashError, New, Password, Policy, Prefix, SchemeName, StoredPassword, Verdict,
    VerifyError,
};

const SHA256: &str =
    "{SHA256-CRYPT}$5$M/GWzmtjsLroRWIf$0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL7";
const BCRYPT: &str = "{BLF-CRYPT}$2y$05$c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O";

fn name(text: &str) -> SchemeName {
    text.parse().unwrap()
}

fn parse(text: &str) -> StoredPassword {
    StoredPassword::parse(text.as_bytes(), name("PLAIN")).unwrap()
}

fn summersun() -> Password {
    Password::new(b"summersun".to_vec()).unwrap()
}

fn target(scheme: &str, rounds: u32) -> Policy {
    Policy::default().with_target(name(scheme), Some(rounds)).unwrap()
}

#[test]
fn what_is_upgraded() {
    let default = Policy::default();
    for (value, wanted) in [
        (SHA256, true),
        ("{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6dd", true),
        ("{SSHA}iSZ6lA1hgWEzKGE7LmHqQHe1LKDdBAKkYWJjZA==", true),
        ("{CRYPT}$1$saltsalt$6SNdNaZLKst2LlSm7oPPL1", true),
        ("{CRYPT}abzlUXK5ed5rs", true),
        // slow, and of another scheme
        (BCRYPT, false),
        ("{CRYPT}$y$j75$abcdefgh$ucNXpbrNU2P3.RvS.JhIZXR6f2/HEKzl78QXiIdPQ76", false),
        // a mechanism may live on them
        ("{PLAIN}summersun", false),
        ("{CRAM-MD5}0a0b6b5b3a5cf5fb3f5d4e9c0c4d1d6f0a0b6b5b3a5cf5fb3f5d4e9c0c4d1d6f", false),
        ("{DIGEST-MD5}79b155eca02416a6c0ffed7ef3573252", false),
        // nobody knows its password
        ("{SHA256-CRYPT}!", false),
    ] {
        assert_eq!(default.needs_upgrade(&parse(value)), wanted, "{value}");
    }
    assert!(!target("SHA256-CRYPT", 5_000).needs_upgrade(&parse(SHA256)), "as good already");
    assert!(!target("SHA256-CRYPT", 1_000).needs_upgrade(&parse(SHA256)), "never made worse");
    assert!(target("BLF-CRYPT", 6).needs_upgrade(&parse(BCRYPT)));
    assert!(target("CRYPT", 6).needs_upgrade(&parse(BCRYPT)), "CRYPT makes bcrypt");
    assert!(!target("CRYPT", 5).needs_upgrade(&parse(BCRYPT)));
}

#[test]
fn upgraded_after_a_match_only() {
    let policy = target("SHA256-CRYPT", 6_000);
    let stored = parse("{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6dd");
    let checked = policy.verify_and_upgrade(Some(&stored), &summersun()).unwrap();
    assert_eq!(checked.verdict, Verdict::Match);
    let better = checked.replacement.unwrap();
    assert_eq!(better.verify(&summersun()), Ok(Verdict::Match));
    assert_eq!(better.cost(), Cost::Rounds(6_000));
    assert!(!policy.needs_upgrade(&better));

    let wrong = Password::new(b"wintersun".to_vec()).unwrap();
    for stored in [Some(&stored), None] {
        let checked = policy.verify_and_upgrade(stored, &wrong).unwrap();
        assert_eq!(checked.verdict, Verdict::Mismatch);
        assert!(checked.replacement.is_none());
    }
    // crypt(3) takes no such password: the old value stays.
    let long = Password::new(vec![b'x'; 600]).unwrap();
    let stored = name("PLAIN-MD5").hash(&long, New::default()).unwrap();
    let checked = policy.verify_and_upgrade(Some(&stored), &long).unwrap();
    assert_eq!(checked.verdict, Verdict::Match);
    assert!(checked.replacement.is_none());
}

#[test]
fn what_is_allowed() {
    let policy = Policy::default().with_allowed(&[name("BLF-CRYPT").scheme()]);
    assert_eq!(policy.verify(Some(&parse(BCRYPT)), &summersun()), Ok(Verdict::Mismatch));
    let error = policy.verify(Some(&parse(SHA256)), &summersun()).unwrap_err();
    assert_eq!(error, VerifyError::NotAllowed(name("SHA256-CRYPT").scheme()));
    assert_eq!(policy.verify(Some(&parse("{SSHA}!")), &summersun()), Ok(Verdict::Mismatch));
    assert!(!policy.allows_new() && Policy::default().allows_new());
    assert!(policy.clone().with_target(name("CRYPT"), None).unwrap().allows_new());
    // By the content: the name in front does not help.
    let disguised = parse(&BCRYPT.replace("BLF-CRYPT", "SHA256-CRYPT"));
    assert_eq!(policy.allow(&disguised), Ok(()));
}

#[test]
fn targets_within_reason() {
    let with = |scheme: &str, rounds| Policy::default().with_target(name(scheme), rounds).err();
    assert_eq!(with("BLF-CRYPT", None), None);
    let (min, max, unit) = (4, 31, "log2 of rounds");
    assert_eq!(with("BLF-CRYPT", Some(32)), Some(HashError::Rounds { min, max, unit }));
    let over = with("BLF-CRYPT", Some(15)).unwrap().to_string();
    assert_eq!(over, "a cost of 2^15 rounds is over the ceiling of 2^14 rounds");
    assert_eq!(with("DIGEST-MD5", None), Some(HashError::LoginNeeded));
    assert!(with("ARGON2ID", Some(200)).is_some(), "200 GiB gone through");
    let low = Ceilings { kib: 1024, ..Ceilings::default() };
    assert!(target("ARGON2ID", 3).with_ceilings(low).is_err());
}

#[test]
fn digest_md5_needs_the_login() {
    let stored = parse("{DIGEST-MD5}79b155eca02416a6c0ffed7ef3573252");
    assert_eq!(stored.verify(&summersun()), Err(VerifyError::LoginNeeded));
    let made = name("DIGEST-MD5").hash(&summersun(), New::default());
    assert_eq!(made.err(), Some(HashError::LoginNeeded));
    let stored = stored.for_login(b"john@example.org");
    assert_eq!(stored.verify(&summersun()), Ok(Verdict::Match));
}

#[test]
fn lists_keep_their_order() {
    let policy = target("SHA256-CRYPT", 1_000);
    let values =
        [SHA256, "{PLAIN}summersun", "{PLAIN}x", BCRYPT, "{OTP}sha1 -1 s 63D936639734385B"];
    let values = values.map(parse);
    let password = summersun();
    let jobs: Vec<_> = (0..200).map(|number| (values.get(number % 6), &password)).collect();
    let answers = policy.verify_many(&jobs);
    assert_eq!(answers.len(), 200);
    for (number, answer) in answers.into_iter().enumerate() {
        match number % 6 {
            0 | 1 => assert_eq!(answer, Ok(Verdict::Match)),
            2 | 3 | 5 => assert_eq!(answer, Ok(Verdict::Mismatch)),
            _ => assert!(matches!(answer, Err(VerifyError::CostTooHigh { .. }))),
        }
    }
    assert!(policy.verify_many(&[]).is_empty());

    // SHA256-CRYPT goes in batches.
    let typed: Vec<Password> =
        (1..90).map(|number| Password::new(vec![b'x'; number * 6]).unwrap()).collect();
    let new = |number: usize| match number % 7 {
        0 => New { rounds: Some(1), ..New::default() },
        number => {
            New { rounds: Some(1_000 + 10 * u32::try_from(number).unwrap()), ..New::default() }
        }
    };
    let jobs: Vec<_> =
        typed.iter().enumerate().map(|(number, password)| (password, new(number))).collect();
    let made = name("SHA256-CRYPT").hash_many(&jobs);
    for (number, (made, password)) in made.iter().zip(&typed).enumerate() {
        match made {
            Ok(made) => assert_eq!(made.verify(password), Ok(Verdict::Match)),
            Err(HashError::PasswordTooLong) => assert!(number > 84),
            Err(error) => assert_eq!((number % 7, error.to_string().contains("rounds")), (0, true)),
        }
    }
    let jobs: Vec<_> = made
        .iter()
        .zip(&typed)
        .flat_map(|(made, right)| [(made.as_ref().ok(), right), (made.as_ref().ok(), &typed[3])])
        .collect();
    for policy in [policy.clone().offline(), policy.clone()] {
        let one_by_one: Vec<_> =
            jobs.iter().map(|(stored, password)| policy.verify(*stored, password)).collect();
        assert_eq!(policy.verify_many(&jobs), one_by_one);
    }

    let plain = name("PLAIN");
    let jobs: Vec<Password> =
        (1..200).map(|number| Password::new(vec![b'x'; number]).unwrap()).collect();
    let jobs: Vec<_> = jobs.iter().map(|password| (password, New::default())).collect();
    for (number, made) in plain.hash_many(&jobs).into_iter().enumerate() {
        assert_eq!(made.unwrap().write(Prefix::Bare).len(), number + 1);
    }
}

#[test]
fn everything_can_be_sent_and_shared() {
    fn sent_and_shared<T: Send + Sync>() {}
    sent_and_shared::<StoredPassword>();
    sent_and_shared::<Password>();
    sent_and_shared::<Policy>();
    sent_and_shared::<VerifyError>();
}

#[test]
fn a_bare_value_knows_that_it_is_bare() {
    assert_eq!(parse("summersun").prefix(), Prefix::Bare);
    assert_eq!(parse(SHA256).prefix(), Prefix::Scheme);
}

/// Whatever the target and the row: refused, and no answer lost on the way.
#[test]
fn refusals_under_every_target() {
    let wrong = Password::new(b"wintersun".to_vec()).unwrap();
    for (scheme, rounds) in [("SHA256-CRYPT", 1_000), ("SHA512-CRYPT", 1_000), ("BLF-CRYPT", 4)] {
        let policy = target(scheme, rounds);
        assert_eq!(policy.verify(None, &wrong), Ok(Verdict::Mismatch));
        for value in [SHA256, BCRYPT, "{PLAIN}x", "{SHA256-CRYPT}!"] {
            assert_eq!(policy.verify(Some(&parse(value)), &wrong), Ok(Verdict::Mismatch));
        }
    }
}

#[test]
fn calibration_stays_in_range() {
    let short = std::time::Duration::from_millis(1);
    for scheme in ["SHA256-CRYPT", "BLF-CRYPT", "PBKDF2", "SCRAM-SHA-256"] {
        let range = name(scheme).scheme().rounds().unwrap();
        let rounds = name(scheme).calibrate(short).unwrap().unwrap();
        assert!((range.min..=range.max).contains(&rounds), "{scheme} {rounds}");
    }
    assert_eq!(name("SSHA").calibrate(short), Ok(None));
}
