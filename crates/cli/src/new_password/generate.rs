//! Passwords by chance.

use ispmail_password::{Password, PasswordError};
use zeroize::Zeroizing;

use crate::{Exit, Failure};

/// Letters and digits that nobody takes for each other: no i, l, 1, o and 0.
const ALPHABET: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// Characters by chance, 4.95 bits each: 99 bits.
const LENGTH: usize = 20;
/// Characters between two hyphens.
const GROUP: usize = 4;
/// Least power of two that is no less than the alphabet, less one.
const MASK: u8 = 31;

/// A password by chance: `k7wm-` and so on, 24 characters with the hyphens, 99 bits.
pub(crate) struct Generated(Zeroizing<String>);

impl Generated {
    /// To be hashed.
    pub(crate) fn password(&self) -> Result<Password, PasswordError> {
        Password::new(self.0.as_bytes().to_vec())
    }

    /// To be shown, which can be done only once.
    pub(crate) fn into_text(self) -> Zeroizing<String> {
        self.0
    }
}

/// Makes a password. Fails only where the operating system has no randomness.
pub(crate) fn generate() -> Result<Generated, Failure> {
    let mut text = Zeroizing::new(String::with_capacity(LENGTH + LENGTH / GROUP));
    let mut random = Zeroizing::new([0_u8; 2 * LENGTH]);
    let mut drawn = 0;
    while drawn < LENGTH {
        getrandom::fill(&mut *random)
            .map_err(|error| Failure::new(Exit::Temporary, format!("no random bytes: {error}")))?;
        for character in random.iter().copied().filter_map(character).take(LENGTH - drawn) {
            if drawn > 0 && drawn % GROUP == 0 {
                text.push('-');
            }
            text.push(character);
            drawn += 1;
        }
    }
    Ok(Generated(text))
}

/// The character that a byte by chance stands for; none for those that would make one character
/// likelier than another.
fn character(byte: u8) -> Option<char> {
    ALPHABET.get(usize::from(byte & MASK)).map(|&character| char::from(character))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use super::*;

    #[test]
    fn groups_without_look_alikes() {
        let mut seen = HashSet::new();
        for _ in 0..1000 {
            let generated = generate().ok().unwrap();
            assert!(generated.password().is_ok());
            let text = generated.into_text();
            assert_eq!(text.len(), 24);
            let groups: Vec<&str> = text.split('-').collect();
            assert!(groups.len() == 5 && groups.iter().all(|group| group.len() == 4), "{groups:?}");
            assert!(!text.contains(['i', 'l', '1', 'o', '0']));
            assert!(seen.insert(text.to_string()));
            assert!(crate::new_password::judge(text.as_bytes(), "john@example.org", 24).is_ok());
        }
    }

    #[test]
    fn each_character_stands_for_as_many_bytes() {
        let mut bytes = BTreeMap::new();
        for character in (0..=u8::MAX).filter_map(character) {
            *bytes.entry(character).or_insert(0) += 1;
        }
        assert_eq!(bytes.len(), ALPHABET.len());
        assert!(bytes.values().all(|&count| count == 8), "{bytes:?}");
        assert!(31_f64.log2() * 20.0 > 90.0);
    }
}
