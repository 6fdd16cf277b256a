//! A stored password that is out of date gives way to a new one, once the right password is known.

use std::sync::Arc;

use ispmail_accounts::{Swapped, Values};
use ispmail_password::{Prefix, StoredPassword};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::Authenticator;
use crate::verifier::Attempt;

/// A stored password that ought to be replaced, and what is needed for it. No `Debug`.
pub struct Outdated {
    pub(crate) login: String,
    pub(crate) values: Values,
    /// The column as it was when it was checked, byte for byte.
    pub(crate) column: Zeroizing<Vec<u8>>,
    /// Whether braces in front would be part of the value.
    pub(crate) noscheme: bool,
    pub(crate) attempt: Arc<Attempt>,
}

/// What came of replacing a stored password. Whatever it is, the sign-in stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Upgraded {
    /// The new one is stored.
    Done,
    /// Somebody else changed the row first; it was left as it is.
    Changed,
}

/// Why a stored password was not replaced; the old one is still there.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UpgradeError {
    /// The database would not have it.
    #[error(transparent)]
    Accounts(#[from] ispmail_accounts::Error),
    /// The next sign-in will do it.
    #[error("there is too much else to do")]
    Busy,
    /// The column `password_noscheme` has no room for the name of another scheme.
    #[error("the column password_noscheme takes values of the default scheme only")]
    Noscheme,
    /// Upgrades are switched off.
    #[error("upgrades are switched off")]
    Off,
}

impl Outdated {
    /// Whose it is.
    pub fn login(&self) -> &str {
        &self.login
    }
}

impl Authenticator {
    /// Replaces a stored password that a sign-in found to be out of date, if its row still holds
    /// exactly the value that was checked. For after the answer went out.
    ///
    /// # Errors
    ///
    /// [`UpgradeError`]; nothing was changed then.
    pub async fn upgrade(&self, outdated: Box<Outdated>) -> Result<Upgraded, UpgradeError> {
        let Some(upgrades) = &self.upgrades else { return Err(UpgradeError::Off) };
        let Outdated { login, values, column, noscheme, attempt } = *outdated;
        let made = self.checks.make(&attempt).await.map_err(|_| UpgradeError::Busy)?;
        let bare = attempt.stored.as_ref().is_some_and(|old| old.prefix() == Prefix::Bare);
        let new = self.written(&made, bare, noscheme).ok_or(UpgradeError::Noscheme)?;
        let swapped = upgrades.swap(&login, &values, &column, &new).await?;
        Ok(match swapped {
            Swapped::Done => Upgraded::Done,
            Swapped::Changed => Upgraded::Changed,
        })
    }

    /// The new value as the column shall hold it: a bare value stays bare where that can be read.
    fn written(
        &self,
        made: &StoredPassword,
        bare: bool,
        noscheme: bool,
    ) -> Option<Zeroizing<Vec<u8>>> {
        let text = made.write(Prefix::Bare);
        let readable = self.default_scheme.reads_bare(&text, made.scheme());
        match (bare, noscheme) {
            (true, _) if readable => Some(text),
            (_, true) => None,
            _ => Some(made.write(Prefix::Scheme)),
        }
    }
}
