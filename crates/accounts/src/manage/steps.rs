//! The steps of which the changes are made. Those of one change run in one transaction.

use zeroize::Zeroizing;

use super::{Manager, Removed};
use crate::database::{Dialect, Row};
use crate::statement::Statement;
use crate::{Error, Values};

impl Manager {
    pub(super) async fn insert_domain(
        &mut self,
        domain: &str,
        values: &Values,
    ) -> Result<(), Error> {
        if self.domain_exists(domain, values).await? {
            return Err(Error::Exists(domain.to_owned()));
        }
        self.demand_width("virtual_domains", "name", domain).await?;
        let added = self.change("adding the domain", self.layout.add_domain, values).await;
        added.map_err(|error| error.exists(domain))?;
        if self.domain_exists(domain, values).await? {
            return Ok(());
        }
        Err(Error::TooNarrow { column: "name" })
    }

    pub(super) async fn delete_domain(
        &mut self,
        domain: &str,
        values: &Values,
    ) -> Result<Removed, Error> {
        let layout = self.layout;
        self.demand_domain(domain, values).await?;
        let aliases = self.change("removing the aliases", layout.remove_aliases, values).await?;
        let users = self.change("removing the users", layout.remove_users, values).await?;
        self.change("removing the domain", layout.remove_domain, values).await?;
        Ok(Removed { users, aliases })
    }

    pub(super) async fn insert_user(
        &mut self,
        address: &str,
        values: &Values,
        stored: &str,
    ) -> Result<(), Error> {
        self.demand_new_user(address).await?;
        self.demand_width("virtual_users", "email", address).await?;
        self.demand_width("virtual_users", "password", stored).await?;
        let added = self.change("adding the user", self.layout.add_user, values).await;
        if added.map_err(|error| error.exists(address))? == 0 {
            let domain = address.split_once('@').map_or("", |(_, domain)| domain);
            return Err(Error::NoDomain(domain.to_owned()));
        }
        self.demand_stored(values, stored).await
    }

    pub(super) async fn update_password(
        &mut self,
        address: &str,
        values: &Values,
        stored: &str,
    ) -> Result<(), Error> {
        self.demand_user(address, values).await?;
        self.demand_width("virtual_users", "password", stored).await?;
        self.change("changing the password", self.layout.set_password, values).await?;
        self.demand_stored(values, stored).await
    }

    pub(super) async fn delete_user(
        &mut self,
        address: &str,
        values: &Values,
    ) -> Result<(), Error> {
        self.demand_user(address, values).await?;
        self.change("removing the user", self.layout.remove_user, values).await.map(drop)
    }

    /// Byte by byte: MariaDB compares without regard to accents and trailing blanks, and what is
    /// changed must be this user's and nobody else's.
    async fn demand_user(&mut self, address: &str, values: &Values) -> Result<(), Error> {
        match self.user_row(values).await? {
            Some((email, _)) if email == address => Ok(()),
            _ => Err(Error::NoUser(address.to_owned())),
        }
    }

    /// Asked before the change, because a lax MySQL cuts what is too long, and MyISAM tables know
    /// no way back. The other databases refuse by themselves.
    async fn demand_width(
        &mut self,
        table: &'static str,
        column: &'static str,
        value: &str,
    ) -> Result<(), Error> {
        if self.database.dialect() != Dialect::MySql {
            return Ok(());
        }
        let width = self.width(table, column).await?;
        if width.is_some_and(|width| width < value.len() as u64) {
            return Err(Error::TooNarrow { column });
        }
        Ok(())
    }

    /// Reads back what was written: a lax MySQL cuts what is too long without a word.
    async fn demand_stored(&mut self, values: &Values, stored: &str) -> Result<(), Error> {
        match self.user_row(values).await? {
            Some((_, Some(found))) if *found == stored.as_bytes() => Ok(()),
            Some(_) => Err(Error::TooNarrow { column: "password" }),
            None => Err(Error::TooNarrow { column: "email" }),
        }
    }

    pub(super) async fn user_row(&mut self, values: &Values) -> Result<Option<UserRow>, Error> {
        let what = "the look-up of the user";
        let mut rows = self.fetch(what, self.layout.find_user, values, 2).await?;
        if rows.len() > 1 {
            return Err(Error::TwoRows(what));
        }
        let Some(row) = rows.pop() else { return Ok(None) };
        let mut values = row.into_iter().map(|(_, value)| value);
        let email = values.next().flatten().unwrap_or_default();
        Ok(Some((String::from_utf8_lossy(&email).into_owned(), values.next().flatten())))
    }

    /// Whether there is this domain, and no other that MariaDB takes for the same.
    async fn domain_exists(&mut self, domain: &str, values: &Values) -> Result<bool, Error> {
        let what = "the look-up of the domain";
        let rows = self.fetch(what, self.layout.find_domain, values, 2).await?;
        if rows.len() > 1 {
            return Err(Error::TwoRows(what));
        }
        let name = rows.into_iter().next().and_then(|row| row.into_iter().next()?.1);
        Ok(name.is_some_and(|name| name.eq_ignore_ascii_case(domain.as_bytes())))
    }

    pub(super) async fn demand_domain(
        &mut self,
        domain: &str,
        values: &Values,
    ) -> Result<(), Error> {
        let exists = self.domain_exists(domain, values).await?;
        if exists { Ok(()) } else { Err(Error::NoDomain(domain.to_owned())) }
    }

    pub(super) async fn list(
        &mut self,
        what: &'static str,
        sql: &str,
    ) -> Result<Vec<String>, Error> {
        let rows = self.fetch(what, sql, &Values::default(), usize::MAX).await?;
        let first = rows.into_iter().filter_map(|row| row.into_iter().next()?.1);
        Ok(first.map(|value| String::from_utf8_lossy(&value).into_owned()).collect())
    }

    pub(super) async fn count(
        &mut self,
        what: &'static str,
        sql: &str,
        values: &Values,
    ) -> Result<u64, Error> {
        let rows = self.fetch(what, sql, values, 1).await?;
        let value = rows.into_iter().next().and_then(|row| row.into_iter().next()?.1);
        let digits = value.as_ref().and_then(|value| str::from_utf8(value).ok());
        Ok(digits.and_then(|digits| digits.parse().ok()).unwrap_or(0))
    }

    async fn fetch(
        &mut self,
        what: &'static str,
        sql: &str,
        values: &Values,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        let statement = self.parse(what, sql)?;
        self.database.fetch(what, &statement, values, limit).await
    }

    async fn change(
        &mut self,
        what: &'static str,
        sql: &str,
        values: &Values,
    ) -> Result<u64, Error> {
        let statement = self.parse(what, sql)?;
        self.database.execute(what, &statement, values).await
    }

    fn parse(&self, what: &'static str, sql: &str) -> Result<Statement, Error> {
        let parsed = Statement::parse(sql, self.database.dialect());
        parsed.map_err(|why| Error::Statement { what, why })
    }

    pub(super) async fn end<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        let ended = match &result {
            Ok(_) => self.database.commit().await,
            Err(_) => self.database.roll_back().await,
        };
        // Where the work itself failed, that is what to report.
        let value = result?;
        ended.map(|()| value)
    }
}

/// Address and stored password.
type UserRow = (String, Option<Zeroizing<Vec<u8>>>);
