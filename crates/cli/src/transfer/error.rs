use std::fmt;
use std::io;

use crate::{Exit, Failure};

/// Why a record cannot be taken. It never holds a password or a stored one.
#[derive(Debug)]
pub(crate) enum RecordError {
    /// The file cannot be read, or there is no thread to read it.
    Io(io::Error),
    /// There is nothing in the file.
    Empty,
    /// What is wrong with a record, and the line on which it begins.
    Bad { line: u64, message: String },
}

impl RecordError {
    pub(crate) fn new(line: u64, message: impl Into<String>) -> Self {
        Self::Bad { line, message: message.into() }
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Empty => f.write_str("the file is empty"),
            Self::Bad { line, message } => write!(f, "line {line}: {message}"),
        }
    }
}

impl From<io::Error> for RecordError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        let exit = match error {
            RecordError::Io(_) => Exit::Temporary,
            RecordError::Empty | RecordError::Bad { .. } => Exit::Data,
        };
        Self::new(exit, error.to_string())
    }
}
