//! A small blocking client of `ispmail-authd`, for programs that ask one thing at a time.
//!
//! ```no_run
//! use ispmail_auth_client::{Client, Decision, Session, Sockets, Timeouts};
//!
//! let mut client = Client::new(Sockets::default(), Timeouts::default());
//! let session = Session { service: "imap", fields: &[("rip", b"192.0.2.1")] };
//! match client.sign_in(b"john@example.org", b"summersun", session) {
//!     Ok(Decision::Accepted(account)) => println!("{:?}", account.user),
//!     Ok(Decision::Refused) => println!("no"),
//!     Err(why) => println!("could not check: {why}"),
//! }
//! ```
//!
//! Connections are made when they are needed, and kept. One that turns out to be closed, because
//! the daemon was restarted meanwhile, is replaced, and the request sent once more; a daemon that
//! is just being restarted is waited for. Nothing takes longer than [`Timeouts::request`].
#![forbid(unsafe_code)]

mod account;
mod client;
mod connection;
mod error;
mod link;
mod request;
mod session;

pub use account::{Account, Field};
pub use client::{Client, Decision, LookUp, Sockets, Timeouts};
pub use error::Error;
pub use session::{SESSION_FIELDS, Session};
