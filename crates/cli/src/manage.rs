//! The way to a database whose accounts are managed.

use ispmail_accounts::settings::Endpoint;
use ispmail_accounts::{Access, Error, Homes, Layout, Manager, Template};
use ispmail_auth::config::{Config, Queries, Source, Text};
use ispmail_password::{HashError, Password, Policy, Prefix};
use zeroize::Zeroizing;

use crate::arguments::SourceArguments;
use crate::{Exit, Failure, say};

pub(crate) fn choose(source: SourceArguments) -> Result<Source, Failure> {
    let variable = std::env::var_os("ISPMAIL_CONFIG");
    Ok(Source::choose(source.config, source.dovecot_sql, variable)?)
}

/// The configuration, with the layout that the command line names.
pub(crate) fn load(source: SourceArguments) -> Result<Config, Failure> {
    let named = source.layout.as_deref().and_then(Layout::by_name);
    let mut config = Config::load(&choose(source)?)?;
    config.named_layout = named.or(config.named_layout);
    Ok(config)
}

/// Runs work that waits for a database.
pub(crate) fn wait<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

pub(crate) fn init(source: SourceArguments) -> Result<(), Failure> {
    let config = load(source)?;
    wait(async {
        let (endpoints, timeouts) = (&config.endpoints, config.timeouts);
        let layout = config.layout();
        let mut manager = Manager::connect(endpoints, timeouts, Access::Create, layout).await?;
        manager.init().await?;
        manager.close().await;
        say("The tables virtual_domains, virtual_users and virtual_aliases are there.");
        say("Next: ispmail-pw domain add example.org");
        Ok(())
    })
}

/// Connects, with the layout that is named, else the one that the tables show. With queries of the
/// administrator's own it is the one that they are for; where there is none, or with an update
/// statement of their own, only what these queries can do is done.
pub(crate) async fn connect(config: &Config, access: Access) -> Result<Manager<'_>, Failure> {
    connect_to(config, &config.endpoints, access).await
}

/// The same with some of the databases.
pub(crate) async fn connect_to<'a>(
    config: &'a Config,
    endpoints: &[Endpoint],
    access: Access,
) -> Result<Manager<'a>, Failure> {
    let timeouts = config.timeouts;
    let manager = match (config.named_layout, &config.queries) {
        (Some(layout), _) => Manager::connect(endpoints, timeouts, access, layout).await?,
        (None, Queries::OfLayout) => {
            Manager::recognise(endpoints, timeouts, access, |_| true).await?
        }
        (None, Queries::Own { password, iterate, update, .. }) => {
            let own = Layout::own(&password.text, text(iterate.as_ref()), text(update.as_ref()));
            let mentioned = |layout: &Layout<'static>| layout.is_mentioned_in(&password.text);
            let known = match update {
                Some(_) => None,
                None => match Manager::recognise(endpoints, timeouts, access, mentioned).await {
                    Ok(manager) => Some(manager),
                    Err(Error::NoLayout { .. }) => None,
                    Err(error) => return Err(error.into()),
                },
            };
            match known {
                Some(manager) => manager,
                None => Manager::connect(endpoints, timeouts, access, &own).await?,
            }
        }
    };
    Ok(manager.with_homes(homes(config)?))
}

fn text(text: Option<&Text>) -> Option<&str> {
    text.map(|text| &*text.text)
}

fn homes(config: &Config) -> Result<Homes, Failure> {
    let account = &config.account;
    let home = Template::parse(&account.home.text)
        .map_err(|error| account.home.origin.invalid(format!("home: {error}")))?;
    Ok(Homes { home, uid: account.uid, gid: account.gid })
}

/// A new stored password at the strength that the policy asks for, as the layout has them.
pub(crate) fn new_stored(
    config: &Config,
    layout: &Layout<'_>,
    password: &Password,
) -> Result<Zeroizing<String>, Failure> {
    let prefix = if layout.with_prefix { Prefix::Scheme } else { Prefix::Bare };
    stored(&config.policy, password, prefix)
}

pub(crate) fn stored(
    policy: &Policy,
    password: &Password,
    prefix: Prefix,
) -> Result<Zeroizing<String>, Failure> {
    let stored = policy.hash(password).map_err(|error| {
        let too_long = error == HashError::PasswordTooLong;
        Failure::new(if too_long { Exit::Failed } else { Exit::Temporary }, error.to_string())
    })?;
    Ok(Zeroizing::new(String::from_utf8_lossy(&stored.write(prefix)).into_owned()))
}

/// Who adds something to a domain that is missing wants to know how to add that.
pub(crate) fn advise(error: Error) -> Failure {
    match &error {
        Error::NoDomain(domain) => {
            let message = format!("{error}; add it first: ispmail-pw domain add {domain}");
            Failure::new(Exit::NoUser, message)
        }
        _ => error.into(),
    }
}

/// The user of that address.
pub(crate) async fn existing(
    manager: &mut Manager<'_>,
    address: &str,
) -> Result<ispmail_accounts::User, Failure> {
    let found = manager.user(address).await?;
    found.ok_or_else(|| Error::NoUser(address.to_owned()).into())
}
