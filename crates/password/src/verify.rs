use subtle::ConstantTimeEq as _;

use crate::stored::Hashed;
use crate::{Ceilings, Password, StoredPassword, VerifyError};

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
    /// Checks a password, within the default [`Ceilings`]. A server goes through
    /// [`Policy::verify`](crate::Policy::verify), which also makes refusals alike.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] where nothing can be said.
    pub fn verify(&self, password: &Password) -> Result<Verdict, VerifyError> {
        Ceilings::default().allow(self.scheme(), self.cost())?;
        self.to_compute(password).map_or(Ok(Verdict::Mismatch), |hashed| hashed.check(password))
    }

    /// What there is to compute for this password; `None` if it is refused anyway.
    pub(crate) fn to_compute(&self, password: &Password) -> Option<&Hashed> {
        self.hashed().filter(|hashed| hashed.kind.takes(password.bytes()))
    }
}

impl Hashed {
    /// [`StoredPassword::to_compute`] comes first.
    pub(crate) fn check(&self, password: &Password) -> Result<Verdict, VerifyError> {
        Ok(compare(&self.expected, &self.kind.compute(password.bytes())?))
    }
}

/// The one place where secrets are compared, in a time that does not depend on where they differ.
pub(crate) fn compare(stored: &[u8], computed: &[u8]) -> Verdict {
    if bool::from(stored.ct_eq(computed)) { Verdict::Match } else { Verdict::Mismatch }
}
