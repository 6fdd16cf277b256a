//! The way to a database whose accounts are managed.

use ispmail_accounts::settings::Endpoint;
use ispmail_accounts::{Access, Dialect, Error, Homes, Layout, Manager, StoredColumn, Template};
use ispmail_auth::config::{Config, Queries, Source, Text};
use ispmail_auth::{Authenticator, DefaultScheme};
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
    let unsaid = config.default_scheme.origin.line.is_none();
    if unsaid && matches!(config.queries, Queries::OfLayout) {
        config.layout().default_scheme.clone_into(&mut config.default_scheme.text);
    }
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

pub(crate) fn homes(config: &Config) -> Result<Homes, Failure> {
    let account = &config.account;
    let home = Template::parse(&account.home.text)
        .map_err(|error| account.home.origin.invalid(format!("home: {error}")))?;
    Ok(Homes { home, uid: account.uid, gid: account.gid })
}

/// A new stored password at the strength that the policy asks for, as the layout has them, and
/// without its scheme where the column is `password_noscheme`.
pub(crate) fn new_stored(
    config: &Config,
    layout: &Layout<'_>,
    password: &Password,
    noscheme: bool,
) -> Result<Zeroizing<String>, Failure> {
    if layout.with_prefix && !noscheme {
        return stored(&config.policy, password, Prefix::Scheme);
    }
    let new = stored(&config.policy, password, Prefix::Bare)?;
    let column = StoredColumn { text: Zeroizing::new(new.as_bytes().to_vec()), noscheme };
    let target = config.policy.target().scheme();
    let read = DefaultScheme::new(&config.default_scheme)?.parse(&column);
    if read.is_ok_and(|read| read.scheme() == target) {
        return Ok(new);
    }
    let problem = format!(
        "new stored passwords are {}, which nobody would know from the column without their \
         scheme; expected another one in [policy]",
        target.name()
    );
    Err(config.default_scheme.origin.invalid(problem).into())
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

/// What has to do with sign-ins, with the layout that the tables have.
pub(crate) fn authenticator(
    source: SourceArguments,
    manager: &Manager<'_>,
) -> Result<Authenticator, Failure> {
    let mut config = load(source)?;
    config.named_layout = config.named_layout.or(Layout::by_name(manager.layout().name));
    Ok(Authenticator::new(config)?)
}

/// Whether the tables are of a layout, in which everything can be done.
pub(crate) fn demand_layout(
    config: &Config,
    manager: &Manager<'_>,
    what: &str,
) -> Result<(), Failure> {
    demand(config, manager, |_, _| {
        Some(format!(
            "{what} cannot be done in tables of your own, which only your queries know; do it in \
             SQL, or name the layout of the tables if they have one (--layout)"
        ))
    })
}

/// Whether stored passwords can be changed.
pub(crate) fn demand_update(config: &Config, manager: &Manager<'_>) -> Result<(), Failure> {
    demand(config, manager, |_, update| {
        let problem = "no query of your own stores passwords; expected, in [query], update = \
                       \"UPDATE … SET … = '%{new_password}' WHERE … = '%u'\"";
        update.is_none().then(|| problem.to_owned())
    })
}

/// Whether users can be listed.
pub(crate) fn demand_iterate(config: &Config, manager: &Manager<'_>) -> Result<(), Failure> {
    demand(config, manager, |iterate, _| {
        let problem = "no query of your own lists the users; expected, in [query], iterate = \
                       \"SELECT … AS user FROM …\"";
        iterate.is_none().then(|| problem.to_owned())
    })
}

/// Fails with what `problem` finds wrong with an administrator's own queries that list users and
/// store passwords, if there is nothing but these.
fn demand(
    config: &Config,
    manager: &Manager<'_>,
    problem: impl FnOnce(Option<&Text>, Option<&Text>) -> Option<String>,
) -> Result<(), Failure> {
    match &config.queries {
        Queries::Own { password, iterate, update, .. } if !manager.layout().is_managed() => {
            match problem(iterate.as_ref(), update.as_ref()) {
                Some(problem) => Err(password.origin.invalid(problem).into()),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// What to do about a column that cannot hold a stored password.
pub(crate) fn not_stored(error: Error, manager: &Manager<'_>, stored: &str) -> Failure {
    let layout = manager.layout();
    let (table, column) = layout.stored_column();
    let narrow = match &error {
        Error::TooNarrow { column: narrow } => *narrow == column,
        Error::TooLong(_) => true,
        _ => false,
    };
    if !narrow {
        return advise(error);
    }
    if layout.is_own() {
        let message = "the column is too narrow for the new stored password, or the password query \
                       does not give what the update statement stores; nothing was changed";
        return Failure::new(Exit::Data, message);
    }
    let needed = stored.chars().count();
    let alter = match manager.dialect() {
        Dialect::Postgres => format!("ALTER COLUMN {column} TYPE varchar({ROOMY})"),
        Dialect::MySql | Dialect::Sqlite => format!("MODIFY {column} varchar({ROOMY}) NOT NULL"),
    };
    let message =
        format!("{error}. It has {needed} characters. Widen it: ALTER TABLE {table} {alter}");
    Failure::new(Exit::Data, message)
}

/// Characters that a column for stored passwords ought to have room for.
const ROOMY: u32 = 255;
