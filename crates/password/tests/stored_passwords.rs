//! Stored passwords as they stand in real tables, right and wrong.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    clippy::indexing_slicing,
    reason = "a test that panics has said what is wrong"
)]

use ispmail_password::{
    Ceilings, Cost, Disabled, HashError, Malformed, New, ParseError, Password, Policy, Prefix,
    SCHEMES, Scheme, SchemeName, StoredPassword, Verdict, VerifyError,
};
use proptest::prelude::*;

const SHA256: &str = "$5$M/GWzmtjsLroRWIf$0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL7";
const START123: &str = "$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1";
const MD5: &str = "14cbfb845af1f030e372b1cb9275e6dd";

fn password(text: impl AsRef<[u8]>) -> Password {
    Password::new(text.as_ref().to_vec()).unwrap()
}

fn name(text: &str) -> SchemeName {
    text.parse().unwrap()
}

fn parse(text: impl AsRef<[u8]>, default: &str) -> Result<StoredPassword, ParseError> {
    StoredPassword::parse(text.as_ref(), name(default))
}

/// Rows that sign somebody in. Sources: the ISPmail how-tos and `doveadm pw` 2.3.19.1.
#[test]
fn real_rows() {
    let sha256_hex = format!("{{SHA256-CRYPT.hex}}{}", hex::encode(SHA256));
    for (default, stored, typed, scheme) in [
        ("SHA256-CRYPT", &*format!("{{SHA256-CRYPT}}{SHA256}"), "summersun", "SHA256-CRYPT"),
        ("SHA256-CRYPT", SHA256, "summersun", "SHA256-CRYPT"),
        ("CRYPT", START123, "start123", "SHA256-CRYPT"),
        ("PLAIN", &format!("{{CRYPT}}{START123}"), "start123", "SHA256-CRYPT"),
        ("PLAIN", &format!("{{sha512-crypt}}{START123}"), "start123", "SHA256-CRYPT"),
        ("PLAIN", &sha256_hex, "summersun", "SHA256-CRYPT"),
        ("PLAIN-MD5", MD5, "summersun", "PLAIN-MD5"),
        ("PLAIN", &format!("{{PLAIN-MD5}}{MD5}"), "summersun", "PLAIN-MD5"),
        ("PLAIN", &format!("{{plain-md5.hex}}{}", MD5.to_uppercase()), "summersun", "PLAIN-MD5"),
        ("PLAIN", "{PLAIN-MD5}FMv7hFrx8DDjcrHLknXm3Q==", "summersun", "PLAIN-MD5"),
        ("PLAIN", "{PLAIN-MD5.b64}FMv7hFrx8DDjcrHLknXm3Q==", "summersun", "PLAIN-MD5"),
        ("SHA256-CRYPT", "{PLAIN}summersun", "summersun", "PLAIN"),
        ("SHA256-CRYPT", "{CLEAR}{x}", "{x}", "PLAIN"),
        ("SHA256-CRYPT", "{cleartext.b64}c3VtbWVyc3Vu", "summersun", "PLAIN"),
        ("PLAIN", "summersun", "summersun", "PLAIN"),
        ("PLAIN", "!not locked", "!not locked", "PLAIN"),
        ("PLAIN", "{no brace", "{no brace", "PLAIN"),
        // a C string ends at NUL
        ("PLAIN", "summersun\0more", "summersun", "PLAIN"),
    ] {
        let row = parse(stored, default).unwrap_or_else(|error| panic!("{stored}: {error}"));
        assert_eq!(row.verify(&password(typed)), Ok(Verdict::Match), "{stored}");
        assert_eq!(row.verify(&password(format!("{typed}x"))), Ok(Verdict::Mismatch), "{stored}");
        assert_eq!(row.scheme().name(), scheme, "{stored}");
    }
}

#[test]
fn locked_and_empty_rows_let_nobody_in() {
    for (default, stored, why) in [
        ("SHA256-CRYPT", "", Disabled::Empty),
        ("PLAIN", "", Disabled::Empty),
        ("SHA256-CRYPT", "{PLAIN}", Disabled::Empty),
        ("SHA256-CRYPT", "{CLEARTEXT.b64}", Disabled::Empty),
        ("SHA256-CRYPT", "!", Disabled::Locked),
        ("SHA256-CRYPT", "*", Disabled::Locked),
        ("SHA256-CRYPT", &format!("!{SHA256}"), Disabled::Locked),
        ("SHA256-CRYPT", &format!("{{SHA256-CRYPT}}!{SHA256}"), Disabled::Locked),
        ("PLAIN-MD5", &format!("!{MD5}"), Disabled::Locked),
        // the mark is seen before the encoding
        ("PLAIN-MD5", "{SHA256-CRYPT.b64}*", Disabled::Locked),
        ("PLAIN-MD5", "{PLAIN-TRUNC.hex}21", Disabled::Locked),
        // what a crypt(3) that failed leaves behind
        ("SHA256-CRYPT", "{CRYPT}*0", Disabled::Locked),
    ] {
        let row = parse(stored, default).unwrap();
        assert_eq!(row.disabled(), Some(why), "{stored}");
        let again = parse(&*row.write(Prefix::Scheme), default).unwrap();
        assert_eq!(again.disabled(), Some(why), "{stored}");
        for typed in ["!", "*", "*0", "summersun"] {
            assert_eq!(row.verify(&password(typed)), Ok(Verdict::Mismatch), "{stored}");
        }
    }
}

