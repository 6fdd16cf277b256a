//! Dovecot's stored passwords: read them, check a password against them, make new ones.
//!
//! What is accepted is what Dovecot 2.3 and crypt(3) (libxcrypt) accept. The differences, all of
//! them on the strict side, are listed in `docs/behaviour.md` of the project and tested against
//! a running Dovecot. This crate knows nothing of SQL, files or configuration.
//!
//! ```
//! use ispmail_password::{Password, SchemeName, StoredPassword, Verdict};
//!
//! let default_scheme: SchemeName = "SHA256-CRYPT".parse()?;
//! let stored = StoredPassword::parse(
//!     b"{SHA256-CRYPT}$5$M/GWzmtjsLroRWIf$0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL7",
//!     default_scheme,
//! )?;
//! let password = Password::new(b"summersun".to_vec())?;
//! assert_eq!(stored.verify(&password), Verdict::Match);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Three answers are kept apart everywhere: [`Verdict::Match`], [`Verdict::Mismatch`], and a
//! [`ParseError`] for a stored value that no password could ever match or that cannot be checked.
//! No error and no `Debug` output of this crate holds a password or a stored value.

#![forbid(unsafe_code)]

mod encoding;
mod error;
mod hash;
mod password;
mod policy;
mod scheme;
mod sha256_crypt;
mod stored;
mod verify;

pub use error::{HashError, Malformed, ParseError, PasswordError};
pub use hash::Cost;
pub use password::Password;
pub use policy::{CostTooHigh, Policy};
pub use scheme::{Encoding, SCHEMES, Scheme, SchemeName, Secrecy};
pub use stored::{Disabled, Prefix, StoredPassword, Written};
pub use verify::Verdict;

/// The example of the guide for programmers, so that it goes on working.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/library.md")]
struct Guide;
