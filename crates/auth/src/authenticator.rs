use std::io;

use ispmail_accounts::settings::{Endpoint, Timeouts};
use ispmail_accounts::{
    Access, Account, Accounts, Dialect, Error, Field, HostEvent, LoginRules, Lookups, Pool,
    Template, UpgradeStatement, Upgrades, Values,
};
use thiserror::Error as ThisError;
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use crate::Cause;
use crate::checks::Checks;
use crate::config::{AccountDefaults, Config, ConfigError, Daemon, Queries, Text, Upgrade};
use crate::default_scheme::DefaultScheme;
use crate::reply::Defaults;
use crate::session::Session;
use crate::verifier::Verifier;

/// What a front door knows of one request. No `Debug`: it holds a password.
pub struct Request {
    /// What the client typed as its login.
    pub login: Vec<u8>,
    /// What it typed as its password. For look-ups empty and not used.
    pub password: Zeroizing<Vec<u8>>,
    /// What else is known, by Dovecot's names: `service`, `lip`, `rip`, `mech`, …
    pub values: Values,
}

/// Decides sign-ins and answers look-ups, as a configuration says.
pub struct Authenticator {
    source: Source,
    pub(crate) checks: Checks,
    pub(crate) upgrades: Option<Upgrades>,
    pub(crate) lookups: Lookups,
    pub(crate) default_scheme: DefaultScheme,
    pub(crate) defaults: Defaults,
    pub(crate) login: LoginRules,
}

/// Why an [`Authenticator`] cannot begin to serve.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The system gives no threads.
    #[error("no threads can be started: {0}")]
    Threads(#[from] io::Error),
}

/// Where connections to the databases come from.
enum Source {
    /// A new one for each request.
    New {
        endpoints: Vec<Endpoint>,
        timeouts: Timeouts,
    },
    Pool(Pool),
}

impl Authenticator {
    /// Puts a configuration to use for one request: with a connection of its own, and the check on
    /// the caller's thread. Nothing is upgraded.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for what only shows now: a scheme that does not exist, variables that a
    /// statement cannot have.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let lookups = lookups(&config)?;
        let source = Source::New { endpoints: config.endpoints, timeouts: config.timeouts };
        Ok(Self {
            source,
            checks: Checks::Here(config.policy),
            upgrades: None,
            lookups,
            default_scheme: DefaultScheme::new(&config.default_scheme)?,
            defaults: defaults(config.account)?,
            login: config.login,
        })
    }

    /// Puts a configuration to use for many requests at once, for days: with connections that
    /// stay, and checks in batches on threads of their own. `on_change` hears of database servers
    /// that go and come back.
    ///
    /// # Errors
    ///
    /// [`StartError`].
    pub fn serving(
        config: Config,
        on_change: impl Fn(&HostEvent) + Clone + Send + Sync + 'static,
    ) -> Result<Self, StartError> {
        let lookups = lookups(&config)?;
        let upgrades = upgrades(&config, on_change.clone())?;
        let Daemon { connections, requests, threads, .. } = config.daemon;
        let pool = Pool::new(config.endpoints, config.timeouts, connections).on_change(on_change);
        Ok(Self {
            source: Source::Pool(pool),
            checks: Checks::Threads(Verifier::start(config.policy, threads, requests)?),
            upgrades,
            lookups,
            default_scheme: DefaultScheme::new(&config.default_scheme)?,
            defaults: defaults(config.account)?,
            login: config.login,
        })
    }

    /// Has a database prepare the queries, which shows most of what can be wrong with them.
    ///
    /// # Errors
    ///
    /// [`Cause::Accounts`].
    pub async fn check_queries(&self) -> Result<(), Cause> {
        match &self.source {
            Source::Pool(pool) => Ok(pool.check(&self.lookups).await?),
            Source::New { endpoints, timeouts } => {
                let mut accounts = connect(endpoints, *timeouts).await?;
                let checked = accounts.check(&self.lookups).await;
                accounts.close().await;
                Ok(checked?)
            }
        }
    }

    /// Sends all logins to `sender`, one by one, and waits while it is full. A receiver that goes
    /// away ends it.
    ///
    /// # Errors
    ///
    /// [`Cause::Accounts`], also where no query lists them.
    pub async fn list(&self, sender: mpsc::Sender<String>) -> Result<(), Cause> {
        match &self.source {
            Source::Pool(pool) => Ok(pool.list(&self.lookups, sender).await?),
            Source::New { endpoints, timeouts } => {
                let pool = Pool::new(endpoints.clone(), *timeouts, 1);
                Ok(pool.list(&self.lookups, sender).await?)
            }
        }
    }

    pub(crate) async fn session(&self) -> Result<Session<'_>, Error> {
        Ok(match &self.source {
            Source::Pool(pool) => Session::Pooled(pool),
            Source::New { endpoints, timeouts } => {
                Session::Own(connect(endpoints, *timeouts).await?)
            }
        })
    }

    /// Where the account's row leaves out what a userdb needs and there is a user query, adds what
    /// that one gives. `Ok(false)`: it knows no such user.
    pub(crate) async fn add_user_fields(
        &self,
        accounts: &mut Session<'_>,
        account: &mut Account,
        login: &str,
        values: &Values,
    ) -> Result<bool, Error> {
        let is_home = |field: &Field| field.name == "home" && !field.value.is_empty();
        let has_home = account.userdb.iter().any(is_home);
        if has_home || !self.lookups.has_user_query() {
            return Ok(true);
        }
        let Some(found) = accounts.find_user(&self.lookups, login, values).await? else {
            return Ok(false);
        };
        replace(&mut account.userdb, found.fields);
        Ok(true)
    }
}

