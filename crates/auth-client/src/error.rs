use std::io;
use std::path::PathBuf;

use ispmail_auth_protocol::{ProtocolError, TooLong};
use thiserror::Error as ThisError;

/// Why nothing can be said. Nothing of a request or an answer is in it.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// The daemon has answered that it does not know either.
    #[error("the auth daemon's log says why")]
    CouldNot,
    /// Nobody listens, or not for us.
    #[error("no connection to the auth daemon at {}: {error}", path.display())]
    Connect {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The daemon closed the connection before it answered.
    #[error("the auth daemon at {} closed the connection", path.display())]
    Lost {
        /// The socket.
        path: PathBuf,
    },
    /// It took too long.
    #[error("no answer from the auth daemon at {} in time", path.display())]
    TimedOut {
        /// The socket.
        path: PathBuf,
    },
    /// Sending or receiving failed.
    #[error("the auth daemon at {}: {error}", path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// What listens there does not speak the protocol.
    #[error("the auth daemon sent what is not understood: {0}")]
    Protocol(#[from] ProtocolError),
    /// It speaks the protocol, but this is no answer to what was asked.
    #[error("the auth daemon sent {0}")]
    Unexpected(&'static str),
    /// The request with its session fields is longer than a line may be.
    #[error("what is known about the session makes the request too long")]
    TooLong(#[from] TooLong),
}

impl Error {
    /// Whether there is no daemon that could answer, as opposed to one that does not.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Connect { .. } | Self::Lost { .. })
    }
}
