//! A directory for one test program: servers of other users work in it, so they must reach it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::process;

/// A directory that is removed at the end of the test.
#[derive(Debug)]
pub struct Scratch {
    directory: TempDir,
}

impl Scratch {
    /// A short name on purpose: the path of a UNIX socket ends at 107 bytes.
    pub fn new() -> Self {
        let directory =
            tempfile::Builder::new().prefix("ispmail-").tempdir().expect("temporary directory");
        fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).expect("chmod 0755");
        for parent in directory.path().ancestors() {
            let mode = fs::metadata(parent).expect("metadata").permissions().mode();
            assert!(
                mode & 0o001 != 0,
                "user dovecot cannot enter {}: point TMPDIR at a directory that everyone can enter",
                parent.display()
            );
        }
        Self { directory }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A directory of its own inside, owned by this user and group number.
    pub fn directory(&self, name: &str, (uid, gid): (u32, u32)) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        chown(&path, Some(uid), Some(gid)).expect("chown");
        fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("chmod 0755");
        path
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes a configuration file the way an administrator should: root:dovecot, mode 0640.
pub fn write_configuration(path: &Path, text: &str) {
    write_with(path, text, "dovecot", 0o640);
}

/// Writes a file of root's with this group and mode.
pub fn write_with(path: &Path, text: &str, group: &str, mode: u32) {
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (_, gid) = process::ids_of(group);
    chown(path, Some(0), Some(gid)).expect("chown");
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("chmod");
}
