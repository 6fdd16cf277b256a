//! `user …`.

mod add;
mod list;
mod password;
mod rename;
mod show;
mod switch;

use ispmail_accounts::Access;
use serde_json::json;

use crate::arguments::{ChangeArguments, FlushArguments, Quota, SourceArguments, UserCommand};
use crate::flush::Flush;
use crate::manage::{demand_layout, existing};
use crate::work::{Work, work};
use crate::{Failure, leading, prompt};

pub(crate) fn run(source: SourceArguments, command: UserCommand) -> Result<(), Failure> {
    let access = match command {
        UserCommand::List { .. } | UserCommand::Show { .. } => Access::Read,
        _ => Access::Write,
    };
    work(source, access, async |work| answer(work, command).await)
}

async fn answer(work: &mut Work<'_>, command: UserCommand) -> Result<(), Failure> {
    match command {
        UserCommand::Add { address, generate, quota, disabled, change } => {
            let quota = quota.and_then(|Quota(quota)| quota);
            let wanted = add::Wanted { address, generate, quota, enabled: !disabled };
            add::run(work, wanted, change).await
        }
        UserCommand::List { domain, answer } => {
            list::run(work, domain.as_deref(), answer.into()).await
        }
        UserCommand::Show { address, answer } => show::run(work, &address, answer.into()).await,
        UserCommand::Passwd { address, generate, flush, change } => {
            password::run(work, &address, generate, flush, change).await
        }
        UserCommand::Rename { address, new, flush, change } => {
            rename::run(work, &address, &new, flush, change).await
        }
        UserCommand::Disable { address, flush, change } => {
            switch::disable(work, &address, flush, change).await
        }
        UserCommand::Enable { address, flush, change } => {
            switch::enable(work, &address, flush, change).await
        }
        UserCommand::Remove { address, yes, flush, change } => {
            remove(work, &address, yes, flush, change).await
        }
        UserCommand::Quota { address, size: Quota(quota), change } => {
            set_quota(work, &address, quota, change).await
        }
    }
}

async fn remove(
    work: &mut Work<'_>,
    address: &str,
    yes: bool,
    flush: FlushArguments,
    change: ChangeArguments,
) -> Result<(), Failure> {
    demand_layout(work.config, &work.manager, "removing a user")?;
    let user = existing(&mut work.manager, address).await?;
    let address = user.address.clone();
    let flush = Flush::and_kick(&address, flush.flush)?;
    let answer = work.begin(change).await?;
    let directories = work.directories()?;
    let home = directories.home(&user).await;
    prompt::confirm(&format!("Remove the user {address}?"), yes || change.dry_run)?;
    work.manager.remove_user(&address).await?;
    let leading = leading::to_user(&mut work.manager, &address).await;
    let flushed = flush.run(change.dry_run).await;
    let stays = match &home {
        Some(home) => format!("The mailbox stays on the disk: {}", home.escape_debug()),
        None => "The mailbox stays on the disk.".to_owned(),
    };
    answer.tell(
        format_args!("Removed the user {address}. {stays}"),
        json!({
            "action": "user remove",
            "address": address,
            "directory": home,
            "flushed": flushed.done(),
        }),
    );
    // The user is gone whatever becomes of this.
    if let Ok(leading) = leading {
        leading.tell(answer);
    }
    flushed.tell(answer)
}

async fn set_quota(
    work: &mut Work<'_>,
    address: &str,
    quota: Option<u64>,
    change: ChangeArguments,
) -> Result<(), Failure> {
    demand_layout(work.config, &work.manager, "setting a quota")?;
    let address = existing(&mut work.manager, address).await?.address;
    let answer = work.begin(change).await?;
    work.manager.set_quota(&address, quota).await?;
    let line = match quota {
        Some(bytes) => format!("The mailbox of {address} may hold {bytes} bytes."),
        None => format!("The mailbox of {address} may hold as much as there is room."),
    };
    let fields = json!({"action": "user quota", "address": address, "quota": quota});
    answer.tell(line, fields);
    Ok(())
}
