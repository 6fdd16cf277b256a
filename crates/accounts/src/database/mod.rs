//! One connection to one of the three kinds of database, with time-outs, giving every value as the
//! text that Dovecot would see.

mod mysql;
mod postgres;
mod sqlite;

use std::future::Future;
use std::time::Duration;

use sqlx::{Connection as _, MySqlConnection, PgConnection, SqliteConnection};
use zeroize::Zeroizing;

use crate::error::message;
use crate::settings::{Address, Endpoint, Server, Timeouts};
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

impl Endpoint {
    /// The SQL it speaks.
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::MySql(_) => Dialect::MySql,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Where it is, for messages: no account and no password.
    pub fn place(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::MySql(Server { address, .. }) | Self::Postgres(Server { address, .. }) => {
                match address {
                    Address::Tcp(host, port) => format!("{host}:{port}"),
                    Address::Socket(path, _) => path.display().to_string(),
                }
            }
        }
    }
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
        let mut error =
            Error::Connect { at: "(none)".to_owned(), why: "none is configured".to_owned() };
        let first = first.checked_rem(endpoints.len()).unwrap_or(0);
        let (before, from) = endpoints.split_at(first);
        for endpoint in from.iter().chain(before) {
            match open(endpoint, timeouts, access).await {
                Ok(connection) => return Ok(Self { connection, timeouts }),
                Err(why) => error = Error::Connect { at: endpoint.place(), why },
            }
        }
        Err(error)
    }

    /// The first `limit` rows.
    pub(crate) async fn fetch(
        &mut self,
        what: &'static str,
        statement: &Statement,
        values: &Values,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        let bound = statement.bind(values).ok_or(Error::NotText)?;
        let limit_time = self.timeouts.query;
        on_connection!(self, driver, connection => {
            within(limit_time, driver::fetch(connection, what, &statement.sql, &bound, limit)).await
        })
    }

    /// Runs a statement and gives the number of rows it changed.
    pub(crate) async fn execute(
        &mut self,
        what: &'static str,
        statement: &Statement,
        values: &Values,
    ) -> Result<u64, Error> {
        let bound = statement.bind(values).ok_or(Error::NotText)?;
        let limit_time = self.timeouts.query;
        on_connection!(self, driver, connection => {
            within(limit_time, driver::execute(connection, what, &statement.sql, &bound)).await
        })
    }

    /// Names of the columns that a statement would give.
    pub(crate) async fn columns(
        &mut self,
        what: &'static str,
        statement: &Statement,
    ) -> Result<Vec<String>, Error> {
        let limit_time = self.timeouts.query;
        on_connection!(self, driver, connection => {
            within(limit_time, driver::columns(connection, what, &statement.sql)).await
        })
    }

    /// Runs SQL of ours, without values, in the database's simple protocol.
    pub(crate) async fn run(&mut self, what: &'static str, sql: &str) -> Result<(), Error> {
        let limit_time = self.timeouts.query;
        on_connection!(self, driver, connection => {
            within(limit_time, driver::run(connection, what, sql)).await
        })
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

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match tokio::time::timeout(limit, work).await {
        Ok(result) => result,
        Err(_) => Err(Error::TimedOut { seconds: limit.as_secs_f64() }),
    }
}

async fn open(
    endpoint: &Endpoint,
    timeouts: Timeouts,
    access: Access,
) -> Result<Connection, String> {
    let connect = async {
        match endpoint {
            Endpoint::Sqlite(path) => {
                let connection = sqlite::connect(path, timeouts, access).await;
                connection.map(Connection::Sqlite)
            }
            Endpoint::MySql(server) => mysql::connect(server).await.map(Connection::MySql),
            Endpoint::Postgres(server) => postgres::connect(server).await.map(Connection::Postgres),
        }
    };
    match tokio::time::timeout(timeouts.connect, connect).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(error)) => Err(message(&error)),
        Err(_) => Err(format!("no answer within {} s", timeouts.connect.as_secs_f64())),
    }
}

/// What the three drivers share: queries of one kind of connection, whose rows `text` turns into
/// text. (sqlx has no common trait for this that keeps the types apart.)
macro_rules! driver_queries {
    ($connection:ty, $bind:path, $text:path) => {
        pub(super) async fn fetch(
            connection: &mut $connection,
            what: &'static str,
            sql: &str,
            bound: &[zeroize::Zeroizing<String>],
            limit: usize,
        ) -> Result<Vec<super::Row>, crate::Error> {
            use futures_util::TryStreamExt as _;
            use sqlx::{Column as _, Row as _};

            let mut rows = Vec::new();
            let mut stream = $bind(sql, bound).fetch(connection);
            while rows.len() < limit {
                let row = stream.try_next().await;
                let Some(row) = row.map_err(|error| crate::Error::query(what, &error))? else {
                    break;
                };
                let mut texts = super::Row::new();
                for column in row.columns() {
                    let value = row.try_get_raw(column.ordinal());
                    let value = value.map_err(|error| crate::Error::query(what, &error))?;
                    let text = $text(value).map_err(|what| crate::Error::Column {
                        column: column.name().to_owned(),
                        what,
                    })?;
                    texts.push((column.name().to_owned(), text));
                }
                rows.push(texts);
            }
            Ok(rows)
        }

        pub(super) async fn execute(
            connection: &mut $connection,
            what: &'static str,
            sql: &str,
            bound: &[zeroize::Zeroizing<String>],
        ) -> Result<u64, crate::Error> {
            let done = $bind(sql, bound).execute(connection).await;
            done.map(|done| done.rows_affected()).map_err(|error| crate::Error::query(what, &error))
        }

        pub(super) async fn columns(
            connection: &mut $connection,
            what: &'static str,
            sql: &str,
        ) -> Result<Vec<String>, crate::Error> {
            use sqlx::{Column as _, Executor as _, SqlSafeStr as _, Statement as _};

            let sql = sqlx::AssertSqlSafe(sql.to_owned()).into_sql_str();
            let prepared = connection.prepare(sql).await;
            let prepared = prepared.map_err(|error| crate::Error::query(what, &error))?;
            Ok(prepared.columns().iter().map(|column| column.name().to_owned()).collect())
        }

        pub(super) async fn run(
            connection: &mut $connection,
            what: &'static str,
            sql: &str,
        ) -> Result<(), crate::Error> {
            let sql = sqlx::AssertSqlSafe(sql.to_owned());
            let done = sqlx::raw_sql(sql).execute(connection).await;
            done.map(drop).map_err(|error| crate::Error::query(what, &error))
        }
    };
}
use driver_queries;
