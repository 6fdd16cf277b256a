//! Single values that programs get wrong.

use ispmail_tests::crypt::hashed;
use ispmail_tests::random::Random;

use crate::cases::{Case, Kind, case, hex_digits, password, prefixed, sha256_crypt};

/// `rounds=` as it should not be; the salt and the hash behind it are real.
const BAD_ROUNDS: [&str; 12] = [
    "rounds=999$",
    "rounds=01000$",
    "rounds=005000$",
    "rounds=+5000$",
    "rounds=-5000$",
    "rounds= 5000$",
    "rounds=5000x$",
    "rounds=0x1388$",
    "rounds=$",
    "rounds=1000000000$",
    "rounds=99999999999999999999$",
    "rounds=5000",
];

/// What is no stored value of any scheme.
const STRANGE: [(&str, &str); 26] = [
    ("empty plain", ""),
    ("prefix alone", "{SHA256-CRYPT}"),
    ("prefix alone", "{CRYPT}"),
    ("prefix alone", "{PLAIN-MD5}"),
    ("prefix alone", "{PLAIN-MD5.hex}"),
    ("empty plain", "{PLAIN}"),
    ("empty plain", "{CLEARTEXT.b64}"),
    ("empty plain", "{CLEAR.hex}"),
    ("no scheme's name", "{}"),
    ("no scheme's name", "{}summersun"),
    ("no scheme's name", "{NO-SUCH}summersun"),
    ("no scheme's name", "{PLAIN.rot13}summersun"),
    ("no scheme's name", "{PLAIN.}summersun"),
    ("no scheme's name", "{PLAIN.b64.b64}c3VtbWVyc3Vu"),
    ("no scheme's name", "{PLAIN MD5}14cbfb845af1f030e372b1cb9275e6dd"),
    ("no scheme's name", "{ PLAIN}summersun"),
    ("no closing brace", "{PLAINsummersun"),
    ("no closing brace", "{"),
    ("locked", "!"),
    ("locked", "*"),
    ("locked", "!!"),
    ("locked", "*LK*"),
    ("locked", "{SHA256-CRYPT}!"),
    ("locked", "{SHA256-CRYPT}*"),
    ("word", "summersun"),
    ("word", "x"),
];

/// Of a password that every one of the rows above may be tried with.
const SUMMERSUN: &[u8] = b"summersun";

pub(crate) fn generate(random: &mut Random) -> Vec<Case> {
    let mut cases = Vec::new();
    for (kind, stored) in STRANGE {
        for default in crate::cases::DEFAULTS {
            cases.push(case(random, Kind::made(kind), default, stored.into(), SUMMERSUN));
        }
    }
    let good = hashed(SUMMERSUN, "$5$EvfedKzPsSlPCj2T");
    for rounds in BAD_ROUNDS {
        let kind = Kind::made("bad rounds");
        let bad = good.replacen("$5$", &format!("$5${rounds}"), 1).into_bytes();
        cases.push(case(random, kind, "SHA256-CRYPT", bad.clone(), SUMMERSUN));
        cases.push(case(random, kind, "PLAIN", prefixed("CRYPT", &bad), SUMMERSUN));
    }
    for _ in 0..6 {
        cases.extend(of_one_password(random));
    }
    cases.extend(costly(random));
    cases
}

fn of_one_password(random: &mut Random) -> Vec<Case> {
    let password = password(random);
    let text = crypt_text(random, &password);
    let hash = text.rsplit('$').next().expect("hash").to_owned();
    let salt = random.text("abcdefghijklmnop", 16);
    let empty_salt = hashed(&password, "$5$");
    // crypt(3) uses the first 16 characters, so the hash is that of the cut salt.
    let long_salt = hashed(&password, &format!("$5${salt}")).replace(&salt, &format!("{salt}q"));
    let digits = hex_digits(random, 32);
    let values: Vec<(&str, Vec<u8>)> = vec![
        ("empty salt", empty_salt.into()),
        ("salt of 17", long_salt.into()),
        ("no $5$", text["$5$".len()..].into()),
        ("no leading $", text["$".len()..].into()),
        ("hash alone", hash.clone().into()),
        ("setting alone", format!("$5${salt}").into()),
        ("setting alone", format!("$5${salt}$").into()),
        ("no salt at all", format!("$5${hash}").into()),
        ("$5$ alone", b"$5$".to_vec()),
        ("other crypt", text.replacen("$5$", "$6$", 1).into()),
        ("other crypt", text.replacen("$5$", "$1$", 1).into()),
        ("other crypt", text.replacen("$5$", "$2y$", 1).into()),
        ("other crypt", text.replacen("$5$", "$9$", 1).into()),
        ("hex under crypt", digits.clone()),
        ("long hash of digits", hex_digits(random, 64)),
        ("one more $", format!("{text}$").into()),
        ("one more field", format!("{text}$more").into()),
        ("twice", format!("{text}{text}").into()),
        ("scheme twice", [b"{SHA256-CRYPT}", text.as_bytes()].concat()),
    ];
    let mut cases = Vec::new();
    for (kind, value) in values {
        cases.push(case(random, Kind::made(kind), "SHA256-CRYPT", value.clone(), &password));
        let value = prefixed("SHA256-CRYPT", &value);
        cases.push(case(random, Kind::made(kind), "PLAIN-MD5", value, &password));
    }
    cases
}

/// Right values that cost too much for us. One row each: Dovecot pays for them.
fn costly(random: &mut Random) -> Vec<Case> {
    [("rounds at the ceiling", 1_000_000), ("rounds over the ceiling", 1_000_001)]
        .map(|(kind, rounds)| {
            let stored = hashed(SUMMERSUN, &format!("$5$rounds={rounds}$EvfedKzPsSlPCj2T"));
            case(random, Kind::made(kind), "SHA256-CRYPT", stored.into(), SUMMERSUN)
        })
        .into()
}

fn crypt_text(random: &mut Random, password: &[u8]) -> String {
    String::from_utf8(sha256_crypt(random, password)).expect("ASCII")
}
