//! Hexadecimal digits and base64 as Dovecot reads them.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::{Encoding, Malformed, SchemeName};

/// Padding is required, left-over bits are ignored: what Dovecot's `base64.c` does.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical)
        .with_decode_allow_trailing_bits(true),
);

pub(crate) fn encode(encoding: Encoding, bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(match encoding {
        Encoding::None => bytes.to_vec(),
        Encoding::Hex => hex::encode(bytes).into_bytes(),
        Encoding::Base64 => BASE64.encode(bytes).into_bytes(),
    })
}

/// Decodes what follows the prefix. Where the length of the bytes is fixed and no suffix says how
/// they are written, Dovecot goes by the length of the text: twice as many characters are
/// hexadecimal digits if they can be, everything else is base64.
pub(crate) fn decode(name: SchemeName, text: &[u8]) -> Result<Zeroizing<Vec<u8>>, Malformed> {
    let bytes = match (name.explicit_encoding(), name.scheme().digest_len()) {
        (None, Some(length)) => (if text.len() == 2 * length { hex(text) } else { None })
            .or_else(|| base64(text))
            .ok_or(Malformed::NotHexOrBase64)?,
        _ => match name.encoding() {
            Encoding::None => Zeroizing::new(text.to_vec()),
            Encoding::Hex => hex(text).ok_or(Malformed::NotHex)?,
            Encoding::Base64 => base64(text).ok_or(Malformed::NotBase64)?,
        },
    };
    match name.scheme().digest_len() {
        Some(expected) if bytes.len() != expected => Err(Malformed::DigestLength { expected }),
        _ => Ok(bytes),
    }
}

fn hex(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    hex::decode(text).ok().map(Zeroizing::new)
}

/// Base64, white space left out.
pub(crate) fn base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    // One allocation, so that no copy stays behind.
    let mut packed = Zeroizing::new(Vec::with_capacity(text.len()));
    packed.extend(text.iter().copied().filter(|byte| !is_white(*byte)));
    BASE64.decode(&*packed).ok().map(Zeroizing::new)
}

/// As many bytes as the front of a text gives, where something in it may be no base64.
pub(crate) fn base64_front(text: &[u8]) -> Vec<u8> {
    let digits = text.iter().copied().filter(|byte| !is_white(*byte));
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut digits: Vec<u8> = digits.take_while(is_digit).collect();
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    digits.resize(digits.len().next_multiple_of(4), b'=');
    BASE64.decode(digits).unwrap_or_default()
}

fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// An unsigned number as Dovecot's `str_to_uint` reads it: digits only, leading zeros allowed.
pub(crate) fn number(text: &[u8]) -> Option<u32> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    digits.then(|| str::from_utf8(text).ok()?.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(scheme: &str, text: &str) -> Result<Vec<u8>, Malformed> {
        decode(scheme.parse().unwrap(), text.as_bytes()).map(|bytes| bytes.to_vec())
    }

    #[test]
    fn digests_in_every_way_dovecot_reads_them() {
        let want = b"\x14\xcb\xfb\x84\x5a\xf1\xf0\x30\xe3\x72\xb1\xcb\x92\x75\xe6\xdd";
        for (scheme, text) in [
            ("PLAIN-MD5", "14cbfb845af1f030e372b1cb9275e6dd"),
            ("PLAIN-MD5", "14CBFB845AF1F030E372B1CB9275E6DD"),
            ("PLAIN-MD5.hex", "14cbfb845AF1F030e372b1cb9275e6dd"),
            ("PLAIN-MD5", "FMv7hFrx8DDjcrHLknXm3Q=="),
            ("PLAIN-MD5.b64", "FMv7hFrx8DDjcrHLknXm3Q=="),
            ("PLAIN-MD5.base64", " FMv7hFrx8DDj\tcrHLknXm3Q=\r\n= "),
            // left-over bits are ignored
            ("PLAIN-MD5", "FMv7hFrx8DDjcrHLknXm3R=="),
            // 32 characters, but base64 with white space
            ("PLAIN-MD5", "FMv7hFrx8DDjcrHLknXm3Q==        "),
        ] {
            assert_eq!(digest(scheme, text), Ok(want.to_vec()), "{scheme} {text}");
        }
    }

    #[test]
    fn digests_that_dovecot_refuses() {
        let short = Malformed::DigestLength { expected: 16 };
        for (scheme, text, want) in [
            ("PLAIN-MD5", "", short),
            ("PLAIN-MD5", "14cbfb845af1f030e372b1cb9275e6d", Malformed::NotHexOrBase64),
            ("PLAIN-MD5", "14cbfb845af1f030e372b1cb9275e6ddaaaa", short),
            ("PLAIN-MD5", "14cbfb845af1f030e372b1cb9275e6dg", short),
            ("PLAIN-MD5.hex", "14cbfb845af1f030e372b1cb9275e6", short),
            ("PLAIN-MD5.hex", "FMv7hFrx8DDjcrHLknXm3Q==", Malformed::NotHex),
            ("PLAIN-MD5.b64", "FMv7hFrx8DDjcrHLknXm3Q", Malformed::NotBase64),
            ("PLAIN-MD5.b64", "FMv7hFrx8DDjcrHLknXm3Q===", Malformed::NotBase64),
            ("PLAIN-MD5", "FMv7hFrx8DDjcrHLknXm3Q\u{e9}=", Malformed::NotHexOrBase64),
        ] {
            assert_eq!(digest(scheme, text), Err(want), "{scheme} {text}");
        }
    }
}
