use zeroize::{Zeroize as _, Zeroizing};

use crate::{ProtocolError, TooLong};

/// Memory of a connection that has nothing to say, in bytes. Most lines fit.
const SMALL: usize = 1024;

/// By what the memory grows, up to the longest line.
const GROWTH: usize = 4;

/// Cuts what arrives on a connection into lines, for any kind of reader.
///
/// Read into [`space`](Self::space), tell [`filled`](Self::filled) how much came, then take lines
/// with [`next_line`](Self::next_line) until there is none:
///
/// ```
/// # use std::io::Read;
/// # use ispmail_auth_protocol::{Lines, client};
/// # fn serve(mut connection: impl Read) -> Result<(), Box<dyn std::error::Error>> {
/// let mut lines = Lines::new(client::MAX_LINE);
/// loop {
///     match connection.read(lines.space())? {
///         0 => return Ok(()),
///         count => lines.filled(count),
///     }
///     while let Some(line) = lines.next_line()? {
///         // …
///     }
/// }
/// # }
/// # serve(&b"VERSION\t1\t2\n"[..]).unwrap();
/// ```
///
/// It takes no memory until the first call of `space`, then one kibibyte, more only while a longer
/// line is coming in, and never more than the longest line. The work is linear in what arrives,
/// however it is cut. Lines are wiped by the call after the one that gave them, and memory before
/// it is given back. No `Debug`: lines can hold passwords.
pub struct Lines {
    max: usize,
    /// As long as what is allocated.
    buffer: Zeroizing<Vec<u8>>,
    /// The line that was given last begins here; what is before is wiped.
    given: usize,
    /// What has not been given yet begins here.
    start: usize,
    /// Up to here there is no further LF.
    searched: usize,
    /// What has arrived ends here.
    end: usize,
}

impl Lines {
    /// For lines of at most `max` bytes, their LF included.
    pub fn new(max: usize) -> Self {
        let buffer = Zeroizing::new(Vec::new());
        Self { max, buffer, given: 0, start: 0, searched: 0, end: 0 }
    }

    /// Where to read to. It is never empty once [`next_line`](Self::next_line) has said that there
    /// is no line; before, it can be, which to a reader looks like the end of the connection.
    pub fn space(&mut self) -> &mut [u8] {
        self.wipe_given();
        let unread = self.end - self.start;
        let full = self.end == self.buffer.len();
        if self.searched == self.end {
            if unread == self.buffer.len() {
                self.grow();
            } else if unread <= self.start || full {
                self.move_to_front();
            }
        }
        self.buffer.get_mut(self.end..).unwrap_or_default()
    }

    /// So many bytes of the space hold what was read; no more than there were.
    pub fn filled(&mut self, count: usize) {
        self.end = self.end.saturating_add(count).min(self.buffer.len());
    }

    /// The next complete line, without its LF and a CR before that.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::TooLong`], and from then on nothing else.
    pub fn next_line(&mut self) -> Result<Option<&[u8]>, ProtocolError> {
        self.wipe_given();
        let unsearched = self.buffer.get(self.searched..self.end).unwrap_or_default();
        let Some(length) = unsearched.iter().position(|&byte| byte == b'\n') else {
            self.searched = self.end;
            if self.end - self.start >= self.max {
                return Err(TooLong { max: self.max }.into());
            }
            if self.start == self.end {
                self.rest();
            }
            return Ok(None);
        };
        let (from, lf) = (self.start, self.searched + length);
        self.start = lf + 1;
        self.searched = self.start;
        let line = self.buffer.get(from..lf).unwrap_or_default();
        Ok(Some(line.strip_suffix(b"\r").unwrap_or(line)))
    }

    /// Nothing is waiting: begins at the front again, with little memory.
    fn rest(&mut self) {
        (self.given, self.start, self.searched, self.end) = (0, 0, 0, 0);
        if self.buffer.len() > SMALL {
            self.buffer = Zeroizing::default();
        }
    }

    fn wipe_given(&mut self) {
        if let Some(given) = self.buffer.get_mut(self.given..self.start) {
            given.zeroize();
        }
        self.given = self.start;
    }

    /// The old memory is wiped by being dropped.
    fn grow(&mut self) {
        let length = self.buffer.len().saturating_mul(GROWTH).max(SMALL).min(self.max);
        if length > self.buffer.len() {
            let mut larger = Zeroizing::new(Vec::with_capacity(length));
            larger.extend_from_slice(&self.buffer);
            larger.resize(length, 0);
            self.buffer = larger;
        }
    }

    /// Only done when at least as much was given since the last time as has to move now, or once
    /// for a line that reaches the end of the memory.
    fn move_to_front(&mut self) {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            let left = self.end - self.start;
            if let Some(moved) = self.buffer.get_mut(left..self.end) {
                moved.zeroize();
            }
            self.searched -= self.start;
            self.end = left;
            (self.given, self.start) = (0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(lines: &mut Lines, bytes: &[u8]) {
        lines.space()[..bytes.len()].copy_from_slice(bytes);
        lines.filled(bytes.len());
    }

    fn holds(lines: &Lines, secret: &[u8]) -> bool {
        lines.buffer.windows(secret.len()).any(|window| window == secret)
    }

    #[test]
    fn lines_are_wiped_by_the_next_call() {
        let mut lines = Lines::new(2000);
        put(&mut lines, b"secret\npart");
        assert_eq!(lines.next_line(), Ok(Some(&b"secret"[..])));
        assert_eq!(lines.next_line(), Ok(None));
        assert!(!holds(&lines, b"ecret") && holds(&lines, b"part"));
        lines.space();
        assert_eq!(lines.buffer.iter().filter(|&&byte| byte != 0).count(), 4, "moved, not copied");
        put(&mut lines, b"\n");
        assert_eq!(lines.next_line(), Ok(Some(&b"part"[..])));
        lines.space();
        assert!(lines.buffer.iter().all(|&byte| byte == 0));
    }

    /// A line that comes byte by byte behind others is moved a few times, not each time.
    #[test]
    fn linear_work() {
        let mut lines = Lines::new(16_384);
        let mut moved = 0;
        for byte in [b'x', b'\n'].into_iter().cycle().take(2000).chain([b'y'; 10_000]) {
            let before = (lines.start, lines.buffer.len());
            lines.space();
            if (lines.start, lines.buffer.len()) != before {
                moved += lines.end - lines.start;
            }
            put(&mut lines, &[byte]);
            while lines.next_line().unwrap().is_some() {}
        }
        assert!(moved < 20_000, "{moved}");
    }

    #[test]
    fn nothing_is_searched_twice() {
        let mut lines = Lines::new(16_384);
        for _ in 0..3000 {
            put(&mut lines, b"y");
            assert_eq!(lines.next_line(), Ok(None));
            assert_eq!(lines.searched, lines.end);
        }
    }
}
