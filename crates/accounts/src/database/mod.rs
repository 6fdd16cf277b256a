//! One connection to one of the three kinds of database, with time-outs, giving every value as the
//! text that Dovecot would see.

mod driver;
mod mysql;
mod postgres;
mod sqlite;
mod transaction;

use std::future::Future;
use std::time::Duration;

use futures_util::stream::{BoxStream, StreamExt as _};
use sqlx::{Connection as _, MySqlConnection, PgConnection, SqliteConnection};
use zeroize::Zeroizing;

use crate::error::message;
use crate::settings::{Endpoint, Timeouts};
use crate::statement::Statement;
use crate::{Error, Values};

/// Which SQL a database speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// MariaDB and MySQL.
    MySql,
    /// PostgreSQL.
    Postgres,
}

/// Whether a SQLite file is opened for reading only. Servers decide by the database account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Only look-ups.
    Read,
    /// Look-ups and changes; the file must exist.
    Write,
    /// The same, and the file is made if it does not exist.
    Create,
}

/// A row: names of the columns and their values as text.
pub(crate) type Row = Vec<(String, Option<Zeroizing<Vec<u8>>>)>;

/// An open connection.
pub(crate) struct Database {
    connection: Connection,
    timeouts: Timeouts,
    /// Whether prepared statements are kept for the next time, which saves a round trip then.
    keeps_statements: bool,
}

/// Why a connection was not made.
pub(crate) struct NotOpened {
    pub(crate) error: Error,
    /// Whether there are only too many connections.
    pub(crate) full: bool,
}

enum Connection {
    Sqlite(SqliteConnection),
    MySql(MySqlConnection),
    Postgres(PgConnection),
}

/// Runs the same expression on the connection of whichever kind.
macro_rules! on_connection {
    ($self:expr, $module:ident, $connection:ident => $body:expr) => {
        match &mut $self.connection {
            Connection::Sqlite($connection) => {
                use sqlite as $module;
                $body
            }
            Connection::MySql($connection) => {
                use mysql as $module;
                $body
            }
            Connection::Postgres($connection) => {
                use postgres as $module;
                $body
            }
        }
    };
}

impl Database {
    /// Tries the endpoints one after the other, beginning with number `first` (modulo their
    /// number), and takes the first that answers.
    pub(crate) async fn connect(
        endpoints: &[Endpoint],
        first: usize,
        timeouts: Timeouts,
        access: Access,
    ) -> Result<Self, Error> {
        let mut error = Error::no_endpoint();
        let first = first.checked_rem(endpoints.len()).unwrap_or(0);
        let (before, from) = endpoints.split_at(first);
        for endpoint in from.iter().chain(before) {
            match Self::open(endpoint, timeouts, access).await {
                Ok(database) => return Ok(database),
                Err(why) => error = why.error,
            }
        }
        Err(error)
    }

    /// Connects to one endpoint.
    pub(crate) async fn open(
        endpoint: &Endpoint,
        timeouts: Timeouts,
        access: Access,
    ) -> Result<Self, NotOpened> {
        let connection = tokio::time::timeout(timeouts.connect, async {
            match endpoint {
                Endpoint::Sqlite(path) => {
                    sqlite::connect(path, timeouts, access).await.map(Connection::Sqlite)
                }
                Endpoint::MySql(server) => mysql::connect(server).await.map(Connection::MySql),
                Endpoint::Postgres(server) => {
                    postgres::connect(server).await.map(Connection::Postgres)
                }
            }
        });
        let (why, full) = match connection.await {
            Ok(Ok(connection)) => {
                // To close a statement, sqlx sends MariaDB a packet that nothing answers. The next
                // one would wait for its acknowledgement by TCP, which takes 40 ms.
                let keeps_statements = matches!(connection, Connection::MySql(_));
                return Ok(Self { connection, timeouts, keeps_statements });
            }
            Ok(Err(error)) => (message(&error), is_full(&error)),
            Err(_) => (format!("no answer within {} s", timeouts.connect.as_secs_f64()), false),
        };
        Err(NotOpened { error: Error::Connect { at: endpoint.place(), why }, full })
    }

    /// For a connection that will run the same statements again. Not for SQLite: there it would
    /// save no round trip.
    pub(crate) fn keep_statements(&mut self) {
        self.keeps_statements = self.dialect() != Dialect::Sqlite;
    }

