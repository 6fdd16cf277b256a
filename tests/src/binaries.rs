//! Our own programs, put where user dovecot can run them.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::scratch::Scratch;

/// The program that Dovecot runs.
pub const CHECKPASSWORD: &str = "ispmail-checkpassword";
/// The auth daemon.
pub const AUTHD: &str = "ispmail-authd";
/// The command line.
pub const PW: &str = "ispmail-pw";

/// A copy of the program in the test's directory: the one that cargo built may lie under a home
/// directory that nobody else can enter.
pub fn install(scratch: &Scratch, name: &str) -> PathBuf {
    let copy = scratch.path().join(name);
    if !copy.exists() {
        let built = directory().join(name);
        fs::copy(&built, &copy).unwrap_or_else(|error| {
            panic!("{}: {error}: run `cargo build --workspace --bins` first", built.display())
        });
        fs::set_permissions(&copy, Permissions::from_mode(0o755)).expect("chmod 0755");
    }
    copy
}

/// `ISPMAIL_BIN_DIR`, or where cargo puts programs: one above this test's own `deps`.
fn directory() -> PathBuf {
    if let Some(directory) = env::var_os("ISPMAIL_BIN_DIR") {
        return directory.into();
    }
    let test = env::current_exe().expect("path of this test");
    test.ancestors().nth(2).expect("target directory").to_path_buf()
}
