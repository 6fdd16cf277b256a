//! `user rename`.

use serde_json::json;

use crate::Failure;
use crate::arguments::{ChangeArguments, FlushArguments};
use crate::directories::tell_moves;
use crate::flush::Flush;
use crate::manage::{advise, demand_layout, existing};
use crate::work::Work;

pub(super) async fn run(
    work: &mut Work<'_>,
    address: &str,
    new: &str,
    flush: FlushArguments,
    change: ChangeArguments,
) -> Result<(), Failure> {
    demand_layout(work.config, &work.manager, "renaming a user")?;
    let user = existing(&mut work.manager, address).await?;
    let address = user.address.clone();
    let flush = Flush::and_kick(&address, flush.flush)?;
    let answer = work.begin(change).await?;
    let directories = work.directories()?;
    let before = directories.home(&user).await;
    let renamed = work.manager.rename_user(&address, new).await.map_err(advise)?;
    let new = renamed.name;
    let after = match work.manager.user(&new).await? {
        Some(user) => directories.home(&user).await,
        // Undone.
        None if user.home.is_some() => user.home,
        None => directories.by_template(&new),
    };
    let commands = directories.moves(before.as_deref(), after.as_deref());
    let flushed = flush.with_new(&new).run(change.dry_run).await;
    let with = match renamed.aliases {
        0 => String::new(),
        1 => ", and 1 alias with it".to_owned(),
        aliases => format!(", and {aliases} aliases with it"),
    };
    answer.tell(
        format_args!("Renamed the user {address} to {new}{with}."),
        json!({
            "action": "user rename",
            "address": address,
            "new": new,
            "aliases": renamed.aliases,
            "commands": commands,
            "flushed": flushed.done(),
        }),
    );
    tell_moves(answer, "The mail directory does not move by itself.", &commands);
    flushed.tell(answer)
}
