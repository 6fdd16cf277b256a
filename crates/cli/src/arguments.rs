//! The command line, its help included.

mod config;
mod passwords;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use config::{ConfigArguments, DovecotVersion, Through};
pub(crate) use passwords::{HashArguments, IdentifyArguments, SchemesArguments, VerifyArguments};

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
    Hash(HashArguments),
    Verify(VerifyArguments),
    Identify(IdentifyArguments),
    Schemes(SchemesArguments),
    /// Try it: make a database, sign in, show what comes next
    Demo(DemoArguments),
    /// Check configuration, connection, tables, rights and stored passwords
    Check,
    Config(ConfigArguments),
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
