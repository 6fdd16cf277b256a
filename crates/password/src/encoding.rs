//! Hexadecimal digits and base64 as Dovecot reads them.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::scheme::Encoding;
use crate::{Malformed, SchemeName};

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

/// Decodes what follows the prefix of a scheme whose values have no fixed length.
pub(crate) fn decode(name: SchemeName, text: &[u8]) -> Result<Zeroizing<Vec<u8>>, Malformed> {
    match name.explicit_encoding().unwrap_or(name.scheme().default_encoding()) {
        Encoding::None => Ok(Zeroizing::new(text.to_vec())),
        Encoding::Hex => hex(text).ok_or(Malformed::NotHex),
        Encoding::Base64 => base64(text).ok_or(Malformed::NotBase64),
    }
}

/// Decodes a digest of `N` bytes. Without a suffix Dovecot goes by the length: twice `N`
/// characters are hexadecimal digits if they can be, everything else is base64.
pub(crate) fn decode_digest<const N: usize>(
    name: SchemeName,
    text: &[u8],
) -> Result<[u8; N], Malformed> {
    let bytes = match name.explicit_encoding() {
        Some(_) => decode(name, text)?,
        None => (if text.len() == 2 * N { hex(text) } else { None })
            .or_else(|| base64(text))
            .ok_or(Malformed::NotHexOrBase64)?,
    };
    <[u8; N]>::try_from(bytes.as_slice()).map_err(|_| Malformed::DigestLength { expected: N })
}

fn hex(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    hex::decode(text).ok().map(Zeroizing::new)
}

fn base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let is_white = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    // One allocation, so that no copy stays behind.
    let mut packed = Zeroizing::new(Vec::with_capacity(text.len()));
    packed.extend(text.iter().copied().filter(|byte| !is_white(byte)));
    BASE64.decode(&*packed).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(scheme: &str, text: &str) -> Result<[u8; 16], Malformed> {
        decode_digest(scheme.parse().unwrap(), text.as_bytes())
    }

    #[test]
    fn digests_in_every_way_dovecot_reads_them() {
        let want = *b"\x14\xcb\xfb\x84\x5a\xf1\xf0\x30\xe3\x72\xb1\xcb\x92\x75\xe6\xdd";
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
            assert_eq!(digest(scheme, text), Ok(want), "{scheme} {text}");
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
