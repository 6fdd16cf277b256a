//! New passwords: whether one is good enough, and making one.

mod generate;
mod judge;

use ispmail_auth::config::Config;
use ispmail_password::Password;
use zeroize::Zeroizing;

use crate::{Exit, Failure, prompt};
use generate::generate;
pub(crate) use judge::{Weak, judge};

/// A new password.
pub(crate) struct NewPassword {
    pub(crate) password: Password,
    /// Its text, if it was made here and has to be shown.
    pub(crate) generated: Option<Zeroizing<String>>,
}

impl NewPassword {
    /// Makes one, or asks for one that is good enough for the login.
    pub(crate) fn obtain(config: &Config, login: &str, make: bool) -> Result<Self, Failure> {
        if !make {
            let least = config.min_length;
            let password = prompt::strong_password(|bytes| judge(bytes, login, least))?;
            return Ok(Self { password, generated: None });
        }
        let generated = generate()?;
        let password = generated
            .password()
            .map_err(|error| Failure::new(Exit::Temporary, error.to_string()))?;
        Ok(Self { password, generated: Some(generated.into_text()) })
    }
}
