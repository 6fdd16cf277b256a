//! `export`.

mod file;

use std::path::Path;

use ispmail_accounts::{Access, Alias, Error, Manager, User};

use crate::arguments::{ExportArguments, SourceArguments};
use crate::batch::{Output, Progress, unwritten};
use crate::manage::{connect, load, wait};
use crate::transfer::{Exported, Format, What, Writer};
use crate::{Exit, Failure};
use file::NewFile;

pub(crate) fn run(source: SourceArguments, arguments: &ExportArguments) -> Result<(), Failure> {
    let config = load(source)?;
    let name = arguments.file.as_deref().filter(|file| *file != Path::new("-"));
    let format = arguments.format.or_else(|| Format::of_name(name?));
    let format = format.unwrap_or(match arguments.what {
        Some(_) => Format::Csv,
        None => Format::Ndjson,
    });
    let file = name.map(NewFile::create).transpose()?;
    wait(async {
        let mut manager = connect(&config, Access::Read).await?;
        if arguments.with_passwords && manager.layout().is_own() {
            let message = "your own statements list no stored passwords";
            return Err(Failure::new(Exit::Config, message));
        }
        let output = match &file {
            Some(file) => Output::to(file.open()?),
            None => Output::new(),
        };
        let what = match (arguments.what, format) {
            (None, Format::Csv) => Some(What::Users),
            (what, _) => what,
        };
        let mut export = Export {
            writer: Writer::new(
                output,
                format,
                what.unwrap_or(What::Users),
                arguments.with_passwords,
            ),
            progress: Progress::of_export(file.is_some()),
            count: 0,
        };
        manager.begin_moment().await?;
        export.all(&mut manager, what).await?;
        manager.end_moment().await?;
        manager.close().await;
        let Export { writer, progress, .. } = export;
        writer.finish().map_err(unwritten)?;
        drop(progress);
        file.map_or(Ok(()), NewFile::keep)
    })
}

struct Export {
    writer: Writer<Output>,
    progress: Progress,
    count: usize,
}

impl Export {
    /// In the order in which they can be added.
    async fn all(&mut self, manager: &mut Manager<'_>, what: Option<What>) -> Result<(), Failure> {
        let wants = |one| what.is_none_or(|what| what == one);
        if wants(What::Domains) {
            for domain in manager.domains().await? {
                self.write(&Exported::Domain { domain: &domain.name })?;
            }
        }
        if wants(What::Users) {
            manager.each_user(|user| self.user(&user)).await?;
        }
        if wants(What::Aliases) {
            self.aliases(manager).await?;
        }
        Ok(())
    }

    fn user(&mut self, user: &User) -> Result<(), Failure> {
        let User { address, stored, quota, enabled, .. } = user;
        let text = |column: &[u8]| str::from_utf8(column).is_ok();
        if stored.as_ref().is_some_and(|stored| !text(&stored.text)) {
            let message = format!("the stored password of {address} is not UTF-8");
            return Err(Failure::new(Exit::Data, message));
        }
        let stored = stored.as_ref().and_then(|stored| str::from_utf8(&stored.text).ok());
        self.write(&Exported::User { address, stored, quota: *quota, enabled: *enabled })
    }

    async fn aliases(&mut self, manager: &mut Manager<'_>) -> Result<(), Failure> {
        let mut failed = None;
        let each = manager.each_alias(|alias| {
            let Alias { source, destinations, .. } = &alias;
            self.write(&Exported::Alias { source, destinations }).map_err(|failure| {
                failed = Some(failure);
                Error::Duplicate
            })
        });
        let listed = each.await;
        failed.map_or(Ok(()), Err)?;
        Ok(listed?)
    }

    fn write(&mut self, record: &Exported<'_>) -> Result<(), Failure> {
        self.writer.write(record).map_err(unwritten)?;
        self.count += 1;
        if self.count.is_multiple_of(SHOWN) {
            self.progress.advance(SHOWN, 0);
        }
        Ok(())
    }
}

/// Records between two looks at the progress.
const SHOWN: usize = 1000;
