//! `user …`.

mod add;
mod list;
mod password;
mod rename;
mod show;
mod switch;

use ispmail_accounts::{Access, Manager};
use ispmail_auth::config::Config;
use serde_json::json;

use crate::answer::Answer;
use crate::arguments::{ChangeArguments, FlushArguments, Quota, SourceArguments, UserCommand};
use crate::directories::Directories;
use crate::flush::Flush;
use crate::manage::{connect, demand_layout, existing, load, wait};
use crate::{Failure, leading, prompt};

/// What a command works with.
struct Work<'a> {
    source: SourceArguments,
    config: &'a Config,
    manager: Manager<'a>,
}

pub(crate) fn run(source: SourceArguments, command: UserCommand) -> Result<(), Failure> {
    let config = load(source.clone())?;
    wait(async {
        let access = match command {
            UserCommand::List { .. } | UserCommand::Show { .. } => Access::Read,
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
    async fn run(&mut self, command: UserCommand) -> Result<(), Failure> {
        match command {
            UserCommand::Add { address, generate, quota, disabled, change } => {
                let quota = quota.and_then(|Quota(quota)| quota);
                let wanted = add::Wanted { address, generate, quota, enabled: !disabled };
                add::run(self, wanted, change).await
            }
            UserCommand::List { domain, answer } => {
                list::run(self, domain.as_deref(), answer.into()).await
            }
            UserCommand::Show { address, answer } => show::run(self, &address, answer.into()).await,
            UserCommand::Passwd { address, generate, flush, change } => {
                password::run(self, &address, generate, flush, change).await
            }
            UserCommand::Rename { address, new, flush, change } => {
                rename::run(self, &address, &new, flush, change).await
            }
            UserCommand::Disable { address, flush, change } => {
                switch::disable(self, &address, flush, change).await
            }
            UserCommand::Enable { address, flush, change } => {
                switch::enable(self, &address, flush, change).await
            }
            UserCommand::Remove { address, yes, flush, change } => {
                self.remove(&address, yes, flush, change).await
            }
            UserCommand::Quota { address, size: Quota(quota), change } => {
                self.set_quota(&address, quota, change).await
            }
        }
    }

    /// Has the database undo everything, if that is wanted.
    async fn begin(&mut self, change: ChangeArguments) -> Result<Answer, Failure> {
        if change.dry_run {
            self.manager.pretend().await?;
        }
        Ok(change.into())
    }

    async fn remove(
        &mut self,
        address: &str,
        yes: bool,
        flush: FlushArguments,
        change: ChangeArguments,
    ) -> Result<(), Failure> {
        demand_layout(self.config, &self.manager, "removing a user")?;
        let user = existing(&mut self.manager, address).await?;
        let address = user.address.clone();
        let flush = Flush::and_kick(&address, flush.flush)?;
        let answer = self.begin(change).await?;
        let directories = Directories::new(self.source.clone(), self.config, &self.manager)?;
        let home = directories.home(&user).await;
        prompt::confirm(&format!("Remove the user {address}?"), yes || change.dry_run)?;
        self.manager.remove_user(&address).await?;
        let leading = leading::to_user(&mut self.manager, &address).await;
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
        &mut self,
        address: &str,
        quota: Option<u64>,
        change: ChangeArguments,
    ) -> Result<(), Failure> {
        demand_layout(self.config, &self.manager, "setting a quota")?;
        let address = existing(&mut self.manager, address).await?.address;
        let answer = self.begin(change).await?;
        self.manager.set_quota(&address, quota).await?;
        let line = match quota {
            Some(bytes) => format!("The mailbox of {address} may hold {bytes} bytes."),
            None => format!("The mailbox of {address} may hold as much as there is room."),
        };
        let fields = json!({"action": "user quota", "address": address, "quota": quota});
        answer.tell(line, fields);
        Ok(())
    }
}
