use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use crate::scheme::Algorithm;
use crate::sha256_crypt::{
    DEFAULT_ROUNDS, MAX_PASSWORD, MAX_ROUNDS, MAX_SALT, MIN_ROUNDS, Salt, Sha256Crypt,
};
use crate::stored::Value;
use crate::{HashError, Password, SchemeName, StoredPassword};

/// What a new value may cost, and for tests the salt. The default is `doveadm pw`'s.
#[derive(Clone, Copy, Default)]
pub struct Cost<'a> {
    /// Rounds of SHA256-CRYPT, 1,000 to 999,999,999; `None` is 5,000. Values of 5,000 rounds do
    /// not name them, as those of `doveadm pw`. Ignored by schemes of fixed cost.
    pub rounds: Option<u32>,
    /// 0 to 16 bytes; `None` is 16 characters of the operating system's randomness, the only
    /// right choice outside tests.
    pub salt: Option<&'a [u8]>,
}

impl SchemeName {
    /// Makes a new stored value of this scheme.
    ///
    /// # Errors
    ///
    /// [`HashError`].
    pub fn hash(self, password: &Password, cost: Cost<'_>) -> Result<StoredPassword, HashError> {
        if !self.scheme().can_hash() {
            return Err(HashError::Unsupported(self.name()));
        }
        let value = match self.scheme().algorithm {
            Algorithm::Plain => Value::Plain(Zeroizing::new(password.bytes().to_vec())),
            Algorithm::Md5 => Value::Md5(Md5::digest(password.bytes()).into()),
            Algorithm::Crypt => sha256_crypt(password, cost)?,
        };
        Ok(StoredPassword::from_value(self, value))
    }
}

fn sha256_crypt(password: &Password, cost: Cost<'_>) -> Result<Value, HashError> {
    if password.bytes().len() > MAX_PASSWORD {
        return Err(HashError::PasswordTooLong);
    }
    let rounds = cost.rounds.unwrap_or(DEFAULT_ROUNDS);
    if !(MIN_ROUNDS..=MAX_ROUNDS).contains(&rounds) {
        return Err(HashError::Rounds { min: MIN_ROUNDS, max: MAX_ROUNDS });
    }
    let salt = match cost.salt {
        Some(salt) => Salt::new(salt).ok_or(HashError::Salt)?,
        None => random_salt()?,
    };
    let written = rounds != DEFAULT_ROUNDS;
    Ok(Value::Sha256Crypt(Sha256Crypt::compute(password, salt, rounds, written)))
}

fn random_salt() -> Result<Salt, HashError> {
    let mut random = [0; MAX_SALT];
    getrandom::fill(&mut random).map_err(|_| HashError::NoRandomness)?;
    Ok(Salt::from_random(random))
}
