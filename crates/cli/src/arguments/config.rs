//! `config`: what Dovecot is told.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Print the auth part of a Dovecot configuration that signs in through ispmail-authd.
///
/// It goes to the standard output; its comments say what to put it in place of and what it needs.
/// The standard error gets, in words, what the accounts are like and what changes for whom: that
/// names users, so it has no place in a file that everybody on the machine can read.
#[derive(Args)]
pub(crate) struct ConfigArguments {
    /// Which Dovecot it is for
    #[arg(value_enum)]
    pub(crate) dovecot: DovecotVersion,
    /// How Dovecot asks; 2.4 can do lua only
    #[arg(long, value_enum, default_value_t = Through::Lua)]
    pub(crate) through: Through,
    /// Where the Lua script is
    #[arg(long, value_name = "FILE", default_value = "/etc/dovecot/ispmail.lua")]
    pub(crate) lua_file: PathBuf,
    /// Where the checkpassword program is [default: beside this program]
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpassword: Option<PathBuf>,
    /// Ask no database, and say nothing of the accounts
    #[arg(long)]
    pub(crate) offline: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DovecotVersion {
    /// Debian 12
    #[value(name = "dovecot-2.3")]
    V23,
    /// Debian 13
    #[value(name = "dovecot-2.4")]
    V24,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Through {
    /// passdb lua and the daemon
    Lua,
    /// passdb checkpassword and the daemon
    Checkpassword,
    /// passdb checkpassword, which asks the database itself, without a daemon
    Database,
}
