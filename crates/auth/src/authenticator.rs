use ispmail_accounts::settings::{Endpoint, Timeouts};
use ispmail_accounts::{
    Access, Account, Accounts, Error, Field, ISPMAIL, LoginRules, Lookups, Template, Values,
};
use ispmail_password::Policy;
use zeroize::Zeroizing;

use crate::Cause;
use crate::config::{AccountDefaults, Config, ConfigError, Queries, Text};
use crate::default_scheme::DefaultScheme;
use crate::reply::Defaults;

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
    endpoints: Vec<Endpoint>,
    timeouts: Timeouts,
    pub(crate) lookups: Lookups,
    pub(crate) default_scheme: DefaultScheme,
    pub(crate) defaults: Defaults,
    pub(crate) login: LoginRules,
    pub(crate) policy: Policy,
}

impl Authenticator {
    /// Puts a configuration to use.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for what only shows now: a scheme that does not exist, variables that a
    /// statement cannot have.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let default_scheme = DefaultScheme::new(&config.default_scheme)?;
        Ok(Self {
            lookups: lookups(&config)?,
            default_scheme,
            defaults: defaults(config.account)?,
            login: config.login,
            policy: config.policy,
            endpoints: config.endpoints,
            timeouts: config.timeouts,
        })
    }

    /// Has a database prepare the queries, which shows most of what can be wrong with them.
    ///
    /// # Errors
    ///
    /// [`Cause::Accounts`].
    pub async fn check_queries(&self) -> Result<(), Cause> {
        let mut accounts = self.connect().await?;
        let checked = accounts.check(&self.lookups).await;
        accounts.close().await;
        Ok(checked?)
    }

    /// Connects to one of the databases. Processes begin at different ones of the list, so that
    /// its servers share the load as they do with Dovecot.
    pub(crate) async fn connect(&self) -> Result<Accounts, Error> {
        let first = std::process::id() as usize;
        Accounts::connect(&self.endpoints, first, self.timeouts, Access::Read).await
    }

    /// Where the account's row leaves out what a userdb needs and there is a user query, adds what
    /// that one gives. `Ok(false)`: it knows no such user.
    pub(crate) async fn add_user_fields(
        &self,
        accounts: &mut Accounts,
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

/// Adds fields; one that is there already gives way, as in Dovecot.
fn replace(fields: &mut Vec<Field>, newer: Vec<Field>) {
    fields.retain(|field| newer.iter().all(|other| other.name != field.name));
    fields.extend(newer);
}

fn lookups(config: &Config) -> Result<Lookups, ConfigError> {
    let dialect = match config.endpoints.first() {
        Some(endpoint) => endpoint.dialect(),
        None => ispmail_accounts::Dialect::Sqlite,
    };
    let (lookups, origins) = match &config.queries {
        Queries::Ispmail => (Lookups::of_layout(&ISPMAIL, dialect), [None, None]),
        Queries::Own { password, user } => {
            let text = user.as_ref().map(|user| user.text.as_str());
            let lookups = Lookups::own(&password.text, text, dialect);
            (lookups, [Some(&password.origin), user.as_ref().map(|user| &user.origin)])
        }
    };
    lookups.map_err(|error| {
        let user_query = matches!(error, Error::Statement { what: "the user query", .. });
        let [password, user] = origins;
        let origin = if user_query { user } else { password };
        let origin = origin.unwrap_or(&config.default_scheme.origin);
        origin.invalid(format!("{error}; expected quoted variables of Dovecot 2.3's, such as '%u'"))
    })
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
