//! Domains and users: what an administrator does by hand otherwise.

use crate::database::{Database, Dialect};
use crate::layout::{Layout, tables};
use crate::settings::{Endpoint, Timeouts};
use crate::statement::Statement;
use crate::{Access, Error, Values, names};

/// An open database whose accounts are to be managed, by the statements of a layout.
///
/// Every change is a transaction: it is there as a whole or not at all.
pub struct Manager {
    database: Database,
    layout: &'static Layout,
}

/// What went with a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removed {
    /// Number of users.
    pub users: u64,
    /// Number of aliases.
    pub aliases: u64,
}

impl Manager {
    /// Connects to the first endpoint that answers, in the order given (the primary belongs first).
    ///
    /// # Errors
    ///
    /// [`Error::Connect`] when none answers.
    pub async fn connect(
        endpoints: &[Endpoint],
        timeouts: Timeouts,
        access: Access,
        layout: &'static Layout,
    ) -> Result<Self, Error> {
        let database = Database::connect(endpoints, 0, timeouts, access).await?;
        Ok(Self { database, layout })
    }

    /// Makes the layout's tables where they do not exist.
    ///
    /// # Errors
    ///
    /// [`Error::Query`].
    pub async fn init(&mut self) -> Result<(), Error> {
        for sql in tables(self.database.dialect()) {
            self.database.run("making the tables", sql).await?;
        }
        Ok(())
    }

