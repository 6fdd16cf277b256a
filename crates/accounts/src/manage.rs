//! Domains and users: what an administrator does by hand otherwise.

use crate::database::{Database, Dialect};
use crate::layout::Layout;
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

    /// Whether there is such a user; gives the address as the row has it.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn find_user(&mut self, address: &str) -> Result<Option<String>, Error> {
        Ok(self.user_row(&Values::new(address)).await?.map(|(email, _)| email))
    }

    /// Gives a user a new stored password.
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

    /// Removes a user. The mailbox stays on the disk.
    ///
    /// # Errors
    ///
    /// [`Error::NoUser`], [`Error::Query`].
    pub async fn remove_user(&mut self, address: &str) -> Result<(), Error> {
        let values = Values::new(address);
        let removed = self.change("removing the user", self.layout.remove_user, &values).await?;
        if removed == 0 { Err(Error::NoUser(address.to_owned())) } else { Ok(()) }
    }

    /// Says goodbye to the database.
    pub async fn close(self) {
        self.database.close().await;
    }

    pub(crate) fn database(&mut self) -> &mut Database {
        &mut self.database
    }

    async fn insert_domain(&mut self, domain: &str, values: &Values) -> Result<(), Error> {
        if self.domain_exists(values).await? {
            return Err(Error::Exists(domain.to_owned()));
        }
        let added = self.change("adding the domain", self.layout.add_domain, values).await;
        added.map_err(|error| error.exists(domain))?;
        if self.domain_exists(values).await? {
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
        if self.user_row(values).await?.is_some() {
            return Err(Error::Exists(address.to_owned()));
        }
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
        if self.user_row(values).await?.is_none() {
            return Err(Error::NoUser(address.to_owned()));
        }
        self.change("changing the password", self.layout.set_password, values).await?;
        self.demand_stored(values, stored).await
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

    async fn domain_exists(&mut self, values: &Values) -> Result<bool, Error> {
        let rows = self.fetch("the look-up of the domain", self.layout.find_domain, values, 1);
        Ok(!rows.await?.is_empty())
    }

    async fn demand_domain(&mut self, domain: &str, values: &Values) -> Result<(), Error> {
        let exists = self.domain_exists(values).await?;
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

/// The three tables of the ISPmail how-to. `UNIQUE` on the domain's name is ours: it keeps two
/// administrators from adding one domain twice.
fn tables(dialect: Dialect) -> [&'static str; 3] {
    match dialect {
        Dialect::Sqlite => [
            "CREATE TABLE IF NOT EXISTS virtual_domains (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                name VARCHAR(50) NOT NULL UNIQUE)",
            "CREATE TABLE IF NOT EXISTS virtual_users (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                domain_id INTEGER NOT NULL REFERENCES virtual_domains (id) ON DELETE CASCADE,
                email VARCHAR(100) NOT NULL UNIQUE,
                password VARCHAR(150) NOT NULL)",
            "CREATE TABLE IF NOT EXISTS virtual_aliases (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                domain_id INTEGER NOT NULL REFERENCES virtual_domains (id) ON DELETE CASCADE,
                source VARCHAR(100) NOT NULL,
                destination VARCHAR(100) NOT NULL)",
        ],
        Dialect::MySql => [
            "CREATE TABLE IF NOT EXISTS virtual_domains (
                id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
                name VARCHAR(50) NOT NULL UNIQUE) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
            "CREATE TABLE IF NOT EXISTS virtual_users (
                id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
                domain_id INT NOT NULL,
                email VARCHAR(100) NOT NULL UNIQUE,
                password VARCHAR(150) NOT NULL,
                FOREIGN KEY (domain_id) REFERENCES virtual_domains (id) ON DELETE CASCADE
                ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
            "CREATE TABLE IF NOT EXISTS virtual_aliases (
                id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
                domain_id INT NOT NULL,
                source VARCHAR(100) NOT NULL,
                destination VARCHAR(100) NOT NULL,
                FOREIGN KEY (domain_id) REFERENCES virtual_domains (id) ON DELETE CASCADE
                ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
        ],
        Dialect::Postgres => [
            "CREATE TABLE IF NOT EXISTS virtual_domains (
                id SERIAL PRIMARY KEY,
                name VARCHAR(50) NOT NULL UNIQUE)",
            "CREATE TABLE IF NOT EXISTS virtual_users (
                id SERIAL PRIMARY KEY,
                domain_id INT NOT NULL REFERENCES virtual_domains (id) ON DELETE CASCADE,
                email VARCHAR(100) NOT NULL UNIQUE,
                password VARCHAR(150) NOT NULL)",
            "CREATE TABLE IF NOT EXISTS virtual_aliases (
                id SERIAL PRIMARY KEY,
                domain_id INT NOT NULL REFERENCES virtual_domains (id) ON DELETE CASCADE,
                source VARCHAR(100) NOT NULL,
                destination VARCHAR(100) NOT NULL)",
        ],
    }
}
