//! The crypt(3) family, straight against crypt(3): the same verdict for every password, and
//! malformed exactly what crypt(3) could give for none.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use ispmail_password::{Malformed, ParseError, Password, StoredPassword, Verdict};
use ispmail_tests::crypt::{ALPHABET, crypt3};
use ispmail_tests::random::Random;

use crate::costs::{bits, cheap};
use crate::settings::{FORMATS, Format};
use crate::{SHOWN, mishaps, passwords};

/// Longest password that crypt(3) takes.
const MOST: usize = 511;
/// Wrong passwords, and damaged values, for each.
const VARIANTS: usize = 4;

#[derive(Default)]
struct Tally {
    cases: usize,
    /// By format: cases and matches.
    formats: BTreeMap<&'static str, (usize, usize)>,
    malformed: usize,
    faults: Vec<String>,
}

/// At least so many cases, on all cores.
pub(crate) fn compare(random: &mut Random, wanted: usize) {
    let mut tally = turns(random, wanted);
    for format in &FORMATS {
        non_ascii(random, format, &mut tally);
    }
    for (format, (cases, matches)) in &tally.formats {
        eprintln!("  {format:14} {cases:7} cases, {matches:6} matches");
        assert!(*matches > 0 || *format == "none", "no password of {format} matches");
    }
    eprintln!("{} cases against crypt(3), {} malformed", tally.cases, tally.malformed);
    for fault in tally.faults.iter().take(SHOWN) {
        eprintln!("{fault}");
    }
    assert!(tally.faults.is_empty(), "{} disagreements", tally.faults.len());
    assert!(tally.cases >= wanted, "{} cases only", tally.cases);
}

fn turns(random: &mut Random, wanted: usize) -> Tally {
    // What a turn does depends on the seed alone, not on which thread takes it.
    let values: usize = FORMATS.iter().map(|format| format.values).sum();
    // Some that are damaged are too dear to be tried.
    let per_turn = values * (1 + 2 * VARIANTS) * 9 / 10;
    let seeds: Vec<u64> = (0..wanted.div_ceil(per_turn)).map(|_| random.number()).collect();
    let next = AtomicUsize::new(0);
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        let work = || {
            let mut tally = Tally::default();
            while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                turn(&mut Random::new(*seed), &mut tally);
            }
            tally
        };
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let tallies = threads.into_iter().map(|thread| thread.join().expect("no panic"));
        tallies.reduce(Tally::and).expect("a core")
    })
}

fn turn(random: &mut Random, tally: &mut Tally) {
    for format in &FORMATS {
        for _ in 0..format.values {
            one_value(random, format, tally);
        }
    }
    let none = &FORMATS[FORMATS.len() - 1];
    let long = [every_password(374, "$"), every_password(375, ""), every_password(375, "$")];
    let empty = ["", "!", "*", "!x", "*0", "*1", "$!$", "$!$x"].map(str::to_owned);
    for stored in long.iter().chain(&empty) {
        check(none, stored.as_bytes(), &[b"x".to_vec()], tally);
    }
}

/// sha1crypt values so long that crypt(3) cuts the hash off.
fn every_password(salt: usize, end: &str) -> String {
    format!("$sha1$1${}{end}", "a".repeat(salt))
}

fn one_value(random: &mut Random, format: &'static Format, tally: &mut Tally) {
    let setting = format.setting(random);
    let mut password = passwords::any(random);
    if random.one_in(12) {
        let length = *random.one_of(&[510, 511, 512, 513, 1_000]);
        password.resize(length, b'x');
    }
    let mut stored = crypt3(&password[..password.len().min(MOST)], setting.as_bytes());
    if stored.starts_with(b"*") {
        // Refused: whatever stands behind it, it must be malformed.
        let length = *random.one_of(&[0, 11, 22, 31, 43, 86]);
        stored = format!("{setting}${}", random.text(ALPHABET, length)).into_bytes();
    }
    let wrong = (0..VARIANTS).map(|_| passwords::wrong(random, &password));
    check(format, &stored, &[vec![password.clone()], wrong.collect()].concat(), tally);
    for _ in 0..VARIANTS {
        let (_, damaged) = mishaps::any(random, &stored);
        check(format, &damaged, std::slice::from_ref(&password), tally);
    }
}

/// A two-byte character at every place of a value.
fn non_ascii(random: &mut Random, format: &Format, tally: &mut Tally) {
    let made = std::iter::repeat_with(|| crypt3(b"summersun", format.setting(random).as_bytes()));
    let value = made.take(100).find(|value| !value.starts_with(b"*")).unwrap_or_default();
    for place in 0..=value.len() {
        let damaged = [&value[..place], "ä".as_bytes(), &value[place..]].concat();
        check(format, &damaged, &[b"summersun".to_vec()], tally);
    }
}

/// What we make of a value and a password.
#[derive(Debug, PartialEq, Eq)]
enum Ours {
    Said(Verdict),
    Malformed(Malformed),
    Otherwise(String),
}

