use zeroize::Zeroizing;

use crate::crypt::sha256::Sha256Crypt;
use crate::encoding::encode;
use crate::kind::Kind;
use crate::parse::{parse_raw, parse_value, split_prefix, until_nul};
use crate::scheme::Algorithm;
use crate::{Cost, ParseError, Scheme, SchemeName, Secrecy};

/// A stored password (the column's value), parsed.
///
/// There is no `Debug` and no `Clone`, and what it holds is wiped when it is dropped.
pub struct StoredPassword {
    name: SchemeName,
    prefix: Prefix,
    pub(crate) value: Value,
}

/// What a stored password holds.
pub(crate) enum Value {
    Disabled(Disabled),
    Hashed(Hashed),
}

pub(crate) struct Hashed {
    pub(crate) kind: Kind,
    /// What the right password comes out as.
    pub(crate) expected: Zeroizing<Vec<u8>>,
    /// The whole value, decoded.
    pub(crate) raw: Zeroizing<Vec<u8>>,
    /// The scheme that the content belongs to.
    pub(crate) scheme: &'static Scheme,
}

impl Hashed {
    pub(crate) fn as_sha256(&self) -> Option<&Sha256Crypt> {
        let Kind::Crypt { format, .. } = &self.kind else { return None };
        format.as_sha256()
    }
}

/// Why a well-formed value lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disabled {
    /// It begins with `!` or `*`, the marks with which accounts are locked in passwd files, or is
    /// [`lock`](crate::lock())ed.
    Locked,
    /// There is nothing in it. (Dovecot lets an empty password in on an empty PLAIN row.)
    Empty,
}

/// Whether a written value names its scheme in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// `{SHA256-CRYPT}$5$…`
    Scheme,
    /// `$5$…`, to be read with a default scheme.
    Bare,
}

impl StoredPassword {
    /// Reads a column's value as Dovecot does: by its `{SCHEME}` prefix, else by
    /// `default_scheme`; values of the crypt(3) family by their content. Like Dovecot, which
    /// handles values as C strings, it reads up to the first NUL byte.
    ///
    /// # Errors
    ///
    /// [`ParseError`] for a value that no password could ever match, of a scheme that nobody
    /// knows, or of one that this build leaves out. Locked and empty values are no errors, see
    /// [`Disabled`].
    pub fn parse(text: &[u8], default_scheme: SchemeName) -> Result<Self, ParseError> {
        let text = until_nul(text);
        let Some((written, rest)) = split_prefix(text) else {
            return Self::parse_bare(text, default_scheme);
        };
        let name = SchemeName::lookup(written)?;
        Ok(Self { name, prefix: Prefix::Scheme, value: parse_value(name, rest)? })
    }

    /// Reads a value that has no prefix, whatever it begins with (Dovecot's `password_noscheme`).
    ///
    /// # Errors
    ///
    /// As for [`parse`](Self::parse).
    pub fn parse_bare(text: &[u8], scheme: SchemeName) -> Result<Self, ParseError> {
        let text = until_nul(text);
        let value = if text.is_empty() {
            Value::Disabled(Disabled::Empty)
        } else {
            parse_value(scheme, text)?
        };
        Ok(Self { name: scheme, prefix: Prefix::Bare, value })
    }

    pub(crate) fn new(name: SchemeName, raw: Zeroizing<Vec<u8>>) -> Result<Self, ParseError> {
        Ok(Self { name, prefix: Prefix::Scheme, value: parse_raw(name, raw)? })
    }

    /// For DIGEST-MD5, whose values are made of login and password: the login as the user typed
    /// it. Values of other schemes stay as they are.
    #[must_use]
    pub fn for_login(mut self, typed: &[u8]) -> Self {
        if let Value::Hashed(Hashed { kind: Kind::DigestMd5 { login }, .. }) = &mut self.value {
            *login = Some(typed.to_vec());
        }
        self
    }

