//! sha1crypt values: `$sha1$iterations$salt$hash` (Simon Gerraty for NetBSD, HMAC-SHA1 iterated),
//! read as libxcrypt 4.4.33 reads them.

use ::sha1::Sha1;
use hmac::digest::FixedOutputReset as _;
use hmac::{HmacReset, KeyInit as _, Mac as _};
use zeroize::Zeroizing;

use super::Format;
use super::alphabet::{bits, check_hash, push, value};
use super::fields::{number, split_at_dollar};
use crate::{Cost, Malformed, VerifyError};

const PREFIX: &[u8] = b"$sha1$";
const HASH_CHARS: usize = 28;
/// libxcrypt's output buffer in bytes, with the NUL. It has no limit for the salt: a value of which
/// all but the hash fits in here comes out whole (it writes the rest behind the buffer, into
/// another field of crypt_data), and a longer one comes out cut, without a hash.
const OUTPUT_SIZE: usize = 384;

pub(crate) struct Sha1Crypt {
    /// 0 is the same work as 1, with another result.
    iterations: u64,
    /// Characters of the alphabet, at least one.
    salt: Vec<u8>,
}

impl Format for Sha1Crypt {
    fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let fields = text.strip_prefix(PREFIX).ok_or(Malformed::NotCrypt)?;
        let (iterations, fields) = split_at_dollar(fields).ok_or(Malformed::CostSyntax)?;
        let iterations = number(iterations).ok_or(Malformed::CostSyntax)?;
        let iterations = u64::try_from(iterations).map_err(|_| Malformed::CostRange)?;
        let (salt, hash) = split_at_dollar(fields).unwrap_or((fields, b""));
        if salt.is_empty() || salt.iter().any(|&symbol| value(symbol).is_none()) {
            return Err(Malformed::Salt);
        }
        let parsed = Self { iterations, salt: salt.to_vec() };
        let front = parsed.front().len();
        // What is cut equals the setting, whatever the password, if it was cut just there.
        if front == OUTPUT_SIZE && text.len() == OUTPUT_SIZE - 1 {
            return Err(Malformed::EveryPassword);
        }
        if front >= OUTPUT_SIZE {
            let max = (OUTPUT_SIZE - 1 + salt.len()).saturating_sub(front);
            return Err(Malformed::SaltLength { max });
        }
        check(hash)?;
        Ok(parsed)
    }

    /// Iterations; more than 32 bits count as `u32::MAX`.
    fn cost(&self) -> Cost {
        Cost::Rounds(u32::try_from(self.iterations).unwrap_or(u32::MAX))
    }

    fn compute(&self, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, VerifyError> {
        let mut text = Zeroizing::new(Vec::with_capacity(OUTPUT_SIZE + HASH_CHARS));
        text.extend_from_slice(&self.front());
        push_digest(&self.engine(password), &mut text);
        Ok(text)
    }
}

impl Sha1Crypt {
    /// All but the hash.
    fn front(&self) -> Vec<u8> {
        let iterations = self.iterations.to_string();
        [PREFIX, iterations.as_bytes(), b"$", &self.salt, b"$"].concat()
    }

    fn engine(&self, password: &[u8]) -> Zeroizing<[u8; 20]> {
        let mut digest = Zeroizing::new([0; 20]);
        // HMAC takes keys of any length.
        let Ok(mut mac) = HmacReset::<Sha1>::new_from_slice(password) else { return digest };
        mac.update(&self.salt);
        mac.update(PREFIX);
        mac.update(self.iterations.to_string().as_bytes());
        mac.finalize_into_reset((&mut *digest).into());
        for _ in 1..self.iterations {
            mac.update(&*digest);
            mac.finalize_into_reset((&mut *digest).into());
        }
        digest
    }
}

/// Each three bytes are four characters; the last two are filled up with the first.
fn push_digest(digest: &[u8; 20], text: &mut Vec<u8>) {
    for group in digest.chunks(3) {
        let bytes = group.iter().chain(digest).take(3);
        push(text, bytes.fold(0, |bits, &byte| bits << 8 | u32::from(byte)), 4);
    }
}

