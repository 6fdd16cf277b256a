//! What clients send, and how to write it.

use super::{Auth, VERSION};
use crate::parameters::{Parameters, split};
use crate::{Base64, Line, ProtocolError, Version};

/// A line from a client.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Command<'a> {
    /// `VERSION`.
    Version(Version),
    /// `CPID`: a number that no other client of this server has; not 0. It ends the handshake.
    ClientPid(u32),
    /// `AUTH`.
    Auth(Auth<'a>),
    /// `CONT`: the response to a challenge. If no challenge of this request waits for one, the
    /// request fails; the connection stays.
    Continue {
        /// Of the request.
        id: u32,
        /// For the mechanism; can be empty.
        response: Base64<'a>,
    },
    /// `CANCEL`: the answer to this request is of no interest any more.
    Cancel {
        /// Of the request.
        id: u32,
    },
}

impl<'a> Command<'a> {
    /// Reads a line that [`Lines`](crate::Lines) gave.
    ///
    /// # Errors
    ///
    /// [`ProtocolError`].
    pub fn parse(line: &'a [u8]) -> Result<Self, ProtocolError> {
        let (word, rest) = split(line)?;
        match word {
            b"VERSION" => Version::parse(Parameters::new("VERSION", rest)).map(Self::Version),
            b"CPID" => {
                let mut parameters = Parameters::new("CPID", rest);
                let pid = parameters.positive()?;
                parameters.end()?;
                Ok(Self::ClientPid(pid))
            }
            b"AUTH" => Auth::parse(Parameters::new("AUTH", rest)).map(Self::Auth),
            b"CONT" => {
                // Dovecot 2.4 has fields after it, for channel binding.
                let mut parameters = Parameters::new("CONT", rest);
                Ok(Self::Continue { id: parameters.number()?, response: parameters.base64()? })
            }
            b"CANCEL" => {
                let mut parameters = Parameters::new("CANCEL", rest);
                let id = parameters.number()?;
                parameters.end()?;
                Ok(Self::Cancel { id })
            }
            b"USER" | b"PASS" | b"LIST" | b"REQUEST" | b"CACHE-FLUSH" => {
                Err(ProtocolError::OtherSocket)
            }
            _ => Err(ProtocolError::UnknownCommand),
        }
    }
}

/// Writes the client's handshake: `VERSION` and `CPID`. The number may not be 0; real Dovecot
/// refuses a second connection with the same number on its `login` sockets.
pub fn hello(into: &mut Vec<u8>, pid: u32) {
    VERSION.write(into);
    Line::new(into, "CPID").number(pid).end();
}

/// Begins an `AUTH` line. `resp`, if there is an initial response, has to be the last field.
pub fn auth<'a>(into: &'a mut Vec<u8>, id: u32, mechanism: &str, service: &str) -> Line<'a> {
    Line::new(into, "AUTH").number(id).text(mechanism).field("service", service)
}

/// Begins a `CONT` line with the response to a challenge.
pub fn cont<'a>(into: &'a mut Vec<u8>, id: u32, response: &[u8]) -> Line<'a> {
    Line::new(into, "CONT").number(id).base64(response)
}

/// Writes `CANCEL`.
pub fn cancel(into: &mut Vec<u8>, id: u32) {
    Line::new(into, "CANCEL").number(id).end();
}
