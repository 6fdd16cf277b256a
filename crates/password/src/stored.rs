use zeroize::{Zeroize as _, Zeroizing};

use crate::encoding::{decode, decode_digest, encode};
use crate::scheme::Algorithm;
use crate::sha256_crypt::{Sha256Crypt, accepted_by_crypt};
use crate::{Malformed, ParseError, SCHEMES, Scheme, SchemeName};

/// A stored password (the column's value), parsed.
///
/// There is no `Debug` and no `Clone`, and what it holds is wiped when it is dropped.
pub struct StoredPassword {
    name: SchemeName,
    pub(crate) value: Value,
}

/// What a stored password holds.
pub(crate) enum Value {
    Disabled(Disabled),
    Plain(Zeroizing<Vec<u8>>),
    Md5([u8; 16]),
    Sha256Crypt(Sha256Crypt),
}

/// Why a well-formed value lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disabled {
    /// It begins with `!` or `*`, the marks with which accounts are locked in passwd files.
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
    /// [`ParseError`] for a value that no password could ever match, or of a scheme that is
    /// unknown or not supported yet. Locked and empty values are no errors, see [`Disabled`].
    pub fn parse(text: &[u8], default_scheme: SchemeName) -> Result<Self, ParseError> {
        let text = until_nul(text);
        let (name, rest) = match split_prefix(text) {
            Some((written, rest)) => (SchemeName::lookup(written)?, rest),
            None => (default_scheme, text),
        };
        let value = parse_value(name, text, rest)?;
        Ok(Self { name, value })
    }

    pub(crate) fn from_value(name: SchemeName, value: Value) -> Self {
        Self { name, value }
    }

    /// The scheme with which it is checked. For crypt(3) values that is the one the content names.
    pub fn scheme(&self) -> &'static Scheme {
        match &self.value {
            Value::Sha256Crypt(_) => SCHEMES.first().unwrap_or(self.name.scheme()),
            _ => self.name.scheme(),
        }
    }

    /// Rounds of SHA256-CRYPT (1,000 to 999,999,999); `None` where the cost is fixed.
    pub fn rounds(&self) -> Option<u32> {
        match &self.value {
            Value::Sha256Crypt(crypt) => Some(crypt.rounds),
            _ => None,
        }
    }

    /// Whether and why no password at all is let in.
    pub fn disabled(&self) -> Option<Disabled> {
        match self.value {
            Value::Disabled(why) => Some(why),
            _ => None,
        }
    }

    /// The value as text for the column. Reading that text again gives the same value.
    pub fn write(&self, prefix: Prefix) -> Zeroizing<Vec<u8>> {
        let raw: Zeroizing<Vec<u8>> = match &self.value {
            Value::Disabled(Disabled::Locked) => Zeroizing::new(b"!".to_vec()),
            // Without a prefix too: `{PLAIN-MD5}` with nothing behind it would be malformed.
            Value::Disabled(Disabled::Empty) => return Zeroizing::new(Vec::new()),
            Value::Plain(bytes) => self.encoded(bytes),
            Value::Md5(digest) => self.encoded(digest),
            Value::Sha256Crypt(crypt) => self.encoded(&crypt.to_text()),
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

    fn encoded(&self, bytes: &[u8]) -> Zeroizing<Vec<u8>> {
        let default = self.name.scheme().default_encoding();
        encode(self.name.explicit_encoding().unwrap_or(default), bytes)
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        match self {
            Self::Disabled(_) | Self::Plain(_) => {}
            Self::Md5(digest) => digest.zeroize(),
            Self::Sha256Crypt(crypt) => crypt.hash.zeroize(),
        }
    }
}

/// `{NAME}rest`. A `{` without a `}` is no prefix.
fn split_prefix(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut parts = text.strip_prefix(b"{")?.splitn(2, |&byte| byte == b'}');
    Some((parts.next()?, parts.next()?))
}

fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or_default()
}

fn parse_value(name: SchemeName, whole: &[u8], rest: &[u8]) -> Result<Value, ParseError> {
    let scheme = name.scheme();
    let malformed = |what| ParseError::Malformed { scheme, what };
    let plain = scheme.algorithm == Algorithm::Plain;
    if whole.is_empty() || (plain && rest.is_empty()) {
        return Ok(Value::Disabled(Disabled::Empty));
    }
    if !plain && matches!(rest.first(), Some(b'!' | b'*')) {
        return Ok(Value::Disabled(Disabled::Locked));
    }
    match scheme.algorithm {
        Algorithm::Plain => {
            let bytes = decode(name, rest).map_err(malformed)?;
            if bytes.is_empty() {
                return Ok(Value::Disabled(Disabled::Empty));
            }
            if bytes.contains(&0) {
                return Err(malformed(Malformed::Nul));
            }
            Ok(Value::Plain(bytes))
        }
        Algorithm::Md5 => Ok(Value::Md5(decode_digest(name, rest).map_err(malformed)?)),
        Algorithm::Crypt => {
            let bytes = decode(name, rest).map_err(malformed)?;
            parse_crypt(scheme, until_nul(&bytes))
        }
    }
}

/// What the front of a crypt(3) value that is not read yet says it is.
static CRYPT_NOT_YET: &[(&[u8], &str)] = &[
    (b"$1$", "MD5-CRYPT"),
    (b"$2", "BLF-CRYPT"),
    (b"$6$", "SHA512-CRYPT"),
    (b"$7$", "CRYPT with scrypt ($7$)"),
    (b"$y$", "CRYPT with yescrypt ($y$)"),
    (b"$gy$", "CRYPT with gost-yescrypt ($gy$)"),
    (b"$sha1$", "CRYPT with sha1crypt ($sha1$)"),
    (b"$md5", "CRYPT with SunMD5 ($md5)"),
    (b"$3$", "CRYPT with NT hash ($3$)"),
    (b"_", "DES-CRYPT (BSDI)"),
];

/// Goes by the content, as every name of the crypt(3) family does.
fn parse_crypt(scheme: &'static Scheme, text: &[u8]) -> Result<Value, ParseError> {
    let malformed = |what| ParseError::Malformed { scheme, what };
    if matches!(text.first(), Some(b'!' | b'*')) {
        return Ok(Value::Disabled(Disabled::Locked));
    }
    if !text.iter().all(|&byte| accepted_by_crypt(byte)) {
        return Err(malformed(Malformed::BadCharacter));
    }
    if Sha256Crypt::has_prefix(text) {
        return Sha256Crypt::parse(text).map(Value::Sha256Crypt).map_err(malformed);
    }
    if let Some((_, name)) = CRYPT_NOT_YET.iter().find(|(front, _)| text.starts_with(front)) {
        return Err(ParseError::Unsupported(name));
    }
    let is_des = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/');
    if text.len() == 13 && text.iter().all(is_des) {
        return Err(ParseError::Unsupported("DES-CRYPT"));
    }
    let md5 = text.len() == 32 && text.iter().all(u8::is_ascii_hexdigit);
    Err(malformed(if md5 { Malformed::LooksLikeMd5 } else { Malformed::NotCrypt }))
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
