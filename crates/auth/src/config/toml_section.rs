//! Typed access to a table of a TOML file, with errors that name line and key and quote nothing.
//!
//! Done on the parsed values instead of with serde, whose messages quote what they found
//! (`invalid type: string "…"`): here that may be a password.

use std::ops::{Range, RangeInclusive};
use std::path::Path;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeInteger, DeString, DeTable, DeValue};

use super::error::{ConfigError, Origin, Text};

/// A table and where it is from.
#[derive(Clone, Copy)]
pub(super) struct Section<'a> {
    file: &'a Path,
    /// The whole text of the file, to count lines in.
    content: &'a str,
    /// `[name]`, or empty for what stands above all sections.
    name: &'static str,
    table: &'a DeTable<'a>,
    at: usize,
}

/// Parses a file's text.
pub(super) fn parse<'a>(
    file: &Path,
    content: &'a str,
) -> Result<Spanned<DeTable<'a>>, ConfigError> {
    DeTable::parse(content).map_err(|error| {
        // The message is made of fixed texts only. The error's `Display` would quote the line.
        let at = error.span().map_or(0, |span| span.start);
        origin(file, content, at).invalid(format!("not TOML: {}", error.message()))
    })
}

impl<'a> Section<'a> {
    /// What stands above all sections.
    pub(super) fn root(file: &'a Path, content: &'a str, table: &'a DeTable<'a>) -> Self {
        Self { file, content, name: "", table, at: 0 }
    }

    /// The section `name` in this one, with nothing in it but the keys `known`.
    pub(super) fn section(
        &self,
        name: &'static str,
        known: &[&str],
    ) -> Result<Option<Self>, ConfigError> {
        let Some(value) = self.table.get(name) else {
            return Ok(None);
        };
        let DeValue::Table(table) = value.get_ref() else {
            let origin = self.origin(value.span());
            return Err(origin.invalid(format!("{name}: expected a section, [{name}]")));
        };
        let at = value.span().start;
        let section = Self { name, table, at, ..*self };
        section.only(known)?;
        Ok(Some(section))
    }

    /// Its name, without brackets.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Checks that there are no other keys.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), ConfigError> {
        let unknown = |key: &&Spanned<DeString<'_>>| !known.contains(&key.get_ref().as_ref());
        let first = self.table.keys().filter(unknown).min_by_key(|key| key.span().start);
        let Some(key) = first else { return Ok(()) };
        let place = if self.name.is_empty() { String::new() } else { format!("[{}] ", self.name) };
        let known = known.join(", ");
        Err(self.origin(key.span()).invalid(format!("{place}unknown key; expected one of {known}")))
    }

    /// Where the value of `key` stands; without one, where the section does.
    pub(super) fn place(&self, key: &str) -> Origin {
        let at = self.table.get(key).map_or(self.at, |value| value.span().start);
        if self.at == at && self.name.is_empty() {
            return Origin::file(self.file);
        }
        origin(self.file, self.content, at)
    }

    /// An error at `key`.
    pub(super) fn wrong(&self, key: &str, problem: &str) -> ConfigError {
        let name = self.name;
        let place = if name.is_empty() { String::new() } else { format!("[{name}] ") };
        self.place(key).invalid(format!("{place}{key}: {problem}"))
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// The string at `key`.
    pub(super) fn string(&self, key: &str) -> Result<Option<&'a str>, ConfigError> {
        match self.value(key) {
            None => Ok(None),
            Some(DeValue::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(key, "expected a text in quotes")),
        }
    }

    /// The string at `key` and where it stands.
    pub(super) fn text(&self, key: &str) -> Result<Option<Text>, ConfigError> {
        let text = |text: &str| Text { text: text.to_owned(), origin: self.place(key) };
        Ok(self.string(key)?.map(text))
    }

    /// The strings at `key`, each with where it stands.
    pub(super) fn strings(&self, key: &str) -> Result<Option<Vec<(&'a str, Origin)>>, ConfigError> {
        let wrong = || self.wrong(key, "expected a list of texts in quotes, [\"…\", \"…\"]");
        match self.value(key) {
            None => Ok(None),
            Some(DeValue::Array(list)) => list
                .iter()
                .map(|value| match value.get_ref() {
                    DeValue::String(text) => Ok((text.as_ref(), self.origin(value.span()))),
                    _ => Err(wrong()),
                })
                .collect::<Result<_, _>>()
                .map(Some),
            Some(_) => Err(wrong()),
        }
    }

    pub(super) fn boolean(&self, key: &str) -> Result<Option<bool>, ConfigError> {
        match self.value(key) {
            None => Ok(None),
            Some(DeValue::Boolean(value)) => Ok(Some(*value)),
            Some(_) => Err(self.wrong(key, "expected true or false")),
        }
    }

    /// The whole number at `key`, within `range`.
    pub(super) fn number(
        &self,
        key: &str,
        range: RangeInclusive<u32>,
    ) -> Result<Option<u32>, ConfigError> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        let number = match value {
            DeValue::Integer(digits) => whole(digits),
            _ => None,
        };
        number.filter(|number| range.contains(number)).map(Some).ok_or_else(|| {
            let (low, high) = range.into_inner();
            self.wrong(key, &format!("expected a whole number, {low} to {high}"))
        })
    }

    /// The seconds at `key`, whole or not, within `range`.
    pub(super) fn seconds(
        &self,
        key: &str,
        range: RangeInclusive<f64>,
    ) -> Result<Option<Duration>, ConfigError> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        let seconds = match value {
            DeValue::Integer(digits) => whole(digits).map(f64::from),
            DeValue::Float(digits) => digits.as_str().parse().ok(),
            _ => None,
        };
        let seconds = seconds.filter(|seconds| range.contains(seconds));
        seconds.map(|seconds| Some(Duration::from_secs_f64(seconds))).ok_or_else(|| {
            let (low, high) = range.into_inner();
            self.wrong(key, &format!("expected seconds, {low} to {high}"))
        })
    }

    fn value(&self, key: &str) -> Option<&'a DeValue<'a>> {
        self.table.get(key).map(Spanned::get_ref)
    }

    fn origin(&self, span: Range<usize>) -> Origin {
        origin(self.file, self.content, span.start)
    }
}

