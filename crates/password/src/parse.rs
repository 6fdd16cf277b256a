//! From the text of a column to what a password must come out as.

use zeroize::Zeroizing;

use crate::crypt::{CryptFormat, accepted, formats};
use crate::encoding::decode;
use crate::kind::Kind;
use crate::otp::Otp;
use crate::pbkdf2::Pbkdf2;
use crate::scheme::Algorithm;
use crate::scram::Scram;
use crate::stored::{Disabled, Hashed, Value};
use crate::{Digest, Malformed, ParseError, SCHEMES, Scheme, SchemeName};

/// `{NAME}rest`. A `{` without a `}` is no prefix.
pub(crate) fn split_prefix(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut parts = text.strip_prefix(b"{")?.splitn(2, |&byte| byte == b'}');
    Some((parts.next()?, parts.next()?))
}

pub(crate) fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// Reads what follows the prefix.
pub(crate) fn parse_value(name: SchemeName, text: &[u8]) -> Result<Value, ParseError> {
    let scheme = name.scheme();
    let plain = scheme.algorithm == Algorithm::Plain;
    if plain && text.is_empty() {
        return Ok(Value::Disabled(Disabled::Empty));
    }
    if !plain && locked(text) {
        return Ok(Value::Disabled(Disabled::Locked));
    }
    let raw = decode(name, text).map_err(|what| ParseError::Malformed { scheme, what })?;
    parse_raw(name, raw)
}

/// Reads a value whose encoding has been taken off.
pub(crate) fn parse_raw(name: SchemeName, raw: Bytes) -> Result<Value, ParseError> {
    let scheme = name.scheme();
    let malformed = |what| ParseError::Malformed { scheme, what };
    let is_text = !matches!(
        scheme.algorithm,
        Algorithm::Plain | Algorithm::Digest(_) | Algorithm::HmacMd5 | Algorithm::DigestMd5
    );
    // Dovecot makes C strings of them, of all but one.
    let cut = is_text && scheme.algorithm != Algorithm::PlainTrunc;
    let raw = if cut { Zeroizing::new(until_nul(&raw).to_vec()) } else { raw };
    if is_text && locked(&raw) {
        return Ok(Value::Disabled(Disabled::Locked));
    }
    let (kind, expected, scheme) = match scheme.algorithm {
        Algorithm::Plain | Algorithm::PlainTrunc => {
            let (kind, password) = if scheme.algorithm == Algorithm::Plain {
                (Kind::Plain, raw.clone())
            } else {
                plain_trunc(&raw).map_err(malformed)?
            };
            if password.is_empty() {
                return Ok(Value::Disabled(Disabled::Empty));
            }
            if password.contains(&0) {
                return Err(malformed(Malformed::Nul));
            }
            (kind, password, scheme)
        }
        Algorithm::Digest(digest) => {
            let (expected, salt) = salted(scheme, digest, &raw).map_err(malformed)?;
            (Kind::Digest { digest, salt }, expected, scheme)
        }
        Algorithm::HmacMd5 => (Kind::HmacMd5, raw.clone(), scheme),
        Algorithm::DigestMd5 => (Kind::DigestMd5 { login: None }, raw.clone(), scheme),
        Algorithm::Scram(digest) => {
            let (scram, stored_key) = Scram::parse(digest, &raw).map_err(malformed)?;
            (Kind::Scram(scram), stored_key, scheme)
        }
        Algorithm::Pbkdf2 => {
            let (pbkdf2, key) = Pbkdf2::parse(&raw).map_err(malformed)?;
            (Kind::Pbkdf2(pbkdf2), key, scheme)
        }
        Algorithm::Otp => {
            let (otp, hash) = Otp::parse(&raw).map_err(malformed)?;
            (Kind::Otp(otp), hash, scheme)
        }
        Algorithm::Md5 if !raw.starts_with(b"$1$") => {
            let plain_md5 = scheme_named("PLAIN-MD5", scheme);
            let digest = decode(plain_md5.as_name(), &raw).map_err(malformed)?;
            (Kind::Digest { digest: Digest::Md5, salt: Zeroizing::default() }, digest, plain_md5)
        }
        Algorithm::Md5 | Algorithm::Md5Crypt => family(scheme, &formats::MD5, false, &raw)?,
        Algorithm::Bcrypt => family(scheme, &formats::BCRYPT, false, &raw)?,
        Algorithm::Argon2(_) => {
            let expected = "$argon2id$ or $argon2i$";
            let row = formats::argon2(&raw).ok_or(malformed(Malformed::Prefix { expected }))?;
            family(scheme, row, false, &raw)?
        }
        Algorithm::Crypt(_) => crypt(scheme, &raw)?,
    };
    Ok(Value::Hashed(Hashed { kind, expected, raw, scheme }))
}

