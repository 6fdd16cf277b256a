//! `alias …`.

use clap::Subcommand;

use super::{AnswerArguments, ChangeArguments};

#[derive(Subcommand)]
pub(crate) enum AliasCommand {
    /// Have mail for an address, or for a whole domain, go to other addresses as well
    Add {
        /// Such as info@example.org or, for a catch-all, @example.org
        source: String,
        /// Such as john@example.org
        #[arg(required = true, value_name = "DESTINATION")]
        destinations: Vec<String>,
        /// Give each mailbox whose mail the alias would take an alias to itself
        #[arg(long)]
        keep_mailboxes: bool,
        #[command(flatten)]
        change: ChangeArguments,
    },
    /// List the aliases
    List {
        /// Only those of this domain
        domain: Option<String>,
        #[command(flatten)]
        answer: AnswerArguments,
    },
    /// Show an alias, and what is wrong with where it leads
    Show {
        /// Such as info@example.org or @example.org
        source: String,
        #[command(flatten)]
        answer: AnswerArguments,
    },
    /// Remove an alias, or only some of its destinations
    Remove {
        /// Such as info@example.org or @example.org
        source: String,
        /// Such as john@example.org [default: all]
        #[arg(value_name = "DESTINATION")]
        destinations: Vec<String>,
        #[command(flatten)]
        change: ChangeArguments,
    },
}
