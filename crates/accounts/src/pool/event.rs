use std::fmt;

/// A database of a pool went away or came back. Holds no secrets: for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostEvent {
    /// It does not answer; it is left alone until it does.
    Down {
        /// Host and port, socket or file.
        at: String,
        /// What went wrong.
        why: String,
    },
    /// It answers again.
    Up {
        /// Host and port, socket or file.
        at: String,
    },
}

impl fmt::Display for HostEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Down { at, why } => write!(f, "the database {at} is down: {why}"),
            Self::Up { at } => write!(f, "the database {at} is up again"),
        }
    }
}
