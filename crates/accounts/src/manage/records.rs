//! What is managed.

use crate::account::StoredColumn;
use crate::database::Row;

/// A mail domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Its name.
    pub name: String,
    /// Whether it is switched on; `None` where the layout has no such switch.
    pub enabled: Option<bool>,
}

/// A mail user. No `Debug`: it holds the stored password.
pub struct User {
    /// The address as the row has it.
    pub address: String,
    /// The stored password; `None` where the column is NULL, or the layout's list does not give it.
    pub stored: Option<StoredColumn>,
    /// Whether the layout's flags let it sign in; `None` where it has none.
    pub enabled: Option<bool>,
    /// Bytes; `None` for no limit.
    pub quota: Option<u64>,
    /// The home directory, where the layout keeps it in the row.
    pub home: Option<String>,
}

/// A user to be added.
pub struct NewUser<'a> {
    /// The address.
    pub address: &'a str,
    /// The stored password.
    pub stored: &'a str,
    /// Bytes; `None` for no limit.
    pub quota: Option<u64>,
    /// Whether the user may sign in.
    pub enabled: bool,
}

/// A forwarding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The address that mail comes to, or `@domain` for a catch-all.
    pub source: String,
    /// The addresses that it goes to.
    pub destinations: Vec<String>,
    /// Whether it is switched on; `None` where the layout has no such switch.
    pub enabled: Option<bool>,
}

/// What went with a domain, or would.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Number of users.
    pub users: u64,
    /// Number of aliases.
    pub aliases: u64,
}

/// What followed a change of name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renamed {
    /// The new name as it was written.
    pub name: String,
    /// Users whose addresses changed.
    pub users: u64,
    /// Aliases whose source or destinations changed.
    pub aliases: u64,
}

/// What came of adding destinations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// The source as it was written.
    pub source: String,
    /// Destinations that are new.
    pub added: Vec<String>,
    /// Those that were there.
    pub present: Vec<String>,
}

/// A row by the names of its columns.
pub(super) struct Fields(Row);

impl Fields {
    pub(super) fn new(row: Row) -> Self {
        Self(row)
    }

    /// Empty for NULL.
    pub(super) fn text(&self, name: &str) -> String {
        let value = self.value(name).map(|value| String::from_utf8_lossy(value).into_owned());
        value.unwrap_or_default()
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        str::from_utf8(self.value(name)?).ok()?.parse().ok()
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        Some(self.number(name)? != 0)
    }

    fn value(&self, name: &str) -> Option<&[u8]> {
        let (_, value) = self.0.iter().find(|(column, _)| column == name)?;
        value.as_ref().map(|value| value.as_slice())
    }

    pub(super) fn into_row(self) -> Row {
        self.0
    }

    pub(super) fn domain(&self) -> Domain {
        Domain { name: self.text("name"), enabled: self.flag("enabled") }
    }

    pub(super) fn into_user(mut self) -> User {
        let stored = self.0.iter_mut().find(|(column, _)| column == "stored");
        let stored = stored.and_then(|(_, value)| value.take());
        User {
            address: self.text("address"),
            stored: stored.map(|text| StoredColumn { text, noscheme: false }),
            enabled: self.flag("enabled"),
            quota: self.number("quota").filter(|&bytes| bytes > 0),
            home: Some(self.text("home")).filter(|home| !home.is_empty()),
        }
    }
}
