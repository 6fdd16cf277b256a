//! The command line, its help included.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Accounts and stored passwords of an ISPmail-style mail server (Postfix, Dovecot, SQL).
#[derive(Parser)]
#[command(name = "ispmail-pw", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) source: SourceArguments,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where the configuration is.
#[derive(Args, Clone)]
pub(crate) struct SourceArguments {
    /// Configuration file [default: $ISPMAIL_CONFIG, else /etc/ispmail/ispmail.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Take the configuration from Dovecot's dovecot-sql.conf.ext instead
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) dovecot_sql: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make or test a stored password, like `doveadm pw`
    Hash(HashArguments),
    /// List the schemes of stored passwords
    Schemes,
    /// Try it: make a database, sign in, show what comes next
    Demo(DemoArguments),
    /// Check configuration, connection, tables, rights and stored passwords
    Check,
    /// Make the three ISPmail tables where they do not exist
    Init,
    /// Manage mail domains
    Domain {
        #[command(subcommand)]
        command: DomainCommand,
    },
    /// Manage mail users
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
}

/// Make or test a stored password, like `doveadm pw`.
///
/// Asks for the password twice. When the input is no terminal it reads the password from two
/// lines. Differs from doveadm in that an empty password, and two lines that differ, are errors.
#[derive(Args)]
pub(crate) struct HashArguments {
    /// Scheme, with an encoding suffix if you like (PLAIN-MD5.b64)
    /// [default: SHA256-CRYPT with 20000 rounds]
    #[arg(short, long, value_name = "SCHEME")]
    pub(crate) scheme: Option<String>,
    /// The password itself. For scripts made for doveadm only: everybody on this machine can
    /// read the arguments of a running program, and your shell keeps them in its history
    #[arg(short, long, value_name = "PASSWORD")]
    pub(crate) plaintext: Option<OsString>,
    /// Rounds of SHA256-CRYPT; below 1000 and above 999999999 the nearest of these
    /// [default with -s: 5000]
    #[arg(short, long, value_name = "N")]
    pub(crate) rounds: Option<u64>,
    /// User, for schemes that hash the name too (none so far)
    #[arg(short, long, value_name = "USER")]
    pub(crate) user: Option<String>,
    /// Test the password against this stored password, which needs its {SCHEME} prefix
    #[arg(short, long, value_name = "STORED")]
    pub(crate) test_hash: Option<OsString>,
    /// Verify what was made
    #[arg(short = 'V', long)]
    pub(crate) reverse_verify: bool,
    /// List the names of the schemes that can be made
    #[arg(short, long)]
    pub(crate) list: bool,
}

/// Try it: make a database, sign in, show what comes next.
#[derive(Args)]
pub(crate) struct DemoArguments {
    /// The checkpassword program [default: the one beside this program]
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpassword: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum DomainCommand {
    /// Add a domain
    Add {
        /// Such as example.org
        domain: String,
    },
    /// List the domains
    List,
    /// Remove a domain with its users and aliases; mailboxes stay on the disk
    Remove {
        /// Such as example.org
        domain: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}

#[derive(Subcommand)]
pub(crate) enum UserCommand {
    /// Add a user; asks for the password, or reads it as one line when the input is no terminal
    Add {
        /// Such as john@example.org
        address: String,
    },
    /// List the users
    List,
    /// Give a user a new password; asks for it, or reads it as one line
    Passwd {
        /// Such as john@example.org
        address: String,
    },
    /// Remove a user; the mailbox stays on the disk
    Remove {
        /// Such as john@example.org
        address: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_are_sound() {
        super::Arguments::command().debug_assert();
    }
}