#[test]
fn rows_that_no_password_matches() {
    let cases: &[(&str, &str, Malformed)] = &[
        ("SHA256-CRYPT", "{SHA256-CRYPT}", Malformed::NotCrypt),
        ("SHA256-CRYPT", MD5, Malformed::LooksLikeMd5),
        ("SHA256-CRYPT", &format!("{SHA256} "), Malformed::BadCharacter),
        ("SHA256-CRYPT", "$5$sa:lt$x", Malformed::BadCharacter),
        ("SHA256-CRYPT", "$5$sält$x", Malformed::BadCharacter),
        ("SHA256-CRYPT", &SHA256[..SHA256.len() - 1], Malformed::HashLength { expected: 43 }),
        ("SHA256-CRYPT", &format!("{SHA256}7"), Malformed::HashLength { expected: 43 }),
        ("SHA256-CRYPT", "{SHA256-CRYPT.hex}5", Malformed::NotHex),
        ("SHA256-CRYPT", "{SHA256-CRYPT.b64}=", Malformed::NotBase64),
        ("SHA256-CRYPT", "{PLAIN.hex}zz", Malformed::NotHex),
        ("SHA256-CRYPT", "{PLAIN.hex}6100", Malformed::Nul),
        ("PLAIN-MD5", &MD5[1..], Malformed::NotHexOrBase64),
        ("PLAIN-MD5", "{PLAIN-MD5}", Malformed::DigestLength { expected: 16 }),
    ];
    for (default, stored, what) in cases {
        let error = parse(stored, default).err().unwrap();
        let ParseError::Malformed { scheme, .. } = error else { panic!("{stored}: {error}") };
        assert_eq!(error, ParseError::Malformed { scheme, what: *what }, "{stored}");
    }
}

#[test]
fn schemes_that_are_unknown() {
    for (stored, want) in [
        ("{SHA257-CRYPT}x", ParseError::UnknownScheme),
        ("{}x", ParseError::UnknownScheme),
        ("{PLAIN.rot13}x", ParseError::UnknownScheme),
        ("{p\u{fc}}x", ParseError::UnknownScheme),
    ] {
        assert_eq!(parse(stored, "SHA256-CRYPT").err(), Some(want), "{stored}");
    }
}

/// libxcrypt takes 511 bytes; Dovecot calls more a mismatch.
#[test]
fn the_longest_password() {
    let scheme = name("SHA256-CRYPT");
    let longest = password(vec![b'x'; 511]);
    let stored = scheme.hash(&longest, New::default()).unwrap();
    assert_eq!(stored.verify(&longest), Ok(Verdict::Match));
    let longer = password(vec![b'x'; 512]);
    assert_eq!(stored.verify(&longer), Ok(Verdict::Mismatch));
    assert_eq!(scheme.hash(&longer, New::default()).err(), Some(HashError::PasswordTooLong));
    let plain = name("PLAIN").hash(&longer, New::default()).unwrap();
    assert_eq!(plain.verify(&longer), Ok(Verdict::Match));
}

#[test]
fn new_values() {
    let typed = password("summersun");
    let cost = |rounds, salt| New { rounds, salt, login: None };
    let write = |scheme: &str, cost| {
        let stored = name(scheme).hash(&typed, cost).unwrap();
        String::from_utf8(stored.write(Prefix::Scheme).to_vec()).unwrap()
    };
    let salt: Option<&[u8]> = Some(b"M/GWzmtjsLroRWIf");
    assert_eq!(write("sha256-crypt", cost(None, salt)), format!("{{SHA256-CRYPT}}{SHA256}"));
    assert_eq!(write("sha256-crypt", cost(Some(5000), salt)), format!("{{SHA256-CRYPT}}{SHA256}"));
    let strong = write("SHA256-CRYPT", cost(Some(20_000), None));
    assert!(strong.starts_with("{SHA256-CRYPT}$5$rounds=20000$"), "{strong}");
    assert_eq!(strong.len(), 90);
    assert_ne!(strong, write("SHA256-CRYPT", cost(Some(20_000), None)), "salts must differ");
    assert_eq!(write("PLAIN-MD5", New::default()), format!("{{PLAIN-MD5}}{MD5}"));
    assert_eq!(write("clear.hex", New::default()), "{CLEAR.HEX}73756d6d657273756e");

    let error = |cost| name("SHA256-CRYPT").hash(&typed, cost).err();
    let range = HashError::Rounds { min: 1_000, max: 999_999_999, unit: "rounds" };
    assert_eq!(error(cost(Some(999), None)), Some(range));
    assert_eq!(error(cost(None, Some(b"12345678901234567"))), Some(HashError::Salt));
    assert_eq!(error(cost(None, Some(b"a$b"))), Some(HashError::Salt));
}

