use ispmail_auth_protocol::TooLong;
use zeroize::Zeroizing;

/// A request, ready to go out. No `Debug`: it may hold a password.
pub(crate) struct Request {
    /// The handshake, which only a new connection needs, and the request.
    bytes: Zeroizing<Vec<u8>>,
    /// Where the request begins.
    start: usize,
}

impl Request {
    /// Written by `handshake` and `line`.
    pub(crate) fn write(
        handshake: impl FnOnce(&mut Vec<u8>),
        line: impl FnOnce(&mut Vec<u8>) -> Result<(), TooLong>,
    ) -> Result<Self, TooLong> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(USUAL));
        handshake(&mut bytes);
        let start = bytes.len();
        line(&mut bytes)?;
        Ok(Self { bytes, start })
    }

    /// What to send.
    pub(crate) fn bytes(&self, new_connection: bool) -> &[u8] {
        let from = if new_connection { 0 } else { self.start };
        self.bytes.get(from..).unwrap_or_default()
    }
}

/// Bytes that most requests fit into.
const USUAL: usize = 512;
