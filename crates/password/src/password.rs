use zeroize::Zeroizing;

use crate::PasswordError;

/// A password as somebody typed it: bytes, in no particular character set.
///
/// It is never empty and holds no NUL (Dovecot and crypt(3) take passwords as C strings). There is
/// no `Debug`, no `Clone` and no way to read it outside this crate; its memory is wiped when it is
/// dropped.
pub struct Password(Zeroizing<Vec<u8>>);

impl Password {
    /// Takes the bytes over without copying them. They are wiped also when they are refused.
    ///
    /// # Errors
    ///
    /// [`PasswordError::Empty`] and [`PasswordError::Nul`].
    pub fn new(bytes: Vec<u8>) -> Result<Self, PasswordError> {
        let bytes = Zeroizing::new(bytes);
        if bytes.is_empty() {
            return Err(PasswordError::Empty);
        }
        if bytes.contains(&0) {
            return Err(PasswordError::Nul);
        }
        Ok(Self(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_and_nul_are_refused() {
        assert_eq!(Password::new(Vec::new()).err(), Some(PasswordError::Empty));
        assert_eq!(Password::new(b"a\0b".to_vec()).err(), Some(PasswordError::Nul));
        assert!(Password::new((1..=255).collect()).is_ok());
    }
}
