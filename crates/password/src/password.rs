use zeroize::Zeroizing;

use crate::PasswordError;
use crate::crypt::MAX_PASSWORD;

/// A password as somebody typed it: bytes, in no particular character set.
///
/// It is never empty and holds no NUL (Dovecot and crypt(3) take passwords as C strings). There is
/// no `Debug`, no `Clone` and no way to read it outside this crate; its memory is wiped when it is
/// dropped.
pub struct Password(Zeroizing<Vec<u8>>);

impl Password {
    /// Most bytes: 16,384. No longer one can reach Dovecot, whose clients write to its auth
    /// server in lines of 8,192 to 16,384 bytes.
    pub const MAX: usize = 16_384;

    /// Takes the bytes over without copying them. They are wiped also when they are refused.
    ///
    /// # Errors
    ///
    /// [`PasswordError`].
    pub fn new(bytes: Vec<u8>) -> Result<Self, PasswordError> {
        let bytes = Zeroizing::new(bytes);
        if bytes.is_empty() {
            return Err(PasswordError::Empty);
        }
        if bytes.contains(&0) {
            return Err(PasswordError::Nul);
        }
        if bytes.len() > Self::MAX {
            return Err(PasswordError::TooLong);
        }
        Ok(Self(bytes))
    }

    /// Its first 511 bytes: for work whose result is thrown away.
    pub(crate) fn shortened(&self) -> Self {
        Self(Zeroizing::new(self.0.iter().copied().take(MAX_PASSWORD).collect()))
    }

    /// One of usual length.
    pub(crate) fn for_measuring() -> Self {
        Self(Zeroizing::new(b"summersun".to_vec()))
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

    #[test]
    fn the_longest() {
        assert!(Password::new(vec![b'x'; Password::MAX]).is_ok());
        let longer = Password::new(vec![b'x'; Password::MAX + 1]);
        assert_eq!(longer.err(), Some(PasswordError::TooLong));
    }
}
