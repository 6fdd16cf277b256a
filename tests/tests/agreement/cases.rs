//! Stored values of every kind that is out there, and what becomes of them on the way.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ispmail_tests::crypt::{ALPHABET as SALT, hashed};
use ispmail_tests::random::Random;
use md5::{Digest, Md5};

/// What crypt(3) takes in salts besides what it makes them of.
const ODD_SALT: &str = "\"#%&'()+,-<=>?@[]^_`{|}~";
const PRINTABLE: &str = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCXYZ[\\]^_`abcxyz{|}~";
const HEX: &str = "0123456789abcdefABCDEF";

/// Default schemes; each gets a mail domain of its own, so that one Dovecot can have them all.
pub(crate) const DEFAULTS: [&str; 6] =
    ["SHA256-CRYPT", "CRYPT", "SHA512-CRYPT", "PLAIN-MD5", "PLAIN", "plain-md5.b64"];
/// Those of them under which a bare value is read as crypt(3)'s.
const CRYPT_DEFAULTS: [&str; 3] = ["SHA256-CRYPT", "CRYPT", "SHA512-CRYPT"];

/// Prefixes of the crypt(3) family under which the content decides.
const CRYPT_NAMES: [&str; 6] =
    ["SHA256-CRYPT", "CRYPT", "sha256-crypt", "Crypt", "SHA512-CRYPT", "DES-CRYPT"];
const PLAIN_NAMES: [&str; 6] = ["PLAIN", "CLEAR", "CLEARTEXT", "plain", "Clear", "clearText"];
const HEX_SUFFIXES: [&str; 2] = ["hex", "HEX"];
const BASE64_SUFFIXES: [&str; 4] = ["b64", "B64", "base64", "Base64"];

/// How many rows there are of each kind.
const VALID_ROWS: usize = 36;
const DAMAGED_ROWS: usize = 2;

/// One account and the passwords to try on it.
pub(crate) struct Case {
    /// What it is, and what happened to it if anything did: the table of known differences
    /// goes by the last.
    pub(crate) kind: Kind,
    pub(crate) default_scheme: &'static str,
    pub(crate) stored: Vec<u8>,
    pub(crate) passwords: Vec<Vec<u8>>,
}

/// Names of what a value is and of what happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kind {
    pub(crate) made: &'static str,
    pub(crate) mishap: Option<&'static str>,
}

impl Kind {
    pub(crate) fn made(made: &'static str) -> Self {
        Self { made, mishap: None }
    }
}

/// Makes a valid stored value of a password.
type Maker = fn(&mut Random, &[u8]) -> Vec<u8>;
/// Damages a stored value.
type Mishap = fn(&mut Random, &[u8]) -> Vec<u8>;

/// Kind, default schemes to read it under, and how it is made.
const VALID: [(&str, &[&str], Maker); 14] = [
    ("bare crypt", &CRYPT_DEFAULTS, sha256_crypt),
    ("prefixed crypt", &DEFAULTS, |random, password| {
        prefixed(random.pick(&CRYPT_NAMES), &sha256_crypt(random, password))
    }),
    // The names of the family that do not go by the content.
    ("crypt under a wrong name", &DEFAULTS, |random, password| {
        prefixed(random.pick(&["BLF-CRYPT", "MD5-CRYPT"]), &sha256_crypt(random, password))
    }),
    ("crypt in hex", &DEFAULTS, |random, password| {
        let name = format!("{}.{}", random.pick(&CRYPT_NAMES), random.pick(&HEX_SUFFIXES));
        prefixed(&name, hex::encode(sha256_crypt(random, password)).as_bytes())
    }),
    ("crypt in base64", &DEFAULTS, |random, password| {
        let name = format!("{}.{}", random.pick(&CRYPT_NAMES), random.pick(&BASE64_SUFFIXES));
        prefixed(&name, BASE64_STANDARD.encode(sha256_crypt(random, password)).as_bytes())
    }),
    ("bare md5 in hex", &["PLAIN-MD5"], md5_hex),
    ("bare md5 in base64", &["PLAIN-MD5", "plain-md5.b64"], md5_base64),
    ("md5 in hex", &DEFAULTS, |random, password| {
        let name = random.pick(&["PLAIN-MD5", "plain-md5", "PLAIN-MD5.hex", "Plain-Md5.HEX"]);
        prefixed(name, &md5_hex(random, password))
    }),
    ("md5 in base64", &DEFAULTS, |random, password| {
        let name = random.pick(&["PLAIN-MD5", "plain-md5", "PLAIN-MD5.b64", "plain-md5.BASE64"]);
        prefixed(name, &md5_base64(random, password))
    }),
    ("bare plain", &["PLAIN"], |_, password| password.to_vec()),
    ("plain", &DEFAULTS, |random, password| prefixed(random.pick(&PLAIN_NAMES), password)),
    ("plain in hex", &DEFAULTS, |random, password| {
        let name = format!("{}.{}", random.pick(&PLAIN_NAMES), random.pick(&HEX_SUFFIXES));
        let digits = hex::encode(password);
        let digits = if random.below(2) == 0 { digits } else { digits.to_uppercase() };
        prefixed(&name, digits.as_bytes())
    }),
    ("plain in base64", &DEFAULTS, |random, password| {
        let name = format!("{}.{}", random.pick(&PLAIN_NAMES), random.pick(&BASE64_SUFFIXES));
        prefixed(&name, BASE64_STANDARD.encode(password).as_bytes())
    }),
    ("wrong default", &["PLAIN-MD5", "PLAIN", "plain-md5.b64"], sha256_crypt),
];

/// What may happen to a value between the program that made it and us.
const MISHAPS: [(&str, Mishap); 15] = [
    ("truncated", |random, value| value[..random.below(value.len())].to_vec()),
    ("one cut off", |_, value| value[..value.len() - 1].to_vec()),
    ("first cut off", |_, value| value[1..].to_vec()),
    ("extended", |random, value| {
        let more = 1 + random.below(3);
        [value, random.text(SALT, more).as_bytes()].concat()
    }),
    ("one changed", |random, value| {
        let other = random.text(PRINTABLE, 1).as_bytes()[0];
        with(random, value, |_| other)
    }),
    ("one to the like", |random, value| {
        let other = random.text(SALT, 1).as_bytes()[0];
        with(random, value, |_| other)
    }),
    ("case of one changed", |random, value| with(random, value, |byte| byte ^ 0x20)),
    ("upper case", |_, value| value.to_ascii_uppercase()),
    ("lower case", |_, value| value.to_ascii_lowercase()),
    ("space before", |_, value| [b" ", value].concat()),
    ("space after", |random, value| {
        [value, random.pick(&["\r", "\n", " ", "\r\n", "\t"]).as_bytes()].concat()
    }),
    ("space inside", |random, value| inserted(random, value, " ")),
    ("non-ASCII inside", |random, value| inserted(random, value, "ä")),
    ("locked", |random, value| [random.pick(&["!", "*", "!!", "*LK*"]).as_bytes(), value].concat()),
    ("quoted", |_, value| ["“".as_bytes(), value, "”".as_bytes()].concat()),
];

/// All rows for this seed.
pub(crate) fn generate(random: &mut Random) -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, defaults, make) in VALID {
        for _ in 0..VALID_ROWS {
            let password = password(random);
            let stored = make(random, &password);
            let default = random.pick(defaults);
            cases.push(case(random, Kind::made(name), default, stored, &password));
        }
        for (mishap_name, mishap) in MISHAPS {
            for _ in 0..DAMAGED_ROWS {
                let password = password(random);
                let value = make(random, &password);
                let stored = mishap(random, &value);
                if nothing_left(&stored) {
                    continue;
                }
                let default = random.pick(defaults);
                let kind = Kind { made: name, mishap: Some(mishap_name) };
                cases.push(case(random, kind, default, stored, &password));
            }
        }
    }
    cases.extend(crate::oddities::generate(random));
    cases
}

/// Emptied rows are a kind of their own.
fn nothing_left(stored: &[u8]) -> bool {
    stored.is_empty() || (stored.starts_with(b"{") && stored.ends_with(b"}"))
}

/// The row with its own password and some that must not do.
pub(crate) fn case(
    random: &mut Random,
    kind: Kind,
    default_scheme: &'static str,
    stored: Vec<u8>,
    password: &[u8],
) -> Case {
    let mut swapped = password.to_vec();
    swapped[0] ^= 0x20;
    let wrong = [
        [password, b"x"].concat(),
        password[..password.len() - 1].to_vec(),
        swapped,
        b" ".to_vec(),
        Vec::new(),
        stored[..stored.len().min(300)].to_vec(),
    ];
    let first = random.below(wrong.len());
    let second = (first + 1 + random.below(wrong.len() - 1)) % wrong.len();
    let chosen = [password, &wrong[first], &wrong[second]];
    // A byte that Dovecot never passes on, or a NUL by a swap, would test nothing.
    let sendable = |password: &&&[u8]| !password.iter().any(|byte| b"\0\x01\t\r\n".contains(byte));
    let passwords = chosen.iter().filter(sendable).map(|password| password.to_vec()).collect();
    Case { kind, default_scheme, stored, passwords }
}

/// Mostly what people type; sometimes other languages, any bytes, or something very long.
pub(crate) fn password(random: &mut Random) -> Vec<u8> {
    let length = 1 + random.below(16);
    let mut password = match random.below(8) {
        0 => "päßwörd-пароль-密码".chars().skip(random.below(10)).collect::<String>().into_bytes(),
        1 => (0..length).map(|_| 0x80 | random.byte()).collect(),
        2 => {
            let long = 65 + random.below(236);
            random.text(PRINTABLE, long).into_bytes()
        }
        _ => random.text(PRINTABLE, length).into_bytes(),
    };
    // Stored bare, it would be read as a prefix.
    if password[0] == b'{' {
        password[0] = b'(';
    }
    password
}

/// A value of crypt(3) with a salt and, sometimes, rounds as they are out there.
pub(crate) fn sha256_crypt(random: &mut Random, password: &[u8]) -> Vec<u8> {
    let length = 1 + random.below(16);
    let salt = match random.below(4) {
        0 => random.text(&format!("{SALT}{ODD_SALT}"), length),
        1 => random.text(SALT, length),
        _ => random.text(SALT, 16),
    };
    let rounds = random.pick(&["", "", "rounds=1000$", "rounds=5000$", "rounds=1999$"]);
    hashed(password, &format!("$5${rounds}{salt}")).into_bytes()
}

pub(crate) fn prefixed(name: &str, value: &[u8]) -> Vec<u8> {
    [b"{", name.as_bytes(), b"}", value].concat()
}

fn md5_hex(random: &mut Random, password: &[u8]) -> Vec<u8> {
    let lower = hex::encode(Md5::digest(password));
    let mixed: String = lower
        .chars()
        .map(|digit| if random.below(2) == 0 { digit } else { digit.to_ascii_uppercase() })
        .collect();
    let upper = lower.to_uppercase();
    random.pick(&[&lower, &upper, &mixed]).as_bytes().to_vec()
}

fn md5_base64(_: &mut Random, password: &[u8]) -> Vec<u8> {
    BASE64_STANDARD.encode(Md5::digest(password)).into_bytes()
}

fn with(random: &mut Random, value: &[u8], change: impl Fn(u8) -> u8) -> Vec<u8> {
    let mut value = value.to_vec();
    let place = random.below(value.len());
    // A NUL ends the value for every program involved, this one's inputs included.
    value[place] = change(value[place]).max(1);
    value
}

fn inserted(random: &mut Random, value: &[u8], text: &str) -> Vec<u8> {
    let place = random.below(value.len() + 1);
    [&value[..place], text.as_bytes(), &value[place..]].concat()
}

/// Something of hexadecimal digits.
pub(crate) fn hex_digits(random: &mut Random, length: usize) -> Vec<u8> {
    random.text(HEX, length).into_bytes()
}
