//! Dovecot's own administration program.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crate::database::Servers;
use crate::process::{Output, program, run};

/// `doveadm` on one configuration.
#[derive(Debug)]
pub struct Doveadm {
    program: Vec<OsString>,
    configuration: PathBuf,
}

impl Doveadm {
    /// On the instance with this configuration file.
    pub fn with_configuration(configuration: PathBuf) -> Self {
        Self { program: vec![path().into()], configuration }
    }

    /// The same, run by these words.
    pub(crate) fn with_program(program: Vec<OsString>, configuration: PathBuf) -> Self {
        Self { program, configuration }
    }

    /// The configuration file, for those who run `doveadm` themselves.
    pub fn configuration(&self) -> &Path {
        &self.configuration
    }

    /// A `PATH` with nothing on it but a `doveadm` that is this one.
    pub fn as_path(&self, servers: &Arc<Servers>) -> PathBuf {
        let name = format!("path{}", servers.next_number());
        let directory = servers.scratch().directory(&name, (0, 0));
        let file = directory.join("doveadm");
        let words = self.program.iter().map(|word| word.to_str().expect("UTF-8"));
        let program = words.collect::<Vec<_>>().join(" ");
        let configuration = self.configuration.display();
        let script = format!("#!/bin/sh\nexec {program} -c {configuration} \"$@\"\n");
        fs::write(&file, script).expect("write");
        fs::set_permissions(&file, Permissions::from_mode(0o755)).expect("chmod");
        directory
    }

    /// `doveadm user`: a userdb look-up. Exit 0 found, 67 unknown.
    pub fn user(&self, login: &str) -> Output {
        self.run(&["user", login])
    }

    /// `doveadm auth test`: a sign-in. Exit 0 accepted, 77 anything else.
    pub fn auth_test(&self, login: &str, password: &str) -> Output {
        self.run(&["auth", "test", login, password])
    }

    /// `doveadm auth lookup`: a credentials look-up without a scheme.
    pub fn auth_lookup(&self, login: &str) -> Output {
        self.run(&["auth", "lookup", login])
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.program[0]);
        command.args(&self.program[1..]).arg("-c").arg(&self.configuration).args(arguments);
        run(&mut command, b"")
    }
}

/// `doveadm pw` with these arguments, which needs no configuration.
pub fn pw(arguments: &[&str]) -> Command {
    let mut command = Command::new(path());
    // -O: whatever this machine's own Dovecot is set to plays no part.
    command.arg("-O").arg("pw").args(arguments);
    command
}

/// Whether `doveadm pw` is the program that this machine has it in.
pub fn path() -> PathBuf {
    program("doveadm", "dovecot-core")
}
