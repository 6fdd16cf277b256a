//! The formats of the crypt(3) family, by what a value begins with.

#[cfg(feature = "bcrypt")]
use super::bcrypt::Bcrypt;
use super::bsdi::Bsdi;
use super::md5::Md5Crypt;
use super::nt::Nt;
use super::sha1::Sha1Crypt;
use super::sha256::Sha256Crypt;
use super::sha512::Sha512Crypt;
use super::sunmd5::SunMd5;
#[cfg(feature = "yescrypt")]
use super::yescrypt::Yescrypt;
use super::{Format, des};
#[cfg(feature = "argon2")]
use crate::argon2::Argon2;
use crate::{Malformed, Secrecy};

type Parse = fn(&[u8]) -> Result<Box<dyn Format>, Malformed>;

/// A row of the tables below.
pub(crate) struct CryptFormat {
    front: &'static str,
    /// The name of the scheme that such a value belongs to.
    pub(crate) scheme: &'static str,
    /// Its name in words.
    pub(crate) algorithm: &'static str,
    pub(crate) secrecy: Secrecy,
    pub(crate) salted: bool,
    /// The feature of this crate that has it, empty if it is always there.
    pub(crate) feature: &'static str,
    /// `None` where this build leaves it out.
    pub(crate) parse: Option<Parse>,
}

/// What crypt(3) (libxcrypt 4.4) checks, in its order; DES, which has no front, is the last.
static CRYPT3: &[CryptFormat] = &[
    slow("$5$", "SHA256-CRYPT", "SHA-256-crypt", Some(parse::<Sha256Crypt>)),
    slow("$6$", "SHA512-CRYPT", "SHA-512-crypt", Some(parse::<Sha512Crypt>)),
    slow("$y$", "CRYPT", "yescrypt", YESCRYPT).feature("yescrypt"),
    slow("$gy$", "CRYPT", "gost-yescrypt", YESCRYPT).feature("yescrypt"),
    slow("$7$", "CRYPT", "scrypt", YESCRYPT).feature("yescrypt"),
    slow("$sha1", "CRYPT", "sha1crypt", Some(parse::<Sha1Crypt>)),
    slow("$md5", "CRYPT", "SunMD5", Some(parse::<SunMd5>)),
    fast("$1$", "MD5-CRYPT", "MD5-crypt", Some(parse::<Md5Crypt>)),
    fast("$3$", "CRYPT", "NT hash", Some(parse::<Nt>)).unsalted(),
    fast("_", "CRYPT", "BSDI extended DES-crypt", Some(parse::<Bsdi>)),
];

static DES: CryptFormat = fast("", "DES-CRYPT", "DES-crypt", Some(des::parse));

/// What Dovecot checks with its own code.
pub(crate) static BCRYPT: CryptFormat =
    slow("$2", "BLF-CRYPT", "bcrypt", BCRYPT_PARSE).feature("bcrypt");
pub(crate) static MD5: CryptFormat = fast("$1$", "MD5-CRYPT", "MD5-crypt", Some(parse::<Md5Crypt>));

/// What Dovecot leaves to libsodium.
static ARGON2: &[CryptFormat] = &[
    slow("$argon2id$", "ARGON2ID", "argon2id", ARGON2_PARSE).feature("argon2"),
    slow("$argon2i$", "ARGON2I", "argon2i", ARGON2_PARSE).feature("argon2"),
];

#[cfg(feature = "argon2")]
const ARGON2_PARSE: Option<Parse> = Some(parse::<Argon2>);
#[cfg(not(feature = "argon2"))]
const ARGON2_PARSE: Option<Parse> = None;
#[cfg(feature = "bcrypt")]
const BCRYPT_PARSE: Option<Parse> = Some(parse::<Bcrypt>);
#[cfg(not(feature = "bcrypt"))]
const BCRYPT_PARSE: Option<Parse> = None;
#[cfg(feature = "yescrypt")]
const YESCRYPT: Option<Parse> = Some(parse::<Yescrypt>);
#[cfg(not(feature = "yescrypt"))]
const YESCRYPT: Option<Parse> = None;

/// The crypt(3) format of a value, if it can be one.
pub(crate) fn crypt3(text: &[u8]) -> Option<&'static CryptFormat> {
    let is_des = |byte: &u8| super::alphabet::value(*byte).is_some();
    CRYPT3
        .iter()
        .find(|row| row.begins(text))
        .or_else(|| text.get(..2)?.iter().all(is_des).then_some(&DES))
}

/// The argon2 format of a value, if it can be one.
pub(crate) fn argon2(text: &[u8]) -> Option<&'static CryptFormat> {
    ARGON2.iter().find(|row| row.begins(text))
}

impl CryptFormat {
    fn begins(&self, text: &[u8]) -> bool {
        text.starts_with(self.front.as_bytes())
    }

    const fn unsalted(self) -> Self {
        Self { salted: false, ..self }
    }

    const fn feature(self, feature: &'static str) -> Self {
        Self { feature, ..self }
    }
}

fn parse<F: Format + 'static>(text: &[u8]) -> Result<Box<dyn Format>, Malformed> {
    Ok(Box::new(F::parse(text)?))
}

const fn slow(
    front: &'static str,
    scheme: &'static str,
    algorithm: &'static str,
    parse: Option<Parse>,
) -> CryptFormat {
    CryptFormat {
        front,
        scheme,
        algorithm,
        secrecy: Secrecy::SlowHash,
        salted: true,
        feature: "",
        parse,
    }
}

const fn fast(
    front: &'static str,
    scheme: &'static str,
    algorithm: &'static str,
    parse: Option<Parse>,
) -> CryptFormat {
    CryptFormat { secrecy: Secrecy::FastHash, ..slow(front, scheme, algorithm, parse) }
}
