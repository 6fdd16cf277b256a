use crate::{Base64, Fields, ProtocolError, unescape};
use zeroize::Zeroizing;

/// The parameters of a line, taken one after the other.
#[derive(Clone, Copy)]
pub(crate) struct Parameters<'a> {
    command: &'static str,
    /// What is left, without the tab in front; nothing when none is left.
    rest: Option<&'a [u8]>,
}

/// Cuts a line into its command word and what follows.
pub(crate) fn split(line: &[u8]) -> Result<(&[u8], Option<&[u8]>), ProtocolError> {
    if line.contains(&0) {
        return Err(ProtocolError::Nul);
    }
    Ok(match line.iter().position(|&byte| byte == b'\t') {
        Some(tab) => {
            let (word, rest) = line.split_at(tab);
            (word, rest.get(1..))
        }
        None => (line, None),
    })
}

impl<'a> Parameters<'a> {
    pub(crate) fn new(command: &'static str, rest: Option<&'a [u8]>) -> Self {
        Self { command, rest }
    }

    /// The next, as it stands in the line.
    pub(crate) fn raw(&mut self) -> Result<&'a [u8], ProtocolError> {
        let rest = self.rest.ok_or(ProtocolError::Missing { command: self.command })?;
        let mut parts = rest.splitn(2, |&byte| byte == b'\t');
        let first = parts.next().unwrap_or_default();
        self.rest = parts.next();
        Ok(first)
    }

    pub(crate) fn text(&mut self) -> Result<Zeroizing<Vec<u8>>, ProtocolError> {
        self.raw().map(unescape)
    }

    pub(crate) fn base64(&mut self) -> Result<Base64<'a>, ProtocolError> {
        self.raw().map(Base64::new)
    }

    /// A decimal number, zeros in front allowed, nothing else.
    pub(crate) fn number(&mut self) -> Result<u32, ProtocolError> {
        number(self.raw()?).ok_or(ProtocolError::Number { command: self.command })
    }

    /// The same without 0.
    pub(crate) fn positive(&mut self) -> Result<u32, ProtocolError> {
        match self.number()? {
            0 => Err(ProtocolError::Number { command: self.command }),
            number => Ok(number),
        }
    }

    /// All that are left.
    pub(crate) fn fields(self) -> Fields<'a> {
        Fields::new(self.rest.unwrap_or_default())
    }

    /// There must be none left.
    pub(crate) fn end(self) -> Result<(), ProtocolError> {
        match self.rest {
            None => Ok(()),
            Some(_) => Err(ProtocolError::TooMany { command: self.command }),
        }
    }
}

fn number(text: &[u8]) -> Option<u32> {
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    let append = |number: u32, byte| number.checked_mul(10)?.checked_add(digit(byte)?);
    if text.is_empty() { None } else { text.iter().try_fold(0, append) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (text, value) in
            [("0", 0), ("1", 1), ("0007", 7), ("4294967295", u32::MAX), ("00000000000000000001", 1)]
        {
            assert_eq!(number(text.as_bytes()), Some(value), "{text}");
        }
        for text in ["", "-1", "+1", " 1", "1 ", "1.0", "0x1", "4294967296", "99999999999999", "١"]
        {
            assert_eq!(number(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn taken_in_turn() {
        let mut parameters = Parameters::new("TEST", Some(b"7\t\ta\x01tb\tx=y\tz"));
        assert_eq!(parameters.number(), Ok(7));
        assert_eq!(parameters.number(), Err(ProtocolError::Number { command: "TEST" }));
        assert!(*parameters.text().unwrap() == b"a\tb");
        assert_eq!(parameters.end(), Err(ProtocolError::TooMany { command: "TEST" }));
        assert!(parameters.fields().has("z"));
        let mut none = Parameters::new("TEST", None);
        assert_eq!(none.raw(), Err(ProtocolError::Missing { command: "TEST" }));
        assert_eq!(none.end(), Ok(()));
    }
}