    /// All domains, sorted.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn domains(&mut self) -> Result<Vec<String>, Error> {
        self.list("the list of domains", self.layout.domains).await
    }

    /// Adds a domain and gives its name as it was written.
    ///
    /// # Errors
    ///
    /// [`Error::BadName`], [`Error::Exists`], [`Error::TooNarrow`], [`Error::Query`].
    pub async fn add_domain(&mut self, domain: &str) -> Result<String, Error> {
        let domain = names::domain(domain)?;
        let values = of_domain(&domain);
        self.begin().await?;
        let added = self.insert_domain(&domain, &values).await;
        self.end(added).await?;
        Ok(domain)
    }

    /// Removes a domain with its users and aliases. Mailboxes stay on the disk.
    ///
    /// # Errors
    ///
    /// [`Error::BadName`], [`Error::NoDomain`], [`Error::Query`].
    pub async fn remove_domain(&mut self, domain: &str) -> Result<Removed, Error> {
        let domain = names::domain(domain)?;
        let values = of_domain(&domain);
        self.begin().await?;
        let removed = self.delete_domain(&domain, &values).await;
        self.end(removed).await
    }

    /// What would go with a domain.
    ///
    /// # Errors
    ///
    /// [`Error::BadName`], [`Error::NoDomain`], [`Error::Query`].
    pub async fn contents_of_domain(&mut self, domain: &str) -> Result<Removed, Error> {
        let domain = names::domain(domain)?;
        let values = of_domain(&domain);
        self.demand_domain(&domain, &values).await?;
        let users = self.count("counting the users", self.layout.count_users, &values).await?;
        let aliases =
            self.count("counting the aliases", self.layout.count_aliases, &values).await?;
        Ok(Removed { users, aliases })
    }

    /// All users, sorted.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn users(&mut self) -> Result<Vec<String>, Error> {
        self.list("the list of users", self.layout.users).await
    }

    /// Whether a user of this address could be added, so that nobody is asked for a password in
    /// vain.
    ///
    /// # Errors
    ///
    /// [`Error::BadName`], [`Error::NoDomain`], [`Error::Exists`], [`Error::Query`].
    pub async fn demand_new_user(&mut self, address: &str) -> Result<(), Error> {
        let address = names::address(address)?;
        let values = Values::new(&address);
        let domain = address.split_once('@').map_or("", |(_, domain)| domain);
        self.demand_domain(domain, &values).await?;
        match self.user_row(&values).await? {
            Some((email, _)) => Err(Error::Exists(email)),
            None => Ok(()),
        }
    }

    /// Adds a user with a stored password and gives the address as it was written.
    ///
    /// # Errors
    ///
    /// [`Error::BadName`], [`Error::NoDomain`], [`Error::Exists`], [`Error::TooNarrow`],
    /// [`Error::Query`].
    pub async fn add_user(&mut self, address: &str, stored: &str) -> Result<String, Error> {
        let address = names::address(address)?;
        let values = Values::new(&address).with("new_password", stored);
        self.begin().await?;
        let added = self.insert_user(&address, &values, stored).await;
        self.end(added).await?;
        Ok(address)
    }

    /// Whether there is such a user; gives the address as the row has it. The letter case of ASCII
    /// does not count, as at a sign-in.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn find_user(&mut self, address: &str) -> Result<Option<String>, Error> {
        for spelling in [address.to_owned(), address.to_ascii_lowercase()] {
            let found = self.user_row(&Values::new(&spelling)).await?;
            // MariaDB also finds john for jöhn.
            if let Some((email, _)) = found
                && email.eq_ignore_ascii_case(address)
            {
                return Ok(Some(email));
            }
        }
        Ok(None)
    }

    /// Gives a user, by the address as the row has it, a new stored password.
    ///
    /// # Errors
    ///
    /// [`Error::NoUser`], [`Error::TooNarrow`], [`Error::Query`].
    pub async fn set_password(&mut self, address: &str, stored: &str) -> Result<(), Error> {
        let values = Values::new(address).with("new_password", stored);
        self.begin().await?;
        let set = self.update_password(address, &values, stored).await;
        self.end(set).await
    }

    /// Removes a user, by the address as the row has it. The mailbox stays on the disk.
    ///
    /// # Errors
    ///
    /// [`Error::NoUser`], [`Error::Query`].
    pub async fn remove_user(&mut self, address: &str) -> Result<(), Error> {
        let values = Values::new(address);
        self.begin().await?;
        let removed = self.delete_user(address, &values).await;
        self.end(removed).await
    }

    /// Says goodbye to the database.
    pub async fn close(self) {
        self.database.close().await;
    }

    pub(crate) fn database(&mut self) -> &mut Database {
        &mut self.database
    }

    async fn insert_domain(&mut self, domain: &str, values: &Values) -> Result<(), Error> {
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

    async fn delete_domain(&mut self, domain: &str, values: &Values) -> Result<Removed, Error> {
        let layout = self.layout;
        self.demand_domain(domain, values).await?;
        let aliases = self.change("removing the aliases", layout.remove_aliases, values).await?;
        let users = self.change("removing the users", layout.remove_users, values).await?;
        self.change("removing the domain", layout.remove_domain, values).await?;
        Ok(Removed { users, aliases })
    }

    async fn insert_user(
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

    async fn update_password(
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

    async fn delete_user(&mut self, address: &str, values: &Values) -> Result<(), Error> {
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

    async fn user_row(&mut self, values: &Values) -> Result<Option<UserRow>, Error> {
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

    async fn demand_domain(&mut self, domain: &str, values: &Values) -> Result<(), Error> {
        let exists = self.domain_exists(domain, values).await?;
        if exists { Ok(()) } else { Err(Error::NoDomain(domain.to_owned())) }
    }

    async fn list(&mut self, what: &'static str, sql: &str) -> Result<Vec<String>, Error> {
        let rows = self.fetch(what, sql, &Values::default(), usize::MAX).await?;
        let first = rows.into_iter().filter_map(|row| row.into_iter().next()?.1);
        Ok(first.map(|value| String::from_utf8_lossy(&value).into_owned()).collect())
    }

    async fn count(
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
    ) -> Result<Vec<crate::database::Row>, Error> {
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

    async fn begin(&mut self) -> Result<(), Error> {
        let sql = match self.database.dialect() {
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            Dialect::MySql | Dialect::Postgres => "BEGIN",
        };
        self.database.run("the transaction", sql).await
    }

    async fn end<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        let sql = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = self.database.run("the transaction", sql).await;
        // Where the work itself failed, that is what to report.
        let value = result?;
        ended.map(|()| value)
    }
}

type UserRow = (String, Option<zeroize::Zeroizing<Vec<u8>>>);

fn of_domain(domain: &str) -> Values {
    Values::new(&format!("@{domain}"))
}
