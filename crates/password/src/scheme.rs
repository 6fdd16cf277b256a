//! The one table of schemes. Parsing, `ispmail-pw schemes`, the documentation and the tests read it.

use std::fmt;
use std::str::FromStr;

use crate::ParseError;

/// Every scheme this version can check, in the order in which it is shown.
pub static SCHEMES: &[Scheme] = &[
    Scheme {
        name: "SHA256-CRYPT",
        aliases: &[],
        default_encoding: Encoding::None,
        salted: true,
        cost: Some("rounds"),
        secrecy: Secrecy::SlowHash,
        refused_by_dovecot_2_4: false,
        can_hash: true,
        algorithm: Algorithm::Crypt,
    },
    Scheme {
        name: "CRYPT",
        aliases: &["SHA512-CRYPT", "DES-CRYPT"],
        default_encoding: Encoding::None,
        salted: true,
        cost: Some("rounds"),
        secrecy: Secrecy::SlowHash,
        refused_by_dovecot_2_4: false,
        can_hash: false,
        algorithm: Algorithm::Crypt,
    },
    Scheme {
        name: "PLAIN-MD5",
        aliases: &[],
        default_encoding: Encoding::Hex,
        salted: false,
        cost: None,
        secrecy: Secrecy::FastHash,
        refused_by_dovecot_2_4: true,
        can_hash: true,
        algorithm: Algorithm::Md5,
    },
    Scheme {
        name: "PLAIN",
        aliases: &["CLEAR", "CLEARTEXT"],
        default_encoding: Encoding::None,
        salted: false,
        cost: None,
        secrecy: Secrecy::Plain,
        refused_by_dovecot_2_4: false,
        can_hash: true,
        algorithm: Algorithm::Plain,
    },
];

/// Schemes that Dovecot 2.3 or 2.4 knows by name and this version does not check yet.
pub(crate) static NOT_YET: &[&str] = &[
    "MD5",
    "MD5-CRYPT",
    "BLF-CRYPT",
    "SHA",
    "SHA1",
    "SHA256",
    "SHA512",
    "SMD5",
    "SSHA",
    "SSHA256",
    "SSHA512",
    "PLAIN-TRUNC",
    "CRAM-MD5",
    "SCRAM-SHA-1",
    "SCRAM-SHA-256",
    "HMAC-MD5",
    "DIGEST-MD5",
    "PLAIN-MD4",
    "LDAP-MD5",
    "OTP",
    "PBKDF2",
    "ARGON2",
    "ARGON2I",
    "ARGON2ID",
];

/// One way of storing passwords, a row of [`SCHEMES`].
#[derive(Debug, PartialEq, Eq)]
pub struct Scheme {
    name: &'static str,
    aliases: &'static [&'static str],
    default_encoding: Encoding,
    salted: bool,
    cost: Option<&'static str>,
    secrecy: Secrecy,
    refused_by_dovecot_2_4: bool,
    can_hash: bool,
    pub(crate) algorithm: Algorithm,
}

/// How a scheme's values are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// A crypt(3) value; what it is goes by its content, whatever the scheme's name says.
    Crypt,
    /// MD5 of the password.
    Md5,
    /// The password itself.
    Plain,
}

/// How well a scheme hides the password from somebody who reads the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// Not at all.
    Plain,
    /// A hash made for speed: most passwords are found in hours.
    FastHash,
    /// A salted hash that is slow on purpose.
    SlowHash,
}

/// How the bytes of a stored value are written, as the suffix of a scheme's name says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As they are.
    None,
    /// Hexadecimal digits: `.hex`.
    Hex,
    /// Base64 with padding: `.b64` or `.base64`.
    Base64,
}

