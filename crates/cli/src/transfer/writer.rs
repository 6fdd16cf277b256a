//! Accounts as CSV or NDJSON, in constant memory.

use std::io::{self, Write};

use clap::ValueEnum;
use serde::Serialize;

use super::Format;
use super::csv::{COMMA, QUOTE, typographic};

/// What one file of CSV holds; NDJSON holds all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// Addresses, quotas, whether they are enabled and, when asked for, stored passwords
    Users,
    /// Sources and destinations
    Aliases,
    /// Names of domains
    Domains,
}

/// A record to be written.
#[derive(Clone, Copy, Serialize)]
#[serde(untagged)]
pub(crate) enum Exported<'a> {
    Domain {
        domain: &'a str,
    },
    User {
        address: &'a str,
        /// Nothing is written of it unless stored passwords are asked for. A column that is NULL
        /// comes out as an empty one: neither lets anybody in.
        #[serde(skip_serializing_if = "Option::is_none")]
        stored: Option<&'a str>,
        /// In bytes.
        #[serde(skip_serializing_if = "Option::is_none")]
        quota: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        enabled: Option<bool>,
    },
    Alias {
        source: &'a str,
        destinations: &'a [String],
    },
}

impl Exported<'_> {
    const fn what(&self) -> What {
        match self {
            Self::Domain { .. } => What::Domains,
            Self::User { .. } => What::Users,
            Self::Alias { .. } => What::Aliases,
        }
    }
}

/// Writes what [`Entries`](super::Entries) reads. The output has a buffer of its own; it is flushed
/// behind the first record, so that whoever waits for it sees at once that there is something.
pub(crate) struct Writer<W> {
    output: W,
    format: Format,
    what: What,
    with_passwords: bool,
    /// Whether a record has been written, and so the header.
    begun: bool,
}

impl<W: Write> Writer<W> {
    /// Writes nothing yet. `what` is for CSV.
    pub(crate) const fn new(output: W, format: Format, what: What, with_passwords: bool) -> Self {
        Self { output, format, what, with_passwords, begun: false }
    }

    /// # Errors
    ///
    /// The output's; `InvalidInput` for a record that is not what this CSV holds.
    pub(crate) fn write(&mut self, record: &Exported<'_>) -> io::Result<()> {
        let first = !self.begun;
        self.begin()?;
        match self.format {
            Format::Csv if record.what() != self.what => {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            Format::Csv => self.row(record)?,
            Format::Ndjson => self.line(record)?,
        }
        if first { self.output.flush() } else { Ok(()) }
    }

    /// The header where there was no record, and what is still in the buffer.
    ///
    /// # Errors
    ///
    /// The output's.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.begin()?;
        self.output.flush()?;
        Ok(self.output)
    }

    fn begin(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) || self.format == Format::Ndjson {
            return Ok(());
        }
        let header = match self.what {
            What::Users if self.with_passwords => "address,stored,quota,enabled\n",
            What::Users => "address,quota,enabled\n",
            What::Aliases => "source,destination\n",
            What::Domains => "domain\n",
        };
        self.output.write_all(header.as_bytes())
    }

    fn line(&mut self, record: &Exported<'_>) -> io::Result<()> {
        match *record {
            Exported::User { address, stored, quota, enabled } => {
                let stored = self.with_passwords.then_some(stored.unwrap_or_default());
                let record = Exported::User { address, stored, quota, enabled };
                serde_json::to_writer(&mut self.output, &record)?;
            }
            _ => serde_json::to_writer(&mut self.output, record)?,
        }
        self.output.write_all(b"\n")
    }

    fn row(&mut self, record: &Exported<'_>) -> io::Result<()> {
        match *record {
            Exported::Domain { domain } => self.value(domain)?,
            Exported::User { address, stored, quota, enabled } => {
                self.value(address)?;
                if self.with_passwords {
                    self.comma()?;
                    self.value(stored.unwrap_or_default())?;
                }
                self.comma()?;
                if let Some(quota) = quota {
                    write!(self.output, "{quota}")?;
                }
                self.comma()?;
                if let Some(enabled) = enabled {
                    write!(self.output, "{enabled}")?;
                }
            }
            Exported::Alias { source, destinations } => {
                self.value(source)?;
                self.comma()?;
                self.value(&destinations.join(","))?;
            }
        }
        self.output.write_all(b"\n")
    }

    fn comma(&mut self) -> io::Result<()> {
        self.output.write_all(&[COMMA])
    }

    /// In quotes where it would not come back otherwise. What a spreadsheet would take for a
    /// formula (`=…`, `+…`, `@…`) stays as it is: a mark in front of it would become part of a
    /// stored password, and an address cannot begin like that.
    fn value(&mut self, text: &str) -> io::Result<()> {
        if !demands_quotes(text) {
            return self.output.write_all(text.as_bytes());
        }
        self.output.write_all(&[QUOTE])?;
        for part in text.as_bytes().split_inclusive(|&byte| byte == QUOTE) {
            self.output.write_all(part)?;
            if part.ends_with(&[QUOTE]) {
                self.output.write_all(&[QUOTE])?;
            }
        }
        self.output.write_all(&[QUOTE])
    }
}

/// Also where only other programs need them (spaces at the ends, semicolons, tabs), and around
/// nothing, which is not the same as no value.
fn demands_quotes(text: &str) -> bool {
    text.is_empty()
        || text.trim() != text
        || typographic(text)
        || text.bytes().any(|byte| matches!(byte, COMMA | QUOTE | b';' | b'\t' | b'\r' | b'\n'))
}
