//! `domain …`.

mod remove;
mod rename;

use ispmail_accounts::Access;
use serde_json::{Value, json};

use crate::Failure;
use crate::answer::Answer;
use crate::arguments::{DomainCommand, SourceArguments};
use crate::manage::demand_layout;
use crate::work::{Work, work};

pub(crate) fn run(source: SourceArguments, command: DomainCommand) -> Result<(), Failure> {
    let access = match command {
        DomainCommand::List { .. } | DomainCommand::Show { .. } => Access::Read,
        _ => Access::Write,
    };
    work(source, access, async |work| answer(work, command).await)
}

async fn answer(work: &mut Work<'_>, command: DomainCommand) -> Result<(), Failure> {
    demand_layout(work.config, &work.manager, "the management of domains")?;
    match command {
        DomainCommand::Add { domain, change } => {
            let answer = work.begin(change).await?;
            let domain = work.manager.add_domain(&domain).await?;
            let fields = json!({"action": "domain add", "domain": domain});
            answer.tell(format_args!("Added the domain {domain}."), fields);
            Ok(())
        }
        DomainCommand::List { answer } => {
            let answer = Answer::from(answer);
            for domain in work.manager.domains().await? {
                let fields = json!({"domain": domain.name, "enabled": domain.enabled});
                answer.tell(&domain.name, fields);
            }
            Ok(())
        }
        DomainCommand::Show { domain, answer } => show(work, &domain, answer.into()).await,
        DomainCommand::Rename { domain, new, change } => {
            rename::run(work, &domain, &new, change).await
        }
        DomainCommand::Remove { domain, yes, change } => {
            remove::run(work, &domain, yes, change).await
        }
    }
}

async fn show(work: &mut Work<'_>, domain: &str, answer: Answer) -> Result<(), Failure> {
    let domain = work.manager.domain(domain).await?;
    let inside = work.manager.contents_of_domain(&domain.name).await?;
    let catch_all = work.manager.alias(&format!("@{}", domain.name)).await?;
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
