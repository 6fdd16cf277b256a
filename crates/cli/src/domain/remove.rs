//! `domain remove`.

use serde_json::json;

use crate::arguments::ChangeArguments;
use crate::directories::MOST_SHOWN;
use crate::flush::hint_of_domain;
use crate::work::Work;
use crate::{Failure, leading, prompt};

pub(super) async fn run(
    work: &mut Work<'_>,
    domain: &str,
    yes: bool,
    change: ChangeArguments,
) -> Result<(), Failure> {
    let domain = work.manager.domain(domain).await?.name;
    let answer = work.begin(change).await?;
    let inside = work.manager.contents_of_domain(&domain).await?;
    let directories = directories(work, &domain).await?;
    let (users, aliases) = (inside.users, inside.aliases);
    let question = format!("Remove the domain {domain} with {users} users and {aliases} aliases?");
    prompt::confirm(&question, yes || change.dry_run)?;
    let removed = work.manager.remove_domain(&domain).await?;
    let leading = leading::into_domain(&mut work.manager, &domain).await;
    let (users, aliases) = (removed.users, removed.aliases);
    answer.tell(
        format_args!(
            "Removed the domain {domain} with {users} users and {aliases} aliases. Mailboxes stay \
             on the disk."
        ),
        json!({
            "action": "domain remove",
            "domain": domain,
            "users": users,
            "aliases": aliases,
            "directories": directories,
        }),
    );
    for directory in directories.iter().take(MOST_SHOWN) {
        answer.hint(format_args!("  {}", directory.escape_debug()));
    }
    if let Some(more @ 1..) = directories.len().checked_sub(MOST_SHOWN) {
        answer.hint(format_args!("and {more} more; --json has them all"));
    }
    // The domain is gone whatever becomes of this.
    if let Ok(leading) = leading {
        leading.tell(answer);
    }
    if users > 0 {
        hint_of_domain(answer, &domain);
    }
    Ok(())
}

/// Where the mail of its users lies: one directory if the template has one, else theirs.
async fn directories(work: &mut Work<'_>, domain: &str) -> Result<Vec<String>, Failure> {
    let directories = work.directories()?;
    let users = work.manager.users_of_domain(domain).await?;
    let of_domain = directories.of_domain(domain);
    let mut found = Vec::new();
    for user in users {
        let home = match (user.home, &of_domain) {
            (Some(home), _) => Some(home),
            (None, Some(directory)) => Some(directory.clone()),
            (None, None) => directories.by_template(&user.address),
        };
        if let Some(home) = home
            && found.last() != Some(&home)
        {
            found.push(home);
        }
    }
    Ok(found)
}
