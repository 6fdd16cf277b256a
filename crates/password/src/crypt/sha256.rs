//! SHA256-CRYPT values: `$5$[rounds=N$]salt$hash` (Drepper, "Unix crypt using SHA-256 and
//! SHA-512"), and the engine underneath.

use ispmail_sha256_crypt::{Job, sha256_crypt_batch};
use zeroize::Zeroizing;

use super::alphabet::{check_hash, push};
use super::sha2::{MAX_SALT, Setting};
use super::{Format, MAX_PASSWORD};
use crate::{Cost, Malformed, Password, VerifyError};

const PREFIX: &[u8] = b"$5$";
const HASH_CHARS: usize = 43;

pub(crate) struct Sha256Crypt(Setting);

impl Sha256Crypt {
    pub(crate) const fn new(setting: Setting) -> Self {
        Self(setting)
    }

    pub(crate) const fn rounds(&self) -> u32 {
        self.0.rounds
    }

    /// What is to be computed for a password, which [`text`](Self::text) then makes a value of.
    pub(crate) fn job<'a>(&'a self, password: &'a [u8]) -> Job<'a> {
        Job { password, salt: self.0.salt.as_bytes(), rounds: self.0.rounds }
    }

    /// [`compute`](Format::compute) for many at once, in the list's order.
    pub(crate) fn compute_many(jobs: &[(&Self, &[u8])]) -> Vec<Zeroizing<Vec<u8>>> {
        let list: Vec<_> = jobs.iter().map(|(this, password)| this.job(password)).collect();
        jobs.iter().zip(&*digests(&list)).map(|((this, _), digest)| this.text(digest)).collect()
    }

    pub(crate) fn text(&self, hash: &[u8; 32]) -> Zeroizing<Vec<u8>> {
        let mut text = Zeroizing::new(Vec::with_capacity(80));
        text.extend_from_slice(PREFIX);
        self.0.push(&mut text);
        push_hash(hash, &mut text);
        text
    }
}

impl Format for Sha256Crypt {
    fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let text = text.strip_prefix(PREFIX).ok_or(Malformed::NotCrypt)?;
        let (setting, hash) = Setting::parse(text, HASH_CHARS)?;
        check_hash(hash, HASH_CHARS, 0b1111)?;
        Ok(Self(setting))
    }

    fn cost(&self) -> Cost {
        Cost::Rounds(self.0.rounds)
    }

    fn compute(&self, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, VerifyError> {
        let digests = digests(&[self.job(password)]);
        Ok(self.text(digests.first().unwrap_or(&[0; 32])))
    }

    fn as_sha256(&self) -> Option<&Sha256Crypt> {
        Some(self)
    }
}

/// Work of so many rounds whose result is thrown away.
pub(crate) fn to_spend(password: &Password, rounds: u32) -> Job<'_> {
    // No longer password is ever checked.
    let password = password.bytes();
    let password = password.get(..MAX_PASSWORD).unwrap_or(password);
    Job { password, salt: &[b'.'; MAX_SALT], rounds }
}

