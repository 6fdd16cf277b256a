//! What the server sends to clients, and how to write it.

use super::{FailCode, VERSION};
use crate::parameters::{Parameters, split};
use crate::sasl::Mechanism;
use crate::{Base64, Fields, Line, ProtocolError, Version};

/// A line from the server to a client.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Reply<'a> {
    /// `VERSION`.
    Version(Version),
    /// `MECH`: a mechanism that may be used.
    Mechanism {
        /// Its name, such as `PLAIN`.
        name: &'a [u8],
        /// What is said about it, such as `plaintext`.
        flags: Fields<'a>,
    },
    /// `SPID`: the server's process id.
    ServerPid(u32),
    /// `CUID`: a number that no other connection of this server process has had.
    ConnectionId(u32),
    /// `COOKIE`: 32 hexadecimal digits that `REQUEST` on the master socket has to show.
    Cookie(&'a [u8]),
    /// `DONE`: the end of the handshake.
    Done,
    /// `OK`: signed in.
    Ok {
        /// Of the request.
        id: u32,
        /// `user` is always there.
        fields: Fields<'a>,
    },
    /// `FAIL`: not signed in, for the reason that [`FailCode::of`] the fields says.
    Fail {
        /// Of the request.
        id: u32,
        /// Often `user`; perhaps `reason`, a text for the user.
        fields: Fields<'a>,
    },
    /// `CONT`: a challenge, to be answered by `CONT`.
    Continue {
        /// Of the request.
        id: u32,
        /// From the mechanism; can be empty.
        challenge: Base64<'a>,
    },
    /// `CANCELLED`: the answer to `CANCEL` towards clients of version 1.4.
    Cancelled {
        /// Of the request.
        id: u32,
    },
}

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
            b"MECH" => {
                let mut parameters = with("MECH");
                Ok(Self::Mechanism { name: parameters.raw()?, flags: parameters.fields() })
            }
            b"SPID" => with("SPID").number().map(Self::ServerPid),
            b"CUID" => with("CUID").number().map(Self::ConnectionId),
            b"COOKIE" => with("COOKIE").raw().map(Self::Cookie),
            b"DONE" => Ok(Self::Done),
            b"OK" => {
                let mut parameters = with("OK");
                Ok(Self::Ok { id: parameters.number()?, fields: parameters.fields() })
            }
            b"FAIL" => {
                let mut parameters = with("FAIL");
                Ok(Self::Fail { id: parameters.number()?, fields: parameters.fields() })
            }
            b"CONT" => {
                let mut parameters = with("CONT");
                Ok(Self::Continue { id: parameters.number()?, challenge: parameters.base64()? })
            }
            b"CANCELLED" => with("CANCELLED").number().map(|id| Self::Cancelled { id }),
            b"USER" | b"PASS" | b"LIST" | b"NOTFOUND" => Err(ProtocolError::OtherSocket),
            _ => Err(ProtocolError::UnknownCommand),
        }
    }
}

/// The server's handshake.
#[derive(Clone, Copy)]
pub struct Handshake<'a> {
    /// What clients may use; at least one.
    pub mechanisms: &'a [Mechanism],
    /// The server's process id.
    pub server_pid: u32,
    /// A number that no other connection of this process has had.
    pub connection_id: u32,
    /// Random, for this connection.
    pub cookie: &'a [u8; 16],
}

impl Handshake<'_> {
    /// Writes it, from `VERSION` to `DONE`.
    pub fn write(&self, into: &mut Vec<u8>) {
        VERSION.write(into);
        for mechanism in self.mechanisms {
            Line::new(into, "MECH").text(mechanism.name()).flag("plaintext").end();
        }
        Line::new(into, "SPID").number(self.server_pid).end();
        Line::new(into, "CUID").number(self.connection_id).end();
        let cookie = format!("{:032x}", u128::from_be_bytes(*self.cookie));
        Line::new(into, "COOKIE").text(cookie).end();
        Line::new(into, "DONE").end();
    }
}

/// Begins an `OK` line. Every client needs the user name, as it is in the accounts.
pub fn ok(into: &mut Vec<u8>, id: u32, user: impl AsRef<[u8]>) -> Line<'_> {
    Line::new(into, "OK").number(id).field("user", user)
}

/// Begins a `FAIL` line; no code means a wrong password and everything that has to look like one.
pub fn fail(into: &mut Vec<u8>, id: u32, code: Option<FailCode>) -> Line<'_> {
    let line = Line::new(into, "FAIL").number(id);
    match code {
        None => line,
        Some(code) => line.field("code", code.name()),
    }
}

/// Writes `CONT` with a challenge.
pub fn cont(into: &mut Vec<u8>, id: u32, challenge: &[u8]) {
    Line::new(into, "CONT").number(id).base64(challenge).end();
}

/// Writes `CANCELLED`, which only clients of version 1.4 understand.
pub fn cancelled(into: &mut Vec<u8>, id: u32) {
    Line::new(into, "CANCELLED").number(id).end();
}
