//! `domain rename`.

use ispmail_accounts::User;
use serde_json::json;

use crate::Failure;
use crate::arguments::ChangeArguments;
use crate::directories::{Directories, tell_moves};
use crate::flush::hint_of_domain;
use crate::work::Work;

pub(super) async fn run(
    work: &mut Work<'_>,
    domain: &str,
    new: &str,
    change: ChangeArguments,
) -> Result<(), Failure> {
    let domain = work.manager.domain(domain).await?.name;
    let answer = work.begin(change).await?;
    let directories = work.directories()?;
    let users = work.manager.users_of_domain(&domain).await?;
    let renamed = work.manager.rename_domain(&domain, new).await?;
    let new = renamed.name;
    let commands = commands(&directories, &users, &domain, &new);
    let (users, aliases) = (renamed.users, renamed.aliases);
    answer.tell(
        format_args!(
            "Renamed the domain {domain} to {new}, with {users} users; {aliases} aliases changed \
             with it."
        ),
        json!({
            "action": "domain rename",
            "domain": domain,
            "new": new,
            "users": users,
            "aliases": aliases,
            "commands": commands,
        }),
    );
    tell_moves(answer, "The mail directories do not move by themselves.", &commands);
    if users > 0 {
        hint_of_domain(answer, &domain);
    }
    if directories.are_by_query() {
        answer.hint("The mail directories, which only your own query knows, do not move.");
    }
    Ok(())
}

/// What moves the mail: one directory, or those of the users, as far as they move with the name.
fn commands(directories: &Directories, users: &[User], domain: &str, new: &str) -> Vec<String> {
    // Where the row says where it is, it stays there.
    let mut moving = users.iter().filter(|user| user.home.is_none()).peekable();
    if moving.peek().is_none() {
        return Vec::new();
    }
    if let (Some(old), Some(new)) = (directories.of_domain(domain), directories.of_domain(new)) {
        return directories.moves(Some(&old), Some(&new));
    }
    moving
        .flat_map(|user| {
            let (local, _) = user.address.split_once('@').unwrap_or((&user.address, ""));
            let old = directories.by_template(&user.address);
            let new = directories.by_template(&format!("{local}@{new}"));
            directories.moves(old.as_deref(), new.as_deref())
        })
        .collect()
}
