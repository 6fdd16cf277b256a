use crate::parse::{split_prefix, until_nul};
use crate::{ParseError, SCHEMES, StoredPassword};

/// What a stored value may be: one reading if its scheme stands in front, else all that fit, the
/// most telling first. PLAIN always fits and comes last.
///
/// # Errors
///
/// [`ParseError`] if it has a prefix and cannot be read, or if it is bare and empty.
pub fn identify(text: &[u8]) -> Result<Vec<StoredPassword>, ParseError> {
    let plain = crate::table::plain_scheme();
    let text = until_nul(text);
    if text.is_empty() || split_prefix(text).is_some() {
        return Ok(vec![StoredPassword::parse(text, plain.as_name())?]);
    }
    let mut readings: Vec<StoredPassword> = Vec::new();
    for scheme in SCHEMES {
        let Ok(reading) = StoredPassword::parse(text, scheme.as_name()) else { continue };
        if reading.disabled().is_some() && scheme != plain {
            continue;
        }
        if !readings.iter().any(|known| known.scheme() == reading.scheme()) {
            readings.push(reading);
        }
    }
    Ok(readings)
}
