use ispmail_accounts::StoredColumn;
use ispmail_password::{ParseError, Scheme, SchemeName, StoredPassword, Written};
use zeroize::Zeroizing;

use crate::config::{ConfigError, Text};

/// The scheme of stored passwords without `{SCHEME}`.
pub struct DefaultScheme {
    name: SchemeName,
    prefix: String,
}

impl DefaultScheme {
    /// Takes the name out of a configuration.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for a name that is no scheme of Dovecot's.
    pub fn new(text: &Text) -> Result<Self, ConfigError> {
        let problem = "the default scheme is unknown; expected a name such as SHA256-CRYPT";
        let name = text.text.parse().map_err(|_| text.origin.invalid(problem))?;
        Ok(Self { name, prefix: format!("{{{}}}", text.text) })
    }

    /// Reads a stored password. Braces in front of a `password_noscheme` value are part of it.
    ///
    /// # Errors
    ///
    /// [`ParseError`].
    pub fn parse(&self, column: &StoredColumn) -> Result<StoredPassword, ParseError> {
        if column.noscheme {
            StoredPassword::parse_bare(&column.text, self.name)
        } else {
            StoredPassword::parse(&column.text, self.name)
        }
    }

    /// Whether a value without `{SCHEME}` is read as one of this scheme.
    pub(crate) fn reads_bare(&self, text: &[u8], scheme: &Scheme) -> bool {
        StoredPassword::parse_bare(text, self.name).is_ok_and(|read| read.scheme() == scheme)
    }

    /// The value with its scheme in front.
    pub(crate) fn with_prefix(&self, column: &StoredColumn) -> Zeroizing<Vec<u8>> {
        // Dovecot handles values as C strings.
        let text = column.text.split(|&byte| byte == 0).next().unwrap_or_default();
        if text.is_empty() || (!column.noscheme && Written::split(text).is_some()) {
            return Zeroizing::new(text.to_vec());
        }
        // One allocation, so that no copy is left behind by growing.
        let mut prefixed = Zeroizing::new(Vec::with_capacity(self.prefix.len() + text.len()));
        prefixed.extend_from_slice(self.prefix.as_bytes());
        prefixed.extend_from_slice(text);
        prefixed
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ispmail_password::{Password, Verdict};

    use super::*;
    use crate::config::Origin;

    fn default(name: &str) -> Result<DefaultScheme, ConfigError> {
        DefaultScheme::new(&Text { text: name.to_owned(), origin: Origin::file(Path::new("f")) })
    }

    fn column(text: &str, noscheme: bool) -> StoredColumn {
        StoredColumn { text: Zeroizing::new(text.as_bytes().to_vec()), noscheme }
    }

    #[test]
    fn bare_rows_are_of_the_default() {
        let md5 = default("MD5").unwrap();
        let bare = md5.parse(&column("14cbfb845af1f030e372b1cb9275e6dd", false)).unwrap();
        assert_eq!(bare.scheme().name(), "PLAIN-MD5");
        assert_eq!(md5.parse(&column("{PLAIN}x", false)).unwrap().scheme().name(), "PLAIN");
        assert!(default("MD55").is_err());
    }

    #[test]
    fn braces_of_a_noscheme_value_are_part_of_it() {
        let plain = default("plain").unwrap();
        let stored = plain.parse(&column("{CRYPT}x", true)).unwrap();
        let typed = Password::new(b"{CRYPT}x".to_vec()).unwrap();
        assert_eq!(stored.verify(&typed), Ok(Verdict::Match));
        for empty in ["", "\0\0\0"] {
            assert!(plain.parse(&column(empty, true)).unwrap().disabled().is_some());
        }
    }
}
