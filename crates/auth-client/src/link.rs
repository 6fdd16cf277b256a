use std::io;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::connection::{Connection, Heard};
use crate::request::Request;
use crate::{Error, Timeouts};

/// One of the daemon's sockets, with the connection that is kept to it.
pub(crate) struct Link {
    path: PathBuf,
    /// Longest line of an answer, in bytes.
    longest: usize,
    timeouts: Timeouts,
    kept: Option<Connection>,
}

/// The waits for a daemon that is being restarted.
struct Patience {
    until: Instant,
    pause: Duration,
    /// How many new connections may still be closed without an answer.
    losses: u32,
}

impl Link {
    pub(crate) fn new(path: PathBuf, longest: usize, timeouts: Timeouts) -> Self {
        Self { path, longest, timeouts, kept: None }
    }

    /// Sends a request and hands each line to `hear` until that has the answer. A connection that
    /// is closed before a part of the answer came is replaced.
    pub(crate) fn ask<T>(
        &mut self,
        request: &Request,
        mut hear: impl FnMut(&[u8]) -> Result<Heard<T>, Error>,
    ) -> Result<T, Error> {
        let begin = Instant::now();
        let deadline = begin + self.timeouts.request;
        let mut patience = Patience::until(deadline.min(begin + self.timeouts.restart));
        loop {
            let kept = self.kept.take().filter(Connection::is_ours);
            let new = kept.is_none();
            let opened = match kept {
                Some(connection) => Ok(connection),
                None => Connection::open(&self.path, self.longest, deadline),
            };
            let mut heard = false;
            let answer = opened.and_then(|mut connection| {
                let answer = connection.ask(request.bytes(new), deadline, |line| {
                    let line = hear(line)?;
                    heard |= !matches!(line, Heard::Other);
                    Ok(line)
                })?;
                Ok((connection, answer))
            });
            match answer {
                Ok((connection, answer)) => {
                    self.kept = Some(connection);
                    return Ok(answer);
                }
                Err(Error::Lost { .. }) if !new && !heard => {}
                Err(error) if heard || !patience.wait_after(&error) => return Err(error),
                Err(_) => {}
            }
        }
    }
}

impl Patience {
    fn until(until: Instant) -> Self {
        Self { until, pause: FIRST_PAUSE, losses: MOST_LOSSES }
    }

    /// Waits a little, if this is how a restart looks and there is time.
    fn wait_after(&mut self, error: &Error) -> bool {
        let restarting = match error {
            Error::Connect { error, .. } => {
                matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
            }
            Error::Lost { .. } => {
                self.losses = self.losses.saturating_sub(1);
                self.losses > 0
            }
            _ => false,
        };
        if !restarting || Instant::now() + self.pause > self.until {
            return false;
        }
        sleep(self.pause);
        self.pause = LONGEST_PAUSE.min(self.pause * 2);
        true
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
/// A request that makes the daemon fall over is not sent for ever.
const MOST_LOSSES: u32 = 3;