/// As in passwd files, or by [`lock`](crate::lock()).
fn locked(text: &[u8]) -> bool {
    matches!(text.first(), Some(b'!' | b'*')) || text.starts_with(b"$!$")
}

type Bytes = Zeroizing<Vec<u8>>;
type Parsed = (Kind, Bytes, &'static Scheme);

/// Goes by the content, as Dovecot's `crypt_verify` does.
fn crypt(scheme: &'static Scheme, raw: &[u8]) -> Result<Parsed, ParseError> {
    if raw.len() > 4 && raw.starts_with(b"$2") && raw.get(3) == Some(&b'$') {
        return family(scheme, &formats::BCRYPT, false, raw);
    }
    let malformed = |what| ParseError::Malformed { scheme, what };
    if !raw.iter().copied().all(accepted) {
        return Err(malformed(Malformed::BadCharacter));
    }
    if raw.len() == 32 && raw.iter().all(u8::is_ascii_hexdigit) {
        return Err(malformed(Malformed::LooksLikeMd5));
    }
    let row = formats::crypt3(raw).ok_or(malformed(Malformed::NotCrypt))?;
    family(scheme, row, true, raw)
}

fn family(
    written: &'static Scheme,
    row: &'static CryptFormat,
    limited: bool,
    raw: &[u8],
) -> Result<Parsed, ParseError> {
    let scheme = scheme_named(row.scheme, written);
    let feature = row.feature;
    let parse = row.parse.ok_or(ParseError::Unsupported { scheme, feature })?;
    let format = parse(raw).map_err(|what| ParseError::Malformed { scheme, what })?;
    Ok((Kind::Crypt { row, format, limited }, Zeroizing::new(raw.to_vec()), scheme))
}

/// The row of this name, which the table has.
fn scheme_named(name: &str, otherwise: &'static Scheme) -> &'static Scheme {
    SCHEMES.iter().find(|scheme| scheme.name() == name).unwrap_or(otherwise)
}

/// The digest in front and the salt behind it.
fn salted(scheme: &Scheme, digest: Digest, raw: &[u8]) -> Result<(Bytes, Bytes), Malformed> {
    let (expected, salt) = raw
        .split_at_checked(digest.len())
        .ok_or(Malformed::DigestLength { expected: digest.len() })?;
    if scheme.salted() && salt.is_empty() {
        return Err(Malformed::SaltMissing);
    }
    Ok((Zeroizing::new(expected.to_vec()), Zeroizing::new(salt.to_vec())))
}

/// `length-password`: if the password is as long as that, it may be the front of a longer one.
fn plain_trunc(raw: &[u8]) -> Result<(Kind, Bytes), Malformed> {
    let digits = raw.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = raw.split_at_checked(digits).unwrap_or_default();
    let password = rest.strip_prefix(b"-").ok_or(Malformed::TruncLength)?;
    // Dovecot lets the number wrap round.
    let length = number
        .iter()
        .fold(0_u64, |sum, digit| sum.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')));
    let cut = u64::try_from(password.len()) == Ok(length);
    if cut && password.is_empty() {
        return Err(Malformed::EveryPassword);
    }
    Ok((Kind::PlainTrunc(cut.then_some(password.len())), Zeroizing::new(password.to_vec())))
}
