//! What can be wrong. No variant can hold a password or a stored value.

use thiserror::Error;

use crate::Scheme;

/// Why bytes are not a [`Password`](crate::Password).
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PasswordError {
    /// Nothing was typed.
    #[error("the password is empty")]
    Empty,
    /// A NUL byte, at which Dovecot and crypt(3) would cut the password.
    #[error("the password has a NUL byte")]
    Nul,
}

/// Why a stored password cannot be checked.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseError {
    /// No scheme of Dovecot's has this name, or its encoding suffix is none of `.hex`, `.b64` and
    /// `.base64`.
    #[error("unknown password scheme")]
    UnknownScheme,
    /// A scheme, named by the prefix or by the content, that this version does not check yet.
    #[error("{0} is not supported yet")]
    Unsupported(&'static str),
    /// No password could ever match.
    #[error("malformed {}: {what}", scheme.name())]
    Malformed {
        /// The scheme it was read as.
        scheme: &'static Scheme,
        /// What is wrong with it.
        what: Malformed,
    },
}

/// Why no password could ever match a stored value.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// Undecodable as the hexadecimal digits that the scheme's suffix asks for.
    #[error("not hexadecimal digits")]
    NotHex,
    /// Undecodable as the base64 that the scheme's suffix asks for.
    #[error("not base64")]
    NotBase64,
    /// Neither hexadecimal digits nor base64.
    #[error("neither hexadecimal digits nor base64")]
    NotHexOrBase64,
    /// The digest decodes to another number of bytes than the scheme has.
    #[error("the digest has a wrong length ({expected} bytes expected)")]
    DigestLength {
        /// Length of the scheme's digest in bytes.
        expected: usize,
    },
    /// A NUL byte, which no password can hold.
    #[error("NUL byte")]
    Nul,
    /// 32 hexadecimal digits where a crypt(3) value belongs.
    #[error("looks like a PLAIN-MD5 digest, not like a crypt(3) value")]
    LooksLikeMd5,
    /// Neither `$id$…` nor another form that crypt(3) knows.
    #[error("not a crypt(3) value (no $5$ or the like in front)")]
    NotCrypt,
    /// A character that crypt(3) refuses anywhere: space, control, non-ASCII, or one of `!*:;\`.
    #[error("a character that crypt(3) refuses")]
    BadCharacter,
    /// `rounds=` without a number, with a sign or a leading zero, or not ended by `$`.
    #[error("rounds= without a proper number")]
    RoundsSyntax,
    /// `rounds=` below 1,000 or above 999,999,999.
    #[error("rounds= outside 1000 to 999999999")]
    RoundsRange,
    /// A salt that crypt(3) would cut, so that the result never equals the stored value.
    #[error("the salt is longer than 16 characters")]
    SaltLength,
    /// The hash part is cut, extended or missing.
    #[error("the hash has a wrong length (43 characters expected)")]
    HashLength,
    /// The hash part has a character that the encoding never makes.
    #[error("the hash has a character that cannot stand there")]
    HashCharacter,
}

/// Why no new stored password was made.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HashError {
    /// New values of this scheme cannot be made yet.
    #[error("making {0} values is not supported yet")]
    Unsupported(&'static str),
    /// crypt(3), and so Dovecot, refuses longer passwords: the value could never match.
    #[error("the password is longer than 511 bytes, more than crypt(3) takes")]
    PasswordTooLong,
    /// The number of rounds is outside what the scheme allows.
    #[error("rounds must be {min} to {max}")]
    Rounds {
        /// Fewest rounds.
        min: u32,
        /// Most rounds.
        max: u32,
    },
    /// A salt given by the caller that the scheme cannot store.
    #[error("the salt must be 0 to 16 printable ASCII characters without $ ! * : ; or \\")]
    Salt,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    NoRandomness,
}
