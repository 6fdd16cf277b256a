//! Replacing a stored password by compare-and-swap.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::database::{Database, Dialect};
use crate::layout::{Layout, in_dialect};
use crate::lookups::{PASSWORD_QUERY, one_row, parse};
use crate::pool::{Host, Listener, Purpose};
use crate::settings::{Endpoint, Timeouts};
use crate::statement::Statement;
use crate::{Account, Error, HostEvent, StatementError, Values};

/// The statement that replaces a stored password if it is still the one that was checked, and the
/// query that reads it back.
pub struct UpgradeStatement {
    update: Statement,
    read_back: Statement,
}

/// What came of a swap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swapped {
    /// The row holds the new value.
    Done,
    /// The row no longer held the old value, or is gone. Nothing was changed.
    Changed,
}

/// Replaces stored passwords on the primary database, over one or two connections of its own.
pub struct Upgrades {
    primary: Option<Arc<Host>>,
    statement: UpgradeStatement,
}

impl UpgradeStatement {
    /// That of a layout.
    ///
    /// # Errors
    ///
    /// None for the layouts of this crate; [`Error::Statement`].
    pub fn of_layout(layout: &Layout<'_>, dialect: Dialect) -> Result<Self, Error> {
        let update = in_dialect(layout.swap_password, dialect);
        Self::own(&update, &in_dialect(layout.password_query, dialect), dialect)
    }

    /// The administrator's own, with the password query of a layout.
    ///
    /// # Errors
    ///
    /// As [`Self::own`].
    pub fn own_of_layout(
        update: &str,
        layout: &Layout<'_>,
        dialect: Dialect,
    ) -> Result<Self, Error> {
        Self::own(update, &in_dialect(layout.password_query, dialect), dialect)
    }

    /// The administrator's own: an `UPDATE` with `'%{old_password}'`, `'%{new_password}'` and the
    /// variables of look-ups, and the password query, which reads the value back.
    ///
    /// # Errors
    ///
    /// [`Error::Statement`] for variables that cannot be bound, if one of the two is missing, and,
    /// for MariaDB and MySQL, if nothing in it compares byte by byte.
    pub fn own(update: &str, password_query: &str, dialect: Dialect) -> Result<Self, Error> {
        let update = parse(UPGRADE, update, dialect)?;
        let wrong = |why| Err(Error::Statement { what: UPGRADE, why });
        for name in [OLD, NEW] {
            if !update.uses(name) {
                return wrong(StatementError::Missing(name));
            }
        }
        if dialect == Dialect::MySql && !mentions_bytes(&update.sql) {
            return wrong(StatementError::NotByBytes);
        }
        Ok(Self { update, read_back: parse(PASSWORD_QUERY, password_query, dialect)? })
    }
}

impl Upgrades {
    /// Swaps on the first endpoint, the primary; the others are never written to. Connects to
    /// nothing yet.
    pub fn new(endpoints: Vec<Endpoint>, timeouts: Timeouts, statement: UpgradeStatement) -> Self {
        let primary = endpoints.into_iter().next();
        let host = |endpoint| Host::new(endpoint, timeouts, CONNECTIONS, Purpose::Change);
        Self { primary: primary.map(host), statement }
    }

    /// Has `listener` hear of a primary that goes down and comes back, as
    /// [`Pool::on_change`](crate::Pool::on_change).
    #[must_use]
    pub fn on_change(self, listener: impl Fn(&HostEvent) + Send + Sync + 'static) -> Self {
        if let Some(host) = &self.primary {
            let listener: Listener = Arc::new(listener);
            host.listen(&listener);
        }
        self
    }

