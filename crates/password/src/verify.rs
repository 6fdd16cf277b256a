use md5::{Digest as _, Md5};
use subtle::ConstantTimeEq as _;

use crate::sha256_crypt::MAX_PASSWORD;
use crate::stored::Value;
use crate::{Password, StoredPassword};

/// Whether a password is the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// It is.
    Match,
    /// It is not, or the value lets nobody in.
    Mismatch,
}

impl StoredPassword {
    /// Checks a password, at whatever cost the value asks for. Where others choose the values, go
    /// through [`Policy::verify`](crate::Policy::verify), which has a ceiling.
    pub fn verify(&self, password: &Password) -> Verdict {
        match &self.value {
            Value::Disabled(_) => Verdict::Mismatch,
            Value::Plain(plain) => compare(plain, password.bytes()),
            Value::Md5(digest) => compare(digest, &Md5::digest(password.bytes())),
            // crypt(3) refuses them, and so Dovecot never lets them in.
            Value::Sha256Crypt(_) if password.bytes().len() > MAX_PASSWORD => Verdict::Mismatch,
            Value::Sha256Crypt(crypt) => compare(&crypt.hash, &crypt.digest(password)),
        }
    }
}

/// Rounds of SHA256-CRYPT that [`StoredPassword::verify`] works through for this password.
pub(crate) fn rounds_worked(stored: &StoredPassword, password: &Password) -> u32 {
    if password.bytes().len() > MAX_PASSWORD { 0 } else { stored.rounds().unwrap_or(0) }
}

/// The one place where secrets are compared, in a time that does not depend on where they differ.
fn compare(stored: &[u8], computed: &[u8]) -> Verdict {
    if bool::from(stored.ct_eq(computed)) { Verdict::Match } else { Verdict::Mismatch }
}
