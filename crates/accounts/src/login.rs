use std::fmt;

use thiserror::Error;

/// What logins may look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginRules {
    /// The characters allowed, Dovecot's `auth_username_chars`; empty allows all.
    pub chars: String,
    /// Whether ASCII letters are lower-cased first, as Dovecot's `auth_username_format = %Lu`.
    pub lowercase: bool,
}

impl Default for LoginRules {
    /// Dovecot's defaults.
    fn default() -> Self {
        let chars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234567890.-_@";
        Self { chars: chars.to_owned(), lowercase: true }
    }
}

/// A login that keeps the rules: text, not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login(String);

/// Why bytes are no login.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginError {
    /// Nothing there.
    #[error("empty login")]
    Empty,
    /// Not UTF-8.
    #[error("the login is not text")]
    NotText,
    /// A character outside of `auth_username_chars`.
    #[error("the login has a character that is not allowed")]
    Character,
}

impl Login {
    /// Checks what a client sent, and lower-cases it if the rules say so.
    ///
    /// # Errors
    ///
    /// [`LoginError`].
    pub fn new(bytes: &[u8], rules: &LoginRules) -> Result<Self, LoginError> {
        if bytes.is_empty() {
            return Err(LoginError::Empty);
        }
        let allowed = rules.chars.as_bytes();
        if !allowed.is_empty() && !bytes.iter().all(|byte| allowed.contains(byte)) {
            return Err(LoginError::Character);
        }
        let text = str::from_utf8(bytes).map_err(|_| LoginError::NotText)?;
        let lowercase = || text.to_ascii_lowercase();
        Ok(Self(if rules.lowercase { lowercase() } else { text.to_owned() }))
    }

    /// The login as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules() {
        let rules = LoginRules::default();
        let login = |bytes: &[u8]| Login::new(bytes, &rules).map(|login| login.0);
        assert_eq!(login(b"John@Example.ORG").as_deref(), Ok("john@example.org"));
        assert_eq!(login(b""), Err(LoginError::Empty));
        assert_eq!(login(b"' OR '1'='1"), Err(LoginError::Character));
        assert_eq!(login("jöhn@example.org".as_bytes()), Err(LoginError::Character));
        assert_eq!(login(b"john\0"), Err(LoginError::Character));
        let open = LoginRules { chars: String::new(), lowercase: false };
        assert_eq!(
            Login::new("Jöhn".as_bytes(), &open).map(|login| login.0).as_deref(),
            Ok("Jöhn")
        );
        assert_eq!(Login::new(b"\xff", &open), Err(LoginError::NotText));
    }
}
