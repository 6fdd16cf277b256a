use ::base64::Engine as _;
use ::base64::alphabet::STANDARD;
use ::base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::escape::reserve;
use crate::unescape;

/// Padding is wanted, and what its spare bits hold does not matter: as in Dovecot.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// Not base64. On a client socket the request fails with
/// [`FailCode::InvalidBase64`](crate::client::FailCode::InvalidBase64) and the connection stays.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("invalid base64 data")]
pub struct InvalidBase64;

/// Bytes of a mechanism as they stand in a line. No `Debug`: they can be a password.
#[derive(Clone, Copy)]
pub struct Base64<'a>(&'a [u8]);

impl<'a> Base64<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self(text)
    }

    /// What stands there.
    pub(crate) fn text(self) -> &'a [u8] {
        self.0
    }

    /// The bytes. White space between the letters is skipped, as Dovecot does.
    ///
    /// # Errors
    ///
    /// [`InvalidBase64`].
    pub fn decode(self) -> Result<Zeroizing<Vec<u8>>, InvalidBase64> {
        let mut text = unescape(self.0);
        text.retain(|byte| !b" \t\r\n".contains(byte));
        let mut bytes = Zeroizing::new(vec![0; ::base64::decoded_len_estimate(text.len())]);
        let length = ENGINE.decode_slice(&*text, &mut bytes).map_err(|_| InvalidBase64)?;
        bytes.truncate(length);
        Ok(bytes)
    }
}

/// Appends bytes in base64.
pub(crate) fn encode(bytes: &[u8], into: &mut Vec<u8>) {
    let length = bytes.len().div_ceil(3) * 4;
    reserve(into, length);
    let start = into.len();
    into.resize(start + length, 0);
    if let Some(space) = into.get_mut(start..) {
        // The space is exactly what is needed.
        let written = ENGINE.encode_slice(bytes, space);
        debug_assert_eq!(written, Ok(length));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_dovecot_decodes() {
        for (text, bytes) in [
            (&b""[..], &b""[..]),
            (b"AA==", b"\0"),
            (b"AB==", b"\0"),
            (b"VXNlcm5hbWU6", b"Username:"),
            (b" VXNl\tcm5h\r\nbWU6 ", b"Username:"),
            (b"VXNl\x01ncm5hbWU6", b"Username:"),
            (b"YQ= =", b"a"),
        ] {
            assert!(Base64(text).decode().is_ok_and(|decoded| *decoded == bytes), "{text:?}");
        }
        for text in
            [&b"="[..], b"A", b"AA", b"AA=", b"AA===", b"AA==AA==", b"A=A=", b"#", b"AA-_", b"\xff"]
        {
            assert!(Base64(text).decode().is_err(), "{text:?}");
        }
    }

    #[test]
    fn every_length() {
        for length in 0..20 {
            let bytes = vec![0xfb; length];
            let mut text = b"x".to_vec();
            encode(&bytes, &mut text);
            assert!(Base64(&text[1..]).decode().is_ok_and(|decoded| *decoded == bytes));
        }
    }
}
