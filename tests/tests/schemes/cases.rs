//! Rows for Dovecot and for us: every scheme under every name and in every encoding.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ispmail_password::{Encoding, SCHEMES, Scheme};
use ispmail_tests::doveadm;
use ispmail_tests::process::run;
use ispmail_tests::random::Random;

use crate::costs::cheap;
use crate::{mishaps, passwords, values};

/// Sound rows of each name in one batch.
const SOUND: usize = 40;
/// Damaged ones.
const DAMAGED: usize = 90;
/// Those that `doveadm pw` makes, in the first batch.
const BY_DOVEADM: usize = 3;

/// One account and the passwords to try on it.
pub(crate) struct Case {
    /// The scheme that it belongs to, by the name in the prefix before anything happened to it.
    pub(crate) scheme: &'static str,
    /// How it was made, or what has happened to it.
    pub(crate) made: &'static str,
    /// The default scheme that a value without a prefix is read with.
    pub(crate) default: &'static str,
    /// As the user types it; the row has it in small letters.
    pub(crate) login: String,
    pub(crate) stored: Vec<u8>,
    pub(crate) passwords: Vec<Vec<u8>>,
}

/// Makes cases whose logins are all different.
pub(crate) struct Cases {
    random: Random,
    next: usize,
}

impl Cases {
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), next: 0 }
    }

    /// A row with the right password, nearly right ones, and some that are much longer.
    pub(crate) fn case(
        &mut self,
        (scheme, made, default): (&'static str, &'static str, &'static str),
        login: String,
        stored: Vec<u8>,
        password: &[u8],
    ) -> Case {
        let random = &mut self.random;
        let mut passwords = vec![
            password.to_vec(),
            passwords::sendable(passwords::wrong(random, password)),
            passwords::sendable(passwords::wrong(random, password)),
        ];
        if random.one_in(20) {
            passwords.push(Vec::new());
        }
        if random.one_in(40) {
            let length = *random.one_of(&[511, 512, 513, 5_000]);
            passwords.push([password, &b"x".repeat(length)].concat()[..length].to_vec());
        }
        Case { scheme, made, default, login, stored, passwords }
    }

    /// A new login, now and then in capitals or with two `@`.
    pub(crate) fn login(&mut self, default: &str) -> String {
        self.next += 1;
        let more = self.random.pick(&["", "", "", "@sub"]);
        let login = format!("u{}{more}@{}", self.next, domain(default));
        if self.random.one_in(4) { login.to_uppercase() } else { login }
    }

    /// Rows of all schemes.
    pub(crate) fn batch(&mut self) -> Vec<Case> {
        let mut cases = Vec::new();
        for scheme in SCHEMES {
            for name in names(scheme) {
                for _ in 0..SOUND {
                    cases.extend(self.sound(scheme, name));
                }
                for _ in 0..DAMAGED {
                    cases.extend(self.damaged(scheme, name));
                }
            }
        }
        cases
    }

    fn sound(&mut self, scheme: &'static Scheme, name: &'static str) -> Option<Case> {
        let default = self.default();
        self.made(scheme, name, default, |random, raw| {
            (written(random, scheme, name, raw), "sound")
        })
    }

    fn damaged(&mut self, scheme: &'static Scheme, name: &'static str) -> Option<Case> {
        let default = self.default();
        self.made(scheme, name, default, |random, raw| match random.below(8) {
            0 => {
                let (made, raw) = mishaps::any(random, raw);
                (written(random, scheme, name, &raw), made)
            }
            1 => {
                let encoding = random.pick(&["hex", "b64"]);
                let place = random.below(raw.len() + 1);
                let raw = [&raw[..place], b"\0", &raw[place..]].concat();
                (in_braces(&format!("{name}.{encoding}"), &encoded(encoding, &raw)), "NUL inside")
            }
            2 => {
                let other = random.one_of(SCHEMES).name();
                let suffix = random.pick(&["", "", ".hex", ".b64", ".base64"]);
                (in_braces(&format!("{other}{suffix}"), raw), "under another name")
            }
            3 => {
                let other = random.one_of(SCHEMES).name();
                let front = in_braces(other, b"");
                ([front, written(random, scheme, name, raw)].concat(), "one more prefix")
            }
            4 => {
                let suffix = random.pick(&[".hex", ".b64", ".base64", ".x", "."]);
                (in_braces(&format!("{name}{suffix}"), &by_default(scheme, raw)), "other encoding")
            }
            5 => (by_default(scheme, raw), "under another default"),
            6 => {
                let text = by_default(scheme, raw);
                let (made, text) = mishaps::any(random, &text);
                (in_braces(name, &text), made)
            }
            _ => {
                let text = written(random, scheme, name, raw);
                let (made, text) = mishaps::any(random, &text);
                (text, made)
            }
        })
    }

    /// Rows without a prefix, each under its own default scheme.
    pub(crate) fn bare(&mut self) -> Vec<Case> {
        let mut cases = Vec::new();
        for scheme in SCHEMES {
            for name in names(scheme).filter(|name| known_to_dovecot(name)) {
                for number in 0..10 {
                    cases.extend(self.made(scheme, name, name, |random, raw| {
                        let text = by_default(scheme, raw);
                        if number % 2 == 0 {
                            return (text, "bare");
                        }
                        let (made, text) = mishaps::any(random, &text);
                        (text, made)
                    }));
                }
            }
        }
        cases
    }

    /// A two-byte character at every place of a value of every scheme.
    pub(crate) fn non_ascii(&mut self) -> Vec<Case> {
        let mut cases = Vec::new();
        for scheme in SCHEMES {
            let before = cases.len();
            while cases.len() == before {
                let seed = self.random.number();
                let places = 0..self.value_at(seed, scheme, 0).map_or(0, |case| case.stored.len());
                cases.extend(places.filter_map(|place| self.value_at(seed, scheme, place)));
            }
        }
        cases
    }

    /// The same value for the same seed, with a character more at this place.
    fn value_at(&mut self, seed: u64, scheme: &'static Scheme, place: usize) -> Option<Case> {
        let keep = std::mem::replace(&mut self.random, Random::new(seed));
        let case = self.made(scheme, scheme.name(), "PLAIN", |_, raw| {
            let text = in_braces(scheme.name(), &by_default(scheme, raw));
            let (front, back) = text.split_at(place.min(text.len()));
            ([front, "ä".as_bytes(), back].concat(), "non-ASCII at every place")
        });
        self.random = keep;
        let mut case = case?;
        case.passwords.truncate(1);
        Some(case)
    }

    /// What Dovecot itself makes.
    pub(crate) fn by_doveadm(&mut self) -> Vec<Case> {
        let mut cases = Vec::new();
        for scheme in SCHEMES {
            for name in names(scheme).filter(|name| known_to_dovecot(name)) {
                for _ in 0..BY_DOVEADM {
                    let login = self.login(name);
                    let password = passwords::sendable(passwords::any(&mut self.random));
                    let suffix = self.random.pick(&["", ".hex", ".b64", ".BASE64"]);
                    let mut command =
                        doveadm::pw(&["-s", &format!("{name}{suffix}"), "-u", &login]);
                    command.arg("-p").arg(OsString::from_vec(password.clone()));
                    if scheme.rounds().is_some_and(|range| range.default == 5_000) {
                        command.args(["-r", "1000"]);
                    }
                    let output = run(&mut command, b"");
                    // Of long passwords crypt(3) makes nothing.
                    if output.code() == 0 {
                        let stored = output.stdout.strip_suffix(b"\n").expect("a line").to_vec();
                        let kind = (name, "by doveadm", name);
                        cases.push(self.case(kind, login, stored, &password));
                    }
                }
            }
        }
        cases
    }

    fn made(
        &mut self,
        scheme: &'static Scheme,
        name: &'static str,
        default: &'static str,
        write: impl FnOnce(&mut Random, &[u8]) -> (Vec<u8>, &'static str),
    ) -> Option<Case> {
        let login = self.login(default);
        let password = passwords::sendable(passwords::any(&mut self.random));
        if password.is_empty() {
            return None;
        }
        let raw = values::raw(&mut self.random, scheme, &password, login.as_bytes())?;
        let (stored, made) = write(&mut self.random, &raw);
        (cheap(&stored) && !stored.contains(&0))
            .then(|| self.case((name, made, default), login, stored, &password))
    }

    fn default(&mut self) -> &'static str {
        let defaults = defaults();
        defaults[self.random.below(defaults.len())]
    }
}

