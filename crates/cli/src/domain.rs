//! `domain …`.

mod remove;
mod rename;

use ispmail_accounts::{Access, Manager};
use ispmail_auth::config::Config;
use serde_json::{Value, json};

use crate::Failure;
use crate::answer::Answer;
use crate::arguments::{ChangeArguments, DomainCommand, SourceArguments};
use crate::directories::Directories;
use crate::manage::{connect, demand_layout, load, wait};

/// What a command works with.
struct Work<'a> {
    source: SourceArguments,
    config: &'a Config,
    manager: Manager<'a>,
}

pub(crate) fn run(source: SourceArguments, command: DomainCommand) -> Result<(), Failure> {
    let config = load(source.clone())?;
    wait(async {
        let access = match command {
            DomainCommand::List { .. } | DomainCommand::Show { .. } => Access::Read,
            _ => Access::Write,
        };
        let manager = connect(&config, access).await?;
        let mut work = Work { source, config: &config, manager };
        let done = work.run(command).await;
        work.manager.close().await;
        done
    })
}

impl Work<'_> {
    async fn run(&mut self, command: DomainCommand) -> Result<(), Failure> {
        demand_layout(self.config, &self.manager, "the management of domains")?;
        match command {
            DomainCommand::Add { domain, change } => {
                let answer = self.begin(change).await?;
                let domain = self.manager.add_domain(&domain).await?;
                let fields = json!({"action": "domain add", "domain": domain});
                answer.tell(format_args!("Added the domain {domain}."), fields);
                Ok(())
            }
            DomainCommand::List { answer } => {
                let answer = Answer::from(answer);
                for domain in self.manager.domains().await? {
                    let fields = json!({"domain": domain.name, "enabled": domain.enabled});
                    answer.tell(&domain.name, fields);
                }
                Ok(())
            }
            DomainCommand::Show { domain, answer } => self.show(&domain, answer.into()).await,
            DomainCommand::Rename { domain, new, change } => {
                rename::run(self, &domain, &new, change).await
            }
            DomainCommand::Remove { domain, yes, change } => {
                remove::run(self, &domain, yes, change).await
            }
        }
    }

    async fn show(&mut self, domain: &str, answer: Answer) -> Result<(), Failure> {
        let domain = self.manager.domain(domain).await?;
        let inside = self.manager.contents_of_domain(&domain.name).await?;
        let catch_all = self.manager.alias(&format!("@{}", domain.name)).await?;
        let catch_all = catch_all.map(|alias| alias.destinations);
        if answer.is_json() {
            answer.tell(
                "",
                json!({
                    "domain": domain.name,
                    "enabled": domain.enabled,
                    "users": inside.users,
                    "aliases": inside.aliases,
                    "catch_all": catch_all.map_or(Value::Null, Value::from),
                }),
            );
            return Ok(());
        }
        answer.hint(format_args!("domain: {}", domain.name));
        if let Some(enabled) = domain.enabled {
            answer.hint(format_args!("enabled: {}", if enabled { "yes" } else { "no" }));
        }
        answer.hint(format_args!("users: {}", inside.users));
        answer.hint(format_args!("aliases: {}", inside.aliases));
        let catch_all = catch_all.map_or("none".to_owned(), |to| to.join(", "));
        answer.hint(format_args!("catch-all: {}", catch_all.escape_debug()));
        Ok(())
    }

    fn directories(&self) -> Result<Directories, Failure> {
        Directories::new(self.source.clone(), self.config, &self.manager)
    }

    /// Has the database undo everything, if that is wanted.
    async fn begin(&mut self, change: ChangeArguments) -> Result<Answer, Failure> {
        if change.dry_run {
            self.manager.pretend().await?;
        }
        Ok(change.into())
    }
}
