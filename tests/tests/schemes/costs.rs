//! Whether a value, however damaged, is checked quickly by everybody: one that is not would stop
//! the other programs for hours. Nothing here reads values with the code under test.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ispmail_tests::crypt::ALPHABET;

/// Highest number that may stand anywhere.
const MOST: u64 = 20_000;
/// For argon2, the product of all of them.
const MOST_TOGETHER: u64 = 200_000;
/// For yescrypt and its kin, the highest of the alphabet's numbers.
const MOST_BITS: usize = 11;

/// For a value with or without a prefix, encoded or not.
pub(crate) fn cheap(text: &[u8]) -> bool {
    let value = text.rsplit(|&byte| byte == b'}').next().unwrap_or_default();
    let decoded = [hex::decode(value).ok(), BASE64_STANDARD.decode(value).ok()];
    cheap_value(value) && decoded.iter().flatten().all(|value| cheap_value(value))
}

fn cheap_value(value: &[u8]) -> bool {
    let behind = |front: &[u8]| value.strip_prefix(front);
    let numbers = numbers(value);
    let together = numbers.iter().fold(1, |all: u64, &number| all.saturating_mul(number.max(1)));
    numbers.iter().all(|&number| number <= MOST)
        && behind(b"$argon2").is_none_or(|_| together <= MOST_TOGETHER)
        && behind(b"$2").is_none_or(few_powers)
        && behind(b"$y$").is_none_or(few_bits)
        && behind(b"$gy$").is_none_or(few_bits)
        && behind(b"$7$").is_none_or(little_scrypt)
        && behind(b"_").is_none_or(|rest| number(rest.get(..4)) <= MOST)
}

/// Those between two of the characters that part fields. sha1crypt and OTP take a negative one for
/// a very high one; the others refuse it.
fn numbers(value: &[u8]) -> Vec<u64> {
    let fronts = [&b"$sha1$"[..], b"md4 ", b"md5 ", b"sha1 "];
    let negative = fronts.iter().any(|front| value.starts_with(front));
    value
        .split(|byte| b"$,= \t".contains(byte))
        .filter_map(|field| {
            let digits = if negative { field.strip_prefix(b"-").unwrap_or(field) } else { field };
            if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
                return None;
            }
            let number = String::from_utf8_lossy(field).parse().unwrap_or(u64::MAX);
            Some(number)
        })
        .collect()
}

/// bcrypt's `y$05$`.
fn few_powers(rest: &[u8]) -> bool {
    rest.get(2..4).is_none_or(|cost| cost <= b"06")
}

/// yescrypt's `j75$`.
fn few_bits(rest: &[u8]) -> bool {
    let costs = rest.split(|&byte| byte == b'$').next().unwrap_or_default();
    costs.len() <= 8 && costs.iter().skip(1).all(|&symbol| bits(symbol) <= MOST_BITS)
}

/// scrypt's `76..../....`.
fn little_scrypt(rest: &[u8]) -> bool {
    rest.iter().take(11).enumerate().all(|(place, &symbol)| match place {
        0 | 1 | 6 => bits(symbol) <= MOST_BITS,
        _ => bits(symbol) == 0 || bits(symbol) > 63,
    })
}

fn number(symbols: Option<&[u8]>) -> u64 {
    let symbols = symbols.unwrap_or_default();
    symbols.iter().rev().fold(0, |number, &symbol| number << 6 | bits(symbol) as u64)
}

/// What a character stands for; 64 for one of another alphabet.
pub(crate) fn bits(symbol: u8) -> usize {
    ALPHABET.bytes().position(|known| known == symbol).unwrap_or(64)
}
