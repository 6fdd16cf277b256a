//! The command line, its help included.

mod alias;
mod config;
mod doctor;
mod domain;
mod passwd;
mod passwords;
mod transfer;
mod user;

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand};
use ispmail_accounts::LAYOUTS;

pub(crate) use alias::AliasCommand;
pub(crate) use config::{ConfigArguments, DovecotVersion, Through};
pub(crate) use doctor::DoctorArguments;
pub(crate) use domain::DomainCommand;
pub(crate) use passwd::PasswdArguments;
pub(crate) use passwords::{HashArguments, IdentifyArguments, SchemesArguments, VerifyArguments};
pub(crate) use transfer::{ExportArguments, ImportArguments};
pub(crate) use user::{FlushArguments, Quota, UserCommand};

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
    /// Table layout [default: the configuration's, else what the tables show]
    #[arg(long, global = true, value_name = "NAME", value_parser = layouts())]
    pub(crate) layout: Option<String>,
}

fn layouts() -> PossibleValuesParser {
    PossibleValuesParser::new(
        LAYOUTS.iter().map(|layout| PossibleValue::new(layout.name).help(layout.title)),
    )
}

/// How a command answers.
#[derive(Args, Clone, Copy)]
pub(crate) struct AnswerArguments {
    /// Answer with JSON objects, one per line; errors too, on the standard error
    #[arg(long)]
    pub(crate) json: bool,
}

/// How a command that changes something goes about it.
#[derive(Args, Clone, Copy)]
pub(crate) struct ChangeArguments {
    #[command(flatten)]
    pub(crate) answer: AnswerArguments,
    /// Try it in the database, undo it, and say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
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
    /// Manage aliases: forwardings, and catch-alls
    Alias {
        #[command(subcommand)]
        command: AliasCommand,
    },
    Doctor(DoctorArguments),
    Passwd(PasswdArguments),
    Import(ImportArguments),
    Export(ExportArguments),
    /// Print the completions for a shell
    Completions {
        /// Which shell they are for
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Write the man pages, one for each command
    Man {
        /// Directory to write them to, which must be there; pages in it are replaced
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
    },
}

/// Try it: make a database, sign in, show what comes next.
#[derive(Args)]
pub(crate) struct DemoArguments {
    /// The checkpassword program [default: the one beside this program]
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpassword: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_are_sound() {
        super::Arguments::command().debug_assert();
    }
}
