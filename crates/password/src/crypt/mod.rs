//! Values of the crypt(3) family (`$id$…`, DES and their like), each format in a file of its own.

use zeroize::Zeroizing;

use crate::{Cost, Malformed, VerifyError};

pub(crate) mod alphabet;
#[cfg(feature = "bcrypt")]
pub(crate) mod bcrypt;
mod bsdi;
pub(crate) mod des;
mod fields;
pub(crate) mod formats;
pub(crate) mod md5;
mod nt;
mod sha1;
pub(crate) mod sha2;
pub(crate) mod sha256;
pub(crate) mod sha512;
mod sunmd5;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(feature = "yescrypt")]
mod yescrypt;

pub(crate) use formats::CryptFormat;

/// Longest password that libxcrypt takes, in bytes. Dovecot calls longer ones a mismatch.
pub(crate) const MAX_PASSWORD: usize = 511;

/// One format of the crypt(3) family, parsed: salt and cost, without the hash.
pub(crate) trait Format: Send + Sync {
    /// Reads a whole value (prefix, cost, salt and hash; no NUL in it) and makes sure that
    /// [`compute`](Self::compute) could give exactly this text for some password: a text that it
    /// could never give is malformed. Costs are read whatever they are; the caller has ceilings.
    fn parse(text: &[u8]) -> Result<Self, Malformed>
    where
        Self: Sized;

    fn cost(&self) -> Cost;

    /// The whole text that crypt(3) gives for `password` (which has no NUL) with this salt and
    /// cost.
    fn compute(&self, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, VerifyError>;

    /// For SHA256-CRYPT, many of which are computed at once faster than one by one.
    fn as_sha256(&self) -> Option<&sha256::Sha256Crypt> {
        None
    }
}

/// What crypt(3) (libxcrypt) takes anywhere in a stored value.
pub(crate) fn accepted(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"!*:;\\".contains(&byte)
}
