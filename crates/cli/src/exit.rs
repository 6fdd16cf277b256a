use std::process::ExitCode;

use ispmail_accounts::Error;
use ispmail_auth::config::ConfigError;

/// How the program ends: the numbers of sysexits.h, as doveadm has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All is well.
    Ok = 0,
    /// Something was refused: a new password that is weak or empty, two that differ, `passwd` with
    /// the wrong old one, a no to a question; `check` that found something to do; `verify` that
    /// found a mismatch.
    Failed = 1,
    /// The command line is wrong.
    Usage = 64,
    /// A name, address, value or line that cannot be taken: malformed, there already, wider than
    /// its column.
    Data = 65,
    /// No such user, domain or alias.
    NoUser = 67,
    /// Everything else, such as a database that is away, or a Dovecot that could not be told of a
    /// change that was made; and, as in doveadm, a password that does not match.
    Temporary = 75,
    /// The configuration is wrong, or the layout of the tables cannot do it.
    Config = 78,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed, in one line, and the exit code.
pub struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(Exit::Config, error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(Exit::Temporary, error.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match error {
            Error::NoUser(_) | Error::NoDomain(_) | Error::NoAlias { .. } => Exit::NoUser,
            Error::BadName { .. }
            | Error::Exists(_)
            | Error::Duplicate
            | Error::TooNarrow { .. }
            | Error::TooLong(_)
            | Error::NotTaken(_) => Exit::Data,
            Error::NoLayout { .. }
            | Error::SeveralLayouts(_)
            | Error::NotInLayout { .. }
            | Error::NoTransactions { .. } => Exit::Config,
            _ => Exit::Temporary,
        };
        Self::new(exit, error.to_string())
    }
}
