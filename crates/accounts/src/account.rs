//! What a look-up finds, and a connection for one request.

use zeroize::Zeroizing;

use crate::database::{Database, Row};
use crate::settings::{Endpoint, Timeouts};
use crate::{Access, Error, Lookups, Values};

/// A mail account as the password query gave it. No `Debug`: it holds the stored password.
pub struct Account {
    /// The login name that the row has, which need not be what the client typed.
    pub user: String,
    /// The stored password; `None` where the column is NULL.
    pub stored: Option<StoredColumn>,
    /// Columns `userdb_*`, without that prefix.
    pub userdb: Vec<Field>,
    /// All other columns, for Dovecot (`nologin`, `allow_nets`, `proxy`, …).
    pub extra: Vec<Field>,
}

/// The value of the password column. Its memory is wiped when it is dropped.
pub struct StoredColumn {
    /// The value.
    pub text: Zeroizing<Vec<u8>>,
    /// Whether the column was `password_noscheme`, in which `{…}` in front is part of the value.
    pub noscheme: bool,
}

/// One field of Dovecot's: a name and a value.
#[derive(Clone, PartialEq, Eq)]
pub struct Field {
    /// The column's name.
    pub name: String,
    /// Its value; never NULL.
    pub value: Vec<u8>,
}

/// What the user query gave.
pub struct UserFields {
    /// The login name that the row has.
    pub user: String,
    /// All other columns, such as `home`, `uid`, `gid`, `quota_rule`.
    pub fields: Vec<Field>,
}

/// An open database with mail accounts in it.
pub struct Accounts {
    database: Database,
}

impl Accounts {
    /// Connects to the first endpoint that answers, beginning with number `first` (modulo their
    /// number), so that callers can spread the load.
    ///
    /// # Errors
    ///
    /// [`Error::Connect`] when none answers.
    pub async fn connect(
        endpoints: &[Endpoint],
        first: usize,
        timeouts: Timeouts,
        access: Access,
    ) -> Result<Self, Error> {
        let database = Database::connect(endpoints, first, timeouts, access).await?;
        Ok(Self { database })
    }

    /// Finds the account of a login; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`Error`] for everything that keeps the answer from being sure.
    pub async fn find(
        &mut self,
        lookups: &Lookups,
        login: &str,
        values: &Values,
    ) -> Result<Option<Account>, Error> {
        lookups.find(&mut self.database, login, values).await
    }

    /// Runs the user query; `None` where it finds nothing or there is no such query.
    ///
    /// # Errors
    ///
    /// [`Error`] for everything that keeps the answer from being sure.
    pub async fn find_user(
        &mut self,
        lookups: &Lookups,
        login: &str,
        values: &Values,
    ) -> Result<Option<UserFields>, Error> {
        lookups.find_user(&mut self.database, login, values).await
    }

    /// Has the database prepare the statements, and looks whether the password query gives a
    /// password at all, which otherwise shows only when it finds somebody.
    ///
    /// # Errors
    ///
    /// [`Error::Query`] and [`Error::NoPasswordColumn`].
    pub async fn check(&mut self, lookups: &Lookups) -> Result<(), Error> {
        lookups.check(&mut self.database).await
    }

    /// Says goodbye to the database.
    pub async fn close(self) {
        self.database.close().await;
    }
}

impl Account {
    /// Sorts the columns as Dovecot's `auth_request_set_field` does.
    pub(crate) fn from_row(row: Row, login: &str) -> Result<Self, Error> {
        let mut account =
            Self { user: login.to_owned(), stored: None, userdb: Vec::new(), extra: Vec::new() };
        let mut has_password = false;
        for (name, value) in row {
            let is_password = is_password(&name);
            has_password |= is_password;
            let Some(value) = value else { continue };
            if is_password {
                if account.stored.is_none() {
                    let noscheme = name == "password_noscheme";
                    account.stored = Some(StoredColumn { text: value, noscheme });
                }
            } else if let Some(user) = updated_user(&account.user, &name, &value)? {
                account.user = user;
            } else if let Some(name) = name.strip_prefix("userdb_") {
                account.userdb.push(Field::new(name, &value));
            } else if !name.is_empty() {
                account.extra.push(Field::new(&name, &value));
            }
        }
        if has_password { Ok(account) } else { Err(Error::NoPasswordColumn) }
    }
}

impl UserFields {
    pub(crate) fn from_row(row: Row, login: &str) -> Result<Self, Error> {
        let mut found = Self { user: login.to_owned(), fields: Vec::new() };
        for (name, value) in row {
            let Some(value) = value else { continue };
            if let Some(user) = updated_user(&found.user, &name, &value)? {
                found.user = user;
            } else if !name.is_empty() {
                found.fields.push(Field::new(&name, &value));
            }
        }
        Ok(found)
    }
}

impl Field {
    /// A field of that name and value.
    pub fn new(name: &str, value: &[u8]) -> Self {
        Self { name: name.to_owned(), value: value.to_vec() }
    }
}

pub(crate) fn is_password(column: &str) -> bool {
    matches!(column, "password" | "password_noscheme")
}

/// The columns `user`, `username` and `domain` change the login name, as in Dovecot.
fn updated_user(old: &str, name: &str, value: &[u8]) -> Result<Option<String>, Error> {
    if !matches!(name, "user" | "username" | "domain") {
        return Ok(None);
    }
    let wrong = |what| Error::Column { column: name.to_owned(), what };
    let value = str::from_utf8(value).map_err(|_| wrong("something that is not text"))?;
    let user = match name {
        "username" if !value.contains('@') => match old.split_once('@') {
            Some((_, domain)) => format!("{value}@{domain}"),
            None => value.to_owned(),
        },
        "domain" => {
            let local = old.split('@').next().unwrap_or_default();
            format!("{local}@{value}")
        }
        _ => value.to_owned(),
    };
    if user.is_empty() {
        return Err(wrong("nothing, where the login name belongs"));
    }
    Ok(Some(user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_change_the_login_name() {
        for (old, name, value, want) in [
            ("john@a", "user", "Jack@B", Some("Jack@B")),
            ("john@a", "username", "jack", Some("jack@a")),
            ("john", "username", "jack", Some("jack")),
            ("john@a", "username", "jack@b", Some("jack@b")),
            ("john@a", "domain", "b", Some("john@b")),
            ("john", "domain", "b", Some("john@b")),
            ("john@a", "User", "x", None),
        ] {
            let got = updated_user(old, name, value.as_bytes()).unwrap();
            assert_eq!(got.as_deref(), want, "{old} {name} {value}");
        }
        assert!(updated_user("john", "user", b"").is_err());
        assert!(updated_user("john", "user", b"\xff").is_err());
    }
}
