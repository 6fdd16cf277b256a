//! What the three drivers share.

use crate::Error;

/// Why a row could not be had.
pub(super) enum Fault {
    /// sqlx or the database says so.
    Sqlx(sqlx::Error),
    /// A value is of no use.
    Column {
        /// Name of the column.
        column: String,
        /// What it holds.
        what: &'static str,
    },
}

impl Fault {
    /// `what` is the statement, in words.
    pub(super) fn of(self, what: &'static str) -> Error {
        match self {
            Self::Sqlx(error) => Error::query(what, &error),
            Self::Column { column, what } => Error::Column { column, what },
        }
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Sqlx(error)
    }
}

/// Queries of one kind of connection: `$bind` makes a query of a statement and its values, `$text`
/// turns a value into text, and `$outlived` recognizes the error of a statement that was prepared
/// once and that the database will not run any more. (sqlx has no common trait for this that keeps
/// the types apart.)
macro_rules! driver_queries {
    ($connection:ty, $row:ty, $bind:path, $text:path, $outlived:path) => {
        use crate::database::driver::Fault;

        /// Rows as they come. `keep` has the connection keep the prepared statement. Rows that just
        /// stop coming, as when sqlx's thread for SQLite panics, are an error and not the end.
        pub(super) fn rows<'c>(
            connection: &'c mut $connection,
            sql: &str,
            bound: &[zeroize::Zeroizing<String>],
            keep: bool,
        ) -> futures_util::stream::BoxStream<'c, Result<super::Row, Fault>> {
            use futures_util::{StreamExt as _, TryStreamExt as _, stream};
            use sqlx::{Either, Executor as _};

            let many = connection.fetch_many($bind(sql, bound).persistent(keep));
            let next = async |(mut many, mut ended): (stream::BoxStream<'c, _>, bool)| loop {
                match many.try_next().await? {
                    Some(Either::Right(row)) => {
                        return Ok(Some((row_text(&row)?, (many, ended))));
                    }
                    Some(Either::Left(_)) => ended = true,
                    None if ended => return Ok(None),
                    None => return Err(Fault::Sqlx(sqlx::Error::WorkerCrashed)),
                }
            };
            stream::try_unfold((many, false), next).boxed()
        }

        pub(super) async fn fetch(
            connection: &mut $connection,
            sql: &str,
            bound: &[zeroize::Zeroizing<String>],
            keep: bool,
            limit: usize,
        ) -> Result<Vec<super::Row>, Fault> {
            let found = first_rows(connection, sql, bound, keep, limit).await;
            match found {
                Err(Fault::Sqlx(error)) if $outlived(&error) => {
                    sqlx::Connection::clear_cached_statements(connection).await?;
                    first_rows(connection, sql, bound, keep, limit).await
                }
                found => found,
            }
        }

        pub(super) async fn execute(
            connection: &mut $connection,
            sql: &str,
            bound: &[zeroize::Zeroizing<String>],
            keep: bool,
        ) -> Result<u64, sqlx::Error> {
            let done = $bind(sql, bound).persistent(keep).execute(connection).await;
            done.map(|done| done.rows_affected())
        }

        pub(super) async fn columns(
            connection: &mut $connection,
            sql: &str,
        ) -> Result<Vec<String>, sqlx::Error> {
            use sqlx::{Column as _, Executor as _, SqlSafeStr as _, Statement as _};

            let sql = sqlx::AssertSqlSafe(sql.to_owned()).into_sql_str();
            let prepared = connection.prepare(sql).await?;
            Ok(prepared.columns().iter().map(|column| column.name().to_owned()).collect())
        }

        pub(super) async fn run(
            connection: &mut $connection,
            sql: &str,
        ) -> Result<(), sqlx::Error> {
            let sql = sqlx::AssertSqlSafe(sql.to_owned());
            sqlx::raw_sql(sql).execute(connection).await.map(drop)
        }

        async fn first_rows(
            connection: &mut $connection,
            sql: &str,
            bound: &[zeroize::Zeroizing<String>],
            keep: bool,
            limit: usize,
        ) -> Result<Vec<super::Row>, Fault> {
            use futures_util::TryStreamExt as _;

            let mut found = Vec::new();
            let mut rows = rows(connection, sql, bound, keep);
            while found.len() < limit {
                let Some(row) = rows.try_next().await? else { break };
                found.push(row);
            }
            Ok(found)
        }

        fn row_text(row: &$row) -> Result<super::Row, Fault> {
            use sqlx::{Column as _, Row as _};

            let texts = row.columns().iter().map(|column| {
                let value = row.try_get_raw(column.ordinal())?;
                let name = column.name().to_owned();
                match $text(value) {
                    Ok(text) => Ok((name, text)),
                    Err(what) => Err(Fault::Column { column: name, what }),
                }
            });
            texts.collect()
        }
    };
}
pub(super) use driver_queries;
