use zeroize::Zeroizing;

use crate::crypt::alphabet::symbol;
use crate::crypt::des::Des;
use crate::crypt::md5::Md5Crypt;
use crate::crypt::sha2::Setting;
use crate::crypt::sha256::Sha256Crypt;
use crate::crypt::sha512::Sha512Crypt;
use crate::crypt::{Format, MAX_PASSWORD};
use crate::digest::hmac_md5_states;
use crate::kind::digest_md5;
use crate::otp::Otp;
use crate::pbkdf2::Pbkdf2;
use crate::scheme::{Algorithm, Argon2Kind, NewCrypt};
use crate::scram::Scram;
use crate::{Cost, HashError, Password, Scheme, SchemeName, StoredPassword};

/// What a new value may cost, and for tests the salt. The default is `doveadm pw`'s.
#[derive(Clone, Copy, Default)]
pub struct New<'a> {
    /// Rounds, or what the scheme counts instead: see [`Scheme::rounds`](crate::Scheme::rounds)
    /// for range, default and unit. Ignored by schemes of fixed cost, as `doveadm pw` does.
    pub rounds: Option<u32>,
    /// The salt as the scheme takes it: 0 to 16 characters for SHA256-CRYPT and SHA512-CRYPT, 0 to
    /// 8 for MD5-CRYPT, 2 for DES-CRYPT, 16 bytes for BLF-CRYPT and ARGON2, characters other than
    /// `$` for PBKDF2, up to 16 letters and digits for OTP, any bytes for SCRAM and for the
    /// salted digests, which need at least one. `None` takes the operating system's randomness,
    /// the only right choice outside tests.
    pub salt: Option<&'a [u8]>,
    /// The login that a DIGEST-MD5 value is made of; other schemes do not look at it.
    pub login: Option<&'a [u8]>,
}

type Made = Result<Zeroizing<Vec<u8>>, HashError>;

/// Characters or bytes of a new salt, where the scheme leaves the choice.
const SALT: usize = 16;

impl SchemeName {
    /// Makes a new stored value of this scheme.
    ///
    /// # Errors
    ///
    /// [`HashError`].
    pub fn hash(self, password: &Password, new: New<'_>) -> Result<StoredPassword, HashError> {
        let rounds = self.choose_rounds(new.rounds)?;
        let raw = self.raw(password.bytes(), rounds, new)?;
        self.read_back(raw)
    }

    /// A PBKDF2 salt with a `$` in it gives a value that cannot be read.
    pub(crate) fn read_back(self, raw: Zeroizing<Vec<u8>>) -> Result<StoredPassword, HashError> {
        StoredPassword::new(self, raw).map_err(|_| HashError::Salt)
    }

    /// Salt and rounds of a new value, and the password, if the scheme is SHA256-CRYPT.
    pub(crate) fn as_sha256<'a>(
        self,
        password: &'a Password,
        new: New<'_>,
    ) -> Option<Result<(Sha256Crypt, &'a Password), HashError>> {
        let sha256 = self.scheme().algorithm == Algorithm::Crypt(NewCrypt::Sha256);
        sha256.then(|| {
            let rounds = self.choose_rounds(new.rounds)?;
            Ok((new_sha256(password.bytes(), rounds, new)?, password))
        })
    }

    /// The rounds asked for or else the default; 0 where there is nothing to choose.
    fn choose_rounds(self, rounds: Option<u32>) -> Result<u32, HashError> {
        let Some(range) = self.scheme().rounds() else { return Ok(0) };
        let rounds = rounds.unwrap_or(range.default);
        if (range.min..=range.max).contains(&rounds) {
            return Ok(rounds);
        }
        Err(HashError::Rounds { min: range.min, max: range.max, unit: range.unit })
    }

    /// What a new value will cost to check.
    pub(crate) fn cost_of_new(self, rounds: Option<u32>) -> Result<Cost, HashError> {
        let rounds = self.choose_rounds(rounds)?;
        Ok(match self.scheme().algorithm {
            Algorithm::Argon2(kind) => {
                let (passes, kib) = argon2_memory(kind, rounds);
                Cost::Memory { kib: kib.into(), passes, lanes: 1 }
            }
            Algorithm::Bcrypt | Algorithm::Crypt(NewCrypt::Bcrypt) => {
                Cost::Log2Rounds(u8::try_from(rounds).unwrap_or(u8::MAX))
            }
            _ if self.scheme().rounds().is_some() => Cost::Rounds(rounds),
            _ => Cost::Fixed,
        })
    }

    /// The value before it is encoded.
    fn raw(
        self,
        password: &[u8],
        rounds: u32,
        new: New<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, HashError> {
        let text_salt = |length| salt(new.salt, length, |byte| symbol(byte.into()));
        let byte_salt = || salt(new.salt, SALT, |byte| byte);
        Ok(match self.scheme().algorithm {
            Algorithm::Crypt(_) if password.len() > MAX_PASSWORD && self.by_crypt3() => {
                return Err(HashError::PasswordTooLong);
            }
            Algorithm::Crypt(NewCrypt::Sha256) => {
                compute(Some(new_sha256(password, rounds, new)?), password)?
            }
            Algorithm::Crypt(NewCrypt::Sha512) => {
                let setting = Setting::new(rounds, &text_salt(SALT)?);
                compute(setting.map(Sha512Crypt::new), password)?
            }
            Algorithm::Crypt(NewCrypt::Des) => compute(Des::new(&text_salt(2)?), password)?,
            Algorithm::Crypt(NewCrypt::Bcrypt) | Algorithm::Bcrypt => {
                bcrypt(self.scheme(), password, rounds, &byte_salt()?)?
            }
            Algorithm::Md5 | Algorithm::Md5Crypt => {
                compute(Md5Crypt::new(&text_salt(8)?), password)?
            }
            Algorithm::Argon2(kind) => {
                argon2(self.scheme(), kind, password, rounds, &byte_salt()?)?
            }
            Algorithm::Digest(digest) if self.scheme().salted() => {
                let salt = byte_salt()?;
                let digest = digest.of(&[password, &salt]);
                Zeroizing::new([&**digest, &salt].concat())
            }
            Algorithm::Digest(digest) => digest.of(&[password]),
            Algorithm::Plain => Zeroizing::new(password.to_vec()),
            Algorithm::PlainTrunc => {
                let length = format!("{}-", password.len());
                Zeroizing::new([length.as_bytes(), password].concat())
            }
            Algorithm::HmacMd5 => hmac_md5_states(password),
            Algorithm::DigestMd5 => digest_md5(new.login.ok_or(HashError::LoginNeeded)?, password),
            Algorithm::Scram(digest) => Scram::new(digest, rounds, byte_salt()?).text(password),
            Algorithm::Pbkdf2 => Pbkdf2::new(text_salt(SALT)?, rounds).text(password),
            Algorithm::Otp => {
                let seed = salt(new.salt, SALT, |byte| symbol(u32::from(byte & 15) + 2))?;
                Otp::new(&seed).ok_or(HashError::Salt)?.text(password)
            }
        })
    }

    /// Whether new values are checked by crypt(3), which takes no passwords over 511 bytes.
    fn by_crypt3(self) -> bool {
        self.scheme().algorithm != Algorithm::Crypt(NewCrypt::Bcrypt)
    }
}

