//! `passwd`.

use clap::Args;

use super::ChangeArguments;

/// Change a password by the old one; asks for both, or reads them from two lines.
///
/// For users themselves. From a pipe the old password stands on the first line and the new one on
/// the second.
#[derive(Args)]
pub(crate) struct PasswdArguments {
    /// The login, such as john@example.org
    pub(crate) login: String,
    #[command(flatten)]
    pub(crate) change: ChangeArguments,
}
