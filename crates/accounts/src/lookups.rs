//! The statements of look-ups, and running them on one connection.

use crate::account::{Account, UserFields, is_password};
use crate::database::{Database, Dialect, Row};
use crate::layout::{Layout, in_dialect};
use crate::statement::Statement;
use crate::{Error, StatementError, Values};

/// The statements that find an account, parsed for one kind of database.
pub struct Lookups {
    password: Statement,
    /// For mechanisms that need plain text, where that is another one.
    credentials: Option<Box<Lookups>>,
    user: Option<Statement>,
    pub(crate) iterate: Option<Statement>,
}

impl Lookups {
    /// Those of a layout.
    ///
    /// # Errors
    ///
    /// None for the layouts of this crate; [`Error::Statement`].
    pub fn of_layout(layout: &Layout<'_>, dialect: Dialect) -> Result<Self, Error> {
        let in_dialect = |text| in_dialect(text, dialect);
        let lookups = Self::own(&in_dialect(layout.password_query), None, dialect)?;
        let lookups = lookups.with_iterate(&in_dialect(layout.iterate), dialect)?;
        let credentials = Some(layout.credentials_query).filter(|text| !text.is_empty());
        let others = credentials.map(|text| Self::own(&in_dialect(text), None, dialect));
        Ok(Self { credentials: others.transpose()?.map(Box::new), ..lookups })
    }

    /// The administrator's own: a `password_query` and perhaps a `user_query` as in Dovecot's
    /// `dovecot-sql.conf.ext`.
    ///
    /// # Errors
    ///
    /// [`Error::Statement`] for variables that cannot be bound.
    pub fn own(password: &str, user: Option<&str>, dialect: Dialect) -> Result<Self, Error> {
        Ok(Self {
            password: parse(PASSWORD_QUERY, password, dialect)?,
            credentials: None,
            user: user.map(|text| parse(USER_QUERY, text, dialect)).transpose()?,
            iterate: None,
        })
    }

    /// Adds the query that lists all logins, Dovecot's `iterate_query`: a column `user`, or
    /// `username` and perhaps `domain`.
    ///
    /// # Errors
    ///
    /// [`Error::Statement`] for variables that cannot be bound.
    pub fn with_iterate(self, text: &str, dialect: Dialect) -> Result<Self, Error> {
        Ok(Self { iterate: Some(parse(ITERATE_QUERY, text, dialect)?), ..self })
    }

    /// Checks an administrator's own `UPDATE` that stores a new password. One that names no user
    /// would give all of them the same.
    ///
    /// # Errors
    ///
    /// [`Error::Statement`] for variables that cannot be bound, and for missing ones.
    pub fn check_update(text: &str, dialect: Dialect) -> Result<(), Error> {
        let update = parse(UPDATE, text, dialect)?;
        let missing = |name| Error::Statement { what: UPDATE, why: StatementError::Missing(name) };
        if !update.uses("new_password") {
            return Err(missing("new_password"));
        }
        if !update.uses("user") && !update.uses("username") {
            return Err(missing("user"));
        }
        Ok(())
    }

    /// Those that find the stored password which mechanisms need that do not send one in plain
    /// text.
    pub fn for_credentials(&self) -> &Self {
        self.credentials.as_deref().unwrap_or(self)
    }

    /// Whether there is a `user_query`.
    pub fn has_user_query(&self) -> bool {
        self.user.is_some()
    }

    /// Whether there is an `iterate_query`.
    pub fn has_iterate(&self) -> bool {
        self.iterate.is_some()
    }

    /// The account of a login.
    pub(crate) async fn find(
        &self,
        database: &mut Database,
        login: &str,
        values: &Values,
    ) -> Result<Option<Account>, Error> {
        let row = one_row(database, PASSWORD_QUERY, &self.password, values).await?;
        row.map(|row| Account::from_row(row, login)).transpose()
    }

    /// What the user query gives, if there is one.
    pub(crate) async fn find_user(
        &self,
        database: &mut Database,
        login: &str,
        values: &Values,
    ) -> Result<Option<UserFields>, Error> {
        let Some(statement) = &self.user else { return Ok(None) };
        let row = one_row(database, USER_QUERY, statement, values).await?;
        row.map(|row| UserFields::from_row(row, login)).transpose()
    }

    /// Has the database prepare all statements.
    pub(crate) async fn check(&self, database: &mut Database) -> Result<(), Error> {
        if let Some(user) = &self.user {
            database.columns(USER_QUERY, user).await?;
        }
        if let Some(iterate) = &self.iterate {
            database.columns(ITERATE_QUERY, iterate).await?;
        }
        if let Some(credentials) = &self.credentials {
            database.columns(CREDENTIALS_QUERY, &credentials.password).await?;
        }
        let columns = database.columns(PASSWORD_QUERY, &self.password).await?;
        let found = columns.iter().any(|name| is_password(name));
        if found { Ok(()) } else { Err(Error::NoPasswordColumn) }
    }
}

/// The row of a query that must not give two.
pub(crate) async fn one_row(
    database: &mut Database,
    what: &'static str,
    statement: &Statement,
    values: &Values,
) -> Result<Option<Row>, Error> {
    let mut rows = database.fetch(what, statement, values, 2).await?;
    if rows.len() > 1 {
        return Err(Error::TwoRows(what));
    }
    Ok(rows.pop())
}

pub(crate) fn parse(what: &'static str, text: &str, dialect: Dialect) -> Result<Statement, Error> {
    Statement::parse(text, dialect).map_err(|why| Error::Statement { what, why })
}

pub(crate) const PASSWORD_QUERY: &str = "the password query";
const CREDENTIALS_QUERY: &str = "the query for credentials";
const UPDATE: &str = "the update statement";
const USER_QUERY: &str = "the user query";
pub(crate) const ITERATE_QUERY: &str = "the iterate query";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates() {
        let check = |text: &str| match Lookups::check_update(text, Dialect::Sqlite) {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        };
        for good in ["'%u'", "'%{user}'", "'%Lu'", "'%n' AND d = '%d'"] {
            assert_eq!(check(&format!("UPDATE t SET p='%{{new_password}}' WHERE u={good}")), "");
        }
        for (bad, want) in [
            ("UPDATE t SET p='x' WHERE u='%u'", "'%{new_password}' is missing"),
            ("UPDATE t SET p='%w' WHERE u='%u'", "the variable %w"),
            ("UPDATE t SET p='%{new_password}'", "'%{user}' is missing"),
            ("UPDATE t SET p='%{new_password}' WHERE d='%d'", "'%{user}' is missing"),
            ("UPDATE t SET p='%{new_password}' WHERE u=%u", "outside of quotes"),
        ] {
            assert!(check(bad).contains(want), "{bad}: {}", check(bad));
        }
    }
}
