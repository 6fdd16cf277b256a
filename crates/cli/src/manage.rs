//! `init`, `domain …` and `user …`.

use std::io::Write as _;

use ispmail_accounts::{Access, Error, ISPMAIL, Manager};
use ispmail_auth::config::{Config, Queries, Source};
use ispmail_password::{HashError, Password, Policy, Prefix};
use zeroize::Zeroizing;

use crate::arguments::{DomainCommand, SourceArguments, UserCommand};
use crate::{Exit, Failure, prompt, say};

pub(crate) fn choose(source: SourceArguments) -> Result<Source, Failure> {
    let variable = std::env::var_os("ISPMAIL_CONFIG");
    Ok(Source::choose(source.config, source.dovecot_sql, variable)?)
}

pub(crate) fn load(source: SourceArguments) -> Result<Config, Failure> {
    Ok(Config::load(&choose(source)?)?)
}

/// Runs work that waits for a database.
pub(crate) fn wait<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

pub(crate) fn init(source: SourceArguments) -> Result<(), Failure> {
    let config = load(source)?;
    wait(async {
        let mut manager = connect(&config, Access::Create).await?;
        manager.init().await?;
        manager.close().await;
        say("The tables virtual_domains, virtual_users and virtual_aliases are there.");
        say("Next: ispmail-pw domain add example.org");
        Ok(())
    })
}

pub(crate) fn domain(source: SourceArguments, command: DomainCommand) -> Result<(), Failure> {
    let config = load(source)?;
    wait(async {
        let mut manager = connect(&config, Access::Write).await?;
        match command {
            DomainCommand::Add { domain } => {
                let domain = manager.add_domain(&domain).await?;
                say(format_args!("Added the domain {domain}."));
            }
            DomainCommand::List => list(&manager.domains().await?)?,
            DomainCommand::Remove { domain, yes } => {
                let domain = domain.to_ascii_lowercase();
                let inside = manager.contents_of_domain(&domain).await?;
                let question = format!(
                    "Remove the domain {domain} with {} users and {} aliases?",
                    inside.users, inside.aliases
                );
                prompt::confirm(&question, yes)?;
                let removed = manager.remove_domain(&domain).await?;
                say(format_args!(
                    "Removed the domain {domain} with {} users and {} aliases. \
                     Mailboxes stay on the disk.",
                    removed.users, removed.aliases
                ));
            }
        }
        manager.close().await;
        Ok(())
    })
}

pub(crate) fn user(source: SourceArguments, command: UserCommand) -> Result<(), Failure> {
    let config = load(source)?;
    wait(async {
        let mut manager = connect(&config, Access::Write).await?;
        match command {
            UserCommand::Add { address } => {
                manager.demand_new_user(&address).await.map_err(advise)?;
                let stored = new_stored(&config, &prompt::new_password()?)?;
                let address = manager.add_user(&address, &stored).await?;
                say(format_args!("Added the user {address}."));
            }
            UserCommand::List => list(&manager.users().await?)?,
            UserCommand::Passwd { address } => {
                let address = existing(&mut manager, &address).await?;
                let stored = new_stored(&config, &prompt::new_password()?)?;
                manager.set_password(&address, &stored).await?;
                say(format_args!("Changed the password of {address}."));
            }
            UserCommand::Remove { address, yes } => {
                let address = existing(&mut manager, &address).await?;
                prompt::confirm(&format!("Remove the user {address}?"), yes)?;
                manager.remove_user(&address).await?;
                say(format_args!("Removed the user {address}. The mailbox stays on the disk."));
            }
        }
        manager.close().await;
        Ok(())
    })
}

/// Whether the queries are for the ISPmail tables, as far as can be seen.
pub(crate) fn of_ispmail_tables(queries: &Queries) -> bool {
    match queries {
        Queries::Ispmail => true,
        Queries::Own { password, .. } => password.text.contains("virtual_users"),
    }
}

pub(crate) async fn connect(config: &Config, access: Access) -> Result<Manager, Failure> {
    if let Queries::Own { password, .. } = &config.queries
        && !of_ispmail_tables(&config.queries)
    {
        return Err(Failure::new(
            Exit::Config,
            format!(
                "{}: the query is not for the ISPmail tables, and only those can be managed; \
                 expected virtual_users",
                password.origin
            ),
        ));
    }
    let (endpoints, timeouts) = (&config.endpoints, config.timeouts);
    Ok(Manager::connect(endpoints, timeouts, access, &ISPMAIL).await?)
}

/// A new stored password, with its prefix, at the strength that the policy asks for.
pub(crate) fn new_stored(
    config: &Config,
    password: &Password,
) -> Result<Zeroizing<String>, Failure> {
    stored(&config.policy, password)
}

pub(crate) fn stored(policy: &Policy, password: &Password) -> Result<Zeroizing<String>, Failure> {
    let stored = policy.hash(password).map_err(|error| {
        let too_long = error == HashError::PasswordTooLong;
        Failure::new(if too_long { Exit::Failed } else { Exit::Temporary }, error.to_string())
    })?;
    Ok(Zeroizing::new(String::from_utf8_lossy(&stored.write(Prefix::Scheme)).into_owned()))
}

/// Who adds a user to a domain that is missing wants to know how to add that.
fn advise(error: Error) -> Failure {
    match &error {
        Error::NoDomain(domain) => {
            let message = format!("{error}; add it first: ispmail-pw domain add {domain}");
            Failure::new(Exit::NoUser, message)
        }
        _ => error.into(),
    }
}

async fn existing(manager: &mut Manager, address: &str) -> Result<String, Failure> {
    let found = manager.find_user(address).await?;
    found.ok_or_else(|| Error::NoUser(address.to_owned()).into())
}

fn list(names: &[String]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for name in names {
        writeln!(out, "{name}")?;
    }
    Ok(())
}
