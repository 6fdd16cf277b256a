//! `domain …`.

use clap::Subcommand;

use super::{AnswerArguments, ChangeArguments};

#[derive(Subcommand)]
pub(crate) enum DomainCommand {
    /// Add a domain
    Add {
        /// Such as example.org
        domain: String,
        #[command(flatten)]
        change: ChangeArguments,
    },
    /// List the domains
    List {
        #[command(flatten)]
        answer: AnswerArguments,
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
