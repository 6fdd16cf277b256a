//! `import` and `export`.

use std::path::PathBuf;

use clap::Args;

use super::ChangeArguments;
use crate::transfer::{Format, What};

/// Add the domains, users and aliases of a file, all of them or none
///
/// CSV has a header and holds users (address, password or stored, quota, enabled), aliases (source,
/// destination) or domains (domain). NDJSON has one object on each line with the same keys
/// (destinations is a list), and one file may hold all three. password is plain and is hashed
/// here; stored is taken as it is.
#[derive(Args)]
pub(crate) struct ImportArguments {
    /// File to read [default: the standard input, as is -]
    pub(crate) file: Option<PathBuf>,
    /// How the file is written [default: by its name, else by its first byte]
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// Leave users that are there already as they are
    #[arg(long)]
    pub(crate) skip_existing: bool,
    /// Add domains that are not there
    #[arg(long)]
    pub(crate) add_domains: bool,
    /// Take plain passwords that are short or common, too
    #[arg(long)]
    pub(crate) accept_weak: bool,
    #[command(flatten)]
    pub(crate) change: ChangeArguments,
}

/// Write domains, users and aliases as import reads them
#[derive(Args)]
pub(crate) struct ExportArguments {
    /// File to write, which must not be there yet [default: the standard output, as is -]
    pub(crate) file: Option<PathBuf>,
    /// Only these [default: all as NDJSON, users as CSV]
    #[arg(long, value_enum)]
    pub(crate) what: Option<What>,
    /// How the file is written [default: by its name, else CSV with --what and NDJSON without]
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// Stored passwords as well: keep the file as secret as the tables
    #[arg(long)]
    pub(crate) with_passwords: bool,
}
