//! `ispmail-authd [--config FILE | --dovecot-sql FILE]`: an auth daemon that speaks Dovecot's auth
//! protocol, over the accounts in SQL.
//!
//! Programs that want a login checked connect to its client socket; trusted local programs that
//! look users up connect to its master socket. What is decided, `ispmail-auth` decides.

#![forbid(unsafe_code)]

mod arguments;
mod client;
mod connection;
mod fields;
mod log;
mod master;
mod process;
mod server;
mod service;
mod sockets;

use std::process::ExitCode;

use clap::Parser as _;
use tracing::error;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    log::start(arguments.verbose);
    match server::run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            error!("{why}");
            ExitCode::FAILURE
        }
    }
}
