//! `ispmail-pw` for the commands that need no configuration, and their lines of JSON.

use std::process::Command;
use std::sync::Arc;

use ispmail_tests::binaries::{PW, install};
use ispmail_tests::database::Servers;
use ispmail_tests::process::{Output, run};
use serde_json::Value;

/// The program with these arguments, in an environment where every configuration is broken.
pub(crate) fn command(servers: &Arc<Servers>, arguments: &[&str]) -> Command {
    let mut command = Command::new(install(servers.scratch(), PW));
    command.args(arguments).env("ISPMAIL_CONFIG", "/no/such/file");
    command
}

pub(crate) fn call(servers: &Arc<Servers>, arguments: &[&str], input: impl AsRef<[u8]>) -> Output {
    run(&mut command(servers, arguments), input.as_ref())
}

/// The same as words for a shell.
pub(crate) fn shell(servers: &Arc<Servers>, arguments: &str) -> String {
    format!("{} {arguments}", install(servers.scratch(), PW).display())
}

/// A command line for the shell; what came of it.
pub(crate) fn in_a_shell(script: &str, input: impl AsRef<[u8]>) -> Output {
    run(Command::new("/bin/sh").args(["-c", script]), input.as_ref())
}

/// Standard output as lines of JSON.
#[track_caller]
pub(crate) fn objects(output: &Output) -> Vec<Value> {
    let text = output.out();
    let read = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(read).collect()
}

/// Fails if one of the secrets is anywhere in what was printed.
#[track_caller]
pub(crate) fn assert_silent(output: &Output, secrets: &[&str]) {
    for secret in secrets {
        let said = output.out().contains(secret) || output.err().contains(secret);
        assert!(!said, "{secret:?} in {output:?}");
    }
}
