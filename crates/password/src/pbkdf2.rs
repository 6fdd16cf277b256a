//! PBKDF2 values: `$1$salt$rounds$key`, the key 20 bytes of HMAC-SHA-1 in hexadecimal digits.

use zeroize::Zeroizing;

use crate::encoding::{encode, number};
use crate::{Cost, Digest, Encoding, Malformed};

/// Salt and rounds.
pub(crate) struct Pbkdf2 {
    salt: Vec<u8>,
    rounds: u32,
}

impl Pbkdf2 {
    pub(crate) const fn new(salt: Vec<u8>, rounds: u32) -> Self {
        Self { salt, rounds }
    }

    /// Gives the key too.
    pub(crate) fn parse(text: &[u8]) -> Result<(Self, Zeroizing<Vec<u8>>), Malformed> {
        let text = text.strip_prefix(b"$1$").ok_or(Malformed::Prefix { expected: "$1$" })?;
        let mut fields = text.split(|&byte| byte == b'$');
        let mut next = || fields.next().ok_or(Malformed::Fields);
        let (salt, rounds, key) = (next()?, next()?, next()?);
        if fields.next().is_some() {
            return Err(Malformed::Fields);
        }
        let rounds = number(rounds).ok_or(Malformed::CostSyntax)?;
        if rounds == 0 {
            // Dovecot computes nothing then, so that a key of zeros would let everybody in.
            return Err(Malformed::CostRange);
        }
        let digits = 2 * Digest::Sha1.len();
        if key.len() != digits {
            return Err(Malformed::HashLength { expected: digits });
        }
        let key = hex::decode(key).map_err(|_| Malformed::NotHex)?;
        Ok((Self { salt: salt.to_vec(), rounds }, Zeroizing::new(key)))
    }

    pub(crate) fn cost(&self) -> Cost {
        Cost::Rounds(self.rounds)
    }

    pub(crate) fn key(&self, password: &[u8]) -> Zeroizing<Vec<u8>> {
        Digest::Sha1.pbkdf2(password, &self.salt, self.rounds)
    }

    /// The whole value for this password.
    pub(crate) fn text(&self, password: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut text = Zeroizing::new(b"$1$".to_vec());
        text.extend_from_slice(&self.salt);
        text.extend_from_slice(format!("${}$", self.rounds).as_bytes());
        text.extend_from_slice(&encode(Encoding::Hex, &self.key(password)));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6070, the vectors whose key has 20 bytes and that do not take minutes.
    #[test]
    fn published_vectors() {
        for (rounds, key) in [
            (1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"),
            (2, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"),
            (4096, "4b007901b765489abead49d926f721d065a429c1"),
        ] {
            let text = format!("$1$salt${rounds}${key}");
            let (parsed, stored) = Pbkdf2::parse(text.as_bytes()).unwrap();
            assert_eq!(parsed.key(b"password"), stored);
            assert_eq!(*parsed.text(b"password"), text.as_bytes());
        }
    }

    #[test]
    fn malformed_values() {
        let key = "0c60c80f961f0e71f3a9b524af6012062fe037a6";
        let parse = |text: &str| Pbkdf2::parse(text.as_bytes()).err();
        assert_eq!(parse(&format!("$1$$0001${}", key.to_uppercase())), None);
        for (text, want) in [
            (format!("$2$salt$1${key}"), Malformed::Prefix { expected: "$1$" }),
            (format!("$1$salt$0${key}"), Malformed::CostRange),
            (format!("$1$salt$-1${key}"), Malformed::CostSyntax),
            (format!("$1$salt$4294967296${key}"), Malformed::CostSyntax),
            (format!("$1$salt${key}"), Malformed::Fields),
            (format!("$1$salt$1${key}$"), Malformed::Fields),
            (format!("$1$salt$1${key}00"), Malformed::HashLength { expected: 40 }),
            (format!("$1$salt$1${}", key.replace('c', "x")), Malformed::NotHex),
        ] {
            assert_eq!(parse(&text), Some(want), "{text}");
        }
    }
}
