//! Many additions in one transaction.

use std::collections::HashSet;
use std::time::Duration;

use super::{Added, Manager, NewUser};
use crate::{Error, names};

/// A transaction that adds many. Dropped, or with the program killed, it leaves nothing behind.
pub struct Import<'m, 'a> {
    manager: &'m mut Manager<'a>,
    /// Domains that are there and stay so until the end.
    domains: HashSet<String>,
}

impl<'a> Manager<'a> {
    /// Begins to add many.
    ///
    /// # Errors
    ///
    /// [`Error::NoTransactions`], [`Error::NotInLayout`], [`Error::Query`].
    pub async fn import(&mut self) -> Result<Import<'_, 'a>, Error> {
        if !self.layout.is_managed() {
            return Err(Error::NotInLayout { what: "the import", layout: self.layout.name });
        }
        self.demand_transactions().await?;
        self.schema().await?;
        self.begin().await?;
        Ok(Import { manager: self, domains: HashSet::new() })
    }
}

impl Import<'_, '_> {
    /// Adds a domain; `false` if it is there already.
    ///
    /// # Errors
    ///
    /// As [`Manager::add_domain`].
    pub async fn add_domain(&mut self, domain: &str) -> Result<bool, Error> {
        let domain = names::domain(domain)?;
        if self.domains.contains(&domain) {
            return Ok(false);
        }
        let added = match self.manager.insert_domain(&domain).await {
            Ok(()) => true,
            Err(Error::Exists(_)) => false,
            Err(error) => return Err(error),
        };
        self.lock(&domain).await?;
        Ok(added)
    }

    /// Whether there is a user of this address.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn has_user(&mut self, address: &str) -> Result<bool, Error> {
        Ok(self.manager.user(address).await?.is_some())
    }

    /// Adds a user.
    ///
    /// # Errors
    ///
    /// As [`Manager::add_user`]. After an error nothing more can be added.
    pub async fn add_user(&mut self, user: &NewUser<'_>) -> Result<(), Error> {
        let address = names::address(user.address)?;
        let (_, domain) = address.split_once('@').unwrap_or(("", ""));
        self.lock(domain).await?;
        self.manager.insert_user(&address, user).await
    }

    /// Adds destinations of an alias.
    ///
    /// # Errors
    ///
    /// As [`Manager::add_alias`].
    pub async fn add_alias(
        &mut self,
        source: &str,
        destinations: &[String],
    ) -> Result<Added, Error> {
        self.manager.insert_alias(source, destinations).await
    }

    /// Makes all of it last.
    ///
    /// # Errors
    ///
    /// [`Error`]. Unless the connection was lost in just this moment, nothing was changed then.
    pub async fn commit(self) -> Result<(), Error> {
        let Self { manager, .. } = self;
        let ended = if manager.pretends {
            manager.database.roll_back().await
        } else {
            manager.database.commit_within(COMMIT).await
        };
        // The connection ends soon, and with it the turn.
        let _ = manager.let_others().await;
        ended
    }

    /// Undoes all of it.
    ///
    /// # Errors
    ///
    /// [`Error`]; the database does it by itself then.
    pub async fn roll_back(self) -> Result<(), Error> {
        let _ = self.manager.database.roll_back().await;
        self.manager.let_others().await
    }

    async fn lock(&mut self, domain: &str) -> Result<(), Error> {
        if !self.domains.contains(domain) {
            self.manager.lock_domain(domain).await?;
            self.domains.insert(domain.to_owned());
        }
        Ok(())
    }
}

/// The longest that a database may take to make many rows last.
const COMMIT: Duration = Duration::from_mins(10);
