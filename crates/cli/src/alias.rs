//! `alias …`.

mod warning;

use ispmail_accounts::{Access, Alias, CheckedAlias, Error, names};
use serde_json::json;

use crate::Failure;
use crate::answer::Answer;
use crate::arguments::{AliasCommand, SourceArguments};
use crate::manage::{advise, connect, load, wait};
pub(crate) use warning::Warning;

pub(crate) fn run(source: SourceArguments, command: AliasCommand) -> Result<(), Failure> {
    let config = load(source)?;
    let access = match command {
        AliasCommand::List { .. } | AliasCommand::Show { .. } => Access::Read,
        AliasCommand::Add { .. } | AliasCommand::Remove { .. } => Access::Write,
    };
    wait(async {
        let mut manager = connect(&config, access).await?;
        match command {
            AliasCommand::Add { source, destinations, keep_mailboxes, change } => {
                if change.dry_run {
                    manager.pretend().await?;
                }
                let added = manager.add_checked_alias(&source, &destinations, keep_mailboxes);
                let added = added.await.map_err(advise)?;
                tell_added(Answer::from(change), &added, manager.layout().name);
            }
            AliasCommand::List { domain, answer } => {
                let answer = Answer::from(answer);
                let domain = match domain {
                    Some(domain) => Some(manager.domain(&domain).await?.name),
                    None => None,
                };
                let each = manager.each_alias(|alias| {
                    if domain.as_ref().is_none_or(|domain| is_in(&alias.source, domain)) {
                        let to = alias.destinations.join(", ");
                        answer.tell(format_args!("{}: {to}", alias.source), fields(&alias));
                    }
                    Ok(())
                });
                each.await?;
            }
            AliasCommand::Show { source, answer } => {
                let answer = Answer::from(answer);
                let found = manager.alias(&source).await?;
                let none = || Error::NoAlias { alias: source.clone(), destination: None };
                let alias = found.ok_or_else(none)?;
                let troubles = manager.alias_troubles(&alias.source).await?;
                let warnings = Warning::all(&troubles, &alias.destinations, manager.layout().name);
                let mut fields = fields(&alias);
                if let Some(fields) = fields.as_object_mut() {
                    fields.insert("warnings".to_owned(), json!(warnings));
                }
                let to = alias.destinations.join(", ");
                let off = if alias.enabled == Some(false) { "\nenabled: no" } else { "" };
                let line = format_args!("source: {}\ndestinations: {to}{off}", alias.source);
                answer.tell(line, fields);
                hint(answer, &warnings);
            }
            AliasCommand::Remove { source, destinations, change } => {
                let answer = Answer::from(change);
                if change.dry_run {
                    manager.pretend().await?;
                }
                let before = manager.alias(&source).await?;
                let removed = manager.remove_alias(&source, &destinations).await?;
                let (source, mut left) =
                    before.map_or((source, Vec::new()), |alias| (alias.source, alias.destinations));
                left.retain(|one| !removed.iter().any(|gone| gone.eq_ignore_ascii_case(one)));
                let line = match (left.is_empty(), removed.join(", ")) {
                    (true, gone) => format!("Removed the alias {source}; it led to {gone}."),
                    (false, gone) => {
                        let left = left.join(", ");
                        format!("The alias {source} no longer leads to {gone}, only to {left}.")
                    }
                };
                let action = "alias remove";
                let fields = json!({
                    "action": action, "source": source, "removed": removed, "left": left
                });
                answer.tell(line, fields);
            }
        }
        manager.close().await;
        Ok(())
    })
}

fn tell_added(answer: Answer, alias: &CheckedAlias, layout: &str) {
    let CheckedAlias { added, kept, troubles } = alias;
    let (source, new, present) = (&added.source, added.added.join(", "), added.present.join(", "));
    let line = match (new.is_empty(), present.is_empty()) {
        (true, _) => format!("The alias {source} leads to {present} already."),
        (false, true) => format!("The alias {source} leads to {new}."),
        (false, false) => {
            format!("The alias {source} leads to {new}; to {present} it did already.")
        }
    };
    let kept_now = match kept.as_slice() {
        [] => String::new(),
        [one] => format!(" {one} keeps its mail."),
        several => format!(" {} mailboxes keep their mail.", several.len()),
    };
    let destinations = [added.added.as_slice(), added.present.as_slice()].concat();
    let warnings = Warning::all(troubles, &destinations, layout);
    let fields = json!({
        "action": "alias add",
        "source": source,
        "added": added.added,
        "present": added.present,
        "kept": kept,
        "warnings": warnings,
    });
    answer.tell(line + &kept_now, fields);
    hint(answer, &warnings);
}

fn hint(answer: Answer, warnings: &[Warning]) {
    for warning in warnings {
        answer.hint(warning);
    }
}

fn fields(alias: &Alias) -> serde_json::Value {
    json!({
        "source": alias.source,
        "destinations": alias.destinations,
        "enabled": alias.enabled,
    })
}

fn is_in(source: &str, domain: &str) -> bool {
    let host = source.rsplit_once('@').map_or("", |(_, host)| host);
    host.eq_ignore_ascii_case(domain) || names::domain(host).is_ok_and(|name| name == domain)
}
