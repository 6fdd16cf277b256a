//! A command at work on a database whose accounts are managed.

use ispmail_accounts::{Access, Manager};
use ispmail_auth::config::Config;

use crate::Failure;
use crate::answer::Answer;
use crate::arguments::{ChangeArguments, SourceArguments};
use crate::directories::Directories;
use crate::manage::{connect, load, wait};

/// What a command works with.
pub(crate) struct Work<'a> {
    source: SourceArguments,
    pub(crate) config: &'a Config,
    pub(crate) manager: Manager<'a>,
}

/// Connects, works, and says goodbye.
pub(crate) fn work(
    source: SourceArguments,
    access: Access,
    command: impl AsyncFnOnce(&mut Work<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let config = load(source.clone())?;
    wait(async {
        let manager = connect(&config, access).await?;
        let mut work = Work { source, config: &config, manager };
        let done = command(&mut work).await;
        work.manager.close().await;
        done
    })
}

impl Work<'_> {
    /// Has the database undo everything, if that is wanted.
    pub(crate) async fn begin(&mut self, change: ChangeArguments) -> Result<Answer, Failure> {
        if change.dry_run {
            self.manager.pretend().await?;
        }
        Ok(change.into())
    }

    /// Where mail lies.
    pub(crate) fn directories(&self) -> Result<Directories, Failure> {
        Directories::new(self.source.clone(), self.config, &self.manager)
    }
}
