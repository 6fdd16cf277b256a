//! The steps of which the changes are made. Those of one change run in one transaction.

use std::borrow::Cow;
use std::time::Duration;

use futures_util::TryStreamExt as _;

use super::Manager;
use super::records::Fields;
use crate::database::{Dialect, within};
use crate::layout::{Column, Other, in_dialect};
use crate::statement::Statement;
use crate::{Error, Values};

impl Manager<'_> {
    /// Does a change in a transaction of its own.
    pub(super) async fn begin(&mut self) -> Result<(), Error> {
        self.database.begin().await
    }

    /// Ends it: makes it last, or undoes it if it failed or is only tried.
    pub(super) async fn end<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        let ended = if result.is_ok() && !self.pretends {
            self.database.commit().await
        } else {
            self.database.roll_back().await
        };
        // Where the work itself failed, that is what to report.
        let value = result?;
        ended.map(|()| value)
    }

    /// Rows of a query that must not be many.
    pub(super) async fn fetch(
        &mut self,
        what: &'static str,
        sql: &str,
        values: &Values,
    ) -> Result<Vec<Fields>, Error> {
        let statement = self.statement(what, sql)?;
        let rows = self.database.fetch(what, &statement, values, usize::MAX).await?;
        Ok(rows.into_iter().map(Fields::new).collect())
    }

    /// The row of a query that must not give two.
    pub(super) async fn row(
        &mut self,
        what: &'static str,
        sql: &str,
        values: &Values,
    ) -> Result<Option<Fields>, Error> {
        let mut rows = self.fetch(what, sql, values).await?;
        if rows.len() > 1 {
            return Err(Error::TwoRows(what));
        }
        Ok(rows.pop())
    }

    /// The same row, which nobody else changes until the transaction ends.
    pub(super) async fn lock_row(
        &mut self,
        what: &'static str,
        sql: &str,
        values: &Values,
    ) -> Result<Option<Fields>, Error> {
        let sql = self.locking(sql);
        self.row(what, &sql, values).await
    }

    /// A query that locks the rows that it finds. Nobody else changes anything in an SQLite file
    /// anyway, and a query that the layout does not have stays that.
    pub(super) fn locking<'s>(&self, sql: &'s str) -> Cow<'s, str> {
        if sql.is_empty() || self.database.dialect() == Dialect::Sqlite {
            Cow::Borrowed(sql)
        } else {
            Cow::Owned(format!("{sql} FOR UPDATE"))
        }
    }

    /// Hands the rows to `take` as they come, however many. Each may take the time-out of a query.
    pub(super) async fn each_row<E: From<Error>>(
        &mut self,
        what: &'static str,
        sql: &str,
        mut take: impl FnMut(Fields) -> Result<(), E>,
    ) -> Result<(), E> {
        let statement = self.statement(what, sql)?;
        let limit = self.database.timeouts().query;
        let mut rows = self.database.rows(what, &statement, &Values::default())?;
        while let Some(row) = within(limit, rows.try_next()).await? {
            take(Fields::new(row))?;
        }
        Ok(())
    }

    pub(super) async fn count(
        &mut self,
        what: &'static str,
        sql: &str,
        values: &Values,
    ) -> Result<u64, Error> {
        let row = self.row(what, sql, values).await?;
        Ok(row.and_then(|row| row.number("n")).unwrap_or(0))
    }

    /// Runs a statement and gives the number of rows that it found to change.
    pub(super) async fn change(
        &mut self,
        what: &'static str,
        sql: &str,
        values: &Values,
    ) -> Result<u64, Error> {
        let statement = self.statement(what, sql)?;
        self.database.execute(what, &statement, values).await
    }

    /// Runs several, and gives the number of the first.
    pub(super) async fn change_all(
        &mut self,
        what: &'static str,
        all: &[&str],
        values: &Values,
    ) -> Result<u64, Error> {
        let mut first = None;
        for sql in all {
            let changed = self.change(what, sql, values).await?;
            first.get_or_insert(changed);
        }
        first.ok_or(Error::NotInLayout { what, layout: self.layout.name })
    }

    /// Of the tables that the layout can do without, those that are there.
    pub(super) async fn those_there(
        &mut self,
        tables: &'static [Other],
    ) -> Result<Vec<&'static Other>, Error> {
        if tables.is_empty() {
            return Ok(Vec::new());
        }
        let schema = self.schema().await?;
        Ok(tables.iter().filter(|other| schema.has(other.table)).collect())
    }

    /// Asked before the change, because a lax MySQL cuts what is too long, and MyISAM tables know
    /// no way back. The other databases refuse by themselves, but do not say which column it is.
    pub(super) async fn demand_width(&mut self, column: Column, value: &str) -> Result<(), Error> {
        if column.table.is_empty() {
            return Ok(());
        }
        let value = if column.local_part { value.split('@').next().unwrap_or("") } else { value };
        let width = self.schema().await?.width(column.table, column.name);
        if width.is_some_and(|width| width < value.chars().count() as u64) {
            return Err(Error::TooNarrow { column: column.name });
        }
        Ok(())
    }

    /// Keeps two administrators from adding the same where no index does. Ends by itself with the
    /// transaction, in MariaDB with [`Self::let_others`].
    pub(super) async fn keep_others_out(&mut self) -> Result<(), Error> {
        match self.database.dialect() {
            Dialect::Sqlite => Ok(()),
            Dialect::Postgres => {
                self.database
                    .run(TURN, "SELECT pg_advisory_xact_lock(hashtext('ispmail-pw'))")
                    .await
            }
            Dialect::MySql => {
                let seconds = self.database.timeouts().query.as_secs().max(1);
                let sql = format!(
                    "SELECT GET_LOCK(concat('ispmail-pw ', md5(DATABASE())), {seconds}) AS n"
                );
                match self.count(TURN, &sql, &Values::default()).await? {
                    1 => Ok(()),
                    _ => {
                        Err(Error::TimedOut { seconds: Duration::from_secs(seconds).as_secs_f64() })
                    }
                }
            }
        }
    }

    /// See [`Self::keep_others_out`].
    pub(super) async fn let_others(&mut self) -> Result<(), Error> {
        match self.database.dialect() {
            Dialect::Sqlite | Dialect::Postgres => Ok(()),
            Dialect::MySql => {
                let sql = "DO RELEASE_LOCK(concat('ispmail-pw ', md5(DATABASE())))";
                self.database.run(TURN, sql).await
            }
        }
    }

    pub(super) fn statement(&self, what: &'static str, sql: &str) -> Result<Statement, Error> {
        if sql.is_empty() {
            return Err(Error::NotInLayout { what, layout: self.layout.name });
        }
        let dialect = self.database.dialect();
        // An administrator's own statements are in the words of their database already.
        let sql = if self.layout.is_own() { sql.to_owned() } else { in_dialect(sql, dialect) };
        Statement::parse(&sql, dialect).map_err(|why| Error::Statement { what, why })
    }
}

const TURN: &str = "waiting for another administrator";
