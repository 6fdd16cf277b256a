//! What masters send, and how to write it.

use super::{LookUp, Request, SignIn, VERSION};
use crate::parameters::{Parameters, split};
use crate::{Fields, Line, ProtocolError, Version};

/// A line from a master.
#[non_exhaustive]
pub enum Command<'a> {
    /// `VERSION`: the handshake.
    Version(Version),
    /// `USER`: the userdb's fields of an account.
    User(LookUp<'a>),
    /// `PASS`: the passdb's fields of an account.
    Pass(LookUp<'a>),
    /// `LIST`: all logins.
    List {
        /// Of the master's choice.
        id: u32,
        /// Perhaps `user`, a pattern with `*` and `?`. It only saves work: the master looks at
        /// the logins again.
        fields: Fields<'a>,
    },
    /// `REQUEST`.
    Request(Request<'a>),
    /// `CACHE-FLUSH`: forget what was cached. It may name logins after the id; they are left out
    /// here, for it is never wrong to forget more.
    CacheFlush {
        /// Of the master's choice.
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
        let with = |command| Parameters::new(command, rest);
        match word {
            b"VERSION" => Version::parse(with("VERSION")).map(Self::Version),
            b"USER" => LookUp::parse(with("USER")).map(Self::User),
            b"PASS" => LookUp::parse(with("PASS")).map(Self::Pass),
            b"LIST" => {
                let mut parameters = with("LIST");
                Ok(Self::List { id: parameters.number()?, fields: parameters.fields() })
            }
            b"REQUEST" => Request::parse(with("REQUEST")).map(Self::Request),
            b"CACHE-FLUSH" => with("CACHE-FLUSH").number().map(|id| Self::CacheFlush { id }),
            b"CPID" | b"AUTH" | b"CONT" | b"CANCEL" => Err(ProtocolError::OtherSocket),
            _ => Err(ProtocolError::UnknownCommand),
        }
    }
}

/// Writes the master's handshake: `VERSION`.
pub fn hello(into: &mut Vec<u8>) {
    VERSION.write(into);
}

/// Begins a `USER` line.
pub fn user<'a>(into: &'a mut Vec<u8>, id: u32, user: &[u8], service: &str) -> Line<'a> {
    Line::new(into, "USER").number(id).text(user).field("service", service)
}

/// Begins a `PASS` line.
pub fn pass<'a>(into: &'a mut Vec<u8>, id: u32, user: &[u8], service: &str) -> Line<'a> {
    Line::new(into, "PASS").number(id).text(user).field("service", service)
}

/// Begins a `LIST` line.
pub fn list<'a>(into: &'a mut Vec<u8>, id: u32, service: &str) -> Line<'a> {
    Line::new(into, "LIST").number(id).field("service", service)
}

/// Begins a `REQUEST` line.
pub fn request<'a>(into: &'a mut Vec<u8>, id: u32, sign_in: SignIn<'_>) -> Line<'a> {
    let line = Line::new(into, "REQUEST").number(id);
    line.number(sign_in.client_pid).number(sign_in.id).text(sign_in.cookie)
}

/// Writes `CACHE-FLUSH` for all logins.
pub fn cache_flush(into: &mut Vec<u8>, id: u32) {
    Line::new(into, "CACHE-FLUSH").number(id).end();
}
