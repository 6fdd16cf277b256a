//! How a stored password is checked: one kind for each way.

use zeroize::Zeroizing;

use crate::crypt::{CryptFormat, Format, MAX_PASSWORD};
use crate::digest::hmac_md5_states;
use crate::otp::Otp;
use crate::pbkdf2::Pbkdf2;
use crate::scram::Scram;
use crate::{Cost, Digest, VerifyError};

/// Everything about a value but what the password must come out as.
pub(crate) enum Kind {
    Plain,
    /// Only the first bytes of a password count, if there is a number.
    PlainTrunc(Option<usize>),
    Digest {
        digest: Digest,
        salt: Zeroizing<Vec<u8>>,
    },
    HmacMd5,
    DigestMd5 {
        login: Option<Vec<u8>>,
    },
    Scram(Scram),
    Pbkdf2(Pbkdf2),
    Otp(Otp),
    Crypt {
        row: &'static CryptFormat,
        format: Box<dyn Format>,
        /// Whether crypt(3) itself would check it, which takes passwords of 511 bytes at most.
        limited: bool,
    },
}

impl Kind {
    pub(crate) fn cost(&self) -> Cost {
        match self {
            Self::Plain
            | Self::PlainTrunc(_)
            | Self::Digest { .. }
            | Self::HmacMd5
            | Self::DigestMd5 { .. } => Cost::Fixed,
            Self::Scram(scram) => scram.cost(),
            Self::Pbkdf2(pbkdf2) => pbkdf2.cost(),
            Self::Otp(otp) => otp.cost(),
            Self::Crypt { format, .. } => format.cost(),
        }
    }

    /// In words.
    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Plain => "the password itself",
            Self::PlainTrunc(_) => "the front of the password itself",
            Self::Digest { digest, salt } => digest.in_words(!salt.is_empty()),
            Self::HmacMd5 => "HMAC-MD5 state",
            Self::DigestMd5 { .. } => "MD5 of login, realm and password",
            Self::Scram(_) => "SCRAM keys",
            Self::Pbkdf2(_) => "PBKDF2 with HMAC-SHA-1",
            Self::Otp(_) => "one-time password",
            Self::Crypt { row, .. } => row.algorithm,
        }
    }

    /// Whether nothing but a check of the whole password can be made of it.
    pub(crate) const fn is_digest_or_crypt(&self) -> bool {
        matches!(self, Self::Digest { .. } | Self::Crypt { .. } | Self::Pbkdf2(_))
    }

    /// Whether a check takes next to no time, but for passwords of unusual length.
    pub(crate) const fn is_instant(&self) -> bool {
        matches!(
            self,
            Self::Plain
                | Self::PlainTrunc(_)
                | Self::Digest { .. }
                | Self::HmacMd5
                | Self::DigestMd5 { .. }
        )
    }

    /// Whether the password can be one at all.
    pub(crate) fn takes(&self, password: &[u8]) -> bool {
        !matches!(self, Self::Crypt { limited: true, .. } if password.len() > MAX_PASSWORD)
    }

    /// What `password` comes out as. [`takes`](Self::takes) comes first.
    pub(crate) fn compute(&self, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, VerifyError> {
        Ok(match self {
            Self::Plain => Zeroizing::new(password.to_vec()),
            Self::PlainTrunc(length) => {
                let length = length.unwrap_or(password.len()).min(password.len());
                Zeroizing::new(password.iter().copied().take(length).collect())
            }
            Self::Digest { digest, salt } => digest.of(&[password, salt]),
            Self::HmacMd5 => hmac_md5_states(password),
            Self::DigestMd5 { login } => {
                digest_md5(login.as_deref().ok_or(VerifyError::LoginNeeded)?, password)
            }
            Self::Scram(scram) => scram.stored_key(password),
            Self::Pbkdf2(pbkdf2) => pbkdf2.key(password),
            Self::Otp(otp) => otp.hash(password),
            Self::Crypt { format, .. } => format.compute(password)?,
        })
    }
}

/// MD5 of `login:realm:password` (RFC 2831). As in Dovecot the realm is what follows the last `@`.
pub(crate) fn digest_md5(login: &[u8], password: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut parts = login.rsplitn(2, |&byte| byte == b'@');
    let (last, first) = (parts.next().unwrap_or_default(), parts.next());
    let (user, realm) = first.map_or((last, &[][..]), |user| (user, last));
    Digest::Md5.of(&[user, b":", realm, b":", password])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `doveadm pw -s DIGEST-MD5 -u … -p summersun` (Dovecot 2.3.19).
    #[test]
    fn digest_md5_of_logins() {
        for (login, hex) in [
            ("john@example.org", "79b155eca02416a6c0ffed7ef3573252"),
            ("john", "77f975bf123eea3a0d09eb408d0c3fad"),
            ("john@a@b", "78203e6e028ca42981f6eef71b3822ee"),
        ] {
            assert_eq!(hex::encode(&*digest_md5(login.as_bytes(), b"summersun")), hex);
        }
    }
}
