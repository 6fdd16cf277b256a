//! `domain …`.

use clap::Subcommand;

use super::{AnswerArguments, ChangeArguments};

#[derive(Subcommand)]
pub(crate) enum DomainCommand {
    /// Add a domain
    Add {
        /// Such as example.org or bücher.example
        domain: String,
        #[command(flatten)]
        change: ChangeArguments,
    },
    /// List the domains
    List {
        #[command(flatten)]
        answer: AnswerArguments,
    },
    /// Show what is in a domain
    Show {
        /// Such as example.org
        domain: String,
        #[command(flatten)]
        answer: AnswerArguments,
    },
    /// Give a domain another name, and with it all addresses in it
    ///
    /// Aliases that lead into the domain are changed as well. Mail directories do not move by
    /// themselves: the commands that move them are printed.
    Rename {
        /// Such as example.org
        domain: String,
        /// The new name
        new: String,
        #[command(flatten)]
        change: ChangeArguments,
    },
    /// Remove a domain with its users and aliases; mailboxes stay on the disk
    Remove {
        /// Such as example.org
        domain: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
        #[command(flatten)]
        change: ChangeArguments,
    },
}
