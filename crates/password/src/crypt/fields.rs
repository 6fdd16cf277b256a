//! The parts between the `$` of a value.

/// What stands before the first `$` and behind it.
pub(crate) fn split_at_dollar(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut parts = text.splitn(2, |&byte| byte == b'$');
    Some((parts.next()?, parts.next()?))
}

/// A number as crypt(3) writes it: digits only, no leading zero. What does not fit is `u128::MAX`.
pub(crate) fn number(text: &[u8]) -> Option<u128> {
    match text {
        [] | [b'0', _, ..] => None,
        digits => digits.iter().try_fold(0_u128, |number, digit| {
            let digit = digit.is_ascii_digit().then(|| u128::from(digit - b'0'))?;
            Some(number.saturating_mul(10).saturating_add(digit))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (text, want) in [
            ("0", Some(0)),
            ("10", Some(10)),
            ("18446744073709551616", Some(1 << 64)),
            ("9999999999999999999999999999999999999999999", Some(u128::MAX)),
            ("", None),
            ("00", None),
            ("01", None),
            ("+1", None),
            ("-1", None),
            ("1 ", None),
            ("1x", None),
        ] {
            assert_eq!(number(text.as_bytes()), want, "{text}");
        }
    }
}