#[cfg(feature = "bcrypt")]
fn bcrypt(_: &'static Scheme, password: &[u8], cost: u32, salt: &[u8]) -> Made {
    let salt = salt.try_into().map_err(|_| HashError::Salt)?;
    // Within the table's 4 to 31.
    let cost = u8::try_from(cost).unwrap_or(u8::MAX);
    compute(Some(crate::crypt::bcrypt::Bcrypt::new(cost, salt)), password)
}

#[cfg(not(feature = "bcrypt"))]
fn bcrypt(scheme: &'static Scheme, _: &[u8], _: u32, _: &[u8]) -> Made {
    Err(HashError::Unsupported { scheme, feature: "bcrypt" })
}

#[cfg(feature = "argon2")]
fn argon2(_: &'static Scheme, kind: Argon2Kind, password: &[u8], passes: u32, salt: &[u8]) -> Made {
    let (passes, kib) = argon2_memory(kind, passes);
    let salt = salt.try_into().map_err(|_| HashError::Salt)?;
    compute(crate::argon2::Argon2::new(kind, passes, kib, salt).ok(), password)
}

#[cfg(not(feature = "argon2"))]
fn argon2(scheme: &'static Scheme, _: Argon2Kind, _: &[u8], _: u32, _: &[u8]) -> Made {
    Err(HashError::Unsupported { scheme, feature: "argon2" })
}

fn new_sha256(password: &[u8], rounds: u32, new: New<'_>) -> Result<Sha256Crypt, HashError> {
    if password.len() > MAX_PASSWORD {
        return Err(HashError::PasswordTooLong);
    }
    let salt = salt(new.salt, SALT, |byte| symbol(byte.into()))?;
    Ok(Sha256Crypt::new(Setting::new(rounds, &salt).ok_or(HashError::Salt)?))
}

fn compute(format: Option<impl Format>, password: &[u8]) -> Made {
    let format = format.ok_or(HashError::Salt)?;
    format.compute(password).map_err(|_| HashError::OutOfMemory)
}

/// Passes and KiB: memory goes by the passes, among libsodium's limits, as Dovecot chooses them.
fn argon2_memory(kind: Argon2Kind, passes: u32) -> (u32, u32) {
    const MIB: u32 = 1024;
    match (kind, passes) {
        (Argon2Kind::Id, 4..) => (passes, 1024 * MIB),
        (Argon2Kind::Id, 3) => (passes, 256 * MIB),
        // Dovecot never asks for fewer than three.
        (Argon2Kind::Id, _) => (3, 64 * MIB),
        (Argon2Kind::I, 8..) => (passes, 512 * MIB),
        (Argon2Kind::I, 6..) => (passes, 128 * MIB),
        (Argon2Kind::I, _) => (passes, 32 * MIB),
    }
}

/// The caller's salt, or random bytes turned into what the scheme takes.
fn salt(
    given: Option<&[u8]>,
    length: usize,
    turn: impl Fn(u8) -> u8,
) -> Result<Vec<u8>, HashError> {
    if let Some(salt) = given {
        return Ok(salt.to_vec());
    }
    let mut random = vec![0; length];
    getrandom::fill(&mut random).map_err(|_| HashError::NoRandomness)?;
    Ok(random.into_iter().map(turn).collect())
}
