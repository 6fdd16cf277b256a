//! Our own programs, put where user dovecot can run them.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::scratch::Scratch;

/// The program that Dovecot runs.
pub const CHECKPASSWORD: &str = "ispmail-checkpassword";
/// The same without a database, for the auth daemon only.
pub const THIN_CHECKPASSWORD: &str = "ispmail-checkpassword-thin";
/// The auth daemon.
pub const AUTHD: &str = "ispmail-authd";
/// The command line.
pub const PW: &str = "ispmail-pw";

/// A copy of the program in the test's directory: the one that cargo built may lie under a home
/// directory that nobody else can enter.
pub fn install(scratch: &Scratch, name: &str) -> PathBuf {
    install_as(scratch, name, name)
}

/// The same under another name.
pub fn install_as(scratch: &Scratch, name: &str, installed: &str) -> PathBuf {
    let copy = scratch.path().join(installed);
    if !copy.exists() {
        let built = directory().join(name);
        fs::copy(&built, &copy).unwrap_or_else(|error| {
            panic!("{}: {error}: run scripts/test, or build it as that does", built.display())
        });
        fs::set_permissions(&copy, Permissions::from_mode(0o755)).expect("chmod 0755");
    }
    copy
}

/// `ISPMAIL_BIN_DIR`, or where cargo puts programs: beside a benchmark, one above a test.
fn directory() -> PathBuf {
    if let Some(directory) = env::var_os("ISPMAIL_BIN_DIR") {
        return directory.into();
    }
    let this = env::current_exe().expect("path of this program");
    let directory = this.parent().expect("target directory");
    if directory.ends_with("deps") {
        directory.parent().expect("target directory").into()
    } else {
        directory.into()
    }
}
