use ispmail_accounts::StoredColumn;
use ispmail_password::{ParseError, SchemeName, StoredPassword, Written};
use zeroize::Zeroizing;

use crate::config::{ConfigError, Text};

/// The scheme of stored passwords without `{SCHEME}`.
///
/// One that is not supported yet is no error before it is needed: with every row prefixed it never
/// is, and Dovecot's own default is such a one.
pub struct DefaultScheme {
    name: Result<SchemeName, ParseError>,
    prefix: String,
}

impl DefaultScheme {
    /// Takes the name out of a configuration.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for a name that is no scheme of Dovecot's.
    pub fn new(text: &Text) -> Result<Self, ConfigError> {
        let name = text.text.parse();
        if name == Err(ParseError::UnknownScheme) {
            let problem = "the default scheme is unknown; expected a name such as SHA256-CRYPT";
            return Err(text.origin.invalid(problem));
        }
        Ok(Self { name, prefix: format!("{{{}}}", text.text) })
    }

    /// Reads a stored password.
    ///
    /// # Errors
    ///
    /// [`ParseError`].
    pub fn parse(&self, column: &StoredColumn) -> Result<StoredPassword, ParseError> {
        let text = self.with_prefix(column);
        // The value has a prefix of its own now, so that any default will do.
        let [scheme, ..] = ispmail_password::SCHEMES else { return Err(ParseError::UnknownScheme) };
        let any = self.name.or_else(|_| scheme.name().parse())?;
        StoredPassword::parse(&text, any)
    }

    /// The value with its scheme in front. Braces in front of a `password_noscheme` value are part
    /// of the password.
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
    fn a_default_to_come_matters_only_for_bare_rows() {
        let md5 = default("MD5").unwrap();
        assert_eq!(md5.parse(&column("x", false)).err(), Some(ParseError::Unsupported("MD5")));
        assert!(md5.parse(&column("{PLAIN}x", false)).is_ok());
        assert!(default("MD55").is_err());
    }

    #[test]
    fn braces_of_a_noscheme_value_are_part_of_it() {
        let plain = default("plain").unwrap();
        let stored = plain.parse(&column("{CRYPT}x", true)).unwrap();
        let typed = Password::new(b"{CRYPT}x".to_vec()).unwrap();
        assert_eq!(stored.verify(&typed), Verdict::Match);
        for empty in ["", "\0\0\0"] {
            assert!(plain.parse(&column(empty, true)).unwrap().disabled().is_some());
        }
    }
}
