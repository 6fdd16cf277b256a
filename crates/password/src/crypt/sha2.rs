//! What SHA256-CRYPT and SHA512-CRYPT (Drepper, "Unix crypt using SHA-256 and SHA-512") share:
//! `[rounds=N$]salt$` between prefix and hash, read with exactly the strictness of libxcrypt.

use super::accepted;
use super::fields::{number, split_at_dollar};
use crate::Malformed;

/// Rounds of a value that does not name them.
pub(crate) const DEFAULT_ROUNDS: u32 = 5_000;
/// Fewest rounds crypt(3) takes.
pub(crate) const MIN_ROUNDS: u32 = 1_000;
/// Most rounds crypt(3) takes.
pub(crate) const MAX_ROUNDS: u32 = 999_999_999;
/// Longest salt in bytes.
pub(crate) const MAX_SALT: usize = 16;

/// Rounds and salt of a value. Equal settings have equal text, and the other way round.
#[derive(Clone, Copy)]
pub(crate) struct Setting {
    /// 1,000 to 999,999,999.
    pub(crate) rounds: u32,
    /// Whether `rounds=` is written out; crypt(3) repeats it only then.
    pub(crate) written: bool,
    pub(crate) salt: Salt,
}

impl Setting {
    /// `None` if the salt cannot stand there, or the rounds are outside 1,000 to 999,999,999.
    /// 5,000 rounds are not written out, as by `doveadm pw`.
    pub(crate) fn new(rounds: u32, salt: &[u8]) -> Option<Self> {
        let in_range = (MIN_ROUNDS..=MAX_ROUNDS).contains(&rounds);
        let salt = Salt::new(salt).filter(|_| in_range)?;
        Some(Self { rounds, written: rounds != DEFAULT_ROUNDS, salt })
    }

    /// Reads what stands behind the prefix of a value that has no character that crypt(3)
    /// refuses; the second part is what should be the hash, of `hash_chars` characters.
    pub(crate) fn parse(text: &[u8], hash_chars: usize) -> Result<(Self, &[u8]), Malformed> {
        let (written, rounds, text) = match text.strip_prefix(b"rounds=") {
            None => (false, DEFAULT_ROUNDS, text),
            Some(text) => {
                let (number, rest) = split_at_dollar(text).ok_or(Malformed::RoundsSyntax)?;
                (true, parse_rounds(number)?, rest)
            }
        };
        let (salt, hash) =
            split_at_dollar(text).ok_or(Malformed::HashLength { expected: hash_chars })?;
        let salt = Salt::new(salt).ok_or(Malformed::SaltLength { max: MAX_SALT })?;
        Ok((Self { rounds, written, salt }, hash))
    }

    /// Appends it as [`parse`](Self::parse) reads it.
    pub(crate) fn push(&self, text: &mut Vec<u8>) {
        if self.written {
            text.extend_from_slice(format!("rounds={}$", self.rounds).as_bytes());
        }
        text.extend_from_slice(self.salt.as_bytes());
        text.push(b'$');
    }
}

/// As crypt(3): digits only, no leading zero, within the range.
fn parse_rounds(text: &[u8]) -> Result<u32, Malformed> {
    let rounds = number(text).filter(|&rounds| rounds > 0).ok_or(Malformed::RoundsSyntax)?;
    let rounds = u32::try_from(rounds).map_err(|_| Malformed::RoundsRange)?;
    (MIN_ROUNDS..=MAX_ROUNDS).contains(&rounds).then_some(rounds).ok_or(Malformed::RoundsRange)
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
        let fits = text.iter().all(|&byte| byte != b'$' && accepted(byte));
        fits.then_some(Self { bytes, len: text.len() })
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}
