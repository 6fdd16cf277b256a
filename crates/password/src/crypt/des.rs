//! Traditional DES-crypt values, two characters of salt and eleven of hash, and what they share
//! with their kin.

use zeroize::Zeroizing;

use super::Format;
use super::alphabet::{bits, push};
use crate::{Cost, Malformed, VerifyError};

mod bigcrypt;
pub(super) mod cipher;
mod tables;

use bigcrypt::Bigcrypt;
use cipher::{BLOCK_CHARS, Key, check_block, pack, push_block};

/// Encryptions of a block of zeros.
const COUNT: u32 = 25;
const SALT_CHARS: usize = 2;

/// Reads a value without prefix: libxcrypt tells bigcrypt by its being longer.
pub(crate) fn parse(text: &[u8]) -> Result<Box<dyn Format>, Malformed> {
    Ok(if text.len() > SALT_CHARS + BLOCK_CHARS {
        Box::new(Bigcrypt::parse(text)?)
    } else {
        Box::new(Des::parse(text)?)
    })
}

/// Only eight characters of the password count, and seven bits of each.
pub(crate) struct Des {
    /// 12 bits.
    salt: u32,
}

impl Des {
    /// `None` if the salt is not two characters of the alphabet.
    pub(crate) fn new(salt: &[u8]) -> Option<Self> {
        let salt = bits(salt).filter(|_| salt.len() == SALT_CHARS)?;
        Some(Self { salt })
    }

    /// The salt, and what stands behind it.
    fn split(text: &[u8]) -> Result<(Self, &[u8]), Malformed> {
        let (salt, hash) = text.split_at_checked(SALT_CHARS).ok_or(Malformed::NotCrypt)?;
        Ok((Self::new(salt).ok_or(Malformed::Salt)?, hash))
    }
}

impl Format for Des {
    fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let (des, hash) = Self::split(text)?;
        check_block(hash)?;
        Ok(des)
    }

    fn cost(&self) -> Cost {
        Cost::Fixed
    }

    fn compute(&self, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, VerifyError> {
        let mut text = Zeroizing::new(Vec::with_capacity(SALT_CHARS + BLOCK_CHARS));
        push(&mut text, self.salt, 2);
        let key = pack(password.chunks(8).next().unwrap_or_default());
        push_block(&mut text, Key::new(key).encrypt(0, self.salt, COUNT));
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{malformed, reproduced};
    use super::*;

    #[test]
    fn published_vectors_and_crypt3() {
        // John the Ripper 1.7.9, DES_fmt.c.
        reproduced::<Des>(&[
            (b"U*U*U*U*", "CCNf8Sbh3HDfQ"),
            (b"U*U***U", "CCX.K.MFy4Ois"),
            (b"U*U***U*", "CC4rMpbg9AMZ."),
            (b"*U*U*U*U", "XXxzOu6maQKqQ"),
            (b"", "SDbsugeBiC58A"),
        ]);
        // libxcrypt 4.4.33.
        reproduced::<Des>(&[
            (b"\xe1\x80b\xffz", "..vUmsbGvG/TE"),
            (b"abz", "z/J6QPtEbYtb2"),
            (b"abc\x80def\x80ignored", "9ZH/5YohsHW3w"),
            (b"12345678", "Azc.VARqxkTMU"),
        ]);
    }

    #[test]
    fn length_decides() {
        for (text, password) in [
            ("qiyh4XPJGsOZ2", b"passphra".as_slice()),
            ("qiyh4XPJGsOZ2", b"passphrase"),
            ("qiyh4XPJGsOZ2MEAyLkfWqeQ", b"passphrase"),
        ] {
            let parsed = parse(text.as_bytes()).unwrap();
            assert_eq!(*parsed.compute(password).unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn salts() {
        let text = Des::new(b"zz").unwrap().compute(b"p").unwrap();
        assert!(text.starts_with(b"zz") && Des::parse(&text).is_ok());
        for salt in [b"".as_slice(), b"a", b"abc", b"a_", b"\xc3\xa4"] {
            assert!(Des::new(salt).is_none());
        }
    }

    #[test]
    fn malformed_values() {
        let length = Malformed::HashLength { expected: BLOCK_CHARS };
        malformed::<Des>(&[
            ("", Malformed::NotCrypt),
            ("S", Malformed::NotCrypt),
            ("S_bsugeBiC58A", Malformed::Salt),
            ("SD", length),
            ("SDbsugeBiC58", length),
            ("SDbsugeBiC58AA", length),
            ("SDbs_geBiC58A", Malformed::HashCharacter),
            ("SDbsugeBiC58B", Malformed::HashCharacter),
        ]);
    }
}
