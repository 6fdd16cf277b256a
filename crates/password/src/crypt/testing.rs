//! What the tests of all formats do.

use super::Format;
use crate::Malformed;

/// Each text is well-formed, and is what its password gives.
pub(super) fn reproduced<F: Format>(vectors: &[(&[u8], &str)]) {
    for (password, text) in vectors {
        let parsed = F::parse(text.as_bytes()).unwrap_or_else(|what| panic!("{text}: {what}"));
        let computed = parsed.compute(password).unwrap();
        assert_eq!(str::from_utf8(&computed), Ok(*text));
    }
}

/// Each text is malformed in this way.
pub(super) fn malformed<F: Format>(cases: &[(&str, Malformed)]) {
    for &(text, want) in cases {
        assert_eq!(F::parse(text.as_bytes()).err(), Some(want), "{text}");
    }
}
