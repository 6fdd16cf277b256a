//! The 64 characters of crypt(3), `./0-9A-Za-z`, six bits each, lowest bits first.

use crate::Malformed;

pub(crate) const ALPHABET: &[u8; 64] =
    b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The character of the lowest six bits.
pub(crate) fn symbol(bits: u32) -> u8 {
    ALPHABET.get((bits & 63) as usize).copied().unwrap_or(b'.')
}

/// The six bits of a character, `None` if it is none of the 64.
pub(crate) fn value(symbol: u8) -> Option<u32> {
    match symbol {
        b'.' | b'/' => Some(u32::from(symbol - b'.')),
        b'0'..=b'9' => Some(u32::from(symbol - b'0') + 2),
        b'A'..=b'Z' => Some(u32::from(symbol - b'A') + 12),
        b'a'..=b'z' => Some(u32::from(symbol - b'a') + 38),
        _ => None,
    }
}

/// The bits of up to five characters, lowest six bits first; `None` if one is none of the 64.
pub(crate) fn bits(symbols: &[u8]) -> Option<u32> {
    symbols.iter().rev().try_fold(0, |bits, &symbol| Some(bits << 6 | value(symbol)?))
}

/// Appends `count` characters of `bits`, lowest six bits first.
pub(crate) fn push(text: &mut Vec<u8>, bits: u32, count: u32) {
    text.extend((0..count).map(|position| symbol(bits >> (6 * position))));
}

/// Makes sure that a hash is `expected` characters, of which the last sets no bit outside `last`:
/// a digest seldom fills it, and no encoder sets the rest.
pub(crate) fn check_hash(hash: &[u8], expected: usize, last: u32) -> Result<(), Malformed> {
    if hash.len() != expected {
        return Err(Malformed::HashLength { expected });
    }
    let end = hash.iter().try_fold(0, |_, &symbol| value(symbol));
    end.filter(|bits| bits & !last == 0).map(drop).ok_or(Malformed::HashCharacter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_there_and_back() {
        for byte in 0..=u8::MAX {
            let want = ALPHABET.iter().position(|&symbol| symbol == byte);
            assert_eq!(value(byte).map(|bits| bits as usize), want);
            assert!(value(byte).is_none_or(|bits| symbol(bits) == byte));
        }
    }
}
