//! NT hashes: `$3$$` and the MD4 digest of the password in UTF-16, in hexadecimal (FreeBSD).

use md4::{Digest as _, Md4};
use zeroize::Zeroizing;

use super::Format;
use crate::{Cost, Malformed, VerifyError};

const PREFIX: &[u8] = b"$3$$";
const HASH_CHARS: usize = 32;

/// There is neither salt nor cost.
pub(crate) struct Nt;

impl Format for Nt {
    fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let hash = text.strip_prefix(PREFIX).ok_or(Malformed::NotCrypt)?;
        if hash.len() != HASH_CHARS {
            return Err(Malformed::HashLength { expected: HASH_CHARS });
        }
        let hex = hash.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        hex.then_some(Self).ok_or(Malformed::HashCharacter)
    }

    fn cost(&self) -> Cost {
        Cost::Fixed
    }

    fn compute(&self, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, VerifyError> {
        let mut hasher = Md4::new();
        // libxcrypt takes each byte for a character of ISO 8859-1, also in UTF-8 passwords: other
        // than Windows, it gives a password with umlauts the hash of its misread bytes.
        for &byte in password {
            hasher.update([byte, 0]);
        }
        let mut digest = Zeroizing::new([0; 16]);
        hasher.finalize_into((&mut *digest).into());
        let mut text = Zeroizing::new(PREFIX.to_vec());
        text.extend_from_slice(Zeroizing::new(hex::encode(digest.as_slice())).as_bytes());
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{malformed, reproduced};
    use super::*;

    #[test]
    fn published_vectors_and_crypt3() {
        // passlib 1.7, test_handlers.py.
        reproduced::<Nt>(&[(b"passphrase", "$3$$7f8fe03093cc84b267b109625f6bbf4b")]);
        // libxcrypt 4.4.33.
        reproduced::<Nt>(&[
            (b"", "$3$$31d6cfe0d16ae931b73c59d7e0c089c0"),
            (b"\xff\x80\xe9", "$3$$65dd0fca7e9e554285decedc4aefeac0"),
            // passlib and Windows take it for one character: 8bd6e4fb88e01009818749c5443ea712.
            ("ü".as_bytes(), "$3$$b9f5deef70589698d4ea4fc62ce176a1"),
            (&[b'x'; 511], "$3$$638cbf0574f6be36c804e06d51653ced"),
        ]);
    }

    #[test]
    fn malformed_values() {
        let length = Malformed::HashLength { expected: HASH_CHARS };
        malformed::<Nt>(&[
            ("$3$7f8fe03093cc84b267b109625f6bbf4b", Malformed::NotCrypt),
            ("$3$a$7f8fe03093cc84b267b109625f6bbf4b", Malformed::NotCrypt),
            ("$3$$", length),
            ("$3$$7f8fe03093cc84b267b109625f6bbf4", length),
            ("$3$$7f8fe03093cc84b267b109625f6bbf4bb", length),
            ("$3$$7F8FE03093CC84B267B109625F6BBF4B", Malformed::HashCharacter),
            ("$3$$7f8fe03093cc84b267b109625f6bbf4g", Malformed::HashCharacter),
        ]);
    }
}
