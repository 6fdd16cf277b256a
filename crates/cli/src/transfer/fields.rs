//! The values of a record, in whichever format it came.

use zeroize::Zeroizing;

use super::Secret;
use crate::sizes::{SizeError, bytes};

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

/// A size; nothing, and 0, are no limit.
pub(super) fn quota(text: &str) -> Result<Option<u64>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    match bytes(text) {
        Ok(0) => Ok(None),
        Ok(bytes) => Ok(Some(bytes)),
        Err(SizeError::NoSize) => {
            Err("quota is not a number of bytes such as 0, 1073741824, 500M or 2G".to_owned())
        }
        Err(SizeError::TooMuch) => Err(format!("quota is more than {} bytes", i64::MAX)),
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
