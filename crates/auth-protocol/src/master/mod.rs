//! Master sockets: what is known about an account? Whoever may connect to one is trusted.
//!
//! Both sides send their handshake without waiting for the other, then come requests, answered in
//! any order:
//!
//! ```text
//! server: VERSION 1 1 · SPID <pid>                                      (reply::handshake)
//! master: VERSION 1 1                                                   (command::hello)
//! master: USER 1 john@example.org service=doveadm
//! server: USER 1 john@example.org uid=5000 …   or NOTFOUND 1   or FAIL 1 [reason=…]
//! master: PASS 2 john@example.org service=doveadm
//! server: PASS 2 user=john@example.org …       or NOTFOUND 2   or FAIL 2 [reason=…]
//! master: LIST 3 user=*@example.org service=doveadm
//! server: LIST 3 john@example.org · … · DONE 3                 or DONE 3 fail
//! ```

pub mod command;
mod look_up;
pub mod reply;

pub use command::Command;
pub use look_up::{LookUp, Request, SignIn};
pub use reply::Reply;

use crate::Version;

/// Where `ispmail-authd` has its master socket unless its configuration says otherwise.
pub const DEFAULT_SOCKET: &str = "/run/ispmail/auth-master";

/// Most bytes of a command that Dovecot's servers take, its LF included.
///
/// Its clients do not limit what they send; a server had better take [`MAX_REPLY`].
pub const MAX_COMMAND: usize = 1024;

/// Most bytes of a reply that Dovecot's clients take, its LF included.
pub const MAX_REPLY: usize = 8192;

/// What this crate speaks, and Dovecot 2.3's servers; 2.4 says 1.4, 2.3's clients say 1.0. The
/// minor versions do not differ in anything.
pub const VERSION: Version = Version { major: Version::MAJOR, minor: 1 };

/// A field of `PASS` with the only scheme that the master has a use for, besides plain text. Our
/// own; servers that do not know it ignore it.
pub const SCHEME: &str = "scheme";
