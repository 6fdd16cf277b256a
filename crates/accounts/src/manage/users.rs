//! Mail users.

use super::records::{Fields, User};
use super::{Manager, NewUser, Renamed};
use crate::account::Account;
use crate::pool::login_of;
use crate::{Error, Values, names};

impl Manager<'_> {
    /// Hands all users to `take`, in the order of the layout's key, which mostly is the address.
    /// They are read in pages: rows that others add and remove meanwhile may be among them.
    ///
    /// # Errors
    ///
    /// [`Error`], and what `take` gives, which ends the list.
    pub async fn each_user<E: From<Error>>(
        &mut self,
        mut take: impl FnMut(User) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.layout.is_own() {
            return self.each_own_user(take).await;
        }
        let mut after = String::new();
        loop {
            let values = Values::default().with("after", &after);
            let rows = self.fetch(LIST, self.layout.users.list, &values).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.text("page_key");
            for row in rows {
                take(row.into_user())?;
            }
        }
    }

    /// A user by the address; `None` if there is none. The letter case of ASCII does not count, as
    /// at a sign-in, and an internationalised domain may be typed either way.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn user(&mut self, address: &str) -> Result<Option<User>, Error> {
        let mut spellings = vec![address.to_owned()];
        for spelling in [address.to_ascii_lowercase(), names::with_ascii_domain(address)] {
            if !spellings.contains(&spelling) {
                spellings.push(spelling);
            }
        }
        for spelling in spellings {
            // MariaDB also finds john for jöhn.
            if let Some(user) = self.user_row(&spelling).await?
                && user.address.eq_ignore_ascii_case(&spelling)
            {
                return Ok(Some(user));
            }
        }
        Ok(None)
    }

    /// Whether a user of this address could be added, so that nobody is asked for a password in
    /// vain.
    ///
    /// # Errors
    ///
    /// [`Error::BadName`], [`Error::NoDomain`], [`Error::Exists`], [`Error::TooNarrow`],
    /// [`Error::Query`].
    pub async fn demand_new_user(&mut self, address: &str) -> Result<(), Error> {
        let address = names::address(address)?;
        if !self.layout.is_managed() {
            return Err(Error::NotInLayout { what: ADD, layout: self.layout.name });
        }
        let domain = domain_of(&address);
        if self.find_domain(domain).await?.is_none() {
            return Err(Error::NoDomain(domain.to_owned()));
        }
        self.demand_free(&address).await
    }

    /// Adds a user and gives the address as it was written. Without a flag in the
    /// [layout](crate::Layout::has_flag), `enabled` does nothing.
    ///
    /// # Errors
    ///
    /// [`Error::BadName`], [`Error::NoDomain`], [`Error::Exists`], [`Error::TooNarrow`],
    /// [`Error::NotInLayout`] for a quota in tables without quotas, [`Error::Query`].
    pub async fn add_user(&mut self, user: &NewUser<'_>) -> Result<String, Error> {
        let address = names::address(user.address)?;
        if user.quota.is_some() && !self.layout.has_quota() {
            return Err(Error::NotInLayout { what: SET_QUOTA, layout: self.layout.name });
        }
        self.begin().await?;
        let added = self.insert_new_user(&address, user).await;
        self.end(added).await?;
        Ok(address)
    }

    /// Switches a user on or off by the layout's flags.
    ///
    /// # Errors
    ///
    /// [`Error::NoUser`], [`Error::NotInLayout`], [`Error::Query`].
    pub async fn set_enabled(&mut self, address: &str, enabled: bool) -> Result<(), Error> {
        let values = Values::new(address).with("enabled", flag(enabled));
        let statements = self.layout.users.set_enabled;
        self.begin().await?;
        let set = self.update("switching the user", address, statements, &values).await;
        self.end(set).await
    }

    /// Sets a user's quota in bytes, or none.
    ///
    /// # Errors
    ///
    /// [`Error::NoUser`], [`Error::NotInLayout`], [`Error::Query`].
    pub async fn set_quota(&mut self, address: &str, quota: Option<u64>) -> Result<(), Error> {
        let values = Values::new(address).with("quota", &quota.unwrap_or(0).to_string());
        let statement = self.layout.users.set_quota;
        self.begin().await?;
        let set = self.update(SET_QUOTA, address, &[statement], &values).await;
        self.end(set).await
    }

    /// Gives a user, by the address as the row has it, another address. Aliases that lead to it
    /// lead to the new one then. The mail directory does not move.
    ///
    /// # Errors
    ///
    /// [`Error::BadName`], [`Error::NoUser`], [`Error::NoDomain`], [`Error::Exists`],
    /// [`Error::TooNarrow`], [`Error::Query`].
    pub async fn rename_user(&mut self, address: &str, new: &str) -> Result<Renamed, Error> {
        let new = names::address(new)?;
        self.begin().await?;
        let renamed = self.change_address(address, &new).await;
        self.end(renamed).await
    }

    /// Removes a user, by the address as the row has it. The mailbox stays on the disk.
    ///
    /// # Errors
    ///
    /// [`Error::NoUser`], [`Error::Query`].
    pub async fn remove_user(&mut self, address: &str) -> Result<(), Error> {
        self.begin().await?;
        let removed = self.delete_user(address).await;
        self.end(removed).await
    }

    async fn delete_user(&mut self, address: &str) -> Result<(), Error> {
        let (statements, values) = (self.layout.users, Values::new(address));
        self.update("removing the user", address, statements.remove, &values).await?;
        for other in self.those_there(statements.others).await? {
            self.change("removing what is left of the user", other.remove, &values).await?;
        }
        Ok(())
    }

    pub(super) async fn insert_new_user(
        &mut self,
        address: &str,
        user: &NewUser<'_>,
    ) -> Result<(), Error> {
        self.lock_domain(domain_of(address)).await?;
        self.demand_free(address).await?;
        self.insert_user(address, user).await?;
        self.demand_stored(address, user.stored).await
    }

    /// Adds the row; that it is new, only the database's index says.
    pub(super) async fn insert_user(
        &mut self,
        address: &str,
        user: &NewUser<'_>,
    ) -> Result<(), Error> {
        self.demand_widths(address, user).await?;
        let (layout, values) = (self.layout, self.values_of(address, user)?);
        let added = self.change_all(ADD, layout.users.add, &values).await;
        if added.map_err(|error| error.exists(address))? == 0 {
            return Err(Error::NoDomain(domain_of(address).to_owned()));
        }
        Ok(())
    }

    pub(super) async fn demand_widths(
        &mut self,
        address: &str,
        user: &NewUser<'_>,
    ) -> Result<(), Error> {
        let columns = self.layout.users;
        self.demand_width(columns.address, address).await?;
        self.demand_width(columns.stored, user.stored).await
    }

    /// What the statements that add a user are to know.
    pub(super) fn values_of(&self, address: &str, user: &NewUser<'_>) -> Result<Values, Error> {
        let values = Values::new(address)
            .with("new_password", user.stored)
            .with("quota", &user.quota.unwrap_or(0).to_string())
            .with("enabled", flag(user.enabled))
            .with("uid", &self.homes.uid.to_string())
            .with("gid", &self.homes.gid.to_string());
        let home = self.homes.home.expand(&values);
        Ok(values.with("home", str::from_utf8(&home).map_err(|_| Error::NotText)?))
    }

    async fn change_address(&mut self, address: &str, new: &str) -> Result<Renamed, Error> {
        self.lock_domain(domain_of(new)).await?;
        if !new.eq_ignore_ascii_case(address) {
            self.demand_free(new).await?;
        }
        self.update_address(address, new).await?;
        let aliases =
            self.rename_in_aliases(|old| old.eq_ignore_ascii_case(address).then(|| new.to_owned()));
        Ok(Renamed { name: new.to_owned(), users: 1, aliases: aliases.await? })
    }

    /// Changes the address in the user's row.
    pub(super) async fn update_address(&mut self, address: &str, new: &str) -> Result<(), Error> {
        let statements = self.layout.users;
        self.demand_width(statements.address, new).await?;
        let (local, domain) = new.split_once('@').unwrap_or((new, ""));
        let values = Values::new(address)
            .with("new_user", new)
            .with("new_username", local)
            .with("new_domain", domain);
        let renamed = self.update("renaming the user", address, statements.rename, &values).await;
        renamed.map_err(|error| error.exists(new))?;
        for other in self.those_there(statements.others).await? {
            for sql in other.rename {
                self.change("renaming the user elsewhere", sql, &values).await?;
            }
        }
        Ok(())
    }

    /// Changes the row of a user. Byte by byte: MariaDB compares without regard to accents and
    /// trailing blanks, and what is changed must be this user's and nobody else's.
    pub(super) async fn update(
        &mut self,
        what: &'static str,
        address: &str,
        statements: &[&str],
        values: &Values,
    ) -> Result<(), Error> {
        if statements.iter().all(|statement| statement.is_empty()) {
            return Err(Error::NotInLayout { what, layout: self.layout.name });
        }
        let gone = || Error::NoUser(address.to_owned());
        let found = self.user_row(address).await?;
        if found.is_none_or(|found| found.address != address) {
            return Err(gone());
        }
        let mut changed = 0;
        for statement in statements {
            changed = changed.max(self.change(what, statement, values).await?);
        }
        match changed {
            0 => Err(gone()),
            1 => Ok(()),
            _ => Err(Error::SeveralRows(what)),
        }
    }

    async fn demand_free(&mut self, address: &str) -> Result<(), Error> {
        self.demand_width(self.layout.users.address, address).await?;
        match self.user_row(address).await? {
            Some(found) => Err(Error::Exists(found.address)),
            None => Ok(()),
        }
    }

    pub(super) async fn user_row(&mut self, address: &str) -> Result<Option<User>, Error> {
        let values = Values::new(address);
        if !self.layout.is_own() {
            let row = self.row(LOOK_UP, self.layout.users.find, &values).await?;
            return Ok(row.map(Fields::into_user));
        }
        let row = self.row(LOOK_UP, self.layout.password_query, &values).await?;
        own_user(row, address)
    }

    /// The logins that the administrator's own query lists.
    async fn each_own_user<E: From<Error>>(
        &mut self,
        mut take: impl FnMut(User) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each_row(LIST, self.layout.iterate, |row| {
            let address = login_of(&row.into_row())?;
            take(User { address, stored: None, enabled: None, quota: None, home: None })
        })
        .await
    }

    /// Whether there is a user of this address.
    pub(super) async fn is_user(&mut self, address: &str) -> Result<bool, Error> {
        let found = self.user_row(address).await?;
        Ok(found.is_some_and(|found| found.address.eq_ignore_ascii_case(address)))
    }
}

/// What an administrator's own query gives of a user.
pub(super) fn own_user(row: Option<Fields>, address: &str) -> Result<Option<User>, Error> {
    let account = row.map(|row| Account::from_row(row.into_row(), address)).transpose()?;
    Ok(account.map(|account| User {
        address: account.user,
        stored: account.stored,
        enabled: None,
        quota: None,
        home: None,
    }))
}

fn domain_of(address: &str) -> &str {
    address.split_once('@').map_or("", |(_, domain)| domain)
}

fn flag(enabled: bool) -> &'static str {
    if enabled { "1" } else { "0" }
}

pub(super) const ADD: &str = "adding the user";
const LIST: &str = "the list of users";
pub(super) const LOOK_UP: &str = "the look-up of the user";
const SET_QUOTA: &str = "setting the quota";
