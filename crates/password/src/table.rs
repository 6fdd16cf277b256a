//! The one table of schemes. Parsing, `ispmail-pw schemes`, the documentation and the tests read it.

use crate::Digest;
use crate::scheme::{Algorithm, Argon2Kind, Encoding, NewCrypt, Rounds, Scheme, Secrecy};

/// Every scheme that Dovecot 2.3 or 2.4 knows, strongest kinds first.
pub static SCHEMES: &[Scheme] = &[
    DEFAULT,
    slow("SHA512-CRYPT", Algorithm::Crypt(NewCrypt::Sha512)).rounds_of(SHA2_CRYPT),
    slow("BLF-CRYPT", Algorithm::Bcrypt).rounds_of(BCRYPT).feature("bcrypt"),
    slow("ARGON2ID", Algorithm::Argon2(Argon2Kind::Id))
        .also(&["ARGON2"])
        .rounds_of(argon2(1, 2))
        .feature("argon2"),
    slow("ARGON2I", Algorithm::Argon2(Argon2Kind::I)).rounds_of(argon2(3, 4)).feature("argon2"),
    slow("CRYPT", Algorithm::Crypt(NewCrypt::Bcrypt)).rounds_of(BCRYPT),
    slow("PBKDF2", Algorithm::Pbkdf2).rounds_of(rounds(1, u32::MAX, 5_000)),
    slow("SCRAM-SHA-256", Algorithm::Scram(Digest::Sha256)).rounds_of(SCRAM),
    slow("SCRAM-SHA-1", Algorithm::Scram(Digest::Sha1)).rounds_of(SCRAM),
    fast("MD5-CRYPT", Algorithm::Md5Crypt).with_salt().refused(),
    fast("MD5", Algorithm::Md5).with_salt().refused(),
    fast("DES-CRYPT", Algorithm::Crypt(NewCrypt::Des)).with_salt().refused(),
    fast("SSHA512", Algorithm::Digest(Digest::Sha512)).with_salt().encoded(Encoding::Base64),
    fast("SSHA256", Algorithm::Digest(Digest::Sha256)).with_salt().encoded(Encoding::Base64),
    fast("SSHA", Algorithm::Digest(Digest::Sha1)).with_salt().encoded(Encoding::Base64),
    fast("SMD5", Algorithm::Digest(Digest::Md5)).with_salt().encoded(Encoding::Base64).refused(),
    fast("SHA512", Algorithm::Digest(Digest::Sha512)).digest(64, Encoding::Base64),
    fast("SHA256", Algorithm::Digest(Digest::Sha256)).digest(32, Encoding::Base64),
    fast("SHA1", Algorithm::Digest(Digest::Sha1)).digest(20, Encoding::Base64).also(&["SHA"]),
    fast("PLAIN-MD5", Algorithm::Digest(Digest::Md5)).digest(16, Encoding::Hex).refused(),
    fast("LDAP-MD5", Algorithm::Digest(Digest::Md5)).digest(16, Encoding::Base64).refused(),
    fast("PLAIN-MD4", Algorithm::Digest(Digest::Md4)).digest(16, Encoding::Hex).refused(),
    fast("CRAM-MD5", Algorithm::HmacMd5).digest(32, Encoding::Hex),
    fast("HMAC-MD5", Algorithm::HmacMd5).digest(32, Encoding::Hex).refused(),
    fast("DIGEST-MD5", Algorithm::DigestMd5).digest(16, Encoding::Hex),
    fast("OTP", Algorithm::Otp).with_salt(),
    plain("PLAIN-TRUNC", Algorithm::PlainTrunc),
    plain("PLAIN", Algorithm::Plain).also(&["CLEAR", "CLEARTEXT"]),
];

const DEFAULT: Scheme =
    slow("SHA256-CRYPT", Algorithm::Crypt(NewCrypt::Sha256)).rounds_of(SHA2_CRYPT);

/// What new values are made of where nobody says otherwise.
pub(crate) fn default_scheme() -> &'static Scheme {
    SCHEMES.first().unwrap_or(&DEFAULT)
}

/// The password itself.
pub(crate) fn plain_scheme() -> &'static Scheme {
    let plain = |scheme: &&Scheme| scheme.algorithm == Algorithm::Plain;
    SCHEMES.iter().find(plain).unwrap_or(default_scheme())
}

const SHA2_CRYPT: Rounds = rounds(1_000, 999_999_999, 5_000);
const SCRAM: Rounds = rounds(4_096, i32::MAX as u32, 4_096);
const BCRYPT: Rounds = Rounds { min: 4, max: 31, default: 5, unit: "log2 of rounds" };

const fn rounds(min: u32, max: u32, default: u32) -> Rounds {
    Rounds { min, max, default, unit: "rounds" }
}

const fn argon2(min: u32, default: u32) -> Rounds {
    Rounds { min, max: u32::MAX, default, unit: "passes" }
}

const fn plain(name: &'static str, algorithm: Algorithm) -> Scheme {
    Scheme {
        name,
        aliases: &[],
        default_encoding: Encoding::None,
        digest_len: None,
        salted: false,
        rounds: None,
        secrecy: Secrecy::Plain,
        refused_by_dovecot_2_4: false,
        algorithm,
        feature: None,
    }
}

const fn fast(name: &'static str, algorithm: Algorithm) -> Scheme {
    Scheme { secrecy: Secrecy::FastHash, ..plain(name, algorithm) }
}

const fn slow(name: &'static str, algorithm: Algorithm) -> Scheme {
    Scheme { secrecy: Secrecy::SlowHash, salted: true, ..plain(name, algorithm) }
}

impl Scheme {
    const fn also(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    const fn rounds_of(self, rounds: Rounds) -> Self {
        Self { rounds: Some(rounds), ..self }
    }

    const fn with_salt(self) -> Self {
        Self { salted: true, ..self }
    }

    const fn refused(self) -> Self {
        Self { refused_by_dovecot_2_4: true, ..self }
    }

    const fn encoded(self, default_encoding: Encoding) -> Self {
        Self { default_encoding, ..self }
    }

    const fn digest(self, bytes: usize, default_encoding: Encoding) -> Self {
        Self { digest_len: Some(bytes), default_encoding, ..self }
    }

    const fn feature(self, feature: &'static str) -> Self {
        Self { feature: Some(feature), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_once() {
        let mut names: Vec<_> = SCHEMES.iter().flat_map(Scheme::names).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    /// `doveadm pw -l` of Dovecot 2.3.19, and what 2.4 added.
    #[test]
    fn all_that_dovecot_knows() {
        let mut dovecot: Vec<_> =
            "SHA1 SSHA512 SCRAM-SHA-256 BLF-CRYPT PLAIN HMAC-MD5 OTP SHA512 SHA \
            DES-CRYPT CRYPT SSHA MD5-CRYPT PLAIN-MD4 PLAIN-MD5 SCRAM-SHA-1 SHA512-CRYPT CLEAR \
            CLEARTEXT ARGON2I ARGON2ID SSHA256 MD5 PBKDF2 SHA256 CRAM-MD5 PLAIN-TRUNC \
            SHA256-CRYPT SMD5 DIGEST-MD5 LDAP-MD5 ARGON2"
                .split_ascii_whitespace()
                .collect();
        let mut ours: Vec<_> = SCHEMES.iter().flat_map(Scheme::names).collect();
        dovecot.sort_unstable();
        ours.sort_unstable();
        assert_eq!(ours, dovecot);
    }
}
