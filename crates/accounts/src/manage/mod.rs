//! Domains and users: what an administrator does by hand otherwise.

mod steps;

use crate::database::Database;
use crate::layout::{Layout, tables};
use crate::settings::{Endpoint, Timeouts};
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
        self.database.begin().await?;
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
        self.database.begin().await?;
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
        self.database.begin().await?;
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
        self.database.begin().await?;
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
        self.database.begin().await?;
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
}

fn of_domain(domain: &str) -> Values {
    Values::new(&format!("@{domain}"))
}
