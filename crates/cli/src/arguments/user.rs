//! `user …`.

use clap::Subcommand;

use super::{AnswerArguments, ChangeArguments};

#[derive(Subcommand)]
pub(crate) enum UserCommand {
    /// Add a user; asks for the password, or reads it as one line when the input is no terminal
    Add {
        /// Such as john@example.org
        address: String,
        #[command(flatten)]
        change: ChangeArguments,
    },
    /// List the users
    List {
        #[command(flatten)]
        answer: AnswerArguments,
    },
    /// Give a user a new password; asks for it, or reads it as one line
    Passwd {
        /// Such as john@example.org
        address: String,
        #[command(flatten)]
        change: ChangeArguments,
    },
    /// Remove a user; the mailbox stays on the disk
    Remove {
        /// Such as john@example.org
        address: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
        #[command(flatten)]
        change: ChangeArguments,
    },
}
