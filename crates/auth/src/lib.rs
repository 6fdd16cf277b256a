//! The sign-in decision, made once for all front doors: mail accounts, stored passwords and policy
//! put together; and the configuration they share.
//!
//! A front door turns its protocol into a [`Request`], asks an [`Authenticator`], and turns the
//! [`SignIn`] or [`LookUp`] back into its protocol. It holds no policy of its own.

#![forbid(unsafe_code)]

mod authenticator;
mod checks;
pub mod config;
mod default_scheme;
mod look_up;
mod reply;
mod session;
mod sign_in;
mod upgrade;
mod verifier;

pub use authenticator::{Authenticator, Request, StartError, upgrade_statement};
pub use default_scheme::DefaultScheme;
pub use look_up::{LookUp, Wanted};
pub use reply::{Credentials, Reply};
pub use sign_in::{Cause, Refusal, SignIn};
pub use upgrade::{Outdated, UpgradeError, Upgraded};
