//! `domain …`.

use ispmail_accounts::Access;
use serde_json::json;

use crate::answer::Answer;
use crate::arguments::{DomainCommand, SourceArguments};
use crate::manage::{connect, load, wait};
use crate::{Failure, prompt};

pub(crate) fn run(source: SourceArguments, command: DomainCommand) -> Result<(), Failure> {
    let config = load(source)?;
    wait(async {
        let mut manager = connect(&config, Access::Write).await?;
        match command {
            DomainCommand::Add { domain, change } => {
                let answer = Answer::from(change);
                if change.dry_run {
                    manager.pretend().await?;
                }
                let domain = manager.add_domain(&domain).await?;
                answer.tell(format_args!("Added the domain {domain}."), json!({"added": domain}));
            }
            DomainCommand::List { answer } => {
                let answer = Answer::from(answer);
                for domain in manager.domains().await? {
                    answer.tell(&domain.name, json!({"domain": domain.name}));
                }
            }
            DomainCommand::Remove { domain, yes, change } => {
                let answer = Answer::from(change);
                if change.dry_run {
                    manager.pretend().await?;
                }
                let domain = domain.to_ascii_lowercase();
                let inside = manager.contents_of_domain(&domain).await?;
                let (users, aliases) = (inside.users, inside.aliases);
                let question =
                    format!("Remove the domain {domain} with {users} users and {aliases} aliases?");
                prompt::confirm(&question, yes || change.dry_run)?;
                manager.remove_domain(&domain).await?;
                answer.tell(
                    format_args!(
                        "Removed the domain {domain} with {users} users and {aliases} aliases. \
                         Mailboxes stay on the disk."
                    ),
                    json!({"removed": domain, "users": users, "aliases": aliases}),
                );
            }
        }
        manager.close().await;
        Ok(())
    })
}
