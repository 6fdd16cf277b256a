//! What can be wrong. No variant can hold a password or a stored value.

use thiserror::Error;

use crate::{Cost, Scheme};

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
    /// Longer than [`Password::MAX`](crate::Password::MAX).
    #[error("the password is longer than 16384 bytes")]
    TooLong,
}

/// Why a stored password cannot be checked.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseError {
    /// No scheme of Dovecot's has this name, or its encoding suffix is none of `.hex`, `.b64` and
    /// `.base64`.
    #[error("unknown password scheme")]
    UnknownScheme,
    /// A scheme, named by the prefix or by the content, that this build of the crate leaves out.
    #[error("{} values need the crate's feature {feature}", scheme.name())]
    Unsupported {
        /// The scheme.
        scheme: &'static Scheme,
        /// The feature of this crate that has it.
        feature: &'static str,
    },
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
    /// The value does not begin as all values of its scheme do.
    #[error("{expected} expected in front")]
    Prefix {
        /// What they begin with.
        expected: &'static str,
    },
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
    #[error("the salt is longer than {max} characters")]
    SaltLength {
        /// Longest salt that is used, in characters.
        max: usize,
    },
    /// A salt that is too short, or that has a character that cannot stand there.
    #[error("not a proper salt")]
    Salt,
    /// A digest without the salt that belongs behind it.
    #[error("no salt behind the digest")]
    SaltMissing,
    /// A cost that cannot be read, or that is not written the way in which it is always written.
    #[error("a cost that cannot be read")]
    CostSyntax,
    /// A cost outside what the scheme takes.
    #[error("a cost outside what the scheme takes")]
    CostRange,
    /// Another version of the algorithm than Dovecot's library computes.
    #[error("an unknown version of the scheme")]
    Version,
    /// A field is missing, or there are too many.
    #[error("a wrong number of fields")]
    Fields,
    /// A PLAIN-TRUNC value without `length-` in front.
    #[error("no length and - in front")]
    TruncLength,
    /// A value that lets everybody in.
    #[error("every password would match")]
    EveryPassword,
    /// The hash part is cut, extended or missing.
    #[error("the hash has a wrong length ({expected} characters expected)")]
    HashLength {
        /// Length of the hash as it is written, in characters.
        expected: usize,
    },
    /// The hash part has a character that the encoding never makes.
    #[error("the hash has a character that cannot stand there")]
    HashCharacter,
}

/// Why a password could not be checked against a well-formed stored password. Nothing is known
/// about the password then: it is neither right nor wrong.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// The value asks for more work than the policy allows. Nothing was computed.
    #[error("a cost of {cost} is over the ceiling of {ceiling}")]
    CostTooHigh {
        /// What the value asks for.
        cost: Cost,
        /// The most that is allowed.
        ceiling: Cost,
    },
    /// The policy does not allow the scheme.
    #[error("{} is not among the allowed schemes", .0.name())]
    NotAllowed(&'static Scheme),
    /// A DIGEST-MD5 value is made of login and password; it can be checked after
    /// [`StoredPassword::for_login`](crate::StoredPassword::for_login).
    #[error("the login is needed to check it")]
    LoginNeeded,
    /// There is not enough memory for a scheme that fills memory.
    #[error("not enough memory to check it")]
    OutOfMemory,
}

/// Why no new stored password was made.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HashError {
    /// This build of the crate leaves the scheme out.
    #[error("{} values need the crate's feature {feature}", scheme.name())]
    Unsupported {
        /// The scheme.
        scheme: &'static Scheme,
        /// The feature of this crate that has it.
        feature: &'static str,
    },
    /// A DIGEST-MD5 value is made of login and password.
    #[error("the login is needed to make it")]
    LoginNeeded,
    /// There is not enough memory for a scheme that fills memory.
    #[error("not enough memory to make it")]
    OutOfMemory,
    /// crypt(3), and so Dovecot, refuses longer passwords: the value could never match.
    #[error("the password is longer than 511 bytes, more than crypt(3) takes")]
    PasswordTooLong,
    /// The number of rounds is outside what the scheme allows.
    #[error("{unit} must be {min} to {max}")]
    Rounds {
        /// Fewest rounds.
        min: u32,
        /// Most rounds.
        max: u32,
        /// What is counted.
        unit: &'static str,
    },
    /// The policy would not check what it is told to make.
    #[error("a cost of {cost} is over the ceiling of {ceiling}")]
    OverCeiling {
        /// What new values would cost.
        cost: Cost,
        /// The most that is allowed.
        ceiling: Cost,
    },
    /// A salt given by the caller that the scheme cannot store.
    #[error("not a salt of this scheme")]
    Salt,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    NoRandomness,
}
