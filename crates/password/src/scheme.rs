//! What a scheme is, and how its name is written. The schemes themselves are in `table.rs`.

use std::fmt;
use std::str::FromStr;

use crate::table::SCHEMES;
use crate::{Digest, ParseError};

/// One way of storing passwords, a row of [`SCHEMES`].
#[derive(Debug, PartialEq, Eq)]
pub struct Scheme {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) default_encoding: Encoding,
    pub(crate) digest_len: Option<usize>,
    pub(crate) salted: bool,
    pub(crate) rounds: Option<Rounds>,
    pub(crate) secrecy: Secrecy,
    pub(crate) refused_by_dovecot_2_4: bool,
    pub(crate) algorithm: Algorithm,
    pub(crate) feature: Option<&'static str>,
}

/// What `rounds` may be when new values of a scheme are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounds {
    /// Fewest.
    pub min: u32,
    /// Most.
    pub max: u32,
    /// What `doveadm pw` of Dovecot 2.3 takes when it is told nothing.
    pub default: u32,
    /// What they count: `rounds`, `log2 of rounds` (bcrypt), `passes` (argon2).
    pub unit: &'static str,
}

/// How a scheme's values are read and checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// A crypt(3) value; what it is goes by its content, whatever the scheme's name says. New
    /// ones are of this kind.
    Crypt(NewCrypt),
    /// Dovecot's own MD5-crypt.
    Md5Crypt,
    /// `$1$…`, else hexadecimal digits or base64 of an MD5 digest.
    Md5,
    /// Dovecot's own bcrypt.
    Bcrypt,
    /// libsodium's argon2 strings; which of the two goes by the content.
    Argon2(Argon2Kind),
    /// A digest of the password, and of the salt behind it if the scheme is salted.
    Digest(Digest),
    /// The password itself.
    Plain,
    /// The password's first bytes, and how many.
    PlainTrunc,
    /// The inner states of HMAC-MD5 with the password as the key.
    HmacMd5,
    /// MD5 of `login:realm:password`.
    DigestMd5,
    /// RFC 5802's StoredKey and ServerKey.
    Scram(Digest),
    /// PBKDF2 with HMAC-SHA-1.
    Pbkdf2,
    /// RFC 2289's one-time passwords.
    Otp,
}

/// What `hash` makes for a scheme of the crypt(3) family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NewCrypt {
    Sha256,
    Sha512,
    Bcrypt,
    Des,
}

/// Which argon2; libsodium has no argon2d.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Argon2Kind {
    I,
    Id,
}

/// How well a scheme hides the password from somebody who reads the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// Not at all.
    Plain,
    /// A hash made for speed, or one that has become fast: most passwords are found in hours.
    FastHash,
    /// A hash that is slow on purpose.
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

    /// How its values are written when the name has no suffix. Digests of a fixed length are also
    /// read in the other of hexadecimal digits and base64 then.
    pub const fn default_encoding(&self) -> Encoding {
        self.default_encoding
    }

    /// Length of its values in bytes before they are written out, where it is fixed.
    pub const fn digest_len(&self) -> Option<usize> {
        self.digest_len
    }

    /// Whether equal passwords get different values.
    pub const fn salted(&self) -> bool {
        self.salted
    }

    /// What can be chosen about the cost of new values; `None` where it is fixed.
    pub const fn rounds(&self) -> Option<Rounds> {
        self.rounds
    }

    /// How well it hides the password.
    pub const fn secrecy(&self) -> Secrecy {
        self.secrecy
    }

    /// Weak by our own judgement: plain text, unsalted or fast.
    pub const fn weak(&self) -> bool {
        !self.salted || !matches!(self.secrecy, Secrecy::SlowHash)
    }

    /// Whether Dovecot 2.4 refuses values with this name unless `auth_allow_weak_schemes` is on
    /// (`weak` in its `password-scheme.c`). It also refuses some values by their content, see
    /// [`StoredPassword::refused_by_dovecot_2_4`](crate::StoredPassword::refused_by_dovecot_2_4).
    pub const fn refused_by_dovecot_2_4(&self) -> bool {
        self.refused_by_dovecot_2_4
    }

    /// Whether a value is made of the login too (DIGEST-MD5).
    pub const fn needs_login(&self) -> bool {
        matches!(self.algorithm, Algorithm::DigestMd5)
    }

    /// Its name as it is written in a prefix, without an encoding suffix.
    pub const fn as_name(&'static self) -> SchemeName {
        SchemeName { scheme: self, name: self.name, suffix: None }
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

    /// How values with this name are written.
    pub fn encoding(self) -> Encoding {
        self.explicit_encoding().unwrap_or(self.scheme.default_encoding)
    }

    /// The encoding that a suffix asks for, `None` without a suffix.
    pub(crate) fn explicit_encoding(self) -> Option<Encoding> {
        self.suffix.map(|suffix| if suffix == "HEX" { Encoding::Hex } else { Encoding::Base64 })
    }

    pub(crate) fn lookup(written: &[u8]) -> Result<Self, ParseError> {
        let mut parts = written.splitn(2, |&byte| byte == b'.');
        let (name, suffix) = (parts.next().unwrap_or_default(), parts.next());
        let is = |known: &str, written: &[u8]| known.as_bytes().eq_ignore_ascii_case(written);
        let suffix = suffix
            .map(|suffix| ["HEX", "B64", "BASE64"].into_iter().find(|known| is(known, suffix)));
        if suffix == Some(None) {
            return Err(ParseError::UnknownScheme);
        }
        let mut schemes = SCHEMES.iter();
        let found = schemes
            .find_map(|scheme| Some((scheme, scheme.names().find(|known| is(known, name))?)));
        let (scheme, name) = found.ok_or(ParseError::UnknownScheme)?;
        Ok(Self { scheme, name, suffix: suffix.flatten() })
    }
}

impl FromStr for SchemeName {
    type Err = ParseError;

    /// # Errors
    ///
    /// [`ParseError::UnknownScheme`].
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
            ("sha", "SHA1", "SHA"),
        ] {
            let name: SchemeName = written.parse().unwrap();
            assert_eq!(name.scheme().name(), scheme, "{written}");
            assert_eq!(name.to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_scheme() {
        for written in ["", "SHA257-CRYPT", "PLAIN ", "PLAIN.", "PLAIN.hex.b64", ".hex", "MD5.x"] {
            let error = SchemeName::lookup(written.as_bytes());
            assert_eq!(error, Err(ParseError::UnknownScheme), "{written}");
        }
    }
}
