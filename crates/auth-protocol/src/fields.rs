use std::borrow::Cow;

use zeroize::Zeroizing;

use crate::escape::ESCAPE;
use crate::{ProtocolError, unescape};

/// The optional parameters of a line: `name=value`, or a name alone, which is a flag.
///
/// Where a name is given twice the later one holds, as in Dovecot. No `Debug`: values can be
/// passwords.
#[derive(Clone, Copy)]
pub struct Fields<'a>(&'a [u8]);

/// One of them. No `Debug`: its value can be a password.
pub struct Field<'a> {
    /// What stands before the first `=`.
    pub name: Cow<'a, [u8]>,
    /// Nothing for a flag.
    pub value: Option<Zeroizing<Vec<u8>>>,
}

impl<'a> Fields<'a> {
    /// From what stands in a line, without the tab in front.
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self(text)
    }

    /// All of them, as they come. Empty parameters (Dovecot writes some) are left out.
    pub fn iter(self) -> impl Iterator<Item = Field<'a>> {
        self.parts().map(|(name, value)| Field { name: name_of(name), value: value.map(unescape) })
    }

    /// The value of a field. Of a flag it is empty, as in Dovecot.
    pub fn get(self, name: &str) -> Option<Zeroizing<Vec<u8>>> {
        let (_, value) = self.parts().filter(|(raw, _)| is(raw, name)).last()?;
        Some(unescape(value.unwrap_or_default()))
    }

    /// Whether there is such a flag or field.
    pub fn has(self, name: &str) -> bool {
        self.parts().any(|(raw, _)| is(raw, name))
    }

    /// Whether there is none at all.
    pub fn is_empty(self) -> bool {
        self.parts().next().is_none()
    }

    /// The fields before the first of this name, and the value of that one as it stands in the
    /// line. It must be the last parameter.
    pub(crate) fn and_last(self, name: &str) -> Result<(Self, Option<&'a [u8]>), ProtocolError> {
        let mut before = 0;
        for part in self.0.split(|&byte| byte == b'\t') {
            let (raw, value) = halves(part);
            if is(raw, name) {
                if before + part.len() != self.0.len() {
                    return Err(ProtocolError::AfterResponse);
                }
                let fields = self.0.get(..before).unwrap_or_default();
                return Ok((Self(fields), Some(value.unwrap_or_default())));
            }
            before += part.len() + 1;
        }
        Ok((self, None))
    }

    fn parts(self) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> {
        let empty = |part: &&[u8]| matches!(part, [] | [ESCAPE]);
        self.0.split(|&byte| byte == b'\t').filter(move |part| !empty(part)).map(halves)
    }
}

/// Name and value as they stand in the line. Cutting at the first `=` before undoing the escapes
/// comes to the same as after it: no escape stands for a `=`, and `\x01=` is one too.
fn halves(part: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut halves = part.splitn(2, |&byte| byte == b'=');
    (halves.next().unwrap_or_default(), halves.next())
}

/// Whether a name as it stands in a line is this one.
fn is(raw: &[u8], name: &str) -> bool {
    *name_of(raw) == *name.as_bytes()
}

fn name_of(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.contains(&ESCAPE) { Cow::Owned(unescape(raw).to_vec()) } else { Cow::Borrowed(raw) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] =
        b"service=imap\tsecured\t\trip=\tpass=a\x01tb=c\tservice=pop3\t=x\tf\x01=1\t";

    #[test]
    fn in_order() {
        let all: Vec<_> = Fields(TEXT)
            .iter()
            .map(|field| (field.name.into_owned(), field.value.map(|value| value.to_vec())))
            .collect();
        let want = [
            (&b"service"[..], Some(&b"imap"[..])),
            (b"secured", None),
            (b"rip", Some(b"")),
            (b"pass", Some(b"a\tb=c")),
            (b"service", Some(b"pop3")),
            (b"", Some(b"x")),
            (b"f", Some(b"1")),
        ];
        assert_eq!(all, want.map(|(name, value)| (name.to_vec(), value.map(<[u8]>::to_vec))));
    }

    #[test]
    fn by_name() {
        let fields = Fields(TEXT);
        let get = |name: &str| fields.get(name).map(|value| value.to_vec());
        assert_eq!(get("service"), Some(b"pop3".to_vec()));
        assert_eq!(get("secured"), Some(Vec::new()));
        assert_eq!(get("rip"), Some(Vec::new()));
        assert_eq!(get("Service"), None);
        assert!(fields.has("secured") && fields.has("pass") && !fields.has("lip"));
        assert!(!fields.is_empty());
        assert!(
            [&b""[..], b"\t\t", b"\x01", b"\t\x01\t"].iter().all(|text| Fields(text).is_empty())
        );
    }
}
