//! `user …`.

use ispmail_accounts::{Access, NewUser};
use serde_json::json;

use crate::answer::Answer;
use crate::arguments::{SourceArguments, UserCommand};
use crate::manage::{advise, connect, existing, load, new_stored, wait};
use crate::{Failure, prompt};

pub(crate) fn run(source: SourceArguments, command: UserCommand) -> Result<(), Failure> {
    let config = load(source)?;
    wait(async {
        let mut manager = connect(&config, Access::Write).await?;
        match command {
            UserCommand::Add { address, change } => {
                manager.demand_new_user(&address).await.map_err(advise)?;
                let stored = new_stored(&config, manager.layout(), &prompt::new_password()?)?;
                if change.dry_run {
                    manager.pretend().await?;
                }
                let user =
                    NewUser { address: &address, stored: &stored, quota: None, enabled: true };
                let address = manager.add_user(&user).await?;
                let fields = json!({"added": address});
                Answer::from(change).tell(format_args!("Added the user {address}."), fields);
            }
            UserCommand::List { answer } => {
                let answer = Answer::from(answer);
                let list = manager.each_user(|user| {
                    answer.tell(&user.address, json!({"address": user.address}));
                    Ok::<(), Failure>(())
                });
                list.await?;
            }
            UserCommand::Passwd { address, change } => {
                let address = existing(&mut manager, &address).await?.address;
                let stored = new_stored(&config, manager.layout(), &prompt::new_password()?)?;
                if change.dry_run {
                    manager.pretend().await?;
                }
                manager.set_password(&address, &stored).await?;
                let fields = json!({"changed": address});
                let line = format_args!("Changed the password of {address}.");
                Answer::from(change).tell(line, fields);
            }
            UserCommand::Remove { address, yes, change } => {
                let address = existing(&mut manager, &address).await?.address;
                prompt::confirm(&format!("Remove the user {address}?"), yes || change.dry_run)?;
                if change.dry_run {
                    manager.pretend().await?;
                }
                manager.remove_user(&address).await?;
                Answer::from(change).tell(
                    format_args!("Removed the user {address}. The mailbox stays on the disk."),
                    json!({"removed": address}),
                );
            }
        }
        manager.close().await;
        Ok(())
    })
}
