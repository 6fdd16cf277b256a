use thiserror::Error;

use crate::{StatementError, database};

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
    /// No database of the list is up, and nobody waited for one.
    #[error("the database {at} is down: {why}")]
    Down {
        /// The last one of the list: host and port, socket or file.
        at: String,
        /// What went wrong when it was last asked.
        why: String,
    },
    /// All connections were busy all the time.
    #[error("no database connection became free within {seconds} s")]
    Exhausted {
        /// The limit in seconds.
        seconds: f64,
    },
    /// The database went away in the middle of a statement, or takes none now.
    #[error("the connection to the database was lost in {what}: {why}")]
    Lost {
        /// Which statement, in words.
        what: &'static str,
        /// What the database or the operating system said.
        why: String,
    },
    /// The database was to make a change last, and gave no answer to that.
    #[error(
        "whether the change was made is not known, because the database did not answer in the end \
         ({why}); see what is there before you repeat it"
    )]
    Unsure {
        /// What went wrong.
        why: String,
    },
    /// The database refused a statement.
    #[error("the database refused {what}: {why}")]
    Query {
        /// Which statement, in words.
        what: &'static str,
        /// What the database said.
        why: String,
    },
    /// Logins were to be listed, but no query does that.
    #[error("there is no iterate query")]
    NoIterateQuery,
    /// Neither a column `password` nor `password_noscheme`.
    #[error("the password query gave no column named password")]
    NoPasswordColumn,
    /// Neither a column `user` nor `username`.
    #[error("the iterate query gave no column named user or username")]
    NoUserColumn,
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
    /// More than one row where a statement should change one.
    #[error("{0} would have changed more than one row; nothing was changed")]
    SeveralRows(&'static str),
    /// A value, mostly the login, that is not text or ceased to be on its way into the query.
    #[error("a value for the query is not text")]
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
    /// There is no such alias, or it does not lead there.
    #[error("{}", no_alias(alias, destination.as_deref()))]
    NoAlias {
        /// Its source.
        alias: String,
        /// The destination asked for, if one was.
        destination: Option<String>,
    },
    /// The layout has no statement for it.
    #[error("{what} cannot be done with the layout {layout}")]
    NotInLayout {
        /// What was to be done.
        what: &'static str,
        /// Its name.
        layout: &'static str,
    },
    /// The tables are of no layout that is known.
    #[error("no known tables are in the database. Looked for {wanted}; found {found}")]
    NoLayout {
        /// The tables with such names that are there.
        found: String,
        /// The layouts and their tables.
        wanted: String,
    },
    /// The tables of several layouts are there.
    #[error("the database has the tables of several layouts: {}; choose one", .0.join(", "))]
    SeveralLayouts(Vec<&'static str>),
    /// A table whose changes cannot be undone.
    #[error(
        "the table {table} knows no transactions, so nothing could be undone; \
         ALTER TABLE {table} ENGINE = InnoDB gives it some"
    )]
    NoTransactions {
        /// Its name.
        table: String,
    },
    /// Not a domain name or mail address.
    #[error("{text:?} is not {expected}: {why}")]
    BadName {
        /// What was given; its beginning if it is long.
        text: String,
        /// What would do.
        expected: &'static str,
        /// What is wrong with it.
        why: String,
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
    /// A value that the table does not take for another reason, such as an emoji where the column's
    /// character set has none.
    #[error("the table does not take the value; nothing was changed ({0})")]
    NotTaken(String),
}

impl Error {
    /// Of an sqlx error only what is safe to show.
    pub(crate) fn query(what: &'static str, error: &sqlx::Error) -> Self {
        let database = error.as_database_error();
        if database.is_some_and(sqlx::error::DatabaseError::is_unique_violation) {
            return Self::Duplicate;
        }
        match database.and_then(sqlx::error::DatabaseError::code).as_deref() {
            Some(TOO_LONG) => return Self::TooLong(message(error)),
            Some(code) if is_of_value(code) => return Self::NotTaken(message(error)),
            _ => {}
        }
        let why = message(error);
        if is_lost(error) { Self::Lost { what, why } } else { Self::Query { what, why } }
    }

    /// Whether the database could not be asked, or not in time. That may pass by itself; all other
    /// errors stay until somebody changes something.
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Connect { .. }
                | Self::TimedOut { .. }
                | Self::Down { .. }
                | Self::Exhausted { .. }
                | Self::Lost { .. }
                | Self::Unsure { .. }
        )
    }

    /// Whether another name or value would have been taken.
    pub fn is_of_input(&self) -> bool {
        matches!(
            self,
            Self::BadName { .. }
                | Self::Exists(_)
                | Self::Duplicate
                | Self::NoDomain(_)
                | Self::TooNarrow { .. }
                | Self::TooLong(_)
                | Self::NotTaken(_)
        )
    }

    /// An empty list of endpoints.
    pub(crate) fn no_endpoint() -> Self {
        Self::Connect { at: "(none)".to_owned(), why: "none is configured".to_owned() }
    }

    /// The error of a statement that may have been carried out all the same.
    pub(crate) fn unsure(self) -> Self {
        match self {
            error @ (Self::Lost { .. } | Self::TimedOut { .. }) => {
                Self::Unsure { why: error.to_string() }
            }
            other => other,
        }
    }

    /// A row that was there already, by its name.
    pub(crate) fn exists(self, name: &str) -> Self {
        match self {
            Self::Duplicate => Self::Exists(name.to_owned()),
            other => other,
        }
    }
}

/// Whether the connection is of no more use.
fn is_lost(error: &sqlx::Error) -> bool {
    use sqlx::Error::{Database, Io, Protocol, Tls, WorkerCrashed};
    match error {
        Io(_) | Protocol(_) | Tls(_) | WorkerCrashed => true,
        Database(_) => database::is_away(error),
        _ => false,
    }
}

/// SQLSTATE "string data, right truncation", of MariaDB and PostgreSQL alike.
const TOO_LONG: &str = "22001";

/// Whether it is an SQLSTATE of the classes "data exception" or "integrity constraint violation".
/// SQLite has numbers of its own, which are shorter.
fn is_of_value(code: &str) -> bool {
    code.len() == TOO_LONG.len() && (code.starts_with("22") || code.starts_with("23"))
}

fn no_alias(alias: &str, destination: Option<&str>) -> String {
    match destination {
        Some(destination) => format!("the alias {alias} does not lead to {destination}"),
        None => format!("there is no alias {alias}"),
    }
}

pub(crate) fn message(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(database) => database.message().to_owned(),
        other => other.to_string(),
    }
}