/// Connects to one of the databases. Processes begin at different ones of the list, so that its
/// servers share the load as they do with Dovecot.
async fn connect(endpoints: &[Endpoint], timeouts: Timeouts) -> Result<Accounts, Error> {
    let first = std::process::id() as usize;
    Accounts::connect(endpoints, first, timeouts, Access::Read).await
}

/// Adds fields; one that is there already gives way, as in Dovecot.
fn replace(fields: &mut Vec<Field>, newer: Vec<Field>) {
    fields.retain(|field| newer.iter().all(|other| other.name != field.name));
    fields.extend(newer);
}

fn dialect(endpoints: &[Endpoint]) -> Dialect {
    endpoints.first().map_or(Dialect::Sqlite, Endpoint::dialect)
}

fn lookups(config: &Config) -> Result<Lookups, ConfigError> {
    let dialect = dialect(&config.endpoints);
    let (lookups, origins) = match &config.queries {
        Queries::OfLayout => (Lookups::of_layout(config.layout(), dialect), [None, None]),
        Queries::Own { password, user, .. } => {
            let text = user.as_ref().map(|user| user.text.as_str());
            let lookups = Lookups::own(&password.text, text, dialect);
            (lookups, [Some(&password.origin), user.as_ref().map(|user| &user.origin)])
        }
    };
    let lookups = lookups.map_err(|error| {
        let user_query = matches!(error, Error::Statement { what: "the user query", .. });
        let [password, user] = origins;
        let origin = if user_query { user } else { password };
        let origin = origin.unwrap_or(&config.default_scheme.origin);
        origin.invalid(format!("{error}; expected quoted variables of Dovecot 2.3's, such as '%u'"))
    })?;
    match &config.queries {
        Queries::Own { iterate: Some(iterate), .. } => {
            let lookups = lookups.with_iterate(&iterate.text, dialect);
            lookups.map_err(|error| iterate.origin.invalid(error.to_string()))
        }
        _ => Ok(lookups),
    }
}

fn upgrades(
    config: &Config,
    on_change: impl Fn(&HostEvent) + Send + Sync + 'static,
) -> Result<Option<Upgrades>, ConfigError> {
    let Some(upgrade) = &config.upgrade else { return Ok(None) };
    let statement = upgrade_statement(config, upgrade)?;
    let upgrades = Upgrades::new(upgrade.endpoints.clone(), upgrade.timeouts, statement);
    Ok(Some(upgrades.on_change(on_change)))
}

/// The statement that replaces stored passwords, as `[upgrade]` and the layout have it.
///
/// # Errors
///
/// [`ConfigError`] where there is none, or where it cannot be used.
pub fn upgrade_statement(
    config: &Config,
    upgrade: &Upgrade,
) -> Result<UpgradeStatement, ConfigError> {
    let (dialect, layout) = (dialect(&upgrade.endpoints), config.layout());
    let statement = match (&config.queries, &upgrade.statement) {
        (Queries::OfLayout, None) => UpgradeStatement::of_layout(layout, dialect),
        (Queries::OfLayout, Some(own)) => {
            UpgradeStatement::own_of_layout(&own.text, layout, dialect)
        }
        (Queries::Own { password, .. }, Some(own)) => {
            UpgradeStatement::own(&own.text, &password.text, dialect)
        }
        (Queries::Own { password, .. }, None) => {
            return Err(password.origin.invalid(
                "accounts are found by a query of your own, so upgrades need a statement of your \
                 own; expected statement = \"UPDATE …\" in [upgrade]",
            ));
        }
    };
    let origin =
        upgrade.statement.as_ref().map_or(&config.default_scheme.origin, |own| &own.origin);
    statement.map_err(|error| origin.invalid(format!("[upgrade] {error}")))
}

fn defaults(account: AccountDefaults) -> Result<Defaults, ConfigError> {
    let Text { text, origin } = account.home;
    let home = Template::parse(&text)
        .map_err(|error| origin.invalid(format!("home: {error}; expected /var/vmail/%d/%n")))?;
    Ok(Defaults { home, uid: account.uid, gid: account.gid })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_query_has_the_last_word() {
        let mut fields = vec![Field::new("uid", b"1"), Field::new("quota_rule", b"*:bytes=0")];
        replace(&mut fields, vec![Field::new("uid", b"2"), Field::new("home", b"/srv")]);
        let shown: Vec<_> = fields.iter().map(|field| (&*field.name, &*field.value)).collect();
        let want: [(&str, &[u8]); 3] =
            [("quota_rule", b"*:bytes=0"), ("uid", b"2"), ("home", b"/srv")];
        assert_eq!(shown, want);
    }
}
