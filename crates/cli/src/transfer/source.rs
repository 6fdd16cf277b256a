//! The bytes of a file, in constant memory, which is wiped.

use std::io::{self, ErrorKind, Read};
use std::ops::Range;

use zeroize::Zeroizing;

use super::RecordError;

/// Bytes that are read at a time.
const BUFFER: usize = 64 << 10;

/// The marks at the front of a file that tell its encoding. UTF-32's begins as UTF-16's does.
const MARKS: &[(&[u8], Option<&str>)] = &[
    (b"\xef\xbb\xbf", None),
    (b"\xff\xfe\0\0", Some("UTF-32")),
    (b"\0\0\xfe\xff", Some("UTF-32")),
    (b"\xff\xfe", Some("UTF-16")),
    (b"\xfe\xff", Some("UTF-16")),
];

pub(super) struct Source<R> {
    input: R,
    buffer: Zeroizing<Vec<u8>>,
    /// What has been read and not yet been taken.
    rest: Range<usize>,
    ended: bool,
    /// Bytes that have been taken.
    done: u64,
}

impl<R: Read> Source<R> {
    pub(super) fn new(input: R) -> Self {
        let buffer = Zeroizing::new(vec![0; BUFFER]);
        Self { input, buffer, rest: 0..0, ended: false, done: 0 }
    }

    /// How many bytes of the input are dealt with.
    pub(super) const fn done(&self) -> u64 {
        self.done
    }

    /// What comes next; empty at the end.
    pub(super) fn peek(&mut self) -> io::Result<&[u8]> {
        if self.rest.is_empty() {
            self.rest = 0..0;
            self.read_more()?;
        }
        Ok(self.rest())
    }

    pub(super) fn take(&mut self, bytes: usize) {
        let bytes = bytes.min(self.rest.len());
        self.rest.start += bytes;
        self.done += bytes as u64;
    }

    /// Takes a byte order mark, which must be UTF-8's.
    pub(super) fn take_mark(&mut self) -> Result<(), RecordError> {
        while self.rest.len() < 4 && !self.ended {
            self.read_more()?;
        }
        let mark = MARKS.iter().find(|(mark, _)| self.rest().starts_with(mark));
        match mark {
            None => Ok(()),
            Some((mark, None)) => {
                self.take(mark.len());
                Ok(())
            }
            Some((_, Some(encoding))) => {
                Err(RecordError::new(1, format!("the file is {encoding}; save it as UTF-8")))
            }
        }
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.rest.clone()).unwrap_or_default()
    }

    /// Reads behind what is there: the buffer has room, as only its first bytes are ever waited
    /// for.
    fn read_more(&mut self) -> io::Result<()> {
        let room = self.buffer.get_mut(self.rest.end..).unwrap_or_default();
        while !self.ended {
            match self.input.read(room) {
                Ok(read) => {
                    self.rest.end += read;
                    self.ended = read == 0;
                    break;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
