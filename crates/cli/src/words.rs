//! What is said of stored passwords in more than one command.

use ispmail_password::{Secrecy, StoredPassword};
use serde::Serialize;

/// How well the password is hidden, in a word.
pub(crate) const fn secrecy(secrecy: Secrecy) -> &'static str {
    match secrecy {
        Secrecy::Plain => "plain",
        Secrecy::FastHash => "fast",
        Secrecy::SlowHash => "slow",
    }
}

/// What Dovecot 2.4 does with a stored password as long as `auth_allow_weak_schemes` is off.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Dovecot24 {
    Taken,
    RefusedByName,
    RefusedByContent,
}

impl Dovecot24 {
    pub(crate) fn of(stored: &StoredPassword) -> Self {
        if stored.name().scheme().refused_by_dovecot_2_4() {
            Self::RefusedByName
        } else if stored.refused_by_dovecot_2_4() {
            Self::RefusedByContent
        } else {
            Self::Taken
        }
    }

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Taken => "takes it",
            Self::RefusedByName => {
                "refuses it, by the scheme's name, unless auth_allow_weak_schemes is on"
            }
            Self::RefusedByContent => {
                "refuses it, by its content, unless auth_allow_weak_schemes is on"
            }
        }
    }
}

/// A word as a shell reads it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@%+=:,./_-".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