/// The one call of the hash function, on this thread. The digests are in the list's order.
pub(crate) fn digests(jobs: &[Job<'_>]) -> Zeroizing<Vec<[u8; 32]>> {
    #[cfg(test)]
    testing::note(jobs);
    Zeroizing::new(sha256_crypt_batch(jobs))
}

/// Which digest bytes make up each group of four characters, highest first.
const GROUPS: [[usize; 3]; 10] = [
    [0, 10, 20],
    [21, 1, 11],
    [12, 22, 2],
    [3, 13, 23],
    [24, 4, 14],
    [15, 25, 5],
    [6, 16, 26],
    [27, 7, 17],
    [18, 28, 8],
    [9, 19, 29],
];

fn push_hash(hash: &[u8; 32], text: &mut Vec<u8>) {
    let byte = |index: usize| hash.get(index).copied().unwrap_or_default();
    for order in GROUPS {
        let [high, middle, low] = order.map(byte);
        push(text, u32::from_be_bytes([0, high, middle, low]), 4);
    }
    push(text, u32::from_be_bytes([0, 0, byte(31), byte(30)]), 3);
}

/// What a test's thread has had computed.
#[cfg(test)]
pub(crate) mod testing {
    use std::cell::RefCell;

    use super::Job;

    thread_local! {
        static CALLS: RefCell<Vec<Vec<u32>>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn note(jobs: &[Job<'_>]) {
        if !jobs.is_empty() {
            let rounds = jobs.iter().map(|job| job.rounds).collect();
            CALLS.with_borrow_mut(|calls| calls.push(rounds));
        }
    }

    /// The rounds of the jobs of each call since the last time.
    pub(crate) fn calls() -> Vec<Vec<u32>> {
        CALLS.take()
    }

    /// How many calls there have been since then.
    pub(crate) fn count() -> usize {
        CALLS.with_borrow(Vec::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512", section "Test vectors"; the salts
    /// are cut to 16 characters, as crypt(3) prints them.
    const DREPPER: &[(&str, &str)] = &[
        ("Hello world!", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"),
        (
            "Hello world!",
            "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA",
        ),
        (
            "This is just a test",
            "$5$rounds=5000$toolongsaltstrin$Un/5jzAHMgOGZ5.mWJpuVolil07guHPvOW8mGRcvxa5",
        ),
        (
            "a very much longer text to encrypt.  This one even stretches over more\
             than one line.",
            "$5$rounds=1400$anotherlongsalts$Rx.j8H.h8HjEDGomFU8bDkXm3XIUnzyxf12oP84Bnq1",
        ),
        (
            "we have a short salt string but not a short password",
            "$5$rounds=77777$short$JiO1O3ZpDAxGJeaDIuqCoEFysAe1mZNJRs3pw0KQRd/",
        ),
        (
            "a short string",
            "$5$rounds=123456$asaltof16chars..$gP3VQ/6X7UUEW3HkBn2w1/Ptq2jxPyzV/cZKmF/wJvD",
        ),
    ];

    /// libxcrypt 4.4.33: `crypt(password, setting)` for settings at the edge of the syntax.
    const LIBXCRYPT: &[(&str, &str)] = &[
        ("x", "$5$$0Uor7kq6CTPY0DtjOiw.I2DuJSUfiZxCqkrafMVjNc8"),
        ("a", "$5$rounds=1000$$ZIwsx59lFMWVo3Yt6IxpZVn0IhpY8Yg4gxC21zUDBI4"),
        ("p", "$5$rounds$IongjYiqsxwg9rBv8cSbx0pusaGmzNZYVTgK7Q/eQd7"),
    ];

    #[test]
    fn published_vectors_and_crypt3() {
        for (password, text) in DREPPER.iter().chain(LIBXCRYPT) {
            let stored = Sha256Crypt::parse(text.as_bytes()).unwrap();
            assert_eq!(*stored.compute(password.as_bytes()).unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn malformed_values() {
        let hash = "0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL7";
        for (front, want) in [
            ("$5$rounds=$s$", Malformed::RoundsSyntax),
            ("$5$rounds=01000$s$", Malformed::RoundsSyntax),
            ("$5$rounds=+5000$s$", Malformed::RoundsSyntax),
            ("$5$rounds=-5000$s$", Malformed::RoundsSyntax),
            ("$5$rounds=5000x$s$", Malformed::RoundsSyntax),
            ("$5$rounds=5000", Malformed::RoundsSyntax),
            ("$5$rounds=999$s$", Malformed::RoundsRange),
            ("$5$rounds=1000000000$s$", Malformed::RoundsRange),
            ("$5$rounds=99999999999999999999999$s$", Malformed::RoundsRange),
            ("$5$12345678901234567$", Malformed::SaltLength { max: 16 }),
            ("$5$", Malformed::HashLength { expected: HASH_CHARS }),
            ("$5$s$s$", Malformed::HashLength { expected: HASH_CHARS }),
        ] {
            let text = format!("{front}{hash}");
            assert_eq!(Sha256Crypt::parse(text.as_bytes()).err(), Some(want), "{text}");
        }
        for (back, want) in [
            ("", Malformed::HashLength { expected: HASH_CHARS }),
            (
                "0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL",
                Malformed::HashLength { expected: HASH_CHARS },
            ),
            (
                "0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL77",
                Malformed::HashLength { expected: HASH_CHARS },
            ),
            ("0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL_", Malformed::HashCharacter),
            ("0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgLE", Malformed::HashCharacter),
        ] {
            let text = format!("$5$M/GWzmtjsLroRWIf${back}");
            assert_eq!(Sha256Crypt::parse(text.as_bytes()).err(), Some(want), "{text}");
        }
    }
}
