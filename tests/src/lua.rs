//! The Lua script and its module, put where Dovecot can read them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::authd::Authd;
use crate::binaries;
use crate::scratch::Scratch;

/// The script as administrators have it, with a daemon's sockets in its settings. The module lies
/// beside it.
pub fn install(scratch: &Scratch, daemon: &Authd) -> PathBuf {
    let module = binaries::install_as(scratch, "libispmail_lua.so", "ispmail.so");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/lua/ispmail.lua");
    let mut script = fs::read_to_string(&shipped).expect("crates/lua/ispmail.lua");
    for (shipped, ours) in [
        ("/run/ispmail/auth-client", daemon.client_socket()),
        ("/run/ispmail/auth-master", daemon.master_socket()),
        ("-- package.cpath = \"/opt/ispmail/lib", {
            let directory = module.parent().expect("a directory").display().to_string();
            PathBuf::from(format!("package.cpath = \"{directory}"))
        }),
    ] {
        assert!(script.contains(shipped), "ispmail.lua lacks {shipped}");
        script = script.replacen(shipped, &ours.display().to_string(), 1);
    }
    let file = daemon.client_socket().with_file_name("ispmail.lua");
    fs::write(&file, script).expect("ispmail.lua");
    fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("chmod 0644");
    file
}