/// Makes sure that [`push_digest`] could write this: the first byte stands there twice.
fn check(hash: &[u8]) -> Result<(), Malformed> {
    check_hash(hash, HASH_CHARS, 63)?;
    let first = hash.first_chunk::<4>().and_then(|group| bits(group)).map(|bits| bits >> 16);
    let again = hash.last_chunk::<4>().and_then(|group| bits(group)).map(|bits| bits & 0xff);
    if first == again { Ok(()) } else { Err(Malformed::HashCharacter) }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{malformed, reproduced};
    use super::*;

    #[test]
    fn published_vectors_and_crypt3() {
        // passlib 1.7, test_handlers.py.
        reproduced::<Sha1Crypt>(&[
            (b"password", "$sha1$19703$iVdJqfSE$v4qYKl1zqYThwpjJAoKX6UvlHq/a"),
            (b"password", "$sha1$21773$uV7PTeux$I9oHnvwPZHMO0Nq6/WgyGV/tDJIH"),
            ("táБℓə".as_bytes(), "$sha1$40000$uJ3Sp7LE$.VEmLO5xntyRFYihC7ggd3297T/D"),
        ]);
        // libxcrypt 4.4.33.
        reproduced::<Sha1Crypt>(&[
            (b"p", "$sha1$0$a$hfGxwD6oMq9Ueq5j2asJ/aWEp1gR"),
            (b"p", "$sha1$1$a$W2QvRpXBNAyKjMBMpJiy64SJh1cT"),
            (b"p", "$sha1$2$a$aa/0nWUKfHpWgmgR7r9XdzHy6MrZ"),
            (b"", "$sha1$10$salt$Mu1Y3knZ1d6ttg0nVoU54i5OEKZx"),
            (&[b'x'; 65], "$sha1$10$./$deotgg8/gvJCuKoekialMDrqbjfm"),
            (&[b'x'; 511], "$sha1$10$salt$JW8d2GRv8V2N.WkFdFxdlIf0YWHr"),
            (&[0xff; 64], &format!("$sha1$3${}$RohXK1E5P6bq8Y03/1IBb902CKWp", "z".repeat(64))),
            (b"p", &format!("$sha1$5${}$R1Hs1wGfjM6mzovV0W7DnjdEVz61", "a".repeat(374))),
        ]);
    }

    #[test]
    fn iterations() {
        for (iterations, cost) in [
            ("0", 0),
            ("4294967295", u32::MAX),
            ("4294967296", u32::MAX),
            ("18446744073709551615", u32::MAX),
        ] {
            let text = format!("$sha1${iterations}$a$W2QvRpXBNAyKjMBMpJiy64SJh1cT");
            assert_eq!(Sha1Crypt::parse(text.as_bytes()).unwrap().cost(), Cost::Rounds(cost));
        }
    }

    #[test]
    fn malformed_values() {
        let length = Malformed::HashLength { expected: HASH_CHARS };
        let hash = "W2QvRpXBNAyKjMBMpJiy64SJh1cT";
        for (front, want) in [
            ("$sha1", Malformed::NotCrypt),
            ("$sha1,1$a$", Malformed::NotCrypt),
            ("$sha1$$a$", Malformed::CostSyntax),
            ("$sha1$01$a$", Malformed::CostSyntax),
            ("$sha1$+1$a$", Malformed::CostSyntax),
            ("$sha1$-1$a$", Malformed::CostSyntax),
            ("$sha1$1,$a$", Malformed::CostSyntax),
            ("$sha1$1", Malformed::CostSyntax),
            ("$sha1$18446744073709551616$a$", Malformed::CostRange),
            ("$sha1$1$$", Malformed::Salt),
            ("$sha1$1$_$", Malformed::Salt),
            ("$sha1$1$", length),
            ("$sha1$1$a$.", length),
            ("$sha1$1$a$$", length),
            (&format!("$sha1$1${}$", "a".repeat(375)), Malformed::SaltLength { max: 374 }),
            (&format!("$sha1$10${}$", "a".repeat(900)), Malformed::SaltLength { max: 373 }),
        ] {
            malformed::<Sha1Crypt>(&[(&format!("{front}{hash}"), want)]);
        }
        malformed::<Sha1Crypt>(&[
            ("$sha1$1$a$W2QvRpXBNAyKjMBMpJiy64SJh1c", length),
            ("$sha1$1$a$W2QvRpXBNAyKjMBM_Jiy64SJh1cT", Malformed::HashCharacter),
            // The first byte again, but another one.
            ("$sha1$1$a$W2QvRpXBNAyKjMBMpJiy64SJi1cT", Malformed::HashCharacter),
        ]);
    }

    /// crypt(3) gives these back whatever the password is.
    #[test]
    fn values_that_let_everybody_in() {
        let text = |salt: usize, end: &str| format!("$sha1$1${}{end}", "a".repeat(salt));
        malformed::<Sha1Crypt>(&[
            (&text(375, ""), Malformed::EveryPassword),
            (&text(374, ""), Malformed::HashLength { expected: HASH_CHARS }),
            (&text(374, "$"), Malformed::HashLength { expected: HASH_CHARS }),
            (&text(375, "$"), Malformed::SaltLength { max: 374 }),
            (&text(376, ""), Malformed::SaltLength { max: 374 }),
        ]);
    }
}
