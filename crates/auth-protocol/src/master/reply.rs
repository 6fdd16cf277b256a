//! What the server sends to masters, and how to write it.

use zeroize::Zeroizing;

use super::VERSION;
use crate::parameters::{Parameters, split};
use crate::{Fields, Line, ProtocolError, Version};

/// A line from the server to a master.
#[non_exhaustive]
pub enum Reply<'a> {
    /// `VERSION`.
    Version(Version),
    /// `SPID`: the server's process id; the end of the handshake.
    ServerPid(u32),
    /// `USER`: found, to `USER` and `REQUEST`.
    User {
        /// Of the request.
        id: u32,
        /// The login as it is in the accounts.
        user: Zeroizing<Vec<u8>>,
        /// The userdb's, such as `uid`, `gid` and `home`.
        fields: Fields<'a>,
    },
    /// `PASS`: found, to `PASS`.
    Pass {
        /// Of the request.
        id: u32,
        /// The passdb's; `user` is always there.
        fields: Fields<'a>,
    },
    /// `NOTFOUND`: there is no such account.
    NotFound {
        /// Of the request.
        id: u32,
    },
    /// `FAIL`: could not look.
    Fail {
        /// Of the request.
        id: u32,
        /// Perhaps `reason`, a text for the user.
        fields: Fields<'a>,
    },
    /// `LIST`: one login.
    List {
        /// Of the request.
        id: u32,
        /// The login.
        user: Zeroizing<Vec<u8>>,
    },
    /// `DONE`: the end of a list.
    Done {
        /// Of the request.
        id: u32,
        /// Otherwise the list lacks some.
        complete: bool,
    },
    /// `OK`: to `CACHE-FLUSH`.
    Flushed {
        /// Of the request.
        id: u32,
        /// How many entries were forgotten.
        count: u32,
    },
}

/// What stands after the id in a `DONE` that has failed.
const FAILED: &[u8] = b"fail";

impl<'a> Reply<'a> {
    /// Reads a line that [`Lines`](crate::Lines) gave.
    ///
    /// # Errors
    ///
    /// [`ProtocolError`].
    pub fn parse(line: &'a [u8]) -> Result<Self, ProtocolError> {
        let (word, rest) = split(line)?;
        let with = |command| Parameters::new(command, rest);
        match word {
            b"VERSION" => Version::parse(with("VERSION")).map(Self::Version),
            b"SPID" => with("SPID").number().map(Self::ServerPid),
            b"USER" => {
                let mut parameters = with("USER");
                let (id, user) = (parameters.number()?, parameters.text()?);
                Ok(Self::User { id, user, fields: parameters.fields() })
            }
            b"PASS" => {
                let mut parameters = with("PASS");
                Ok(Self::Pass { id: parameters.number()?, fields: parameters.fields() })
            }
            b"NOTFOUND" => with("NOTFOUND").number().map(|id| Self::NotFound { id }),
            b"FAIL" => {
                let mut parameters = with("FAIL");
                Ok(Self::Fail { id: parameters.number()?, fields: parameters.fields() })
            }
            b"LIST" => {
                let mut parameters = with("LIST");
                Ok(Self::List { id: parameters.number()?, user: parameters.text()? })
            }
            b"DONE" => {
                let mut parameters = with("DONE");
                let id = parameters.number()?;
                Ok(Self::Done { id, complete: parameters.raw() != Ok(FAILED) })
            }
            b"OK" => {
                let mut parameters = with("OK");
                Ok(Self::Flushed { id: parameters.number()?, count: parameters.number()? })
            }
            b"MECH" | b"CUID" | b"COOKIE" => Err(ProtocolError::OtherSocket),
            _ => Err(ProtocolError::UnknownCommand),
        }
    }
}

/// Writes the server's handshake: `VERSION` and `SPID`.
pub fn handshake(into: &mut Vec<u8>, server_pid: u32) {
    VERSION.write(into);
    Line::new(into, "SPID").number(server_pid).end();
}

/// Begins a `USER` line: found.
pub fn user(into: &mut Vec<u8>, id: u32, user: impl AsRef<[u8]>) -> Line<'_> {
    Line::new(into, "USER").number(id).text(user)
}

/// Begins a `PASS` line: found.
pub fn pass(into: &mut Vec<u8>, id: u32, user: impl AsRef<[u8]>) -> Line<'_> {
    Line::new(into, "PASS").number(id).field("user", user)
}

/// Writes `NOTFOUND`.
pub fn not_found(into: &mut Vec<u8>, id: u32) {
    Line::new(into, "NOTFOUND").number(id).end();
}

/// Begins a `FAIL` line; a field `reason` is shown to the user.
pub fn fail(into: &mut Vec<u8>, id: u32) -> Line<'_> {
    Line::new(into, "FAIL").number(id)
}

/// Begins a `LIST` line with one login.
pub fn list(into: &mut Vec<u8>, id: u32, user: impl AsRef<[u8]>) -> Line<'_> {
    Line::new(into, "LIST").number(id).text(user)
}

/// Writes `DONE`, the end of a list that is complete or not.
pub fn done(into: &mut Vec<u8>, id: u32, complete: bool) {
    let result: &[u8] = if complete { b"" } else { FAILED };
    Line::new(into, "DONE").number(id).text(result).end();
}

/// Writes `OK`: so many entries of a cache were forgotten.
pub fn flushed(into: &mut Vec<u8>, id: u32, count: u32) {
    Line::new(into, "OK").number(id).number(count).end();
}