/// What the default scheme is set to, for one Dovecot or another.
pub(crate) fn defaults() -> Vec<&'static str> {
    let suffixed = ["PLAIN-MD5.b64", "SHA256.hex", "PLAIN.b64"];
    let all = SCHEMES.iter().flat_map(names).filter(|name| known_to_dovecot(name));
    all.chain(suffixed).collect()
}

/// ARGON2 is a name that 2.4 has added.
fn known_to_dovecot(name: &str) -> bool {
    name != "ARGON2"
}

/// Each default scheme has a mail domain of its own.
pub(crate) fn domain(default: &str) -> String {
    format!("{}.example", default.to_ascii_lowercase())
}

pub(crate) fn names(scheme: &'static Scheme) -> impl Iterator<Item = &'static str> {
    [scheme.name()].into_iter().chain(scheme.aliases().iter().copied())
}

/// With its prefix, in one of the ways that are right.
fn written(random: &mut Random, scheme: &Scheme, name: &str, raw: &[u8]) -> Vec<u8> {
    let text = |encoding: &str| encoded(encoding, raw);
    let (suffix, text) = match random.below(8) {
        0 => (".hex", text("hex")),
        1 => (".HEX", text("hex").to_ascii_uppercase()),
        2 => (".b64", text("b64")),
        3 => (".Base64", text("b64")),
        // Of a fixed length, so that Dovecot can tell them.
        4 if scheme.digest_len().is_some() => ("", text("hex")),
        5 if scheme.digest_len().is_some() => ("", text("b64")),
        _ => ("", by_default(scheme, raw)),
    };
    let name = match random.below(4) {
        0 => name.to_ascii_lowercase(),
        1 => name[..1].to_owned() + &name[1..].to_ascii_lowercase(),
        _ => name.to_owned(),
    };
    in_braces(&format!("{name}{suffix}"), &text)
}

pub(crate) fn in_braces(name: &str, text: &[u8]) -> Vec<u8> {
    [b"{", name.as_bytes(), b"}", text].concat()
}

/// In the encoding that the scheme has without a suffix.
pub(crate) fn by_default(scheme: &Scheme, raw: &[u8]) -> Vec<u8> {
    match scheme.default_encoding() {
        Encoding::None => raw.to_vec(),
        Encoding::Hex => encoded("hex", raw),
        Encoding::Base64 => encoded("b64", raw),
    }
}

fn encoded(encoding: &str, raw: &[u8]) -> Vec<u8> {
    if encoding == "hex" {
        hex::encode(raw).into_bytes()
    } else {
        BASE64_STANDARD.encode(raw).into_bytes()
    }
}
