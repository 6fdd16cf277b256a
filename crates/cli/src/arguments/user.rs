//! `user …`.

use clap::{Args, Subcommand};

use super::{AnswerArguments, ChangeArguments};
use crate::sizes::{SizeError, bytes};

#[derive(Subcommand)]
pub(crate) enum UserCommand {
    /// Add a user; asks for the password, or reads it as one line when the input is no terminal
    Add {
        /// Such as john@example.org
        address: String,
        /// Make a password and print it, once
        #[arg(long)]
        generate: bool,
        /// Most that the mailbox may hold: a number with B, K, M, G or T, or none
        #[arg(long, value_name = "SIZE", value_parser = quota)]
        quota: Option<Quota>,
        /// Let nobody sign in yet
        #[arg(long)]
        disabled: bool,
        #[command(flatten)]
        change: ChangeArguments,
    },
    /// List the users
    List {
        /// Only those of this domain
        domain: Option<String>,
        #[command(flatten)]
        answer: AnswerArguments,
    },
    /// Show what is known of a user; never the stored password
    Show {
        /// Such as john@example.org
        address: String,
        #[command(flatten)]
        answer: AnswerArguments,
    },
    /// Give a user a new password; asks for it, or reads it as one line
    ///
    /// A user who is disabled by a locked password stays so.
    Passwd {
        /// Such as john@example.org
        address: String,
        /// Make a password and print it, once
        #[arg(long)]
        generate: bool,
        #[command(flatten)]
        flush: FlushArguments,
        #[command(flatten)]
        change: ChangeArguments,
    },
    /// Give a user another address
    ///
    /// Aliases that lead to the user are changed as well. The mail directory does not move by
    /// itself: the commands that move it are printed.
    Rename {
        /// Such as john@example.org
        address: String,
        /// The new address, in a domain that is there
        new: String,
        #[command(flatten)]
        flush: FlushArguments,
        #[command(flatten)]
        change: ChangeArguments,
    },
    /// Let a user sign in no more, reversibly
    ///
    /// By the flag of the tables where they have one, else by a mark in front of the stored
    /// password. Mail is still delivered, except where the tables' flag stops that too.
    Disable {
        /// Such as john@example.org
        address: String,
        #[command(flatten)]
        flush: FlushArguments,
        #[command(flatten)]
        change: ChangeArguments,
    },
    /// Undo `user disable`
    Enable {
        /// Such as john@example.org
        address: String,
        #[command(flatten)]
        flush: FlushArguments,
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
        flush: FlushArguments,
        #[command(flatten)]
        change: ChangeArguments,
    },
    /// Say how much a user's mailbox may hold
    Quota {
        /// Such as john@example.org
        address: String,
        /// A number with B, K, M, G or T (powers of 1024; bytes without a letter), or none
        #[arg(value_parser = quota)]
        size: Quota,
        #[command(flatten)]
        change: ChangeArguments,
    },
}

/// Whether Dovecot is told of a change.
#[derive(Args, Clone, Copy)]
pub(crate) struct FlushArguments {
    /// Have Dovecot forget what it knows of the user, and end the user's sessions (needs root)
    #[arg(long)]
    pub(crate) flush: bool,
}

/// Bytes; `None` for no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota(pub(crate) Option<u64>);

/// A size, or none.
fn quota(text: &str) -> Result<Quota, String> {
    if text.eq_ignore_ascii_case("none") {
        return Ok(Quota(None));
    }
    match bytes(text) {
        Ok(0) => Err("0 would be no limit; say none".to_owned()),
        Ok(bytes) => Ok(Quota(Some(bytes))),
        Err(SizeError::NoSize) => {
            Err("expected a number with B, K, M, G or T behind it, such as 500M, or none"
                .to_owned())
        }
        Err(SizeError::TooMuch) => Err("that is more than a database can hold".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("1", 1),
            ("1048576", 1 << 20),
            ("1024k", 1 << 20),
            ("1 MiB", 1 << 20),
            ("500M", 500 << 20),
            ("2GB", 2 << 30),
            ("3t", 3 << 40),
            ("7B", 7),
            ("9223372036854775807", i64::MAX.unsigned_abs()),
        ] {
            assert_eq!(quota(text), Ok(Quota(Some(bytes))), "{text}");
        }
        assert_eq!(quota("none"), Ok(Quota(None)));
        for text in [
            "",
            "0",
            "0M",
            "-1",
            "1.5G",
            "1X",
            "M",
            "1MM",
            "１",
            "9223372036854775808",
            "9999999999T",
            "' OR 1",
        ] {
            assert!(quota(text).is_err(), "{text}");
        }
    }
}
