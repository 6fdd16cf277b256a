#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(feature = "argon2")]
mod argon2;
mod batch;
mod calibrate;
mod ceilings;
mod cost;
mod crypt;
mod digest;
mod encoding;
mod error;
mod estimate;
mod hash;
mod identify;
mod kind;
mod lock;
mod many;
mod otp;
mod parse;
mod password;
mod pbkdf2;
mod policy;
mod scheme;
mod scram;
mod stored;
mod table;
mod verify;

pub use ceilings::Ceilings;
pub use cost::Cost;
pub(crate) use digest::Digest;
pub use error::{HashError, Malformed, ParseError, PasswordError, VerifyError};
pub use hash::New;
pub use identify::identify;
pub use lock::{lock, unlock};
pub use password::Password;
pub use policy::{Checked, Policy};
pub use scheme::{Encoding, Rounds, Scheme, SchemeName, Secrecy};
pub use stored::{Disabled, Prefix, StoredPassword, Written};
pub use table::SCHEMES;
pub use verify::Verdict;

/// Types with secrets in them cannot be shown, not even by accident.
///
/// ```compile_fail,E0277
/// println!("{:?}", ispmail_password::Password::new(b"x".to_vec()).unwrap());
/// ```
/// ```compile_fail,E0277
/// println!("{}", ispmail_password::Password::new(b"x".to_vec()).unwrap());
/// ```
/// ```compile_fail,E0277
/// fn show(stored: &ispmail_password::StoredPassword) { println!("{stored:?}"); }
/// ```
/// ```compile_fail,E0277
/// fn show(stored: &ispmail_password::StoredPassword) { println!("{stored}"); }
/// ```
/// ```compile_fail,E0277
/// fn show(checked: &ispmail_password::Checked) { println!("{checked:?}"); }
/// ```
/// ```compile_fail,E0277
/// fn show(new: &ispmail_password::New<'_>) { println!("{new:?}"); }
/// ```
/// ```compile_fail,E0277
/// fn show(written: &ispmail_password::Written<'_>) { println!("{written:?}"); }
/// ```
#[cfg(doctest)]
struct NotShown;