    /// The scheme with which it is checked: for values of the crypt(3) family, MD5 and ARGON2 the
    /// one that the content belongs to, which need not be the one in the prefix.
    pub fn scheme(&self) -> &'static Scheme {
        self.hashed().map_or(self.name.scheme(), |hashed| hashed.scheme)
    }

    /// The scheme's name as it stands in the prefix; the default scheme's without one.
    pub const fn name(&self) -> SchemeName {
        self.name
    }

    /// Whether it was read with its scheme in front.
    pub const fn prefix(&self) -> Prefix {
        self.prefix
    }

    /// The algorithm in words, which says more than the scheme where a scheme has many: `yescrypt`,
    /// `SHA-1 with salt`.
    pub fn algorithm(&self) -> &'static str {
        match self.hashed() {
            None => "none",
            Some(hashed) => hashed.kind.algorithm(),
        }
    }

    /// What it costs to check.
    pub fn cost(&self) -> Cost {
        self.hashed().map_or(Cost::Fixed, |hashed| hashed.kind.cost())
    }

    /// How well it hides the password.
    pub fn secrecy(&self) -> Secrecy {
        match self.hashed().map(|hashed| &hashed.kind) {
            Some(Kind::Crypt { row, .. }) => row.secrecy,
            _ => self.scheme().secrecy(),
        }
    }

    /// Whether equal passwords get different values.
    pub fn salted(&self) -> bool {
        match self.hashed().map(|hashed| &hashed.kind) {
            Some(Kind::Crypt { row, .. }) => row.salted,
            _ => self.scheme().salted(),
        }
    }

    /// Weak by our own judgement: plain text, unsalted, or a hash that is fast.
    pub fn weak(&self) -> bool {
        self.secrecy() != Secrecy::SlowHash || !self.salted()
    }

    /// Whether Dovecot 2.4 refuses it unless `auth_allow_weak_schemes` is on: by the name in the
    /// prefix, and values of the crypt(3) family also by their content (DES and everything else
    /// without a `$` in front, and `$1…`).
    pub fn refused_by_dovecot_2_4(&self) -> bool {
        let by_content =
            |raw: &[u8]| raw.len() > 1 && (raw.first() != Some(&b'$') || raw.get(1) == Some(&b'1'));
        let crypt = matches!(self.name.scheme().algorithm, Algorithm::Crypt(_));
        self.name.scheme().refused_by_dovecot_2_4()
            || (crypt && self.hashed().is_some_and(|hashed| by_content(&hashed.raw)))
    }

    /// Whether and why no password at all is let in.
    pub const fn disabled(&self) -> Option<Disabled> {
        match self.value {
            Value::Disabled(why) => Some(why),
            Value::Hashed(_) => None,
        }
    }

    /// The value as text for the column. Reading that text again gives the same value.
    pub fn write(&self, prefix: Prefix) -> Zeroizing<Vec<u8>> {
        let raw = match &self.value {
            Value::Disabled(Disabled::Locked) => Zeroizing::new(b"!".to_vec()),
            // Without a prefix too: `{PLAIN-MD5}` with nothing behind it would be malformed.
            Value::Disabled(Disabled::Empty) => return Zeroizing::new(Vec::new()),
            Value::Hashed(hashed) => encode(self.name.encoding(), &hashed.raw),
        };
        match prefix {
            Prefix::Bare => raw,
            Prefix::Scheme => {
                let front = format!("{{{}}}", self.name);
                // One allocation, so that no copy of a plain password stays behind.
                let mut text = Zeroizing::new(Vec::with_capacity(front.len() + raw.len()));
                text.extend_from_slice(front.as_bytes());
                text.extend_from_slice(&raw);
                text
            }
        }
    }

    pub(crate) const fn hashed(&self) -> Option<&Hashed> {
        match &self.value {
            Value::Disabled(_) => None,
            Value::Hashed(hashed) => Some(hashed),
        }
    }
}

/// The `{SCHEME}` in front of a stored value, read no further: for handing a value on to somebody
/// who checks it himself, also one of a scheme that this crate does not check.
pub struct Written<'a> {
    name: &'a [u8],
}

impl<'a> Written<'a> {
    /// `None` for a value without a prefix.
    pub fn split(text: &'a [u8]) -> Option<Self> {
        let (name, _) = split_prefix(until_nul(text))?;
        Some(Self { name: name.split(|&byte| byte == b'.').next().unwrap_or_default() })
    }

    /// Whether it has this scheme's name, in any letter case and with any encoding suffix.
    pub fn has_name(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// Whether it is the password itself, by whichever of the names.
    pub fn is_plain(&self) -> bool {
        let name = SchemeName::lookup(self.name);
        name.is_ok_and(|name| name.scheme().algorithm == Algorithm::Plain)
    }
}

#[cfg(all(test, not(feature = "bcrypt")))]
mod tests {
    use super::*;
    use crate::{HashError, New, Password};

    #[test]
    fn what_this_build_leaves_out_is_named() {
        let bcrypt: SchemeName = "BLF-CRYPT".parse().unwrap();
        let (scheme, feature) = (bcrypt.scheme(), "bcrypt");
        let error = StoredPassword::parse(b"$2y$05$x", bcrypt).err();
        assert_eq!(error, Some(ParseError::Unsupported { scheme, feature }));
        let password = Password::new(b"x".to_vec()).unwrap();
        let error = bcrypt.hash(&password, New::default()).err();
        assert_eq!(error, Some(HashError::Unsupported { scheme, feature }));
    }
}
