//! What stored passwords are, and nothing of what they hold.

use std::io::{self, Write as _};

use ispmail_password::{
    Cost, Disabled, Encoding, ParseError, Policy, Prefix, Secrecy, StoredPassword,
};
use serde::{Serialize, Serializer};

use crate::batch::Output;
use crate::words::{self, Dovecot24};

/// About one line of the input.
#[derive(Serialize)]
pub(super) struct Report {
    line: u64,
    #[serde(flatten)]
    found: Found,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Found {
    Readings(Vec<Reading>),
    Malformed(String),
    Unsupported(String),
    Error(String),
}

/// What a stored password may be.
#[derive(Serialize)]
#[serde(untagged)]
enum Reading {
    /// It lets nobody in.
    Disabled {
        disabled: &'static str,
    },
    Hashed(Hashed),
}

#[derive(Serialize)]
struct Hashed {
    scheme: &'static str,
    /// The scheme as it stands in front, in capitals.
    prefix: Option<String>,
    algorithm: &'static str,
    #[serde(serialize_with = "encoding_in_a_word")]
    encoding: Encoding,
    #[serde(serialize_with = "cost_in_numbers")]
    cost: Cost,
    #[serde(serialize_with = "strength_in_a_word")]
    strength: Secrecy,
    weak: bool,
    dovecot_2_4: Dovecot24,
    needs_upgrade: bool,
}

impl Report {
    pub(super) fn of(
        line: u64,
        read: Result<Vec<StoredPassword>, ParseError>,
        policy: &Policy,
    ) -> Self {
        let found = match read {
            Ok(stored) => {
                let readings = stored.iter().map(|stored| Reading::of(stored, policy));
                Found::Readings(readings.collect())
            }
            Err(error @ ParseError::Unsupported { .. }) => Found::Unsupported(error.to_string()),
            Err(error) => Found::Malformed(error.to_string()),
        };
        Self { line, found }
    }

    pub(super) fn of_bad_line(line: u64, error: String) -> Self {
        Self { line, found: Found::Error(error) }
    }

    /// For people.
    pub(super) fn write(&self, policy: &Policy, output: &mut Output) -> io::Result<()> {
        let line = self.line;
        let readings = match &self.found {
            Found::Readings(readings) => readings,
            Found::Malformed(why) | Found::Unsupported(why) | Found::Error(why) => {
                return writeln!(output, "line {line}: {why}");
            }
        };
        for (index, reading) in readings.iter().enumerate() {
            write!(output, "line {line}")?;
            if readings.len() > 1 {
                write!(output, ", reading {} of {}", index + 1, readings.len())?;
            }
            reading.write(policy, output)?;
        }
        Ok(())
    }
}

impl Reading {
    fn of(stored: &StoredPassword, policy: &Policy) -> Self {
        match stored.disabled() {
            None => Self::Hashed(Hashed::of(stored, policy)),
            Some(Disabled::Locked) => Self::Disabled { disabled: "locked" },
            Some(Disabled::Empty) => Self::Disabled { disabled: "empty" },
        }
    }

    /// What follows the number of the line.
    fn write(&self, policy: &Policy, output: &mut Output) -> io::Result<()> {
        match self {
            Self::Disabled { disabled } => writeln!(output, ": {disabled}, lets nobody in"),
            Self::Hashed(hashed) => hashed.write(policy, output),
        }
    }
}

impl Hashed {
    fn of(stored: &StoredPassword, policy: &Policy) -> Self {
        let (name, scheme) = (stored.name(), stored.scheme());
        let encoding = match name.encoding() {
            // Of an MD5 value, say, that is a PLAIN-MD5 digest.
            Encoding::None => scheme.default_encoding(),
            encoding => encoding,
        };
        Self {
            scheme: scheme.name(),
            prefix: (stored.prefix() == Prefix::Scheme).then(|| name.to_string()),
            algorithm: stored.algorithm(),
            encoding,
            cost: stored.cost(),
            strength: stored.secrecy(),
            weak: stored.weak(),
            dovecot_2_4: Dovecot24::of(stored),
            needs_upgrade: policy.needs_upgrade(stored),
        }
    }

    fn write(&self, policy: &Policy, output: &mut Output) -> io::Result<()> {
        match &self.prefix {
            None => writeln!(output, ": {}, without a prefix", self.scheme)?,
            Some(prefix) if prefix == self.scheme => writeln!(output, ": {prefix}")?,
            Some(prefix) => writeln!(output, ": {}, written as {prefix}", self.scheme)?,
        }
        let weak = if self.weak { ": weak" } else { "" };
        let upgrade = match (self.needs_upgrade, self.weak) {
            (true, _) => format!("to {}, {}", policy.target(), policy.target_cost()),
            (false, true) => "none by itself: a mechanism such as CRAM-MD5 may need it".to_owned(),
            (false, false) => "not needed".to_owned(),
        };
        writeln!(output, "  algorithm    {}", self.algorithm)?;
        writeln!(output, "  encoding     {}", encoding(self.encoding))?;
        writeln!(output, "  cost         {}", self.cost)?;
        writeln!(output, "  strength     {}{weak}", words::secrecy(self.strength))?;
        writeln!(output, "  Dovecot 2.4  {}", self.dovecot_2_4.text())?;
        writeln!(output, "  upgrade      {upgrade}")
    }
}

const fn encoding(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::None => "none",
        Encoding::Hex => "hexadecimal",
        Encoding::Base64 => "base64",
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
fn encoding_in_a_word<S: Serializer>(of: &Encoding, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(encoding(*of))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
fn strength_in_a_word<S: Serializer>(of: &Secrecy, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(words::secrecy(*of))
}

/// Null for a fixed one.
fn cost_in_numbers<S: Serializer>(cost: &Cost, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Fields {
        Fixed,
        Rounds { rounds: u32 },
        Log2Rounds { log2_rounds: u8 },
        Memory { kib: u64, passes: u32, lanes: u32 },
    }
    let fields = match *cost {
        Cost::Fixed => Fields::Fixed,
        Cost::Rounds(rounds) => Fields::Rounds { rounds },
        Cost::Log2Rounds(log2_rounds) => Fields::Log2Rounds { log2_rounds },
        Cost::Memory { kib, passes, lanes } => Fields::Memory { kib, passes, lanes },
    };
    fields.serialize(serializer)
}
