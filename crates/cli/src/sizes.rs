//! Sizes as people write them.

/// Why a text is not a size.
pub(crate) enum SizeError {
    /// It is something else.
    NoSize,
    /// A column, a signed 64-bit number, cannot hold it.
    TooMuch,
}

/// Bytes, by a number with B, K, M, G or T behind it, in powers of 1024 as Dovecot reads them, or
/// without.
pub(crate) fn bytes(text: &str) -> Result<u64, SizeError> {
    let digits = text.trim_end_matches(|char: char| !char.is_ascii_digit());
    let unit = text.strip_prefix(digits).unwrap_or_default().trim_start().to_ascii_uppercase();
    let power = match unit.as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 1,
        "M" | "MB" | "MIB" => 2,
        "G" | "GB" | "GIB" => 3,
        "T" | "TB" | "TIB" => 4,
        _ => return Err(SizeError::NoSize),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SizeError::NoSize);
    }
    let bytes = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << (10 * power)));
    bytes.filter(|&bytes| i64::try_from(bytes).is_ok()).ok_or(SizeError::TooMuch)
}
