//! Values and passwords as long as an attacker can make them: answered at once, and no panic.

use std::time::{Duration, Instant};

use ispmail_password::{Password, SCHEMES, Scheme, StoredPassword, Verdict};
use ispmail_tests::random::Random;

use crate::cases::{by_default, in_braces};
use crate::values;

const MEGABYTE: usize = 1 << 20;
/// For one value: the machine may be busy.
const LIMIT: Duration = Duration::from_secs(30);
const LOGIN: &[u8] = b"john@example.org";

/// The characters with which the parts of values begin and end, and those that they are made of.
const FILLERS: [&str; 12] = ["a", "0", "9", "F", "$", ",", " ", "-", "=", "{", "\u{e4}", "\u{1}"];

pub(crate) fn long_values(random: &mut Random) {
    for scheme in SCHEMES {
        let value = by_default(scheme, &sample(random, scheme, b"summersun"));
        let place = random.below(value.len());
        for filler in FILLERS {
            let long = filler.repeat(MEGABYTE / filler.len()).into_bytes();
            let places = [0, place, value.len()];
            let inside = places.map(|place| [&value[..place], &long, &value[place..]].concat());
            for text in inside.iter().chain([&long]) {
                for suffix in ["", ".hex", ".b64"] {
                    let name = format!("{}{suffix}", scheme.name());
                    at_once(&in_braces(&name, text), b"summersun");
                }
            }
        }
    }
    at_once(&[b"{", &b"a".repeat(MEGABYTE)[..]].concat(), b"summersun");
}

pub(crate) fn long_passwords(random: &mut Random) {
    for scheme in SCHEMES {
        for length in [511, 512, 4_096, Password::MAX] {
            let password: Vec<u8> = (0..length).map(|_| random.byte().max(1)).collect();
            let value = by_default(scheme, &sample(random, scheme, b"summersun"));
            let stored = in_braces(scheme.name(), &value);
            assert_ne!(at_once(&stored, &password), Some(Verdict::Match), "{}", scheme.name());
        }
    }
}

fn sample(random: &mut Random, scheme: &Scheme, password: &[u8]) -> Vec<u8> {
    let made = std::iter::repeat_with(|| values::raw(random, scheme, password, LOGIN));
    made.take(100).flatten().next().unwrap_or_else(|| panic!("no value of {}", scheme.name()))
}

/// `None` for what cannot be checked.
fn at_once(stored: &[u8], password: &[u8]) -> Option<Verdict> {
    let begin = Instant::now();
    let default = "SHA256-CRYPT".parse().expect("a scheme");
    let parsed = StoredPassword::parse(stored, default).ok();
    let password = Password::new(password.to_vec()).expect("a password");
    let verdict = parsed.and_then(|parsed| parsed.for_login(LOGIN).verify(&password).ok());
    let front = &stored[..stored.len().min(60)];
    assert!(begin.elapsed() < LIMIT, "{:?} for {}…", begin.elapsed(), front.escape_ascii());
    verdict
}
