use crate::ProtocolError;
use crate::parameters::Parameters;

/// A protocol version. Minor versions are compatible with each other, major versions are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// 1 in every Dovecot since 1.0.
    pub major: u32,
    /// What the sender knows beyond 1.0. See [`client::VERSION`](crate::client::VERSION).
    pub minor: u32,
}

impl Version {
    /// The only major version there is.
    pub const MAJOR: u32 = 1;

    /// The other side of a connection must have the same major version.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::Version`].
    pub fn check(self) -> Result<(), ProtocolError> {
        if self.major == Self::MAJOR {
            Ok(())
        } else {
            Err(ProtocolError::Version { major: self.major })
        }
    }

    /// `VERSION major minor`, no more and no less, as Dovecot 2.4 wants it.
    pub(crate) fn parse(mut parameters: Parameters<'_>) -> Result<Self, ProtocolError> {
        let (major, minor) = (parameters.number()?, parameters.number()?);
        parameters.end()?;
        Ok(Self { major, minor })
    }

    pub(crate) fn write(self, into: &mut Vec<u8>) {
        crate::Line::new(into, "VERSION").number(self.major).number(self.minor).end();
    }
}
