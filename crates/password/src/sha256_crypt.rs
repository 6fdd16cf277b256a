//! SHA256-CRYPT values: `$5$[rounds=N$]salt$hash` (Drepper, "Unix crypt using SHA-256 and
//! SHA-512"), read with exactly the strictness of libxcrypt, and the engine underneath.

use crate::{Malformed, Password};

/// Rounds of a value that does not name them.
pub(crate) const DEFAULT_ROUNDS: u32 = 5_000;
/// Fewest rounds crypt(3) takes.
pub(crate) const MIN_ROUNDS: u32 = 1_000;
/// Most rounds crypt(3) takes.
pub(crate) const MAX_ROUNDS: u32 = 999_999_999;
/// Longest salt in bytes.
pub(crate) const MAX_SALT: usize = 16;
/// Longest password that libxcrypt takes, in bytes. Dovecot calls longer ones a mismatch.
pub(crate) const MAX_PASSWORD: usize = 511;

const PREFIX: &[u8] = b"$5$";
const HASH_CHARS: usize = 43;
const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A parsed `$5$` value. Equal values have equal text, and the other way round.
pub(crate) struct Sha256Crypt {
    /// Whether `rounds=` is written out; crypt(3) repeats it only then.
    pub(crate) rounds_written: bool,
    pub(crate) rounds: u32,
    salt: Salt,
    pub(crate) hash: [u8; 32],
}

/// 0 to 16 bytes that crypt(3) takes as a salt.
#[derive(Clone, Copy)]
pub(crate) struct Salt {
    bytes: [u8; MAX_SALT],
    len: usize,
}

impl Salt {
    /// `None` if crypt(3) would refuse or cut it.
    pub(crate) fn new(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; MAX_SALT];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        let fits = text.iter().all(|&byte| byte != b'$' && accepted_by_crypt(byte));
        fits.then_some(Self { bytes, len: text.len() })
    }

    /// 16 characters out of 96 random bits.
    pub(crate) fn from_random(random: [u8; MAX_SALT]) -> Self {
        Self { bytes: random.map(|byte| symbol(u32::from(byte))), len: MAX_SALT }
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// What crypt(3) (libxcrypt) takes anywhere in a stored value.
pub(crate) fn accepted_by_crypt(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"!*:;\\".contains(&byte)
}

impl Sha256Crypt {
    pub(crate) fn has_prefix(text: &[u8]) -> bool {
        text.starts_with(PREFIX)
    }

    /// Parses a value that has the prefix and no character that crypt(3) refuses.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let text = text.strip_prefix(PREFIX).ok_or(Malformed::NotCrypt)?;
        let (rounds_written, rounds, text) = match text.strip_prefix(b"rounds=") {
            None => (false, DEFAULT_ROUNDS, text),
            Some(text) => {
                let (number, rest) = split_at_dollar(text).ok_or(Malformed::RoundsSyntax)?;
                (true, parse_rounds(number)?, rest)
            }
        };
        let (salt, hash) = split_at_dollar(text).ok_or(Malformed::HashLength)?;
        let salt = Salt::new(salt).ok_or(Malformed::SaltLength)?;
        Ok(Self { rounds_written, rounds, salt, hash: decode_hash(hash)? })
    }

    pub(crate) fn compute(password: &Password, salt: Salt, rounds: u32, written: bool) -> Self {
        let hash = engine(password, salt.as_bytes(), rounds);
        Self { rounds_written: written, rounds, salt, hash }
    }

    /// The digest that `password` gives with this value's salt and rounds.
    pub(crate) fn digest(&self, password: &Password) -> [u8; 32] {
        engine(password, self.salt.as_bytes(), self.rounds)
    }

    pub(crate) fn to_text(&self) -> Vec<u8> {
        let mut text = PREFIX.to_vec();
        if self.rounds_written {
            text.extend_from_slice(format!("rounds={}$", self.rounds).as_bytes());
        }
        text.extend_from_slice(self.salt.as_bytes());
        text.push(b'$');
        encode_hash(&self.hash, &mut text);
        text
    }
}

/// Does the work of `rounds` rounds and forgets the result. What is off by less than 500 rounds
/// is let be: crypt(3) has no fewer than 1,000.
pub(crate) fn spend(password: &Password, rounds: u32) {
    if rounds >= MIN_ROUNDS / 2 {
        let hash = engine(password, &[b'.'; MAX_SALT], rounds.max(MIN_ROUNDS));
        std::hint::black_box(hash);
    }
}

