//! The command line `ispmail-pw`: accounts and stored passwords of an ISPmail-style mail server.

#![forbid(unsafe_code)]

mod accounts;
mod alias;
mod answer;
mod arguments;
mod batch;
mod check;
mod config;
mod demo;
mod directories;
mod doctor;
mod domain;
mod exit;
mod export;
mod flush;
mod generated;
mod hash;
mod identify;
mod import;
mod leading;
mod manage;
mod new_password;
mod passwd;
mod prompt;
mod schemes;
mod sizes;
mod transfer;
mod user;
mod verify;
mod words;
mod work;

use std::fmt::Display;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Parser as _;
use clap::error::ErrorKind;
use rustix::fs::Mode;
use rustix::process::{DumpableBehavior, Resource, Rlimit};

use arguments::{Arguments, Command};
pub use exit::{Exit, Failure};
#[doc(hidden)]
pub use transfer::there_and_back;

/// The whole program.
pub fn run() -> Exit {
    keep_to_ourselves();
    let json = wants_json();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            if json && !asked {
                return tell(&Failure::new(Exit::Usage, in_one_line(&error.to_string())), json);
            }
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
        Command::Alias { command } => alias::run(source, command),
        Command::Doctor(arguments) => doctor::run(source, &arguments),
        Command::User { command } => user::run(source, command),
        Command::Passwd(arguments) => passwd::run(source, arguments),
        Command::Import(arguments) => import::run(source, &arguments),
        Command::Export(arguments) => export::run(source, &arguments),
        Command::Completions { shell } => generated::completions(shell),
        Command::Man { dir } => generated::man(&dir),
    };
    match done {
        Ok(()) => Exit::Ok,
        Err(failure) => tell(&failure, json),
    }
}

/// Whether errors are for scripts. Also where the command line is wrong, so that nothing else can
/// say it.
fn wants_json() -> bool {
    let mut arguments = std::env::args_os().skip(1).take_while(|argument| argument != "--");
    arguments.any(|argument| argument == "--json")
}

/// Says why a command failed, as `{"error": "…", "exit": 67}` to scripts.
fn tell(failure: &Failure, json: bool) -> Exit {
    let Failure { exit, message } = failure;
    if json && !message.is_empty() {
        let object = serde_json::json!({"error": message, "exit": *exit as u8});
        // Where not even that can be said, there is still the exit code.
        let _ = writeln!(std::io::stderr(), "{object}");
    } else if !message.is_empty() {
        complain(message);
    }
    *exit
}

/// What is wrong with a command line, without the advice below it.
fn in_one_line(error: &str) -> String {
    let paragraph = error.split("\n\n").next().unwrap_or(error);
    let paragraph = paragraph.strip_prefix("error: ").unwrap_or(paragraph);
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
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