    /// Replaces the stored password of a login by `new` if it is `old`, byte for byte, in one
    /// transaction. `values` are those of the look-up that gave `old`.
    ///
    /// # Errors
    ///
    /// [`Error::TooNarrow`] where the column cannot hold `new`, [`Error::SeveralRows`] if the
    /// statement would change more than one row, [`Error::NotText`] if a value is not UTF-8, else
    /// [`Error`]. Nothing was changed then, but for [`Error::Unsure`]: nobody knows in that case,
    /// and nothing has to be done about it, since either value lets the user in.
    pub async fn swap(
        &self,
        login: &str,
        values: &Values,
        old: &[u8],
        new: &[u8],
    ) -> Result<Swapped, Error> {
        let values = values.clone().with_user(login);
        let values = values.with(OLD, text(old)?).with(NEW, text(new)?);
        let primary = self.primary.as_ref().ok_or_else(Error::no_endpoint)?;
        let mut lease = primary.lease().await?;
        let mut result = self.change(lease.database(), login, &values, new).await;
        if lease.is_stale(&result) {
            lease.replace().await?;
            result = self.change(lease.database(), login, &values, new).await;
        }
        let ended = match &result {
            Ok(Swapped::Done) => lease.database().commit().await,
            Err(error) if error.is_temporary() => {
                lease.settle(&result);
                return result;
            }
            Ok(Swapped::Changed) | Err(_) => lease.database().roll_back().await,
        };
        lease.settle(&ended);
        match (&result, ended) {
            (Ok(Swapped::Done), Err(error)) => Err(error),
            _ => result,
        }
    }

    /// Everything but the end of the transaction.
    async fn change(
        &self,
        database: &mut Database,
        login: &str,
        values: &Values,
        new: &[u8],
    ) -> Result<Swapped, Error> {
        database.begin().await?;
        let updated = database.execute(UPGRADE, &self.statement.update, values).await;
        match updated {
            Ok(0) => return Ok(Swapped::Changed),
            Ok(1) => {}
            Ok(_) => return Err(Error::SeveralRows(UPGRADE)),
            Err(Error::TooLong(_)) => return Err(TOO_NARROW),
            Err(error) => return Err(error),
        }
        let row = one_row(database, PASSWORD_QUERY, &self.statement.read_back, values).await?;
        let account = row.map(|row| Account::from_row(row, login)).transpose()?;
        let stored: Option<Zeroizing<Vec<u8>>> =
            account.and_then(|account| Some(account.stored?.text));
        if stored.is_some_and(|stored| *stored == new) {
            Ok(Swapped::Done)
        } else {
            Err(TOO_NARROW)
        }
    }
}

/// In MariaDB and MySQL the usual collations find `a` equal to `A` and to `a` with a blank.
fn mentions_bytes(sql: &str) -> bool {
    let sql = sql.to_ascii_lowercase();
    sql.contains("binary") || sql.contains("_bin")
}

fn text(value: &[u8]) -> Result<&str, Error> {
    str::from_utf8(value).map_err(|_| Error::NotText)
}

const UPGRADE: &str = "the upgrade statement";
const OLD: &str = "old_password";
const NEW: &str = "new_password";
const TOO_NARROW: Error = Error::TooNarrow { column: "password" };

/// Upgrades are rare, and each is short.
const CONNECTIONS: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_that_compare_and_swap() {
        let own = |text, dialect| match UpgradeStatement::own(
            text,
            "SELECT password FROM t WHERE u='%u'",
            dialect,
        ) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
        let good = "UPDATE t SET p='%{new_password}' WHERE u='%u' AND p='%{old_password}'";
        let binary = good.replace("AND", "AND BINARY");
        let collated = format!("{good} COLLATE utf8mb4_bin");
        for (text, dialect) in [
            (good, Dialect::Sqlite),
            (good, Dialect::Postgres),
            (&binary, Dialect::MySql),
            (&collated, Dialect::MySql),
        ] {
            assert_eq!(own(text, dialect), "", "{text}");
        }
        for (text, dialect, want) in [
            (good, Dialect::MySql, "AND BINARY password = '%{old_password}'"),
            ("UPDATE t SET p='%{new_password}'", Dialect::Sqlite, "'%{old_password}' is missing"),
            (
                "DELETE FROM t WHERE p='%{old_password}'",
                Dialect::Sqlite,
                "'%{new_password}' is missing",
            ),
            ("UPDATE t SET p='%w'", Dialect::Sqlite, "the variable %w"),
        ] {
            assert!(own(text, dialect).contains(want), "{}", own(text, dialect));
        }
        for dialect in [Dialect::Sqlite, Dialect::MySql, Dialect::Postgres] {
            assert!(UpgradeStatement::of_layout(&crate::ISPMAIL, dialect).is_ok());
        }
    }
}