fn check(format: &Format, stored: &[u8], passwords: &[Vec<u8>], tally: &mut Tally) {
    if !cheap(stored) {
        return;
    }
    let example = crypt3(b"x", stored);
    let could_be = could_be(stored, &example);
    for password in passwords {
        let ours = ours(stored, password);
        let theirs = crypt3(password, stored);
        let matches = theirs == stored;
        let agree = match &ours {
            Ours::Said(verdict) if could_be => {
                // Dovecot has its own bcrypt, which takes longer passwords; and an empty one is
                // let in nowhere.
                let wanted = matches && !password.is_empty();
                let longer = password.len() > MOST && stored.starts_with(b"$2");
                (*verdict == Verdict::Match) == wanted || longer
            }
            // An account that is locked, or has no password.
            Ours::Said(verdict) => {
                *verdict == Verdict::Mismatch
                    && (stored.first().is_none_or(|byte| b"!*".contains(byte))
                        || stored.starts_with(b"$!$"))
            }
            Ours::Malformed(Malformed::EveryPassword) => example == stored,
            Ours::Malformed(_) => !could_be && !matches,
            Ours::Otherwise(_) => false,
        };
        if !agree {
            tally.faults.push(format!(
                "{}: \"{}\" with \"{}\": crypt(3) \"{}\", we {ours:?}",
                format.name,
                stored.escape_ascii(),
                password.escape_ascii(),
                theirs.escape_ascii()
            ));
        }
        tally.cases += 1;
        tally.malformed += usize::from(matches!(ours, Ours::Malformed(_)));
        let (cases, verified) = tally.formats.entry(format.name).or_default();
        *cases += 1;
        *verified += usize::from(matches && !stored.starts_with(b"*"));
    }
}

fn ours(stored: &[u8], password: &[u8]) -> Ours {
    let crypt = "CRYPT".parse().expect("a scheme");
    let stored = match StoredPassword::parse_bare(stored, crypt) {
        Ok(stored) => stored,
        Err(ParseError::Malformed { what, .. }) => return Ours::Malformed(what),
        Err(error) => return Ours::Otherwise(error.to_string()),
    };
    match Password::new(password.to_vec()) {
        // An empty one is let in nowhere.
        Err(_) if password.is_empty() => Ours::Said(Verdict::Mismatch),
        Err(error) => Ours::Otherwise(error.to_string()),
        Ok(password) => match stored.verify(&password) {
            Ok(verdict) => Ours::Said(verdict),
            Err(error) => Ours::Otherwise(error.to_string()),
        },
    }
}

/// Whether crypt(3), which answers with this example, could give this text for some password: it
/// must repeat its front for any, and what follows must be a hash as it writes them.
fn could_be(stored: &[u8], example: &[u8]) -> bool {
    if example.starts_with(b"*") {
        return false;
    }
    let is = |prefix: &str| example.starts_with(prefix.as_bytes());
    let front = match example[0] {
        b'$' if is("$2") => 29,
        b'$' => example.iter().rposition(|&byte| byte == b'$').expect("a $") + 1,
        b'_' => 9,
        _ => 2,
    };
    if !stored.starts_with(&example[..front]) {
        return false;
    }
    let hash = &stored[front..];
    let block = |block: &[u8]| block.len() == 11 && ends_in(block, |bits| bits % 4 == 0);
    if !is("$") && !is("_") {
        return (1..=16).contains(&hash.len().div_ceil(11)) && hash.chunks(11).all(block);
    }
    hash.len() == example.len() - front
        && match hash.len() {
            11 => block(hash),
            // The last three bytes are two of the digest's and again its first.
            28 => ends_in(hash, |_| true) && number(&hash[..4]) >> 16 == number(&hash[24..]) & 0xff,
            31 => ends_in(hash, |_| b".CGKOSWaeimquy26".contains(&hash[30])),
            32 => hash.iter().all(|byte| b"0123456789abcdef".contains(byte)),
            22 | 86 => ends_in(hash, |bits| bits < 4),
            43 => ends_in(hash, |bits| bits < 16),
            // What crypt(3) has cut.
            _ => false,
        }
}

/// Whether it is made of the alphabet, and its last character does not have what others would.
fn ends_in(hash: &[u8], last: impl Fn(usize) -> bool) -> bool {
    let known = hash.iter().all(|&symbol| bits(symbol) < 64);
    known && hash.last().is_some_and(|&symbol| last(bits(symbol)))
}

fn number(symbols: &[u8]) -> usize {
    symbols.iter().rev().fold(0, |number, &symbol| number << 6 | bits(symbol))
}

impl Tally {
    fn and(mut self, other: Self) -> Self {
        self.cases += other.cases;
        self.malformed += other.malformed;
        for (format, (cases, matches)) in other.formats {
            let sum = self.formats.entry(format).or_default();
            *sum = (sum.0 + cases, sum.1 + matches);
        }
        self.faults.extend(other.faults);
        self
    }
}
