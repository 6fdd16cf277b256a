//! The standard output, or a file, through a buffer that is wiped.

use std::io::{self, Write};
use std::os::fd::{AsFd as _, OwnedFd};

use serde::Serialize;
use zeroize::Zeroizing;

const CAPACITY: usize = 64 << 10;

pub(crate) struct Output {
    /// Never grows, so that no copy stays behind.
    buffer: Zeroizing<Vec<u8>>,
    /// `None` for the standard output.
    file: Option<OwnedFd>,
}

impl Output {
    pub(crate) fn new() -> Self {
        Self { buffer: Zeroizing::new(Vec::with_capacity(CAPACITY)), file: None }
    }

    /// Not the standard output but this.
    pub(crate) fn to(file: OwnedFd) -> Self {
        Self { file: Some(file), ..Self::new() }
    }

    /// One JSON object on a line.
    pub(crate) fn json(&mut self, object: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut *self, object)?;
        self.write_all(b"\n")
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() == CAPACITY {
            self.flush()?;
        }
        let room = CAPACITY - self.buffer.len();
        let part = bytes.get(..room).unwrap_or(bytes);
        self.buffer.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut rest = self.buffer.as_slice();
        while !rest.is_empty() {
            let output = match &self.file {
                Some(file) => file.as_fd(),
                None => rustix::stdio::stdout(),
            };
            let written = rustix::io::retry_on_intr(|| rustix::io::write(output, rest))?;
            rest = rest.get(written..).unwrap_or_default();
        }
        self.buffer.clear();
        Ok(())
    }
}