impl Scheme {
    /// Its name in capitals, such as `SHA256-CRYPT`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Other names of the same scheme.
    pub const fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }

    /// How its values are written when the name has no suffix. Without a suffix PLAIN-MD5 is also
    /// read as base64.
    pub const fn default_encoding(&self) -> Encoding {
        self.default_encoding
    }

    /// Whether equal passwords get different values.
    pub const fn salted(&self) -> bool {
        self.salted
    }

    /// What its cost is counted in (`rounds`); `None` where the cost is fixed.
    pub const fn cost(&self) -> Option<&'static str> {
        self.cost
    }

    /// How well it hides the password.
    pub const fn secrecy(&self) -> Secrecy {
        self.secrecy
    }

    /// Weak by our own judgement: plain text, unsalted or fast.
    pub const fn weak(&self) -> bool {
        !self.salted || !matches!(self.secrecy, Secrecy::SlowHash)
    }

    /// Whether Dovecot 2.4 refuses it unless `auth_allow_weak_schemes` is on
    /// (its `password-scheme.c`).
    pub const fn refused_by_dovecot_2_4(&self) -> bool {
        self.refused_by_dovecot_2_4
    }

    /// Whether this version makes new values of it.
    pub const fn can_hash(&self) -> bool {
        self.can_hash
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

/// A scheme as it is written in a `{…}` prefix or as `default_pass_scheme`: a name or alias in any
/// letter case and perhaps an encoding suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemeName {
    scheme: &'static Scheme,
    name: &'static str,
    suffix: Option<&'static str>,
}

impl SchemeName {
    /// The scheme meant.
    pub const fn scheme(self) -> &'static Scheme {
        self.scheme
    }

    /// The name as it was written, in capitals and without a suffix.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The encoding that a suffix asks for, `None` without a suffix.
    pub(crate) fn explicit_encoding(self) -> Option<Encoding> {
        self.suffix.map(|suffix| if suffix == "HEX" { Encoding::Hex } else { Encoding::Base64 })
    }

    pub(crate) fn lookup(written: &[u8]) -> Result<Self, ParseError> {
        let mut parts = written.splitn(2, |&byte| byte == b'.');
        let (name, suffix) = (parts.next().unwrap_or_default(), parts.next());
        let find = |names: &[&'static str]| {
            names.iter().copied().find(|known| known.as_bytes().eq_ignore_ascii_case(name))
        };
        let suffix = match suffix {
            None => None,
            Some(suffix) => {
                let known = ["HEX", "B64", "BASE64"].into_iter();
                let mut known = known.filter(|known| known.as_bytes().eq_ignore_ascii_case(suffix));
                Some(known.next().ok_or(ParseError::UnknownScheme)?)
            }
        };
        for scheme in SCHEMES {
            if let Some(name) = scheme.names().find(|known| find(&[known]).is_some()) {
                return Ok(Self { scheme, name, suffix });
            }
        }
        Err(find(NOT_YET).map_or(ParseError::UnknownScheme, ParseError::Unsupported))
    }
}

impl FromStr for SchemeName {
    type Err = ParseError;

    /// # Errors
    ///
    /// [`ParseError::UnknownScheme`] and [`ParseError::Unsupported`].
    fn from_str(written: &str) -> Result<Self, ParseError> {
        Self::lookup(written.as_bytes())
    }
}

/// In capitals, as `doveadm pw` writes it: `PLAIN-MD5.HEX`.
impl fmt::Display for SchemeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        self.suffix.map_or(Ok(()), |suffix| write!(f, ".{suffix}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_letter_case_with_suffixes() {
        for (written, scheme, shown) in [
            ("SHA256-CRYPT", "SHA256-CRYPT", "SHA256-CRYPT"),
            ("sha256-crypt.HEX", "SHA256-CRYPT", "SHA256-CRYPT.HEX"),
            ("Plain-Md5.b64", "PLAIN-MD5", "PLAIN-MD5.B64"),
            ("cleartext.base64", "PLAIN", "CLEARTEXT.BASE64"),
            ("sha512-crypt", "CRYPT", "SHA512-CRYPT"),
        ] {
            let name: SchemeName = written.parse().unwrap();
            assert_eq!(name.scheme().name(), scheme, "{written}");
            assert_eq!(name.to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_scheme() {
        for written in ["", "SHA257-CRYPT", "PLAIN ", "PLAIN.", "PLAIN.hex.b64", ".hex", "MD5.x"] {
            assert_eq!(
                SchemeName::lookup(written.as_bytes()),
                Err(ParseError::UnknownScheme),
                "{written}"
            );
        }
        assert_eq!(SchemeName::lookup(b"ssha.b64"), Err(ParseError::Unsupported("SSHA")));
    }

    #[test]
    fn the_table_names_each_scheme_once() {
        let mut names: Vec<_> = SCHEMES.iter().flat_map(Scheme::names).collect();
        names.extend(NOT_YET);
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
