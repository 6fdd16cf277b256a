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

/// A command as it is typed into a shell, whatever its words are: those from tables and of logins
/// must not become commands of their own.
pub(crate) fn command(words: &[&str]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// A word as a shell reads it. Control characters, which nobody types, are shown instead.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@%+=:,./_-".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    let mut quoted = "'".to_owned();
    for char in word.chars() {
        match char {
            '\'' => quoted.push_str("'\\''"),
            char if char.is_control() => quoted.extend(char.escape_debug()),
            char => quoted.push(char),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_word() {
        for (word, want) in [
            ("john@example.org", "john@example.org"),
            ("", "''"),
            ("$(reboot)", "'$(reboot)'"),
            ("a; b", "'a; b'"),
            ("o'neill@a", "'o'\\''neill@a'"),
            ("\u{1b}[2J\nx", "'\\u{1b}[2J\\nx'"),
        ] {
            assert_eq!(quoted(word), want);
        }
        assert_eq!(command(&["chown", "-R", "1:1", "/a b"]), "chown -R 1:1 '/a b'");
    }
}
