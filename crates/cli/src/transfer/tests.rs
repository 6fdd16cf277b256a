mod bad_input;
mod hashing;
mod reading;
mod writing;

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use super::{Entries, Entry, Format, Numbered, RecordError, Secret};

/// The records and errors of a file, one text for each. Plain passwords cannot be shown.
fn read(text: impl AsRef<[u8]>) -> Vec<String> {
    read_as(text, None)
}

fn read_as(text: impl AsRef<[u8]>, format: Option<Format>) -> Vec<String> {
    let whole: Vec<_> = Entries::new(text.as_ref(), format).map(show).collect();
    // In pieces it is the same.
    let pieces = Pieces(text.as_ref(), 1);
    assert_eq!(Entries::new(pieces, format).map(show).collect::<Vec<_>>(), whole);
    whole
}

fn show(entry: Result<Numbered<Entry>, RecordError>) -> String {
    let Numbered { line, item } = match entry {
        Ok(entry) => entry,
        Err(error) => return error.to_string(),
    };
    match item {
        Entry::Domain { name } => format!("{line} {name}"),
        Entry::Alias { source, destinations } => format!("{line} {source} {destinations:?}"),
        Entry::User(user) => {
            let secret = match &user.secret {
                Secret::Plain(_) => "plain",
                Secret::Stored(stored) => stored,
            };
            let enabled = user.enabled.map_or("-".to_owned(), |enabled| enabled.to_string());
            format!("{line} {} {secret} {} {enabled}", user.address, user.quota.unwrap_or_default())
        }
    }
}

/// Gives so many bytes at a time.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.1);
        self.0.read(&mut buffer[..most])
    }
}

/// Gives a text, then one byte again and again, and counts what was asked of it.
struct Endless {
    front: &'static [u8],
    byte: u8,
    left: usize,
    given: Rc<Cell<usize>>,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = if self.front.is_empty() {
            let read = buffer.len().min(self.left);
            buffer[..read].fill(self.byte);
            self.left -= read;
            read
        } else {
            self.front.read(buffer)?
        };
        self.given.set(self.given.get() + read);
        Ok(read)
    }
}
