//! OTP values: `algorithm sequence seed hash` (RFC 2289), as Dovecot writes them.

use zeroize::{Zeroize as _, Zeroizing};

use crate::encoding::encode;
use crate::{Cost, Digest, Encoding, Malformed};

const MAX_SEED: usize = 16;

/// Everything but the hash.
pub(crate) struct Otp {
    digest: Digest,
    sequence: u32,
    seed: Vec<u8>,
}

impl Otp {
    /// What Dovecot makes: SHA-1, sequence number 1024.
    pub(crate) fn new(seed: &[u8]) -> Option<Self> {
        let seed = is_seed(seed).then(|| seed.to_ascii_lowercase())?;
        Some(Self { digest: Digest::Sha1, sequence: 1024, seed })
    }

    /// Gives the hash too. Dovecot compares whole texts, so that what it would not write that
    /// way can never match.
    pub(crate) fn parse(text: &[u8]) -> Result<(Self, Zeroizing<Vec<u8>>), Malformed> {
        let mut fields = text.split(|&byte| byte == b' ');
        let mut next = || fields.next().ok_or(Malformed::Fields);
        let (algorithm, sequence, seed, hash) = (next()?, next()?, next()?, next()?);
        if fields.next().is_some() {
            return Err(Malformed::Fields);
        }
        let digest = match algorithm {
            b"md4" => Digest::Md4,
            b"md5" => Digest::Md5,
            b"sha1" => Digest::Sha1,
            _ => return Err(Malformed::Prefix { expected: "md4, md5 or sha1" }),
        };
        let number = str::from_utf8(sequence).ok().and_then(|text| text.parse::<i32>().ok());
        let number = number.ok_or(Malformed::CostSyntax)?;
        if number.to_string().as_bytes() != sequence {
            return Err(Malformed::CostSyntax);
        }
        if !is_seed(seed) {
            return Err(Malformed::Salt);
        }
        let hash = hex::decode(hash).map_err(|_| Malformed::NotHex)?;
        if hash.len() != 8 {
            return Err(Malformed::HashLength { expected: 16 });
        }
        // Dovecot counts a negative number round to some four billion.
        let sequence = number.cast_unsigned();
        let seed = seed.to_ascii_lowercase();
        Ok((Self { digest, sequence, seed }, Zeroizing::new(hash)))
    }

    pub(crate) fn cost(&self) -> Cost {
        Cost::Rounds(self.sequence)
    }

    pub(crate) fn hash(&self, password: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut hash = self.fold(&[&self.seed, password]);
        for _ in 0..self.sequence {
            hash = self.fold(&[&hash]);
        }
        let bytes = Zeroizing::new(hash.to_vec());
        hash.zeroize();
        bytes
    }

    /// The whole value for this password.
    pub(crate) fn text(&self, password: &[u8]) -> Zeroizing<Vec<u8>> {
        let algorithm = match self.digest {
            Digest::Md4 => "md4",
            Digest::Md5 => "md5",
            _ => "sha1",
        };
        let mut text = Zeroizing::new(format!("{algorithm} {} ", self.sequence).into_bytes());
        text.extend_from_slice(&self.seed);
        text.push(b' ');
        text.extend_from_slice(&encode(Encoding::Hex, &self.hash(password)));
        text
    }

    /// RFC 2289, appendix A: the digest folded to 64 bits.
    fn fold(&self, parts: &[&[u8]]) -> [u8; 8] {
        let digest = self.digest.of(parts);
        let mut folded = [0; 8];
        for chunk in digest.chunks(8) {
            folded.iter_mut().zip(chunk).for_each(|(byte, other)| *byte ^= other);
        }
        if self.digest == Digest::Sha1 {
            // SHA-1's words are written lowest byte first.
            folded.chunks_mut(4).for_each(<[u8]>::reverse);
        }
        folded
    }
}

fn is_seed(seed: &[u8]) -> bool {
    seed.len() <= MAX_SEED && seed.iter().all(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 2289, appendix C.
    #[test]
    fn published_vectors() {
        for (password, text) in [
            ("This is a test.", "md4 0 TeSt D1854218EBBB0B51"),
            ("This is a test.", "md4 1 TeSt 63473EF01CD0B444"),
            ("This is a test.", "md4 99 TeSt C5E612776E6C237A"),
            ("This is a test.", "md5 0 TeSt 9E876134D90499DD"),
            ("This is a test.", "md5 1 TeSt 7965E05436F5029F"),
            ("This is a test.", "md5 99 TeSt 50FE1962C4965880"),
            ("AbCdEfGhIjK", "md5 99 alpha1 5AA37A81F212146C"),
            ("This is a test.", "sha1 0 TeSt BB9E6AE1979D8FF4"),
            ("This is a test.", "sha1 1 TeSt 63D936639734385B"),
            ("This is a test.", "sha1 99 TeSt 87FEC7768B73CCF9"),
            ("OTP's are good", "sha1 99 correct 4F296A74FE1567EC"),
        ] {
            let (otp, hash) = Otp::parse(text.as_bytes()).unwrap();
            assert_eq!(otp.hash(password.as_bytes()), hash, "{text}");
            let written = otp.text(password.as_bytes());
            assert!(written.eq_ignore_ascii_case(text.as_bytes()));
        }
    }

    #[test]
    fn malformed_values() {
        for (text, want) in [
            ("SHA1 1 test 63D936639734385B", Malformed::Prefix { expected: "md4, md5 or sha1" }),
            ("sha1  1 test 63D936639734385B", Malformed::Fields),
            ("sha1 1 test", Malformed::Fields),
            ("sha1 01 test 63D936639734385B", Malformed::CostSyntax),
            ("sha1 +1 test 63D936639734385B", Malformed::CostSyntax),
            ("sha1 2147483648 test 63D936639734385B", Malformed::CostSyntax),
            ("sha1 1 te-t 63D936639734385B", Malformed::Salt),
            ("sha1 1 aaaaaaaabbbbbbbbc 63D936639734385B", Malformed::Salt),
            ("sha1 1 test 63D936639734385", Malformed::NotHex),
            ("sha1 1 test 63D93663973438", Malformed::HashLength { expected: 16 }),
            ("sha1 1 test 63D936639734385B ", Malformed::Fields),
        ] {
            assert_eq!(Otp::parse(text.as_bytes()).err(), Some(want), "{text}");
        }
        assert_eq!(Otp::parse(b"sha1 -1 test 63D936639734385B").unwrap().0.sequence, u32::MAX);
        assert!(Otp::parse(b"sha1 5  63D936639734385B").is_ok());
    }
}
