//! Client sockets: may somebody sign in?
//!
//! The connection begins with both sides sending their handshake, without waiting for the other:
//!
//! ```text
//! client: VERSION 1 4 · CPID <pid>                                      (command::hello)
//! server: VERSION 1 4 · MECH PLAIN plaintext · MECH LOGIN plaintext ·
//!         SPID <pid> · CUID <number> · COOKIE <hex> · DONE              (reply::Handshake)
//! ```
//!
//! Dovecot wants `VERSION` first and `CPID` before any request; Dovecot 2.4 sends its mechanisms
//! only after the client's `VERSION`. Then come requests, several at once if the client likes,
//! each with an id of its own; answers come in any order:
//!
//! ```text
//! client: AUTH 1 PLAIN service=smtp nologin resp=<base64>
//! server: OK 1 user=john@example.org          or FAIL 1 [code=…]   or CONT 1 <base64>
//! client:                                                             CONT 1 <base64>
//! ```
//!
//! `service` is called `protocol` by Dovecot 2.4's clients. Without `nologin` an accepted request
//! stays on the server until a [master](crate::master) fetches it with `REQUEST`.

mod auth;
pub mod command;
mod fail_code;
pub mod reply;

pub use auth::Auth;
pub use command::Command;
pub use fail_code::FailCode;
pub use reply::Reply;

use crate::Version;

/// Where `ispmail-authd` has its client socket unless its configuration says otherwise.
pub const DEFAULT_SOCKET: &str = "/run/ispmail/auth-client";

/// Most bytes of a line in either direction, its LF included: Dovecot 2.3 and 2.4. Exim takes half
/// of it.
pub const MAX_LINE: usize = 16_384;

/// What this crate speaks, and Dovecot 2.4; 2.3 says 1.2, Postfix and Exim say 1.0.
///
/// From 1.2 on an empty `resp=` is an empty initial response, before it means that there is none;
/// from 1.3 on channel binding is understood; from 1.4 on `CANCEL` is answered with `CANCELLED`.
pub const VERSION: Version = Version { major: Version::MAJOR, minor: 4 };

/// A flag of `AUTH` by which a trusted client asks for the userdb's fields with `OK`, named
/// `userdb_…`, so that it need not look them up. Our own; servers that do not know it ignore it.
pub const WITH_USERDB: &str = "with_userdb";
