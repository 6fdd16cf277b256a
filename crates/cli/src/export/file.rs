//! A file that is there as a whole or not at all, and its owner's only.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};
use tempfile::NamedTempFile;

use crate::{Exit, Failure};

pub(super) struct NewFile {
    name: PathBuf,
    content: Content,
}

enum Content {
    /// It has no name yet, and is gone if we are.
    Unnamed(File),
    /// Where the file system cannot do that.
    Named(NamedTempFile),
}

impl NewFile {
    /// Nothing can be seen of it yet.
    pub(super) fn create(name: &Path) -> Result<Self, Failure> {
        let unmade = |error: io::Error| failure(name, &error);
        if name.symlink_metadata().is_ok() {
            return Err(unmade(io::ErrorKind::AlreadyExists.into()));
        }
        let directory = match name.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        let content = if let Ok(file) = open(directory, flags, Mode::RUSR | Mode::WUSR) {
            Content::Unnamed(file.into())
        } else {
            let prefix = ".ispmail-pw-export-";
            let file = tempfile::Builder::new().prefix(prefix).tempfile_in(directory);
            Content::Named(file.map_err(unmade)?)
        };
        Ok(Self { name: name.to_owned(), content })
    }

    pub(super) fn open(&self) -> Result<OwnedFd, Failure> {
        let file = match &self.content {
            Content::Unnamed(file) => file,
            Content::Named(file) => file.as_file(),
        };
        Ok(file.try_clone()?.into())
    }

    /// Gives it its name, which nobody may have taken.
    pub(super) fn keep(self) -> Result<(), Failure> {
        let Self { name, content } = self;
        let kept = match content {
            Content::Unnamed(file) => file.sync_all().and_then(|()| {
                let this = format!("/proc/self/fd/{}", file.as_raw_fd());
                Ok(linkat(CWD, this, CWD, &name, AtFlags::SYMLINK_FOLLOW)?)
            }),
            Content::Named(file) => {
                let synced = file.as_file().sync_all();
                let kept = || file.persist_noclobber(&name).map(drop).map_err(|error| error.error);
                synced.and_then(|()| kept())
            }
        };
        kept.map_err(|error| failure(&name, &error))
    }
}

fn failure(name: &Path, error: &io::Error) -> Failure {
    let name = name.display();
    match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::new(Exit::Data, format!("{name} exists already; nothing was written"))
        }
        _ => Failure::new(Exit::Temporary, format!("{name}: {error}")),
    }
}
