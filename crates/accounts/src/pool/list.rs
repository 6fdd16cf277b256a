//! Listing all logins.

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use tokio::sync::mpsc;

use super::{Failures, Host, Pool};
use crate::database::{Database, Row, within};
use crate::lookups::ITERATE_QUERY;
use crate::statement::Statement;
use crate::{Error, Lookups, Values};

impl Pool {
    /// Sends the logins that the iterate query gives, row by row as the receiver takes them,
    /// however many there are. Each row may take the time-out of a query; a receiver that goes
    /// away ends the list quietly, one that stands still holds a connection. Lists take at most
    /// half of a host's connections, so that sign-ins go on meanwhile (with a single connection
    /// they wait).
    ///
    /// # Errors
    ///
    /// As [`Self::find`], and [`Error::NoIterateQuery`]. After an error the list is incomplete.
    pub async fn list(&self, lookups: &Lookups, sender: mpsc::Sender<String>) -> Result<(), Error> {
        let statement = lookups.iterate.as_ref().ok_or(Error::NoIterateQuery)?;
        let mut list = List { statement, limit: self.timeouts.query, sender, began: false };
        let mut failures = Failures::default();
        for host in &self.hosts {
            if let Some(listed) = failures.unless(list.of_host(host).await) {
                return listed.flatten();
            }
        }
        Err(failures.into_error())
    }
}

/// A list that is being sent.
struct List<'a> {
    statement: &'a Statement,
    /// The longest wait for a row.
    limit: Duration,
    sender: mpsc::Sender<String>,
    /// Whether something was sent, so that it is too late to begin anew.
    began: bool,
}

/// How a list ended that did not fail.
enum End {
    LastRow,
    ReceiverGone,
}

impl List<'_> {
    /// The outer error is one after which another host may be tried.
    async fn of_host(&mut self, host: &Arc<Host>) -> Result<Result<(), Error>, Error> {
        let (mut lease, _turn) = host.lease_for_list().await?;
        let mut result = self.send(lease.database()).await;
        if !self.began && lease.is_stale(&result) {
            lease.replace().await?;
            result = self.send(lease.database()).await;
        }
        // What is not settled is dropped: the connection is in the middle of the rows.
        if !matches!(result, Ok(End::ReceiverGone) | Err(Error::Query { .. })) {
            lease.settle(&result);
        }
        match result {
            Ok(_) => Ok(Ok(())),
            Err(error) if self.began => Ok(Err(error)),
            Err(error) => Err(error),
        }
    }

    async fn send(&mut self, database: &mut Database) -> Result<End, Error> {
        database.begin_reading().await?;
        let mut rows = database.rows(ITERATE_QUERY, self.statement, &Values::default())?;
        while let Some(row) = within(self.limit, rows.try_next()).await? {
            self.began = true;
            if self.sender.send(login_of(&row)?).await.is_err() {
                return Ok(End::ReceiverGone);
            }
        }
        drop(rows);
        database.end_reading().await?;
        Ok(End::LastRow)
    }
}

/// The login of a row as Dovecot takes it: the column `user` if it is the first, else `username`
/// and, if there is one, `domain`. (Dovecot does not look at `user` elsewhere; here it will do.)
pub(crate) fn login_of(row: &Row) -> Result<String, Error> {
    let column = |wanted: &str| row.iter().find(|(name, _)| name == wanted);
    let first = row.first().filter(|(name, _)| name == "user");
    let column_of_login = first.or_else(|| column("username")).or_else(|| column("user"));
    let Some((name, value)) = column_of_login else { return Err(Error::NoUserColumn) };
    let mut login = text(name, value.as_deref())?;
    if name == "username"
        && let Some((name, Some(domain))) = column("domain")
    {
        login = format!("{login}@{}", text(name, Some(domain))?);
    }
    Ok(login)
}

fn text(column: &str, value: Option<&Vec<u8>>) -> Result<String, Error> {
    let wrong = |what| Error::Column { column: column.to_owned(), what };
    let value = value.filter(|value| !value.is_empty());
    let value = value.ok_or_else(|| wrong("nothing, where the login name belongs"))?;
    String::from_utf8(value.clone()).map_err(|_| wrong("something that is not text"))
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn columns_that_make_the_login_name() {
        let login = |columns: &[(&str, &str)]| {
            let column = |&(name, value): &(&str, &str)| {
                (name.to_owned(), Some(Zeroizing::new(value.as_bytes().to_vec())))
            };
            login_of(&columns.iter().map(column).collect())
        };
        let (user, username, domain) = (("user", "a@b"), ("username", "c"), ("domain", "d"));
        for (columns, want) in [
            (vec![user], "a@b"),
            (vec![user, domain], "a@b"),
            (vec![user, username, domain], "a@b"),
            (vec![username, user], "c"),
            (vec![domain, username], "c@d"),
            (vec![("id", "1"), user], "a@b"),
        ] {
            assert_eq!(login(&columns).unwrap(), want);
        }
        assert!(matches!(login(&[("email", "a@b")]), Err(Error::NoUserColumn)));
        assert!(matches!(login(&[("user", "")]), Err(Error::Column { .. })));
        assert!(login_of(&vec![("user".to_owned(), None)]).is_err());
    }
}
