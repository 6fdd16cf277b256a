//! Lines of any input in constant memory, which is wiped.

use std::io::{self, Read};
use std::ops::Range;

use zeroize::Zeroizing;

/// Longest line that is read, in bytes.
const LONGEST: usize = 1 << 20;

/// The standard input without std's buffer, which is never wiped.
pub(crate) struct Stdin;

impl Read for Stdin {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read =
            rustix::io::retry_on_intr(|| rustix::io::read(rustix::stdio::stdin(), &mut *buffer));
        Ok(read?)
    }
}

/// A line that is not blank, and which one of all lines it is, from 1 on.
pub(crate) struct Line<'a> {
    pub(crate) number: u64,
    text: Option<&'a [u8]>,
}

impl<'a> Line<'a> {
    /// Without its end.
    pub(crate) fn text(&self) -> Result<&'a [u8], String> {
        let text = self.text.ok_or(format!("longer than {LONGEST} bytes"))?;
        Ok(text.strip_suffix(b"\r").unwrap_or(text))
    }
}

pub(crate) struct Lines<R> {
    input: R,
    /// Allocated once, so that no copy stays behind.
    buffer: Zeroizing<Vec<u8>>,
    /// What has been read and not yet been given.
    rest: Range<usize>,
    number: u64,
    /// In the middle of a line that is too long.
    skipping: bool,
    ended: bool,
    /// Bytes given or skipped.
    done: u64,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            buffer: Zeroizing::new(vec![0; LONGEST + 1]),
            rest: 0..0,
            number: 0,
            skipping: false,
            ended: false,
            done: 0,
        }
    }

    /// How many bytes of the input are dealt with.
    pub(crate) const fn done(&self) -> u64 {
        self.done
    }

    /// The lines that are there, at least one and at most so many, without waiting for more than
    /// the first; none at the end.
    pub(crate) fn next(&mut self, most: usize) -> io::Result<Vec<Line<'_>>> {
        let mut found = Vec::new();
        while found.is_empty() {
            while found.len() < most
                && let Some(line) = self.take_line()
            {
                found.extend(line);
            }
            if found.is_empty() && !self.read_more()? {
                break;
            }
        }
        let line = |(number, range): (u64, Option<Range<usize>>)| Line {
            number,
            text: range.map(|range| self.buffer.get(range).unwrap_or_default()),
        };
        Ok(found.into_iter().map(line).collect())
    }

    /// The next line of the buffer; `Some(None)` if it is nothing to give, `None` if none is whole.
    #[expect(clippy::option_option, reason = "a line, a line not to be given, no line")]
    fn take_line(&mut self) -> Option<Option<(u64, Option<Range<usize>>)>> {
        let bytes = self.buffer.get(self.rest.clone()).unwrap_or_default();
        let end = bytes.iter().position(|&byte| byte == b'\n');
        let (length, step) = match end {
            Some(end) => (end, end + 1),
            None if self.ended && !bytes.is_empty() => (bytes.len(), bytes.len()),
            None if bytes.len() > LONGEST || (self.skipping && !bytes.is_empty()) => {
                // The buffer is full and this line goes on.
                let first = !self.skipping;
                self.skipping = true;
                self.advance(self.rest.len());
                self.number += u64::from(first);
                return Some(first.then_some((self.number, None)));
            }
            None => return None,
        };
        let text = self.rest.start..self.rest.start + length;
        let blank = bytes.iter().take(length).all(u8::is_ascii_whitespace);
        self.advance(step);
        if std::mem::take(&mut self.skipping) {
            return Some(None);
        }
        self.number += 1;
        Some((!blank).then_some((self.number, Some(text))))
    }

    fn advance(&mut self, bytes: usize) {
        self.rest.start += bytes;
        self.done += bytes as u64;
    }

    /// `false` if there was no more.
    fn read_more(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if self.rest.start > 0 {
            self.buffer.copy_within(self.rest.clone(), 0);
            self.rest = 0..self.rest.len();
        }
        let read = self.input.read(self.buffer.get_mut(self.rest.end..).unwrap_or_default())?;
        self.rest.end += read;
        self.ended = read == 0;
        Ok(!self.ended || !self.rest.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives the pieces one by one.
    struct Pieces(Vec<Vec<u8>>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(piece) = self.0.first_mut() else { return Ok(0) };
            let length = piece.len().min(buffer.len());
            buffer[..length].copy_from_slice(&piece[..length]);
            piece.drain(..length);
            if piece.is_empty() {
                self.0.remove(0);
            }
            Ok(length)
        }
    }

    /// Numbers and texts, chunk by chunk; a line that is too long is `…`.
    fn chunks(pieces: &[&[u8]], most: usize) -> Vec<String> {
        let mut lines = Lines::new(Pieces(pieces.iter().map(|piece| piece.to_vec()).collect()));
        let mut all = Vec::new();
        loop {
            let chunk = lines.next(most).unwrap();
            if chunk.is_empty() {
                break;
            }
            let shown = chunk.iter().map(|line| {
                let text = line.text().map(|text| String::from_utf8_lossy(text).into_owned());
                format!("{}{}", line.number, text.as_deref().unwrap_or("…"))
            });
            all.push(shown.collect::<Vec<_>>().join(" "));
        }
        assert_eq!(lines.done(), pieces.iter().map(|piece| piece.len() as u64).sum::<u64>());
        all
    }

    #[test]
    fn what_is_there_is_given_at_once() {
        assert_eq!(chunks(&[b"a\nb\nc", b"\n", b"d\ne"], 9), ["1a 2b", "3c", "4d", "5e"]);
        assert_eq!(chunks(&[b"a\nb\nc\n"], 2), ["1a 2b", "3c"]);
        assert_eq!(chunks(&[b"a\n", b"b", b"c", b"d\n"], 2), ["1a", "2bcd"]);
        assert_eq!(chunks(&[], 2), [] as [&str; 0]);
    }

    #[test]
    fn blank_lines_are_counted_only() {
        assert_eq!(chunks(&[b"\n \r\na\r\n\n\nb"], 9), ["3a", "6b"]);
        assert_eq!(chunks(&[b"\n\n"], 9), [] as [&str; 0]);
    }

    #[test]
    fn long_lines() {
        let longest = vec![b'x'; LONGEST];
        let given = chunks(&[&longest, b"\na"], 9);
        assert_eq!((given[0].len(), given[1].as_str()), (LONGEST + 1, "2a"));
        let given = chunks(&[&longest], 9);
        assert_eq!(given[0].len(), LONGEST + 1);

        let longer = vec![b'x'; LONGEST + 1];
        for pieces in [
            &[&longer[..], b"\na\n"][..],
            &[b"0\n", &longer, b"\na"],
            &[&longest, b"xx\n", b"a"],
            &[&longer, &longer, &longer, b"\na"],
            &[&longer, b"x", b"x", b"\n", b"a"],
        ] {
            let given = chunks(pieces, 9).join(" ");
            assert!(["1… 2a", "10 2… 3a"].contains(&given.as_str()), "{given}");
        }
        assert_eq!(chunks(&[&longer], 9), ["1…"]);
        assert_eq!(chunks(&[&longer, b"\n"], 9), ["1…"]);
    }
}
