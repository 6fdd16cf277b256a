//! Dovecot's auth protocol as pure parsing and encoding: no sockets, no clock, no configuration.
//!
//! A server of this protocol, which is what Dovecot's `auth` process is, has two kinds of sockets:
//!
//! - On a [`client`] socket Postfix, Exim and Dovecot's login processes ask whether somebody may
//!   sign in: [`client::Command`] and [`client::Reply`].
//! - On a [`master`] socket trusted programs such as Dovecot's mail processes, its delivery agent
//!   and `doveadm` look accounts up without a password: [`master::Command`] and
//!   [`master::Reply`].
//!
//! Both directions of both are here. Reading goes in two steps: [`Lines`] cuts what arrives into
//! lines, `parse` makes a line a typed value. Writing appends whole lines to a buffer of the
//! caller, through a [`Line`]. [`sasl`] has what the mechanisms PLAIN and LOGIN exchange.
//!
//! ```
//! use ispmail_auth_protocol::client::{Command, command, reply};
//! use ispmail_auth_protocol::sasl::{self, Mechanism, Step};
//! use ispmail_auth_protocol::{Lines, client};
//!
//! // What Postfix sends.
//! let mut sent = Vec::new();
//! let message = sasl::plain(b"", b"john@example.org", b"summersun")?;
//! command::auth(&mut sent, 1, "PLAIN", "smtp")
//!     .flag("nologin")
//!     .base64_field("resp", &message)
//!     .end_within(client::MAX_LINE)?;
//!
//! // What the server does with it.
//! let mut lines = Lines::new(client::MAX_LINE);
//! lines.space()[..sent.len()].copy_from_slice(&sent);
//! lines.filled(sent.len());
//! let mut answer = Vec::new();
//! while let Some(line) = lines.next_line()? {
//!     let Command::Auth(auth) = Command::parse(line)? else { panic!() };
//!     let mechanism = Mechanism::from_name(auth.mechanism).unwrap();
//!     let initial = auth.initial_response(client::VERSION)?;
//!     match sasl::start(mechanism, initial.as_deref().map(Vec::as_slice))? {
//!         Step::Challenge(challenge, _) => reply::cont(&mut answer, auth.id, challenge),
//!         Step::Complete(credentials) => {
//!             assert_eq!(*credentials.password, b"summersun");
//!             reply::ok(&mut answer, auth.id, &credentials.login).end();
//!         }
//!     }
//! }
//! assert_eq!(answer, b"OK\t1\tuser=john@example.org\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Lines
//!
//! A line is a command word and parameters, separated by tabs, ended by LF; a CR before the LF is
//! dropped, as Dovecot does (2.4's master clients end their lines with CR LF). Positional
//! parameters come first, then [`Fields`]: `name=value`, or a name alone, in any order. Unknown
//! fields are there and are of no consequence. Bytes that would break a line are escaped with
//! `\x01` ([`escape`]).
//!
//! # Strictness
//!
//! Lines are refused where Dovecot 2.3 or 2.4 would close the connection: unknown command words,
//! missing parameters, ids that are not decimal numbers below 2³², a parameter after `resp=`. Two
//! things are refused here that Dovecot takes otherwise: a NUL byte in a line, at which Dovecot
//! cuts the line, and a third NUL in a PLAIN message right after the second, at which it cuts
//! the password. Base64 that cannot be decoded is no error of the line: the request fails, the
//! connection stays.
//!
//! # Secrets
//!
//! Everything that can hold a password is wiped when it is dropped and has no `Debug`; buffers are
//! wiped before they grow; errors hold nothing of the line. The buffer that lines are appended to
//! is the caller's, who may want it to be a `Zeroizing<Vec<u8>>`.
#![forbid(unsafe_code)]

mod base64;
pub mod client;
mod error;
mod escape;
mod fields;
mod line;
mod lines;
pub mod master;
mod parameters;
mod printable;
pub mod sasl;
mod version;

pub use base64::{Base64, InvalidBase64};
pub use error::{ProtocolError, TooLong};
pub use escape::{append, escape, unescape};
pub use fields::{Field, Fields};
pub use line::Line;
pub use lines::Lines;
pub use printable::printable;
pub use version::Version;
