//! The command line `ispmail-pw`: accounts and stored passwords of an ISPmail-style mail server.

#![forbid(unsafe_code)]

mod accounts;
mod answer;
mod arguments;
mod batch;
mod check;
mod config;
mod demo;
mod domain;
mod exit;
mod generated;
mod hash;
mod identify;
mod manage;
#[allow(dead_code, unused_imports, reason = "the commands that set passwords are to call it")]
mod new_password;
mod prompt;
mod schemes;
#[allow(dead_code, unused_imports, reason = "import and export are to call it")]
mod transfer;
mod user;
mod verify;
mod words;

use std::fmt::Display;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Parser as _;
use clap::error::ErrorKind;
use rustix::fs::Mode;
use rustix::process::{DumpableBehavior, Resource, Rlimit};

use arguments::{Arguments, Command};
pub use exit::{Exit, Failure};

/// The whole program.
pub fn run() -> Exit {
    keep_to_ourselves();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            // Where not even that can be printed there is nobody to tell.
            let _ = error.print();
            return if asked { Exit::Ok } else { Exit::Usage };
        }
    };
    let Arguments { source, command } = arguments;
    let done = match command {
        Command::Hash(arguments) => hash::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::Identify(arguments) => identify::run(&arguments),
        Command::Schemes(arguments) => schemes::run(&arguments),
        Command::Demo(arguments) => demo::run(arguments),
        Command::Check => check::run(source),
        Command::Config(arguments) => config::run(source, &arguments),
        Command::Init => manage::init(source),
        Command::Domain { command } => domain::run(source, command),
        Command::User { command } => user::run(source, command),
        Command::Completions { shell } => generated::completions(shell),
        Command::Man { dir } => generated::man(&dir),
    };
    match done {
        Ok(()) => Exit::Ok,
        Err(failure) => {
            if !failure.message.is_empty() {
                complain(failure.message);
            }
            failure.exit
        }
    }
}

/// Prints a line. What was done is done: a reader who has gone, or a full disk, is no failure of it.
fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Says what is wrong. Where not even that can be said, there is still the exit code.
fn complain(message: impl Display) {
    let _ = writeln!(std::io::stderr(), "ispmail-pw: {message}");
}

/// Where another program of ours is: beside this one.
fn sibling(name: &str) -> std::io::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}

/// Neither a core dump nor a debugger gets at a password, and a SQLite file that is made here is
/// its owner's. Where the kernel refuses, work goes on.
fn keep_to_ourselves() {
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    let _ =
        rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable);
}
