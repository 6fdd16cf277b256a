//! Many accounts out of a file or into one: CSV and lines of JSON (NDJSON).
//!
//! CSV has a header. One file holds users (`address`, `password` or `stored`, `quota`, `enabled`),
//! aliases (`source`, `destination`) or domains (`domain`). NDJSON has one object on a line with
//! the same keys (and `destinations`, a list), and one file holds all three.

mod chunks;
mod csv;
mod entries;
mod error;
mod fields;
mod header;
mod json;
mod ready;
mod source;
#[cfg(test)]
mod tests;
mod there_and_back;
mod writer;

use std::path::Path;

use clap::ValueEnum;
use zeroize::Zeroizing;

pub(crate) use chunks::{Chunk, Chunks};
pub(crate) use entries::Entries;
pub(crate) use error::RecordError;
pub(crate) use ready::{Hashing, Judge, Ready};
pub use there_and_back::there_and_back;
pub(crate) use writer::{Exported, What, Writer};

/// Longest record that is read, in bytes: a line of NDJSON, or a row of CSV with all its lines.
pub(crate) const LONGEST: usize = 64 << 10;

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A header and rows of values, with commas between them
    Csv,
    /// One JSON object on each line
    Ndjson,
}

impl Format {
    /// By the name of a file. `None` where it tells nothing; then the first byte does, see
    /// [`Entries::new`].
    pub(crate) fn of_name(name: &Path) -> Option<Self> {
        let extension = name.extension()?;
        let is = |known: &&str| extension.eq_ignore_ascii_case(known);
        if is(&"csv") {
            return Some(Self::Csv);
        }
        ["ndjson", "jsonl"].iter().any(is).then_some(Self::Ndjson)
    }
}

/// What is on a line, and which line of the file that is, from 1 on. A row of several lines has
/// the number of its first.
pub(crate) struct Numbered<T> {
    pub(crate) line: u64,
    pub(crate) item: T,
}

/// One record of a file. Names and addresses are as they stand there, not yet checked.
pub(crate) enum Entry {
    Domain { name: String },
    User(NewUser),
    Alias { source: String, destinations: Vec<String> },
}

/// A user as a file has it.
pub(crate) struct NewUser {
    pub(crate) address: String,
    pub(crate) secret: Secret,
    /// In bytes, at least 1 and at most `i64::MAX`; `None` for no limit.
    pub(crate) quota: Option<u64>,
    /// `None` where the file does not say.
    pub(crate) enabled: Option<bool>,
}

/// A password, or what is made of it. Neither is looked at yet.
pub(crate) enum Secret {
    Plain(Zeroizing<Vec<u8>>),
    Stored(Zeroizing<String>),
}
