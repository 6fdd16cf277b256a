use zeroize::{Zeroize as _, Zeroizing};

/// Stands before the letter that a byte is written as.
pub(crate) const ESCAPE: u8 = 1;

/// The bytes that are escaped, and the letters they become.
const ESCAPED: [(u8, u8); 5] =
    [(0, b'0'), (ESCAPE, b'1'), (b'\t', b't'), (b'\r', b'r'), (b'\n', b'n')];

/// Appends a value as it stands in a line: NUL, `\x01`, tab, CR and LF become `\x01` and one of
/// `0`, `1`, `t`, `r`, `n`.
///
/// When the buffer has to grow, what it held before is wiped.
pub fn escape(value: &[u8], into: &mut Vec<u8>) {
    let is_escaped = |byte: &u8| ESCAPED.iter().any(|(plain, _)| plain == byte);
    reserve(into, value.len() + value.iter().filter(|byte| is_escaped(byte)).count());
    for &byte in value {
        match ESCAPED.iter().find(|(plain, _)| *plain == byte) {
            Some(&(_, letter)) => into.extend([ESCAPE, letter]),
            None => into.push(byte),
        }
    }
}

/// Undoes [`escape`]. As in Dovecot, `\x01` before another byte stands for that byte, and for
/// nothing at the end.
pub fn unescape(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut value = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != ESCAPE {
            value.push(byte);
        } else if let Some(letter) = bytes.next() {
            let plain = ESCAPED.iter().find(|(_, known)| *known == letter);
            value.push(plain.map_or(letter, |&(plain, _)| plain));
        }
    }
    value
}

/// Appends bytes as they are. When the buffer has to grow, what it held before is wiped.
pub fn append(bytes: &[u8], into: &mut Vec<u8>) {
    reserve(into, bytes.len());
    into.extend_from_slice(bytes);
}

/// Makes room. A buffer that moves is wiped where it was.
pub(crate) fn reserve(buffer: &mut Vec<u8>, additional: usize) {
    let needed = buffer.len().saturating_add(additional);
    if needed > buffer.capacity() {
        let mut larger = Vec::with_capacity(needed.max(buffer.capacity().saturating_mul(2)));
        larger.extend_from_slice(buffer);
        buffer.zeroize();
        *buffer = larger;
    }
}

/// Shortens, and wipes what goes.
pub(crate) fn truncate(buffer: &mut Vec<u8>, length: usize) {
    if let Some(gone) = buffer.get_mut(length..) {
        gone.zeroize();
        buffer.truncate(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(value: &[u8]) -> Vec<u8> {
        let mut into = Vec::new();
        escape(value, &mut into);
        into
    }

    #[test]
    fn the_five_bytes() {
        assert_eq!(escaped(b"a\0b\x01c\td\re\nf=\xff"), b"a\x010b\x011c\x01td\x01re\x01nf=\xff");
        assert_eq!(escaped(b""), b"");
        let all: Vec<u8> = (0..=255).collect();
        assert!(*unescape(&escaped(&all)) == all);
    }

    #[test]
    fn what_nobody_writes() {
        for (text, value) in [
            (&b"\x01"[..], &b""[..]),
            (b"a\x01", b"a"),
            (b"\x01x", b"x"),
            (b"\x01\x01", b"\x01"),
            (b"\x01\x01n", b"\x01n"),
            (b"\x01=", b"="),
        ] {
            assert!(*unescape(text) == value, "{text:?}");
        }
    }

    #[test]
    fn a_buffer_grows_by_doubling() {
        let mut buffer = Vec::new();
        let mut moves = 0;
        for _ in 0..10_000 {
            let before = buffer.capacity();
            escape(b"x", &mut buffer);
            moves += usize::from(buffer.capacity() != before);
        }
        assert_eq!(buffer.len(), 10_000);
        assert!(moves < 20, "{moves}");
    }
}