fn whole(digits: &DeInteger<'_>) -> Option<u32> {
    u32::from_str_radix(digits.as_str(), digits.radix()).ok()
}

fn origin(file: &Path, content: &str, at: usize) -> Origin {
    // What is missing at the end of the file is missing in its last line.
    let at = at.min(content.trim_end().len());
    let before = content.bytes().take(at);
    Origin::line(file, before.filter(|&byte| byte == b'\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section<T>(
        content: &str,
        take: impl Fn(&Section<'_>) -> Result<T, ConfigError>,
    ) -> Result<T, String> {
        let file = Path::new("f");
        let taken = parse(file, content).and_then(|table| {
            let root = Section::root(file, content, table.get_ref());
            let known = ["a", "b"];
            take(&root.section("s", &known)?.unwrap_or(root))
        });
        taken.map_err(|error| error.to_string())
    }

    #[test]
    fn values_are_taken_by_type() {
        assert_eq!(
            section("[s]\na = 'x'", |s| Ok(s.string("a")?.map(str::to_owned))),
            Ok(Some("x".into()))
        );
        assert_eq!(section("[s]", |s| Ok(s.string("a")?.is_none())), Ok(true));
        assert_eq!(section("s = { a = true }", |s| s.boolean("a")), Ok(Some(true)));
        let number = |text: &str| section(&format!("[s]\na = {text}"), |s| s.number("a", 1..=99));
        for (text, value) in [("1", 1), ("+9_9", 99), ("0x10", 16), ("0o10", 8), ("0b10", 2)] {
            assert_eq!(number(text), Ok(Some(value)));
        }
        let expected = Err("f:2: [s] a: expected a whole number, 1 to 99".to_owned());
        for text in ["0", "100", "-1", "1.0", "99999999999999999999", "'1'", "[1]", "1979-05-27"] {
            assert_eq!(number(text), expected, "{text}");
        }
        let seconds =
            |text: &str| section(&format!("[s]\na = {text}"), |s| s.seconds("a", 0.1..=9.0));
        for (text, millis) in [("1", 1000), ("0.1", 100), ("1e-1", 100), ("9.0", 9000)] {
            assert_eq!(seconds(text), Ok(Some(Duration::from_millis(millis))));
        }
        let expected = Err("f:2: [s] a: expected seconds, 0.1 to 9".to_owned());
        for text in ["0", "0.09", "9.01", "nan", "inf", "-1", "1e999", "'1'", "true"] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }

    #[test]
    fn errors_name_the_line() {
        let nothing = |_: &Section<'_>| Ok(());
        for (content, expected) in [
            ("s = 1", "f:1: s: expected a section, [s]"),
            ("\n[[s]]\na = 1", "f:2: s: expected a section, [s]"),
            ("[s]\nb = 1\n\nx = 1\nc = 1", "f:4: [s] unknown key; expected one of a, b"),
            ("[s.t]", "f:1: [s] unknown key; expected one of a, b"),
            ("[s]\na = 1\na = 2", "f:3: not TOML: duplicate key"),
            ("[s]\na = x", "f:2: not TOML: string values must be quoted, expected literal string"),
            ("[s]\n\n\na = \"x\n", "f:4: not TOML: invalid basic string, expected `\"`"),
            (
                "[s]\na =\n\n\n",
                "f:2: not TOML: string values must be quoted, expected literal string",
            ),
            ("[s", "f:1: not TOML: unclosed table, expected `]`"),
        ] {
            assert_eq!(section(content, nothing), Err(expected.to_owned()), "{content:?}");
        }
    }
}