#[test]
fn the_ceiling_comes_before_any_work() {
    let policy = Policy::default();
    let stored = SHA256.replace("$5$", "$5$rounds=999999999$");
    let stored = parse(stored, "SHA256-CRYPT").unwrap();
    let too_high = Err(VerifyError::CostTooHigh {
        cost: Cost::Rounds(999_999_999),
        ceiling: Cost::Rounds(1_000_000),
    });
    assert_eq!(policy.verify(Some(&stored), &password("summersun")), too_high);
    assert_eq!(stored.verify(&password("summersun")), too_high);
    assert_eq!(policy.verify(None, &password("x")), Ok(Verdict::Mismatch));
    let low = Ceilings { rounds: 10_000, ..Ceilings::default() };
    assert!(policy.with_ceilings(low).is_err(), "new values would be over it");
}

#[test]
fn a_huge_value_is_refused_at_once() {
    for text in ["{PLAIN-MD5}", "{SHA256-CRYPT}$5$", "{PLAIN.b64}", "{", ""] {
        let stored = [text.as_bytes(), &vec![b'a'; 1 << 20]].concat();
        let _ = parse(stored, "SHA256-CRYPT");
    }
    let plain = parse([b"{PLAIN}".as_slice(), &vec![b'a'; 1 << 20]].concat(), "PLAIN").unwrap();
    assert_eq!(plain.verify(&password("a")), Ok(Verdict::Mismatch));
}

/// No error shows what was stored or typed.
#[test]
fn errors_hold_no_secrets() {
    for scheme in SCHEMES.iter().map(Scheme::name).chain(["SSHA", "NONE"]) {
        for encoding in ["", ".hex", ".b64", ".rot13"] {
            for value in ["$5$hunter2$hunter2", "hunter2", "hunter2:hunter2", "$1$hunter2"] {
                let text = format!("{{{scheme}{encoding}}}{value}");
                if let Err(error) = parse(&text, "SHA256-CRYPT") {
                    assert!(!format!("{error} {error:?}").contains("hunter2"), "{text}");
                }
            }
        }
    }
    let error = Password::new(b"hunter2\0".to_vec()).err().unwrap();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(
        text in prop::collection::vec(any::<u8>(), 0..100),
        scheme in prop::sample::select(vec!["SHA256-CRYPT", "PLAIN-MD5.b64", "PLAIN.hex", "CRYPT"]),
    ) {
        let _ = parse(&text, scheme);
        let _ = parse([b"{CRYPT.hex}".as_slice(), &text].concat(), scheme);
        let _ = parse([b"$5$".as_slice(), &text].concat(), scheme);
    }

    #[test]
    fn what_is_written_reads_the_same(
        typed in prop::collection::vec(1..=255_u8, 1..60),
        salt in "[./0-9A-Za-z,=+-]{0,16}",
        scheme in prop::sample::select(vec![
            "SHA256-CRYPT", "SHA256-CRYPT.hex", "PLAIN-MD5", "PLAIN-MD5.base64", "PLAIN",
            "CLEAR.b64", "CLEARTEXT.hex",
        ]),
    ) {
        let typed = password(typed);
        let cost = New { rounds: Some(1000), salt: Some(salt.as_bytes()), login: None };
        let made = name(scheme).hash(&typed, cost).unwrap();
        let text = made.write(Prefix::Scheme);
        let read = parse(&*text, "CRYPT").unwrap();
        prop_assert_eq!(read.verify(&typed), Ok(Verdict::Match));
        prop_assert_eq!(&*read.write(Prefix::Scheme), &*text);
        let bare = made.write(Prefix::Bare);
        if !(scheme == "PLAIN" && bare.starts_with(b"{")) {
            prop_assert_eq!(parse(&*bare, scheme).unwrap().verify(&typed), Ok(Verdict::Match));
        }
    }
}