/// The one call of the hash function. `rounds` has been checked by the parser or the caller.
fn engine(password: &Password, salt: &[u8], rounds: u32) -> [u8; 32] {
    let params = sha_crypt::Params::new(rounds.clamp(MIN_ROUNDS, MAX_ROUNDS)).unwrap_or_default();
    sha_crypt::sha256_crypt(password.bytes(), salt, params)
}

/// As crypt(3): digits only, no leading zero, within the range.
fn parse_rounds(number: &[u8]) -> Result<u32, Malformed> {
    if number.is_empty() || number.starts_with(b"0") || !number.iter().all(u8::is_ascii_digit) {
        return Err(Malformed::RoundsSyntax);
    }
    let text = str::from_utf8(number).map_err(|_| Malformed::RoundsSyntax)?;
    let rounds: u32 = text.parse().map_err(|_| Malformed::RoundsRange)?;
    (MIN_ROUNDS..=MAX_ROUNDS).contains(&rounds).then_some(rounds).ok_or(Malformed::RoundsRange)
}

fn split_at_dollar(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut parts = text.splitn(2, |&byte| byte == b'$');
    Some((parts.next()?, parts.next()?))
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

fn symbol(value: u32) -> u8 {
    ALPHABET.get((value & 63) as usize).copied().unwrap_or(b'.')
}

fn encode_hash(hash: &[u8; 32], text: &mut Vec<u8>) {
    let byte = |index: usize| u32::from(hash.get(index).copied().unwrap_or_default());
    for [high, middle, low] in GROUPS {
        let bits = byte(high) << 16 | byte(middle) << 8 | byte(low);
        text.extend((0..4).map(|position| symbol(bits >> (6 * position))));
    }
    let bits = byte(31) << 8 | byte(30);
    text.extend((0..3).map(|position| symbol(bits >> (6 * position))));
}

fn decode_hash(text: &[u8]) -> Result<[u8; 32], Malformed> {
    if text.len() != HASH_CHARS {
        return Err(Malformed::HashLength);
    }
    let mut hash = [0; 32];
    let mut put = |index: usize, bits: u32| {
        if let Some(byte) = hash.get_mut(index) {
            *byte = (bits & 0xff) as u8;
        }
    };
    let (groups, last) = text.split_at(4 * GROUPS.len());
    for (group, [high, middle, low]) in groups.chunks(4).zip(GROUPS) {
        let bits = decode_bits(group)?;
        put(high, bits >> 16);
        put(middle, bits >> 8);
        put(low, bits);
    }
    let bits = decode_bits(last)?;
    put(31, bits >> 8);
    put(30, bits);
    // The last group holds 16 bits; crypt(3) never sets the two above them.
    if bits >> 16 == 0 { Ok(hash) } else { Err(Malformed::HashCharacter) }
}

fn decode_bits(group: &[u8]) -> Result<u32, Malformed> {
    group.iter().rev().try_fold(0, |bits, byte| {
        let value = ALPHABET.iter().position(|symbol| symbol == byte);
        let value = value.and_then(|value| u32::try_from(value).ok());
        Ok(bits << 6 | value.ok_or(Malformed::HashCharacter)?)
    })
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
            let password = Password::new(password.as_bytes().to_vec()).unwrap();
            assert_eq!(stored.digest(&password), stored.hash, "{text}");
            assert_eq!(stored.to_text(), text.as_bytes());
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
            ("$5$12345678901234567$", Malformed::SaltLength),
            ("$5$", Malformed::HashLength),
            ("$5$s$s$", Malformed::HashLength),
        ] {
            let text = format!("{front}{hash}");
            assert_eq!(Sha256Crypt::parse(text.as_bytes()).err(), Some(want), "{text}");
        }
        for (back, want) in [
            ("", Malformed::HashLength),
            ("0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL", Malformed::HashLength),
            ("0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL77", Malformed::HashLength),
            ("0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL_", Malformed::HashCharacter),
            ("0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgLE", Malformed::HashCharacter),
        ] {
            let text = format!("$5$M/GWzmtjsLroRWIf${back}");
            assert_eq!(Sha256Crypt::parse(text.as_bytes()).err(), Some(want), "{text}");
        }
    }
}
