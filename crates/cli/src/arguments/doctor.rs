//! `doctor`.

use clap::Args;

use super::AnswerArguments;

/// Find out why a user cannot sign in.
///
/// Goes from the configuration to the stored password and says of each step whether it is well, and
/// if not, how to set it right. The stored password itself is never printed. On a terminal it offers
/// to test a password.
///
/// Ends with 0 if the user can sign in as far as can be seen, 1 if there is something to fix, and 75
/// if it could not look.
#[derive(Args)]
pub(crate) struct DoctorArguments {
    /// What the user types as the login, such as john@example.org
    pub(crate) login: String,
    /// Test the password that is the first line of the standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
    #[command(flatten)]
    pub(crate) answer: AnswerArguments,
}
