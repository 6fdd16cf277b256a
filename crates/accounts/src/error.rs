use thiserror::Error;

use crate::StatementError;

/// Why accounts could not be read or changed. No variant holds a password or a stored value, and
/// of a database's own error only its message is kept, never its details (PostgreSQL prints whole
/// rows there).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// No database server of the list could be reached; what the last one said.
    #[error("cannot connect to the database {at}: {why}")]
    Connect {
        /// Host and port, socket or file.
        at: String,
        /// What went wrong.
        why: String,
    },
    /// No answer in time.
    #[error("no answer from the database within {seconds} s")]
    TimedOut {
        /// The limit in seconds.
        seconds: f64,
    },
    /// The database refused a statement, or went away in the middle of it.
    #[error("the database refused {what}: {why}")]
    Query {
        /// Which statement, in words.
        what: &'static str,
        /// What the database said.
        why: String,
    },
    /// Neither a column `password` nor `password_noscheme`.
    #[error("the password query gave no column named password")]
    NoPasswordColumn,
    /// A column that is there, but holds nothing that could be used.
    #[error("the column {column} holds {what}")]
    Column {
        /// Its name.
        column: String,
        /// What is wrong.
        what: &'static str,
    },
    /// Two rows for one login.
    #[error("{0} gave more than one row for this login")]
    TwoRows(&'static str),
    /// A login that became something else than text on its way into the query.
    #[error("the login cannot be put into the query")]
    NotText,
    /// A statement that cannot be used.
    #[error("{what}: {why}")]
    Statement {
        /// Which statement, in words.
        what: &'static str,
        /// What is wrong.
        why: StatementError,
    },
    /// A unique column has the value already.
    #[error("the database has such a row already")]
    Duplicate,
    /// There is no such domain.
    #[error("there is no domain {0}")]
    NoDomain(String),
    /// There is no such user.
    #[error("there is no user {0}")]
    NoUser(String),
    /// It is there already.
    #[error("{0} exists already")]
    Exists(String),
    /// Not a domain name or mail address.
    #[error("{text:?} is not {expected}")]
    BadName {
        /// What was given.
        text: String,
        /// What would do.
        expected: &'static str,
    },
    /// A column is too narrow for the new value, or would have cut it.
    #[error("the column {column} is too narrow for the new value; nothing was changed")]
    TooNarrow {
        /// Its name.
        column: &'static str,
    },
    /// The same, where the database does not say which column it is.
    #[error("a column is too narrow for the new value; nothing was changed ({0})")]
    TooLong(String),
}

impl Error {
    /// Of an sqlx error only what is safe to show.
    pub(crate) fn query(what: &'static str, error: &sqlx::Error) -> Self {
        let database = error.as_database_error();
        if database.is_some_and(sqlx::error::DatabaseError::is_unique_violation) {
            return Self::Duplicate;
        }
        if database.and_then(sqlx::error::DatabaseError::code).as_deref() == Some(TOO_LONG) {
            return Self::TooLong(message(error));
        }
        Self::Query { what, why: message(error) }
    }

    /// A row that was there already, by its name.
    pub(crate) fn exists(self, name: &str) -> Self {
        match self {
            Self::Duplicate => Self::Exists(name.to_owned()),
            other => other,
        }
    }
}

/// SQLSTATE "string data, right truncation", of MariaDB and PostgreSQL alike.
const TOO_LONG: &str = "22001";

pub(crate) fn message(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(database) => database.message().to_owned(),
        other => other.to_string(),
    }
}
