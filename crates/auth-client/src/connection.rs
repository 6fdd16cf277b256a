use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ispmail_auth_protocol::Lines;
use rustix::io::{Errno, retry_on_intr};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketFlags, SocketType, connect, recv,
    send, socket_with,
};

use crate::Error;

/// A connection to one of the daemon's sockets.
pub(crate) struct Connection {
    socket: OwnedFd,
    lines: Lines,
    path: PathBuf,
    /// The process that opened it. A copy in a child of that process is not the child's to use.
    owner: u32,
}

/// What a line turned out to be.
pub(crate) enum Heard<T> {
    /// Nothing for this request: the handshake, or an answer to an earlier one.
    Other,
    /// A part of the answer.
    Part,
    /// The answer, or its end.
    Answer(T),
}

impl Connection {
    pub(crate) fn open(path: &Path, longest: usize, deadline: Instant) -> Result<Self, Error> {
        let connected = || {
            let address = SocketAddrUnix::new(path)?;
            let flags = SocketFlags::CLOEXEC;
            let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
            // For a full queue of the listener, too.
            set_socket_timeout(&socket, Timeout::Send, Some(left(deadline)?))?;
            retry_on_intr(|| connect(&socket, &address))?;
            Ok(socket)
        };
        match connected() {
            Ok(socket) => Ok(Self {
                socket,
                lines: Lines::new(longest),
                path: path.to_owned(),
                owner: std::process::id(),
            }),
            Err(Errno::AGAIN) => Err(Error::TimedOut { path: path.to_owned() }),
            Err(error) => Err(Error::Connect { path: path.to_owned(), error: error.into() }),
        }
    }

    /// Whether this process opened it.
    pub(crate) fn is_ours(&self) -> bool {
        self.owner == std::process::id()
    }

    /// Sends a request, and hands each line to `hear` until that has the answer.
    pub(crate) fn ask<T>(
        &mut self,
        request: &[u8],
        deadline: Instant,
        mut hear: impl FnMut(&[u8]) -> Result<Heard<T>, Error>,
    ) -> Result<T, Error> {
        self.send(request, deadline).map_err(|error| self.failed(error))?;
        loop {
            while let Some(line) = self.lines.next_line()? {
                if let Heard::Answer(answer) = hear(line)? {
                    return Ok(answer);
                }
            }
            match self.receive(deadline) {
                Ok(0) => return Err(self.failed(Errno::CONNRESET)),
                Ok(count) => self.lines.filled(count),
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    fn send(&self, mut bytes: &[u8], deadline: Instant) -> Result<(), Errno> {
        while !bytes.is_empty() {
            set_socket_timeout(&self.socket, Timeout::Send, Some(left(deadline)?))?;
            let sent = retry_on_intr(|| send(&self.socket, bytes, SendFlags::NOSIGNAL))?;
            bytes = bytes.get(sent..).unwrap_or_default();
        }
        Ok(())
    }

    fn receive(&mut self, deadline: Instant) -> Result<usize, Errno> {
        set_socket_timeout(&self.socket, Timeout::Recv, Some(left(deadline)?))?;
        let (_, count) =
            retry_on_intr(|| recv(&self.socket, self.lines.space(), RecvFlags::empty()))?;
        Ok(count)
    }

    fn failed(&self, error: Errno) -> Error {
        let path = self.path.clone();
        match error {
            Errno::AGAIN => Error::TimedOut { path },
            Errno::CONNRESET | Errno::PIPE => Error::Lost { path },
            other => Error::Io { path, error: io::Error::from(other) },
        }
    }
}

/// How long there is until then; where that is over, the error of a wait that was too long.
fn left(deadline: Instant) -> Result<Duration, Errno> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(Errno::AGAIN) } else { Ok(left) }
}
