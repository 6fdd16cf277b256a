//! The values of a record, in whichever format it came.

use zeroize::Zeroizing;

use super::Secret;

/// Longest piece of a file that is shown, in characters.
const SHOWN: usize = 40;

/// A name of a column or key, so that it does no harm on a terminal.
pub(super) fn shown(name: &str) -> String {
    let mut text: String = name.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if name.chars().nth(SHOWN).is_some() {
        text.push('…');
    }
    text
}

pub(super) fn named(name: &str, text: Option<&str>) -> Result<String, String> {
    match text {
        Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
        Some(_) => Err(format!("{name} is empty")),
        None => Err(format!("no {name}")),
    }
}

/// One destination, or several with commas between them: rows made by hand have both, and Postfix
/// takes both.
pub(super) fn destinations(text: &str) -> impl Iterator<Item = Result<String, String>> {
    text.split(',').map(|text| named("a destination", Some(text.trim())))
}

pub(super) fn stored(text: &str) -> Result<Secret, String> {
    if text.contains('\0') {
        return Err("stored has a NUL byte".to_owned());
    }
    Ok(Secret::Stored(Zeroizing::new(text.to_owned())))
}

/// A number of bytes, with K, M, G or T (times 1024 each, as Dovecot counts) behind it or without.
pub(super) fn quota(text: &str) -> Result<Option<u64>, String> {
    let bad = || "quota is not a number of bytes such as 0, 1073741824, 500M or 2G".to_owned();
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.trim_end_matches(|char: char| char.is_ascii_alphabetic());
    let suffix = text.get(digits.len()..).unwrap_or_default().to_ascii_uppercase();
    let power = match suffix.as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 1,
        "M" | "MB" | "MIB" => 2,
        "G" | "GB" | "GIB" => 3,
        "T" | "TB" | "TIB" => 4,
        _ => return Err(bad()),
    };
    let digits = digits.trim_end();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || digits.is_empty() {
        return Err(bad());
    }
    let number: Option<u64> = digits.parse().ok();
    in_column(number.and_then(|number| number.checked_mul(1 << (10 * power))))
}

/// What the column, a signed 64-bit number, can hold; 0 is no limit.
pub(super) fn in_column(quota: Option<u64>) -> Result<Option<u64>, String> {
    match quota {
        Some(0) => Ok(None),
        Some(quota) if i64::try_from(quota).is_ok() => Ok(Some(quota)),
        _ => Err(format!("quota is more than {} bytes", i64::MAX)),
    }
}

pub(super) fn enabled(text: &str) -> Result<Option<bool>, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "true" | "yes" | "1" => Ok(Some(true)),
        "false" | "no" | "0" => Ok(Some(false)),
        _ => Err("enabled is none of true, false, yes, no, 1 and 0".to_owned()),
    }
}