    /// The first `limit` rows. If there are fewer, the connection is ready for the next statement.
    pub(crate) async fn fetch(
        &mut self,
        what: &'static str,
        statement: &Statement,
        values: &Values,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        self.fetch_each(what, statement, std::slice::from_ref(values), limit).await
    }

    /// The same for a statement of several parts, see [`Statement::bind_each`].
    pub(crate) async fn fetch_each(
        &mut self,
        what: &'static str,
        statement: &Statement,
        values: &[Values],
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        let bound = statement.bind_each(values).ok_or(Error::NotText)?;
        let (limit_time, keep) = (self.timeouts.query, self.keeps_statements);
        within(limit_time, async {
            let rows = on_connection!(self, driver, connection => {
                driver::fetch(connection, &statement.sql, &bound, keep, limit).await
            });
            rows.map_err(|fault| fault.of(what))
        })
        .await
    }

    /// Rows as they come, however many, without a limit of time.
    pub(crate) fn rows(
        &mut self,
        what: &'static str,
        statement: &Statement,
        values: &Values,
    ) -> Result<BoxStream<'_, Result<Row, Error>>, Error> {
        let bound = statement.bind(values).ok_or(Error::NotText)?;
        let keep = self.keeps_statements;
        let rows = on_connection!(self, driver, connection => {
            driver::rows(connection, &statement.sql, &bound, keep)
        });
        Ok(rows.map(move |row| row.map_err(|fault| fault.of(what))).boxed())
    }

    /// Runs a statement and gives the number of rows it changed.
    pub(crate) async fn execute(
        &mut self,
        what: &'static str,
        statement: &Statement,
        values: &Values,
    ) -> Result<u64, Error> {
        self.execute_each(what, statement, std::slice::from_ref(values)).await
    }

    /// The same for a statement of several parts, see [`Statement::bind_each`].
    pub(crate) async fn execute_each(
        &mut self,
        what: &'static str,
        statement: &Statement,
        values: &[Values],
    ) -> Result<u64, Error> {
        let bound = statement.bind_each(values).ok_or(Error::NotText)?;
        let (limit_time, keep) = (self.timeouts.query, self.keeps_statements);
        within(limit_time, async {
            let done = on_connection!(self, driver, connection => {
                driver::execute(connection, &statement.sql, &bound, keep).await
            });
            done.map_err(|error| Error::query(what, &error))
        })
        .await
    }

    /// Names of the columns that a statement would give.
    pub(crate) async fn columns(
        &mut self,
        what: &'static str,
        statement: &Statement,
    ) -> Result<Vec<String>, Error> {
        within(self.timeouts.query, async {
            let columns = on_connection!(self, driver, connection => {
                driver::columns(connection, &statement.sql).await
            });
            columns.map_err(|error| Error::query(what, &error))
        })
        .await
    }

    /// Runs SQL of ours, without values, in the database's simple protocol.
    pub(crate) async fn run(&mut self, what: &'static str, sql: &str) -> Result<(), Error> {
        within(self.timeouts.query, async {
            let done = on_connection!(self, driver, connection => {
                driver::run(connection, sql).await
            });
            done.map_err(|error| Error::query(what, &error))
        })
        .await
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self.connection {
            Connection::Sqlite(_) => Dialect::Sqlite,
            Connection::MySql(_) => Dialect::MySql,
            Connection::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Says goodbye to the server, so that it does not log an aborted connection.
    pub(crate) async fn close(self) {
        let close = async {
            match self.connection {
                Connection::Sqlite(connection) => connection.close().await,
                Connection::MySql(connection) => connection.close().await,
                Connection::Postgres(connection) => connection.close().await,
            }
        };
        // What was to be done is done; a server that does not answer changes nothing any more.
        let _ = tokio::time::timeout(Duration::from_millis(500), close).await;
    }
}

/// Whether the database ended the connection or takes no queries now, as opposed to having judged
/// a statement.
pub(crate) fn is_away(error: &sqlx::Error) -> bool {
    sqlite::is_away(error) || mysql::is_away(error) || postgres::is_away(error)
}

/// Whether the database would take a connection if there were not so many.
fn is_full(error: &sqlx::Error) -> bool {
    mysql::is_full(error) || postgres::is_full(error)
}

/// Limits the time for some work with a database.
pub(crate) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match tokio::time::timeout(limit, work).await {
        Ok(result) => result,
        Err(_) => Err(Error::TimedOut { seconds: limit.as_secs_f64() }),
    }
}
