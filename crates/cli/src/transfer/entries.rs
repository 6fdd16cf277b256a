use std::io::Read;

use zeroize::Zeroizing;

use super::csv::{Row, Value};
use super::header::{Cells, Column, Header, Kind};
use super::source::Source;
use super::{Entry, Format, LONGEST, NewUser, Numbered, RecordError, Secret, fields, json};

type Taken = Result<Option<Numbered<Result<Entry, String>>>, RecordError>;

/// The records of a file, one by one and in constant memory. After a record that cannot be taken
/// come the others, unless nobody can say where they begin: then the error is the last item.
pub(crate) struct Entries<R> {
    source: Source<R>,
    state: State,
}

enum State {
    Start(Option<Format>),
    Csv(Header, Row),
    Ndjson(Lines),
    Over,
}

impl<R: Read> Entries<R> {
    /// Reads nothing yet. Without a format the first byte tells it: `{` (and `[`, which is an error
    /// then) is JSON. `input` needs no buffer, which nobody would wipe.
    pub(crate) fn new(input: R, format: Option<Format>) -> Self {
        Self { source: Source::new(input), state: State::Start(format) }
    }

    /// How many bytes of the input are dealt with.
    pub(crate) const fn done(&self) -> u64 {
        self.source.done()
    }

    fn read(&mut self) -> Taken {
        loop {
            match &mut self.state {
                State::Start(format) => {
                    let format = *format;
                    self.state = start(&mut self.source, format)?;
                }
                State::Csv(header, row) => {
                    if !row.read(&mut self.source)? {
                        return Ok(None);
                    }
                    let item = row.values().and_then(|values| entry(header, values));
                    return Ok(Some(Numbered { line: row.line(), item }));
                }
                State::Ndjson(lines) => {
                    if !lines.read(&mut self.source)? {
                        return Ok(None);
                    }
                    let item = json::entry(&lines.text);
                    return Ok(Some(Numbered { line: lines.number, item }));
                }
                State::Over => return Ok(None),
            }
        }
    }
}

impl<R: Read> Iterator for Entries<R> {
    type Item = Result<Numbered<Entry>, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.read() {
            Ok(Some(Numbered { line, item })) => Some(match item {
                Ok(item) => Ok(Numbered { line, item }),
                Err(message) => Err(RecordError::new(line, message)),
            }),
            Ok(None) => {
                self.state = State::Over;
                None
            }
            Err(error) => {
                self.state = State::Over;
                Some(Err(error))
            }
        }
    }
}

/// Reads as much as shows how to read on.
fn start(source: &mut Source<impl Read>, format: Option<Format>) -> Result<State, RecordError> {
    source.take_mark()?;
    // Blank lines in front count like all others.
    let mut line = 1;
    let first = loop {
        let Some(&first) = source.peek()?.first() else { return Err(RecordError::Empty) };
        if !first.is_ascii_whitespace() {
            break first;
        }
        line += u64::from(first == b'\n');
        source.take(1);
    };
    let format = format.unwrap_or(match first {
        b'{' | b'[' => Format::Ndjson,
        _ => Format::Csv,
    });
    if format == Format::Ndjson {
        return Ok(State::Ndjson(Lines::new(line)));
    }
    let mut row = Row::new(line);
    row.read(source)?;
    let header = row.values().and_then(|values| Header::parse(&values));
    let header = header.map_err(|message| RecordError::new(row.line(), message))?;
    row.call(header.names());
    Ok(State::Csv(header, row))
}

/// One line at a time.
struct Lines {
    /// Allocated once, so that no copy stays behind.
    text: Zeroizing<Vec<u8>>,
    number: u64,
    /// The number of the line to come.
    next: u64,
}

impl Lines {
    fn new(first: u64) -> Self {
        Self { text: Zeroizing::new(Vec::with_capacity(LONGEST)), number: first, next: first }
    }

    /// Reads the next line that is not blank; `false` at the end.
    fn read(&mut self, source: &mut Source<impl Read>) -> Result<bool, RecordError> {
        loop {
            self.text.clear();
            self.number = self.next;
            self.next += 1;
            let more = self.read_any(source)?;
            if !self.text.iter().all(u8::is_ascii_whitespace) {
                return Ok(true);
            }
            if !more {
                return Ok(false);
            }
        }
    }

    /// `false` if the input ends here.
    fn read_any(&mut self, source: &mut Source<impl Read>) -> Result<bool, RecordError> {
        loop {
            let bytes = source.peek()?;
            let end = bytes.iter().position(|&byte| byte == b'\n');
            let text = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
            if self.text.len() + text.len() > LONGEST {
                return Err(RecordError::new(self.number, format!("longer than {LONGEST} bytes")));
            }
            self.text.extend_from_slice(text);
            let taken = text.len();
            source.take(taken + usize::from(end.is_some()));
            match end {
                Some(_) => return Ok(true),
                None if taken == 0 => return Ok(false),
                None => {}
            }
        }
    }
}

fn entry(header: &Header, values: Vec<Value<'_>>) -> Result<Entry, String> {
    let cells = header.row(values)?;
    match header.kind {
        Kind::Users => user(&cells),
        Kind::Aliases => alias(&cells),
        Kind::Domains => domain(&cells),
    }
}

fn user(cells: &Cells<'_>) -> Result<Entry, String> {
    let address = fields::named("address", cells.get(Column::Address))?;
    let secret = match (cells.get(Column::Password), cells.get(Column::Stored)) {
        (Some(_), Some(_)) => return Err("both password and stored".to_owned()),
        (None, None) => return Err("neither password nor stored".to_owned()),
        (Some(password), None) => Secret::Plain(Zeroizing::new(password.as_bytes().to_vec())),
        (None, Some(stored)) => fields::stored(stored)?,
    };
    let quota = fields::quota(cells.get(Column::Quota).unwrap_or_default())?;
    let enabled = fields::enabled(cells.get(Column::Enabled).unwrap_or_default())?;
    Ok(Entry::User(NewUser { address, secret, quota, enabled }))
}

fn alias(cells: &Cells<'_>) -> Result<Entry, String> {
    let source = fields::named("source", cells.get(Column::Source))?;
    let list = fields::named("destination", cells.get(Column::Destination))?;
    let destinations = fields::destinations(&list).collect::<Result<_, _>>()?;
    Ok(Entry::Alias { source, destinations })
}

fn domain(cells: &Cells<'_>) -> Result<Entry, String> {
    Ok(Entry::Domain { name: fields::named("domain", cells.get(Column::Domain))? })
}
