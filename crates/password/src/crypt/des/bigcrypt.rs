//! bigcrypt values (Digital Unix): two characters of salt, and eleven for each eight bytes of the
//! password.

use zeroize::Zeroizing;

use super::cipher::{BLOCK_CHARS, Key, check_block, pack, push_block, salt_of};
use super::{COUNT, Des, SALT_CHARS};
use crate::crypt::Format;
use crate::crypt::alphabet::push;
use crate::{Cost, Malformed, VerifyError};

/// More of the password does not count.
const MAX_BLOCKS: usize = 16;

/// A value of at least two blocks; one block would be a DES-crypt value.
pub(super) struct Bigcrypt(Des);

impl Format for Bigcrypt {
    fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let (des, hash) = Des::split(text)?;
        let blocks = hash.len().div_ceil(BLOCK_CHARS).clamp(2, MAX_BLOCKS);
        if hash.len() != blocks * BLOCK_CHARS {
            return Err(Malformed::HashLength { expected: blocks * BLOCK_CHARS });
        }
        hash.chunks(BLOCK_CHARS).try_for_each(check_block)?;
        Ok(Self(des))
    }

    fn cost(&self) -> Cost {
        Cost::Fixed
    }

    /// A text as long as the password asks for, not as long as what was parsed.
    fn compute(&self, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, VerifyError> {
        let mut text = Zeroizing::new(Vec::with_capacity(SALT_CHARS + MAX_BLOCKS * BLOCK_CHARS));
        let mut salt = self.0.salt;
        push(&mut text, salt, 2);
        let mut rest = password.chunks(8);
        let first = rest.next().unwrap_or_default();
        for chunk in std::iter::once(first).chain(rest).take(MAX_BLOCKS) {
            let block = Key::new(pack(chunk)).encrypt(0, salt, COUNT);
            push_block(&mut text, block);
            salt = salt_of(block);
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypt::testing::{malformed, reproduced};

    #[test]
    fn published_vectors_and_crypt3() {
        // passlib 1.7, test_handlers.py.
        reproduced::<Bigcrypt>(&[
            (b"passphrase", "qiyh4XPJGsOZ2MEAyLkfWqeQ"),
            (b"This is very long passwd", "f8.SVpL2fvwjkAnxn8/rgTkwvrif6bjYB5c"),
            ("táБℓə".as_bytes(), "SEChBAyMbMNhgGLyP7kD1HZU"),
        ]);
        // libxcrypt 4.4.33.
        let sixteen_blocks = "abzDJoqKYZJww0zSKj5k64o2KGYXTMSqrvsDznszBtJLScPwkrenZB/XAZcar2VNV9E.\
                              EKPPD8D3d92NH7JuT5TQPMPhMu9V1To9shV4JpEhjBCUEoKkNcpIlv.DqruC6odhIcSX\
                              2n0EpqVrcqX/7pn7SZuUwAQJmut1G2gpZwTXlloM7g";
        reproduced::<Bigcrypt>(&[
            (b"\xe1\x80b\xffz0123456789", "abKFmT1QbEfhwEG4yDPFstms"),
            (b"123456789", "ab1iBa.N.U2C6L/YRXS3klt2"),
            (b"1234567812345678", "ab1iBa.N.U2C6kISYJrYWykI"),
            (&[b'x'; 128], sixteen_blocks),
            (&[b'x'; 129], sixteen_blocks),
        ]);
    }

    #[test]
    fn the_password_decides_the_length() {
        let parsed = Bigcrypt::parse(b"ab1iBa.N.U2C6kISYJrYWykI").unwrap();
        for (password, want) in [("", "abmF1QH4PEr.E"), ("12345678", "ab1iBa.N.U2C6")] {
            assert_eq!(*parsed.compute(password.as_bytes()).unwrap(), want.as_bytes());
        }
    }

    #[test]
    fn malformed_values() {
        let length = |blocks: usize| Malformed::HashLength { expected: blocks * BLOCK_CHARS };
        malformed::<Bigcrypt>(&[
            ("", Malformed::NotCrypt),
            ("q_yh4XPJGsOZ2MEAyLkfWqeQ", Malformed::Salt),
            ("qiyh4XPJGsOZ2", length(2)),
            ("qiyh4XPJGsOZ2MEAyLkfWqe", length(2)),
            ("qiyh4XPJGsOZ2MEAyLkfWqeQQ", length(3)),
            (&format!("ab{}", "abcdefghijE".repeat(17)), length(16)),
            ("qiyh4XPJGsOZ3MEAyLkfWqeQ", Malformed::HashCharacter),
            ("qiyh4XPJGsOZ2MEAyLkfWqeR", Malformed::HashCharacter),
            ("qiyh4_PJGsOZ2MEAyLkfWqeQ", Malformed::HashCharacter),
        ]);
    }
}
