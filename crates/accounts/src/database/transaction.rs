//! Transactions and what they see.

use std::time::Duration;

use super::{Database, Dialect};
use crate::Error;

const TRANSACTION: &str = "the transaction";

impl Database {
    /// Has a connection that stays see the tables as they are now: with SQLite, sqlx takes the
    /// columns' names from what the connection knew before it looked into the file again. Ends with
    /// [`Self::end_reading`].
    pub(crate) async fn begin_reading(&mut self) -> Result<(), Error> {
        match self.dialect() {
            Dialect::Sqlite => {
                self.run(TRANSACTION, "BEGIN; SELECT count(*) FROM sqlite_schema").await
            }
            Dialect::MySql | Dialect::Postgres => Ok(()),
        }
    }

    /// See [`Self::begin_reading`].
    pub(crate) async fn end_reading(&mut self) -> Result<(), Error> {
        match self.dialect() {
            Dialect::Sqlite => self.roll_back().await,
            Dialect::MySql | Dialect::Postgres => Ok(()),
        }
    }

    /// Begins a transaction that will change something.
    pub(crate) async fn begin(&mut self) -> Result<(), Error> {
        let sql = match self.dialect() {
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            Dialect::MySql | Dialect::Postgres => "BEGIN",
        };
        self.run(TRANSACTION, sql).await
    }

    /// Begins a transaction that sees the tables as they are now, and changes nothing.
    pub(crate) async fn begin_snapshot(&mut self) -> Result<(), Error> {
        let sql = match self.dialect() {
            Dialect::Sqlite => "BEGIN",
            Dialect::MySql => {
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; \
                 START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
            }
            Dialect::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        self.run(TRANSACTION, sql).await
    }

    /// Begins a transaction that will change much. Others go on reading an SQLite file until it
    /// ends: what does not fit into memory's usual share is not written ahead, which would take
    /// the whole file.
    pub(crate) async fn begin_many(&mut self) -> Result<(), Error> {
        if self.dialect() == Dialect::Sqlite {
            self.run(TRANSACTION, "PRAGMA cache_spill = OFF").await?;
        }
        self.begin().await
    }

    /// From here on it can be undone without the rest of the transaction.
    pub(crate) async fn set_savepoint(&mut self) -> Result<(), Error> {
        self.run(TRANSACTION, "SAVEPOINT ispmail_pw").await
    }

    /// Undoes what was done since then, and ends with it.
    pub(crate) async fn back_to_savepoint(&mut self) -> Result<(), Error> {
        self.run(TRANSACTION, "ROLLBACK TO SAVEPOINT ispmail_pw").await?;
        self.release_savepoint().await
    }

    /// What was done since then stays, as far as the transaction does.
    pub(crate) async fn release_savepoint(&mut self) -> Result<(), Error> {
        self.run(TRANSACTION, "RELEASE SAVEPOINT ispmail_pw").await
    }

    /// [`Self::commit`] where it may take long.
    pub(crate) async fn commit_within(&mut self, limit: Duration) -> Result<(), Error> {
        let usual = std::mem::replace(&mut self.timeouts.query, limit);
        let done = self.commit().await;
        self.timeouts.query = usual;
        done
    }

    /// Makes what the transaction did last. With [`Error::Unsure`] nobody knows whether it did.
    pub(crate) async fn commit(&mut self) -> Result<(), Error> {
        self.run(TRANSACTION, "COMMIT").await.map_err(Error::unsure)
    }

    /// Undoes what the transaction did.
    pub(crate) async fn roll_back(&mut self) -> Result<(), Error> {
        self.run(TRANSACTION, "ROLLBACK").await
    }
}
