//! A line of a batch as JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ispmail_password::Password;
use serde::Deserialize;
use serde_json::error::Category;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use std::str::Chars;

type Secret = Zeroizing<Vec<u8>>;

/// The fields of a line, not yet read any further. Others are ignored.
#[derive(Deserialize)]
pub(crate) struct Record<'a> {
    /// Any value: it is copied to the answer.
    #[serde(borrow)]
    pub(crate) id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) login: Option<&'a RawValue>,
    #[serde(borrow)]
    password: Option<&'a RawValue>,
    #[serde(borrow)]
    password_base64: Option<&'a RawValue>,
    #[serde(borrow)]
    stored: Option<&'a RawValue>,
    #[serde(borrow)]
    stored_base64: Option<&'a RawValue>,
}

impl<'a> Record<'a> {
    /// What is wrong is said without a word of the line, which may hold secrets anywhere.
    pub(crate) fn parse(line: &'a [u8]) -> Result<Self, String> {
        let text = str::from_utf8(line).map_err(|_| "not UTF-8; such bytes belong into base64")?;
        if !text.trim_start().starts_with('{') {
            return Err("not a JSON object".to_owned());
        }
        serde_json::from_str(text).map_err(|error| match error.classify() {
            Category::Data => "a field stands there twice".to_owned(),
            Category::Eof => "the JSON object has no end".to_owned(),
            Category::Io | Category::Syntax => {
                format!("not JSON (column {})", error.column())
            }
        })
    }

    pub(crate) fn login(&self) -> Result<Option<Secret>, String> {
        self.login.map(|raw| string("login", raw)).transpose()
    }

    pub(crate) fn password(&self) -> Result<Password, String> {
        let mut bytes = bytes("password", self.password, self.password_base64)?;
        Password::new(std::mem::take(&mut *bytes)).map_err(|error| error.to_string())
    }

    pub(crate) fn stored(&self) -> Result<Secret, String> {
        bytes("stored", self.stored, self.stored_base64)
    }
}

/// A field that is given as text or in base64.
pub(crate) fn bytes(
    name: &str,
    text: Option<&RawValue>,
    base64: Option<&RawValue>,
) -> Result<Secret, String> {
    match (text, base64) {
        (Some(text), None) => string(name, text),
        (None, Some(base64)) => {
            let name = format!("{name}_base64");
            decoded(&string(&name, base64)?).ok_or(format!("{name} is not base64"))
        }
        (None, None) => Err(format!("no {name}")),
        (Some(_), Some(_)) => Err(format!("both {name} and {name}_base64")),
    }
}

fn decoded(text: &[u8]) -> Option<Secret> {
    let mut bytes = Zeroizing::new(vec![0; text.len().div_ceil(4) * 3]);
    let length = STANDARD.decode_slice(text, &mut bytes).ok()?;
    bytes.truncate(length);
    Some(bytes)
}

/// A field that is text.
pub(crate) fn string(name: &str, raw: &RawValue) -> Result<Secret, String> {
    unescaped(raw.get()).ok_or(format!("{name} is not a string of characters"))
}

/// What a JSON string stands for, if it is one and holds no half of a surrogate pair. Its syntax
/// has been checked. (serde_json would do it through a buffer that is never wiped.)
fn unescaped(raw: &str) -> Option<Secret> {
    let inside = raw.strip_prefix('"')?.strip_suffix('"')?;
    // No escape is shorter than what it stands for.
    let mut text = Zeroizing::new(Vec::with_capacity(inside.len()));
    let mut chars = inside.chars();
    while let Some(char) = chars.next() {
        let char = if char == '\\' { escape(&mut chars)? } else { char };
        text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    }
    Some(text)
}

/// What follows a backslash.
fn escape(chars: &mut Chars<'_>) -> Option<char> {
    Some(match chars.next()? {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            let first = unit(chars)?;
            let second = match first {
                0xd800..=0xdbff if chars.next()? == '\\' && chars.next()? == 'u' => {
                    Some(unit(chars)?)
                }
                _ => None,
            };
            char::decode_utf16([first].into_iter().chain(second)).next()?.ok()?
        }
        itself => itself,
    })
}

/// Four hexadecimal digits.
fn unit(chars: &mut Chars<'_>) -> Option<u16> {
    (0..4).try_fold(0, |unit, _| {
        let digit = chars.next()?.to_digit(16)?;
        Some(unit << 4 | u16::try_from(digit).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As serde_json reads it, for everything that it takes.
    #[test]
    fn escapes() {
        for raw in [
            r#""""#,
            r#""summersun""#,
            r#""a\"b\\c\/d\b\f\n\r\t""#,
            r#""päß\u00fc\u20AC🙂""#,
            r#""\ud83d\ude42x""#,
            r#""\u0000""#,
            r#""\ud83d""#,
            r#""\ud83dx""#,
            r#""\ud83d\n""#,
            r#""\ud83d\u0041""#,
            r#""\ude42""#,
            "7",
            "null",
            "[\"x\"]",
        ] {
            let theirs: Option<String> = serde_json::from_str(raw).unwrap_or_default();
            let ours = unescaped(raw).map(|text| String::from_utf8(text.to_vec()).unwrap());
            assert_eq!(ours, theirs, "{raw}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_line() {
        for (line, words) in [
            (&b"summersun"[..], "not a JSON object"),
            (br#"["summersun"]"#, "not a JSON object"),
            (br#""summersun""#, "not a JSON object"),
            (b"{\"password\":\"summersun\xff\"}", "not UTF-8; such bytes belong into base64"),
            (br#"{"password":"summersun""#, "the JSON object has no end"),
            (br#"{"password":summersun}"#, "not JSON (column 13)"),
            (br#"{"password":"summersun"} x"#, "not JSON (column 26)"),
            (br#"{"password":"a","password":"summersun"}"#, "a field stands there twice"),
        ] {
            let error = Record::parse(line).err().unwrap();
            assert_eq!(error, words);
        }
        for (line, words) in [
            ("{}", "no password"),
            (r#"{"password":null}"#, "no password"),
            (r#"{"password":17}"#, "password is not a string of characters"),
            (r#"{"password":["x"]}"#, "password is not a string of characters"),
            (r#"{"password":"\ud800"}"#, "password is not a string of characters"),
            (r#"{"password":""}"#, "the password is empty"),
            (r#"{"password":"a\u0000b"}"#, "the password has a NUL byte"),
            (r#"{"password_base64":"*"}"#, "password_base64 is not base64"),
            (r#"{"password_base64":"c3Vt\n"}"#, "password_base64 is not base64"),
            (r#"{"password_base64":""}"#, "the password is empty"),
            (r#"{"password":"a","password_base64":"YQ=="}"#, "both password and password_base64"),
        ] {
            let record = Record::parse(line.as_bytes()).unwrap();
            assert_eq!(record.password().err().unwrap(), words, "{line}");
        }
    }

    #[test]
    fn base64_gives_any_bytes() {
        let record = Record::parse(br#"{"stored_base64":"Z3L83w==","x":[{}],"login":"\u006a"}"#);
        let record = record.unwrap();
        assert_eq!(*record.stored().unwrap(), b"gr\xfc\xdf");
        assert_eq!(*record.login().unwrap().unwrap(), b"j");
        assert!(record.id.is_none());
    }
}
