//! Mail domains.

use super::records::{Domain, Fields, User};
use super::{Manager, Removed, Renamed};
use crate::{Error, Values, names};

impl Manager<'_> {
    /// All domains, sorted.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn domains(&mut self) -> Result<Vec<Domain>, Error> {
        let sql = self.layout.domains.list;
        let rows = self.fetch("the list of domains", sql, &Values::default()).await?;
        Ok(rows.iter().map(Fields::domain).collect())
    }

    /// A domain by its name.
    ///
    /// # Errors
    ///
    /// [`Error::BadName`], [`Error::NoDomain`], [`Error::Query`].
    pub async fn domain(&mut self, domain: &str) -> Result<Domain, Error> {
        let name = names::domain(domain)?;
        self.find_domain(&name).await?.ok_or(Error::NoDomain(name))
    }

    /// Adds a domain and gives its name as it was written.
    ///
    /// # Errors
    ///
    /// [`Error::BadName`], [`Error::Exists`], [`Error::TooNarrow`], [`Error::Query`].
    pub async fn add_domain(&mut self, domain: &str) -> Result<String, Error> {
        let domain = names::domain(domain)?;
        self.begin().await?;
        let added = self.insert_domain(&domain).await;
        self.end_turn(added).await?;
        Ok(domain)
    }

    /// Gives a domain another name: all addresses in it change, and destinations of aliases that
    /// are in it. Mail directories do not move.
    ///
    /// # Errors
    ///
    /// [`Error::BadName`], [`Error::NoDomain`], [`Error::Exists`], [`Error::TooNarrow`],
    /// [`Error::Query`].
    pub async fn rename_domain(&mut self, domain: &str, new: &str) -> Result<Renamed, Error> {
        let (domain, new) = (names::domain(domain)?, names::domain(new)?);
        self.begin().await?;
        let renamed = self.change_domain(&domain, &new).await;
        self.end_turn(renamed).await
    }

    /// Removes a domain with its users and aliases. Mailboxes stay on the disk.
    ///
    /// # Errors
    ///
    /// [`Error::BadName`], [`Error::NoDomain`], [`Error::Query`].
    pub async fn remove_domain(&mut self, domain: &str) -> Result<Removed, Error> {
        let domain = names::domain(domain)?;
        self.begin().await?;
        let removed = self.delete_domain(&domain).await;
        self.end(removed).await
    }

    /// What would go with a domain.
    ///
    /// # Errors
    ///
    /// [`Error::BadName`], [`Error::NoDomain`], [`Error::Query`].
    pub async fn contents_of_domain(&mut self, domain: &str) -> Result<Removed, Error> {
        let domain = self.domain(domain).await?.name;
        let values = of_domain(&domain);
        let statements = self.layout.domains;
        let users = self.count("counting the users", statements.count_users, &values).await?;
        let aliases = self.count("counting the aliases", statements.count_aliases, &values).await?;
        Ok(Removed { users, aliases })
    }

    /// The users of a domain, by its name as the row has it: their addresses, and their homes where
    /// the layout keeps these. The other fields need not be what the rows say.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn users_of_domain(&mut self, domain: &str) -> Result<Vec<User>, Error> {
        let sql = self.layout.users.of_domain;
        let rows = self.fetch("the users of the domain", sql, &of_domain(domain)).await?;
        Ok(rows.into_iter().map(Fields::into_user).collect())
    }

    /// The addresses of the users of a domain.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn addresses_of_domain(&mut self, domain: &str) -> Result<Vec<String>, Error> {
        let users = self.users_of_domain(domain).await?;
        Ok(users.into_iter().map(|user| user.address).collect())
    }

    /// The domain of that name, and no other that MariaDB takes for the same.
    pub(super) async fn find_domain(&mut self, domain: &str) -> Result<Option<Domain>, Error> {
        let row = self.row(LOOK_UP, self.layout.domains.find, &of_domain(domain)).await?;
        Ok(row.map(|row| row.domain()).filter(|found| found.name.eq_ignore_ascii_case(domain)))
    }

    /// Has the domain stay as it is until the transaction ends, so that nothing is added to one
    /// that is being removed, and nothing is added twice.
    pub(super) async fn lock_domain(&mut self, domain: &str) -> Result<(), Error> {
        let row = self.lock_row(LOOK_UP, self.layout.domains.find, &of_domain(domain)).await?;
        let found = row.is_some_and(|row| row.text("name").eq_ignore_ascii_case(domain));
        if found { Ok(()) } else { Err(Error::NoDomain(domain.to_owned())) }
    }

    pub(super) async fn insert_domain(&mut self, domain: &str) -> Result<(), Error> {
        self.keep_others_out().await?;
        let statements = self.layout.domains;
        if self.find_domain(domain).await?.is_some() {
            return Err(Error::Exists(domain.to_owned()));
        }
        self.demand_width(statements.column, domain).await?;
        let added = self.change("adding the domain", statements.add, &of_domain(domain)).await;
        added.map_err(|error| error.exists(domain))?;
        if self.find_domain(domain).await?.is_some() {
            return Ok(());
        }
        Err(Error::TooNarrow { column: statements.column.name })
    }

    async fn change_domain(&mut self, domain: &str, new: &str) -> Result<Renamed, Error> {
        self.keep_others_out().await?;
        self.lock_domain(domain).await?;
        if domain != new && self.find_domain(new).await?.is_some() {
            return Err(Error::Exists(new.to_owned()));
        }
        let statements = self.layout.domains;
        self.demand_width(statements.column, new).await?;
        let addresses = self.addresses_of_domain(domain).await?;
        let values = of_domain(domain).with("new_domain", new);
        self.change_all("renaming the domain", statements.rename, &values).await?;
        for other in self.those_there(statements.others).await? {
            for sql in other.rename {
                self.change("renaming the domain elsewhere", sql, &values).await?;
            }
        }
        if !statements.renamed.is_empty() {
            self.change("renaming the domain", statements.renamed, &values).await?;
        }
        let users = addresses.len() as u64;
        // Where the rows have only the local part, they have changed with the domain.
        if !self.layout.users.address.local_part {
            for address in addresses {
                let (local, _) = address.split_once('@').unwrap_or((&address, ""));
                self.update_address(&address, &format!("{local}@{new}")).await?;
            }
        }
        let aliases = self.rename_in_aliases(|address| {
            let (local, host) = address.rsplit_once('@')?;
            host.eq_ignore_ascii_case(domain).then(|| format!("{local}@{new}"))
        });
        Ok(Renamed { name: new.to_owned(), users, aliases: aliases.await? })
    }

    async fn delete_domain(&mut self, domain: &str) -> Result<Removed, Error> {
        self.lock_domain(domain).await?;
        let (statements, values) = (self.layout.domains, of_domain(domain));
        let contents = self.contents_of_domain(domain).await?;
        self.change("removing the aliases", statements.remove_aliases, &values).await?;
        self.change("removing the users", statements.remove_users, &values).await?;
        for other in self.those_there(statements.others).await? {
            self.change("removing what is left of the domain", other.remove, &values).await?;
        }
        self.change("removing the domain", statements.remove, &values).await?;
        Ok(contents)
    }
}

pub(super) fn of_domain(domain: &str) -> Values {
    Values::new(&format!("@{domain}"))
}

const LOOK_UP: &str = "the look-up of the domain";
