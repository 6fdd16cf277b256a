//! All accounts and their stored passwords, as `check` and `config` look through them.

use std::collections::BTreeMap;
use std::fmt;

use futures_util::future::try_join;
use ispmail_accounts::settings::Endpoint;
use ispmail_accounts::{Access, Dialect, Error, Lookups, Manager, Pool, StoredColumn, Values};
use ispmail_auth::DefaultScheme;
use ispmail_auth::config::{Config, Queries, Text};
use ispmail_password::{Disabled, StoredPassword};
use tokio::sync::mpsc;

use crate::Failure;
use crate::manage::connect;

/// An account's stored password, by what becomes of sign-ins.
pub(crate) enum Stored {
    /// It can let somebody in.
    Sound(StoredPassword),
    /// NULL or empty: nobody is let in.
    Missing,
    /// Marked as locked: nobody is let in.
    Locked,
    /// It cannot be checked, and why.
    Malformed(String),
    /// The login is listed, but the password query does not find it.
    NotFound,
}

/// Which accounts could be looked through.
pub(crate) enum Listed {
    /// All of them.
    All {
        /// Name and title of the layout that the tables have, if it is known.
        layout: Option<(&'static str, &'static str)>,
    },
    /// There is no query that lists the logins.
    None,
}

/// Hands all accounts to `take`, one by one.
pub(crate) async fn each(
    config: &Config,
    mut take: impl FnMut(&str, Stored),
) -> Result<Listed, Failure> {
    let default_scheme = DefaultScheme::new(&config.default_scheme)?;
    match connect(config, Access::Read).await {
        Ok(mut manager) if manager.layout().is_managed() => {
            each_row(&mut manager, &default_scheme, &mut take).await?;
            let layout = Some((manager.layout().name, manager.layout().title));
            manager.close().await;
            return Ok(Listed::All { layout });
        }
        Ok(manager) => manager.close().await,
        Err(failure) => return Err(failure),
    }
    match &config.queries {
        Queries::Own { password, iterate: Some(iterate), .. } => {
            each_listed(config, password, iterate, &default_scheme, take).await?;
            Ok(Listed::All { layout: None })
        }
        _ => Ok(Listed::None),
    }
}

/// Hands the users of a layout's tables to `take`.
pub(crate) async fn each_row(
    manager: &mut Manager<'_>,
    default_scheme: &DefaultScheme,
    mut take: impl FnMut(&str, Stored),
) -> Result<(), Error> {
    let each = manager.each_user(|user| {
        take(&user.address, Stored::of(user.stored.as_ref(), default_scheme));
        Ok(())
    });
    each.await
}

/// Hands the logins that the iterate query lists to `take`, with what the password query finds.
pub(crate) async fn each_listed(
    config: &Config,
    password: &Text,
    iterate: &Text,
    default_scheme: &DefaultScheme,
    mut take: impl FnMut(&str, Stored),
) -> Result<(), Error> {
    let dialect = config.endpoints.first().map_or(Dialect::Sqlite, Endpoint::dialect);
    let lookups = Lookups::own(&password.text, None, dialect)?;
    let lookups = lookups.with_iterate(&iterate.text, dialect)?;
    // One connection lists, the other looks up.
    let pool = Pool::new(config.endpoints.clone(), config.timeouts, 2);
    let (sender, mut logins) = mpsc::channel::<String>(LISTED_AHEAD);
    let look_up = async {
        while let Some(login) = logins.recv().await {
            let found = pool.find(&lookups, &login, &Values::new(&login)).await;
            let stored = match found {
                Ok(Some(account)) => Stored::of(account.stored.as_ref(), default_scheme),
                Ok(None) => Stored::NotFound,
                Err(error @ (Error::TwoRows(_) | Error::Column { .. })) => {
                    Stored::Malformed(error.to_string())
                }
                Err(error) => return Err(error),
            };
            take(&login, stored);
        }
        Ok(())
    };
    let done = Box::pin(try_join(pool.list(&lookups, sender), look_up)).await;
    pool.close().await;
    done.map(drop)
}

/// How many logins wait to be looked up.
const LISTED_AHEAD: usize = 100;

impl Stored {
    fn of(column: Option<&StoredColumn>, default_scheme: &DefaultScheme) -> Self {
        let Some(column) = column else { return Self::Missing };
        match default_scheme.parse(column) {
            Err(error) => Self::Malformed(error.to_string()),
            Ok(stored) => match stored.disabled() {
                Some(Disabled::Empty) => Self::Missing,
                Some(Disabled::Locked) => Self::Locked,
                None => Self::Sound(stored),
            },
        }
    }
}

/// Users of one kind: how many, and the first few by name.
#[derive(Default)]
pub(crate) struct Users {
    count: usize,
    first: Vec<String>,
}

impl Users {
    pub(crate) fn add(&mut self, user: &str) {
        self.count += 1;
        if self.first.len() < MOST_NAMED {
            // Escaped, so that no row can pass for a line of a report.
            self.first.push(user.escape_debug().to_string());
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// `john@example.org, jane@example.org and 3 more`
    pub(crate) fn named(&self, most: usize) -> String {
        let names: Vec<&str> = self.first.iter().take(most).map(String::as_str).collect();
        let (names, more) = (names.join(", "), self.count - names.len());
        if more == 0 { names } else { format!("{names} and {more} more") }
    }
}

/// How many users are ever named before the rest is only counted.
pub(crate) const MOST_NAMED: usize = 10;

/// How many stored passwords there are of each scheme.
#[derive(Default)]
pub(crate) struct Counts(BTreeMap<&'static str, usize>);

impl Counts {
    pub(crate) fn add(&mut self, stored: &StoredPassword) {
        *self.0.entry(stored.scheme().name()).or_default() += 1;
    }

    /// `None` for none.
    pub(crate) fn total(&self) -> Option<usize> {
        Some(self.0.values().sum()).filter(|&total| total > 0)
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.0.iter().map(|(&scheme, &count)| (scheme, count))
    }
}

/// `6 PLAIN-MD5, 1 SSHA`
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<String> =
            self.each().map(|(scheme, count)| format!("{count} {scheme}")).collect();
        f.write_str(&counts.join(", "))
    }
}
