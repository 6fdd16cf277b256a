//! Stored passwords of users.

use super::Manager;
use super::records::User;
use super::users::{LOOK_UP, own_user};
use crate::{Error, Swapped, Values};

impl Manager<'_> {
    /// Gives a user, by the address as the row has it, a new stored password.
    ///
    /// # Errors
    ///
    /// [`Error::NoUser`], [`Error::TooNarrow`], [`Error::Query`].
    pub async fn set_password(&mut self, address: &str, stored: &str) -> Result<(), Error> {
        self.begin().await?;
        let set = self.update_password(address, stored).await;
        self.end(set).await
    }

    /// Replaces the stored password of a user, by the address as the row has it, if it is still
    /// `old`, byte for byte.
    ///
    /// # Errors
    ///
    /// [`Error::NoUser`], [`Error::TooNarrow`], [`Error::NotInLayout`] where no statement of the
    /// administrator's own stores passwords, [`Error::NotText`] if `old` is not UTF-8,
    /// [`Error::Query`].
    pub async fn swap_password(
        &mut self,
        address: &str,
        old: &[u8],
        new: &str,
    ) -> Result<Swapped, Error> {
        let old = str::from_utf8(old).map_err(|_| Error::NotText)?;
        if self.layout.users.set_password.is_empty() {
            return Err(Error::NotInLayout { what: CHANGE_PASSWORD, layout: self.layout.name });
        }
        self.begin().await?;
        let swapped = self.update_if_unchanged(address, old, new).await;
        self.end(swapped).await
    }

    async fn update_password(&mut self, address: &str, stored: &str) -> Result<(), Error> {
        let values = Values::new(address).with("new_password", stored);
        let statements = self.layout.users;
        self.demand_width(statements.stored, stored).await?;
        let set = [statements.set_password];
        self.update(CHANGE_PASSWORD, address, &set, &values).await?;
        self.demand_stored(address, stored).await
    }

    async fn update_if_unchanged(
        &mut self,
        address: &str,
        old: &str,
        new: &str,
    ) -> Result<Swapped, Error> {
        self.demand_width(self.layout.users.stored, new).await?;
        let values = Values::new(address).with("old_password", old).with("new_password", new);
        if self.layout.is_own() {
            let found = self.locked_own_user(address).await?;
            let found = found.ok_or_else(|| Error::NoUser(address.to_owned()))?;
            if found.stored.is_none_or(|stored| *stored.text != old.as_bytes()) {
                return Ok(Swapped::Changed);
            }
            // Theirs may compare with the old value as well.
            let changed = self.change(CHANGE_PASSWORD, self.layout.users.set_password, &values);
            match changed.await? {
                0 => return Ok(Swapped::Changed),
                1 => {}
                _ => return Err(Error::SeveralRows(CHANGE_PASSWORD)),
            }
            self.demand_stored(address, new).await?;
            return Ok(Swapped::Done);
        }
        match self.change(CHANGE_PASSWORD, self.layout.swap_password, &values).await? {
            0 => return Ok(Swapped::Changed),
            1 => {}
            _ => return Err(Error::SeveralRows(CHANGE_PASSWORD)),
        }
        // What else belongs to a new password, such as a copy in plain text that has to go.
        self.update_password(address, new).await?;
        Ok(Swapped::Done)
    }

    /// The row that the administrator's own query finds, which nobody else changes until the
    /// transaction ends, where the database can keep them from it.
    async fn locked_own_user(&mut self, address: &str) -> Result<Option<User>, Error> {
        let query = self.layout.password_query;
        let row = match self.lock_row(LOOK_UP, query, &Values::new(address)).await {
            // Not every query can lock what it finds.
            Err(Error::Query { .. }) => {
                self.database.roll_back().await?;
                self.begin().await?;
                return self.user_row(address).await;
            }
            row => row?,
        };
        own_user(row, address)
    }

    /// Reads back what was written: a lax MySQL cuts what is too long without a word.
    pub(super) async fn demand_stored(&mut self, address: &str, stored: &str) -> Result<(), Error> {
        let columns = self.layout.users;
        let found = self.user_row(address).await?;
        match found.map(|found| found.stored) {
            Some(Some(found)) if *found.text == stored.as_bytes() => Ok(()),
            Some(_) => Err(Error::TooNarrow { column: columns.stored.name }),
            None => Err(Error::TooNarrow { column: columns.address.name }),
        }
    }
}

const CHANGE_PASSWORD: &str = "changing the password";
