//! Rows of CSV (RFC 4180), strictly: what is not quite CSV is an error and no guess, as a password
//! that was read wrongly is noticed by nobody but its user. Memory is constant and wiped.

use std::io::Read;

use zeroize::Zeroizing;

use super::source::Source;
use super::{LONGEST, RecordError};

/// What is between two values.
pub(super) const COMMA: u8 = b',';
pub(super) const QUOTE: u8 = b'"';

/// What stands in front where a word processor has been at work.
const TYPOGRAPHIC: &[char] = &['“', '”', '„', '‟', '«', '»', '‘', '’', '‚', '‛', '‹', '›'];

pub(super) const SEMICOLONS: &str =
    "the values are separated by semicolons, as Excel does it in Europe; expected commas";

/// Whether text begins with a quote that is none.
pub(super) fn typographic(text: &str) -> bool {
    text.starts_with(TYPOGRAPHIC)
}

/// A value as it stands in a row.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    pub(super) text: &'a str,
    pub(super) quoted: bool,
}

/// One row at a time.
pub(super) struct Row {
    /// All values without quotes, one behind the other. Allocated once, so that no copy stays
    /// behind.
    text: Zeroizing<Vec<u8>>,
    /// Where each value ends, and whether it was quoted.
    ends: Vec<(usize, bool)>,
    state: State,
    quoted: bool,
    /// Bytes of the row as it is written.
    length: usize,
    /// The line on which the row begins.
    line: u64,
    /// The line that is being read.
    now: u64,
    /// What the values are called, as soon as it is known.
    names: Vec<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a value.
    Start,
    Plain,
    Quoted,
    /// Behind a quote inside a quoted value: its end, or half of a doubled quote.
    Closed,
    /// Behind the carriage return that ends a row.
    Return,
}

impl Row {
    /// The first line has this number.
    pub(super) fn new(first: u64) -> Self {
        Self {
            text: Zeroizing::new(Vec::with_capacity(LONGEST)),
            ends: Vec::new(),
            state: State::Start,
            quoted: false,
            length: 0,
            line: first,
            now: first,
            names: Vec::new(),
        }
    }

    /// Lets errors call the values by these names.
    pub(super) fn call(&mut self, names: impl Iterator<Item = &'static str>) {
        self.names = names.collect();
    }

    /// The line on which the row begins, from 1 on.
    pub(super) const fn line(&self) -> u64 {
        self.line
    }

    /// Reads the next row that is not blank; `false` at the end. After an error nobody can say
    /// where the next row begins.
    pub(super) fn read(&mut self, source: &mut Source<impl Read>) -> Result<bool, RecordError> {
        self.start();
        loop {
            let bytes = source.peek()?;
            if bytes.is_empty() {
                return self.finish();
            }
            let mut taken = 0;
            let mut whole = false;
            for &byte in bytes {
                taken += 1;
                whole = self.step(byte).map_err(|what| RecordError::new(self.line, what))?;
                if whole {
                    break;
                }
            }
            source.take(taken);
            if whole {
                if !self.blank() {
                    return Ok(true);
                }
                self.start();
            }
        }
    }

    /// The values, or what is wrong with the row.
    pub(super) fn values(&self) -> Result<Vec<Value<'_>>, String> {
        let text = str::from_utf8(&self.text).map_err(|_| self.not_utf8())?;
        let mut start = 0;
        let mut values = Vec::with_capacity(self.ends.len());
        for &(end, quoted) in &self.ends {
            let text = text.get(start..end).ok_or_else(|| self.not_utf8())?;
            if text.contains('\0') {
                return Err(format!("{} has a NUL byte", self.name(values.len())));
            }
            if !quoted && typographic(text) {
                let name = self.name(values.len());
                return Err(format!("typographic quotes around {name}; expected plain ones (\")"));
            }
            values.push(Value { text, quoted });
            start = end;
        }
        Ok(values)
    }

    /// Two values that are no UTF-8 may be UTF-8 side by side, so each is looked at alone.
    fn not_utf8(&self) -> String {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(end, _)| *end));
        let values = starts
            .zip(&self.ends)
            .map(|(start, (end, _))| self.text.get(start..*end).unwrap_or(&[]));
        let bad = values.take_while(|value| str::from_utf8(value).is_ok()).count();
        format!("{} is not UTF-8", self.name(bad))
    }

    /// The name of a value, or else which one it is.
    fn name(&self, index: usize) -> String {
        match self.names.get(index) {
            Some(&name) => name.to_owned(),
            None => format!("value {}", index + 1),
        }
    }

    fn start(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.state = State::Start;
        self.quoted = false;
        self.length = 0;
        self.line = self.now;
    }

    /// `true` behind the last byte of a row.
    fn step(&mut self, byte: u8) -> Result<bool, String> {
        if self.length == LONGEST && (byte != b'\n' || self.state == State::Quoted) {
            let quote =
                if self.state == State::Quoted { " (a quote that is never closed?)" } else { "" };
            return Err(format!("longer than {LONGEST} bytes{quote}"));
        }
        self.length = LONGEST.min(self.length + 1);
        self.now += u64::from(byte == b'\n');
        match (self.state, byte) {
            (State::Quoted, QUOTE) => self.state = State::Closed,
            (State::Quoted, _) => self.push(byte),
            (State::Closed, QUOTE) => {
                self.push(byte);
                self.state = State::Quoted;
            }
            (State::Start, QUOTE) => {
                self.state = State::Quoted;
                self.quoted = true;
            }
            (_, b'\n') => {
                self.end_value();
                return Ok(true);
            }
            (State::Return, _) => {
                return Err(
                    "a carriage return inside a row; expected LF or CRLF at its end".to_owned()
                );
            }
            (_, b'\r') => self.state = State::Return,
            (_, COMMA) => self.end_value(),
            (State::Closed, b';') => return Err(SEMICOLONS.to_owned()),
            (State::Closed, _) => {
                let name = self.name(self.ends.len());
                return Err(format!("text behind the quotes around {name}; expected a comma"));
            }
            (State::Plain, QUOTE) => {
                let name = self.name(self.ends.len());
                return Err(format!(
                    "a quote inside {name}, which is not quoted; \
                     expected quotes around it and each inside it doubled"
                ));
            }
            (State::Start | State::Plain, _) => {
                self.push(byte);
                self.state = State::Plain;
            }
        }
        Ok(false)
    }

    /// At the end of the input, which may come without a line's end.
    fn finish(&mut self) -> Result<bool, RecordError> {
        if self.state == State::Quoted {
            return Err(RecordError::new(self.line, "a quote that is never closed"));
        }
        if self.length == 0 {
            return Ok(false);
        }
        self.end_value();
        Ok(!self.blank())
    }

    fn push(&mut self, byte: u8) {
        self.text.push(byte);
    }

    fn end_value(&mut self) {
        self.ends.push((self.text.len(), self.quoted));
        self.state = State::Start;
        self.quoted = false;
    }

    fn blank(&self) -> bool {
        matches!(*self.ends, [(_, false)]) && self.text.iter().all(u8::is_ascii_whitespace)
    }
}
