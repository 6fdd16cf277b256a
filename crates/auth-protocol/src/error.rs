use thiserror::Error;

/// A line is longer than agreed. Dovecot closes such a connection.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a line of more than {max} bytes")]
pub struct TooLong {
    /// Most bytes of a line, its LF included.
    pub max: usize,
}

/// Why a line cannot be understood. The connection is to be closed: what follows has no meaning
/// either. Nothing of the line is in it.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProtocolError {
    /// The first word is none of this socket's.
    #[error("an unknown command")]
    UnknownCommand,
    /// The first word belongs to the other kind of socket, client or master.
    #[error("a command of the other kind of auth socket, client and master are confused")]
    OtherSocket,
    /// A positional parameter is not there.
    #[error("{command} lacks a parameter")]
    Missing {
        /// The command word.
        command: &'static str,
    },
    /// More parameters than the command has.
    #[error("{command} has a parameter too many")]
    TooMany {
        /// The command word.
        command: &'static str,
    },
    /// An id, process id or version that is not a decimal number from 0 (1 where 0 has no
    /// meaning) to 4294967295.
    #[error("{command} has an invalid number")]
    Number {
        /// The command word.
        command: &'static str,
    },
    /// `AUTH` has a parameter after `resp=`, which must be the last.
    #[error("AUTH has a parameter after resp")]
    AfterResponse,
    /// A NUL byte in the line.
    #[error("a line with a NUL byte")]
    Nul,
    /// The other side's major version is not [`Version::MAJOR`](crate::Version::MAJOR).
    #[error("protocol version {major} instead of 1")]
    Version {
        /// The other side's.
        major: u32,
    },
    /// See there.
    #[error(transparent)]
    TooLong(#[from] TooLong),
}
