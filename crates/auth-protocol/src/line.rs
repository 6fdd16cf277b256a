use crate::escape::{append, escape, truncate};
use crate::{TooLong, base64};

/// A line that is being appended to a buffer. Everything is escaped.
///
/// The buffer never keeps a part of a line: what is not ended by [`end`](Self::end) or
/// [`end_within`](Self::end_within) is taken back and wiped.
///
/// ```
/// # use ispmail_auth_protocol::Line;
/// let mut buffer = Vec::new();
/// Line::new(&mut buffer, "OK").number(7).field("user", b"john").flag("nologin").end();
/// assert_eq!(buffer, b"OK\t7\tuser=john\tnologin\n");
/// ```
#[must_use = "without `end` the line is taken back"]
pub struct Line<'a> {
    into: &'a mut Vec<u8>,
    /// Where the line begins, or would begin once it is ended.
    start: usize,
}

impl<'a> Line<'a> {
    /// Begins a line with its command word.
    pub fn new(into: &'a mut Vec<u8>, command: &str) -> Self {
        let start = into.len();
        escape(command.as_bytes(), into);
        Self { into, start }
    }

    /// A number.
    pub fn number(self, number: u32) -> Self {
        self.text(number.to_string())
    }

    /// Bytes of any kind.
    pub fn text(self, value: impl AsRef<[u8]>) -> Self {
        self.raw(b"\t").escaped(value.as_ref())
    }

    /// Bytes of any kind in base64.
    pub fn base64(self, bytes: &[u8]) -> Self {
        let this = self.raw(b"\t");
        base64::encode(bytes, this.into);
        this
    }

    /// A name alone, such as `nologin`.
    pub fn flag(self, name: impl AsRef<[u8]>) -> Self {
        self.text(name)
    }

    /// `name=value`. A name that has a `=` itself is read as a shorter name.
    pub fn field(self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.text(name).raw(b"=").escaped(value.as_ref())
    }

    /// `name=value` with the value in base64. `resp`, in `AUTH`, must be the last parameter.
    pub fn base64_field(self, name: &str, bytes: &[u8]) -> Self {
        let this = self.text(name).raw(b"=");
        base64::encode(bytes, this.into);
        this
    }

    /// Ends the line, whatever its length.
    pub fn end(self) {
        let mut this = self.raw(b"\n");
        this.start = this.into.len();
    }

    /// Ends the line if it has at most `max` bytes with its LF.
    ///
    /// # Errors
    ///
    /// [`TooLong`]; the buffer is then as it was before the line.
    pub fn end_within(self, max: usize) -> Result<(), TooLong> {
        if self.into.len() - self.start < max {
            self.end();
            Ok(())
        } else {
            Err(TooLong { max })
        }
    }

    fn escaped(self, value: &[u8]) -> Self {
        escape(value, self.into);
        self
    }

    fn raw(self, bytes: &[u8]) -> Self {
        append(bytes, self.into);
        self
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        truncate(self.into, self.start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_kinds_of_parameters() {
        let mut buffer = b"X\n".to_vec();
        Line::new(&mut buffer, "AUTH")
            .number(4_294_967_295)
            .text("a\tb")
            .flag("c\nd")
            .field("e", b"f=\xff\0")
            .field("", "")
            .base64(b"\0\xff")
            .base64_field("resp", b"")
            .end();
        assert_eq!(
            buffer,
            b"X\nAUTH\t4294967295\ta\x01tb\tc\x01nd\te=f=\xff\x010\t=\tAP8=\tresp=\n"
        );
    }

    #[test]
    fn never_a_part_of_a_line() {
        let mut buffer = b"X\n".to_vec();
        drop(Line::new(&mut buffer, "OK").number(1));
        assert_eq!(buffer, b"X\n");
        for (max, fits) in [(0, false), (7, false), (8, true), (9, true)] {
            let mut buffer = b"X\n".to_vec();
            let result = Line::new(&mut buffer, "OK").number(1).text("ab").end_within(max);
            assert_eq!(result, if fits { Ok(()) } else { Err(TooLong { max }) });
            assert_eq!(buffer, if fits { &b"X\nOK\t1\tab\n"[..] } else { b"X\n" });
        }
    }
}
