//! MD5-crypt values: `$1$salt$hash` (Poul-Henning Kamp for FreeBSD 2.0), the same in crypt(3) and
//! in Dovecot's own `{MD5-CRYPT}`.

use ::md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use super::Format;
use super::alphabet::{check_hash, push};
use super::fields::split_at_dollar;
use crate::{Cost, Malformed, VerifyError};

const PREFIX: &[u8] = b"$1$";
/// Longest salt in bytes.
pub(crate) const MAX_SALT: usize = 8;

pub(crate) struct Md5Crypt {
    salt: Vec<u8>,
}

impl Md5Crypt {
    /// `None` if the salt is longer than 8 bytes, or has a `$` or a NUL.
    pub(crate) fn new(salt: &[u8]) -> Option<Self> {
        let fits = salt.len() <= MAX_SALT && !salt.iter().any(|byte| b"$\0".contains(byte));
        fits.then(|| Self { salt: salt.to_vec() })
    }
}

impl Format for Md5Crypt {
    fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let text = text.strip_prefix(PREFIX).ok_or(Malformed::NotCrypt)?;
        let (salt, hash) =
            split_at_dollar(text).ok_or(Malformed::HashLength { expected: HASH_CHARS })?;
        let parsed = Self::new(salt).ok_or(Malformed::SaltLength { max: MAX_SALT })?;
        check(hash)?;
        Ok(parsed)
    }

    fn cost(&self) -> Cost {
        Cost::Fixed
    }

    fn compute(&self, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, VerifyError> {
        let mut text = Zeroizing::new(Vec::with_capacity(64));
        text.extend_from_slice(PREFIX);
        text.extend_from_slice(&self.salt);
        text.push(b'$');
        push_digest(&engine(password, &self.salt), &mut text);
        Ok(text)
    }
}

fn engine(password: &[u8], salt: &[u8]) -> Zeroizing<[u8; 16]> {
    let mut digest = Zeroizing::new([0; 16]);
    let mut hasher = Md5::new();
    for part in [password, salt, password] {
        hasher.update(part);
    }
    hasher.finalize_into_reset((&mut *digest).into());

    for part in [password, PREFIX, salt] {
        hasher.update(part);
    }
    for chunk in password.chunks(digest.len()) {
        hasher.update(digest.get(..chunk.len()).unwrap_or_default());
    }
    // One byte for each bit of the length, the lowest first.
    let mut length = password.len();
    while length > 0 {
        let first = password.get(..1).unwrap_or_default();
        hasher.update(if length & 1 == 1 { &[0] } else { first });
        length >>= 1;
    }
    hasher.finalize_into_reset((&mut *digest).into());

    for round in 0..1_000 {
        let odd = round % 2 == 1;
        hasher.update(if odd { password } else { &*digest });
        if round % 3 != 0 {
            hasher.update(salt);
        }
        if round % 7 != 0 {
            hasher.update(password);
        }
        hasher.update(if odd { &*digest } else { password });
        hasher.finalize_into_reset((&mut *digest).into());
    }
    digest
}

/// Length of an MD5 digest as [`push_digest`] writes it, in characters.
pub(super) const HASH_CHARS: usize = 22;

/// Makes sure that [`push_digest`] could write this.
pub(super) fn check(hash: &[u8]) -> Result<(), Malformed> {
    check_hash(hash, HASH_CHARS, 0b11)
}

/// Appends a digest in the order of MD5-crypt, which SunMD5 has too.
pub(super) fn push_digest(digest: &[u8; 16], text: &mut Vec<u8>) {
    let [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15] = *digest;
    let groups = [[b0, b6, b12], [b1, b7, b13], [b2, b8, b14], [b3, b9, b15], [b4, b10, b5]];
    for [high, middle, low] in groups {
        push(text, u32::from_be_bytes([0, high, middle, low]), 4);
    }
    push(text, b11.into(), 2);
}

#[cfg(test)]
mod tests {
    use super::super::testing::{malformed, reproduced};
    use super::*;

    #[test]
    fn published_vectors_and_crypt3() {
        // John the Ripper 1.7.9, MD5_fmt.c.
        reproduced::<Md5Crypt>(&[
            (b"U*U*U*U*", "$1$dXc3I7Rw$ctlgjDdWJLMT.qwHsWhXR1"),
            (b"U*U***U", "$1$dXc3I7Rw$94JPyQc/eAgQ3MFMCoMF.0"),
            (b"U*U***U*", "$1$dXc3I7Rw$is1mVIAEtAhIzSdfn5JOO0"),
            (b"*U*U*U*U", "$1$eQT9Hwbt$XtuElNJD.eW5MN5UCWyTQ0"),
            (b"", "$1$Eu.GHtia$CFkL/nE1BYTlEPiVx1VWX0"),
        ]);
        // libxcrypt 4.4.33.
        reproduced::<Md5Crypt>(&[
            (b"\xff\x80\xe9", "$1$$Zw4KBwTLN70o8YkzT3QAa1"),
            (&[b'x'; 511], "$1$abc$hxl8RJP8RAHwHu/wjmWiZ0"),
            (&[b'q'; 17], "$1$12345678$JauchFDXT/l7fZDrO7lF9."),
            (b"", "$1$a$8CfZSfErbeskipdhZHtvu."),
            (b"seven77", "$1$a=#b$4bQ1q.ChVFsZT42.a9If/1"),
        ]);
    }

    #[test]
    fn salts_that_only_dovecot_takes() {
        for salt in [b"\x80\xff !:*".as_slice(), b""] {
            let text = Md5Crypt::new(salt).unwrap().compute(b"p").unwrap();
            assert_eq!(Md5Crypt::parse(&text).unwrap().salt, salt);
        }
        for salt in [b"123456789".as_slice(), b"$", b"a\0"] {
            assert!(Md5Crypt::new(salt).is_none());
        }
    }

    #[test]
    fn malformed_values() {
        let length = Malformed::HashLength { expected: HASH_CHARS };
        malformed::<Md5Crypt>(&[
            ("$2$a$8CfZSfErbeskipdhZHtvu.", Malformed::NotCrypt),
            ("$1$123456789$8CfZSfErbeskipdhZHtvu.", Malformed::SaltLength { max: 8 }),
            ("$1$", length),
            ("$1$8CfZSfErbeskipdhZHtvu.", length),
            ("$1$a$", length),
            ("$1$a$8CfZSfErbeskipdhZHtvu", length),
            ("$1$a$8CfZSfErbeskipdhZHtvu..", length),
            ("$1$a$b$fZSfErbeskipdhZHtvu.", Malformed::HashCharacter),
            ("$1$a$8CfZSfErb_skipdhZHtvu.", Malformed::HashCharacter),
            ("$1$a$8CfZSfErbeskipdhZHtvu2", Malformed::HashCharacter),
        ]);
    }
}
