//! Connections that nobody uses at the moment.

use std::os::unix::fs::MetadataExt as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::host::Host;
use crate::database::Database;
use crate::settings::{Endpoint, Timeouts};
use crate::{Access, Error};

/// An open connection and how old it is.
pub(crate) struct Kept {
    pub(crate) database: Database,
    opened: Instant,
    last_used: Instant,
    file: Option<FileId>,
}

/// The idle connections of a host, the one used last on top.
#[derive(Default)]
pub(super) struct Idle(Mutex<Stack>);

#[derive(Default)]
struct Stack {
    connections: Vec<Kept>,
    /// The task that closes what has been idle for too long. It ends when nothing is left.
    closer: Option<AbortHandle>,
}

/// Device and inode. As long as a connection holds the old file open, no new file can have them.
type FileId = (u64, u64);

impl Kept {
    pub(super) async fn open(
        endpoint: &Endpoint,
        timeouts: Timeouts,
        access: Access,
    ) -> Result<Self, Error> {
        // Before it is opened: a file that is replaced meanwhile is noticed at the next use.
        let file = file_id(endpoint);
        let mut database = Database::open(endpoint, timeouts, access).await?;
        database.keep_statements();
        let now = Instant::now();
        Ok(Self { database, opened: now, last_used: now, file })
    }

    fn is_over(&self) -> bool {
        self.opened.elapsed() >= LONGEST_USE || self.last_used.elapsed() >= LONGEST_IDLE
    }
}

impl Idle {
    /// The connection used last, if it still leads to the endpoint.
    pub(super) fn take(&self, endpoint: &Endpoint) -> Option<Kept> {
        let current = file_id(endpoint);
        let mut stack = self.lock();
        while let Some(kept) = stack.connections.pop() {
            if kept.is_over() {
                drop(tokio::spawn(kept.database.close()));
            } else if kept.file == current {
                return Some(kept);
            }
        }
        None
    }

    /// Keeps a connection for `host`, whose these are.
    pub(super) fn keep(&self, mut kept: Kept, host: &Arc<Host>) {
        kept.last_used = Instant::now();
        let mut stack = self.lock();
        stack.connections.push(kept);
        if stack.closer.as_ref().is_none_or(AbortHandle::is_finished) {
            let closer = tokio::spawn(close_old_ones(Arc::downgrade(host)));
            stack.closer = Some(closer.abort_handle());
        }
    }

    /// Drops all of them.
    pub(super) fn clear(&self) {
        self.lock().connections.clear();
    }

    /// Says goodbye on all of them.
    pub(super) async fn close(&self) {
        let all = std::mem::take(&mut self.lock().connections);
        for kept in all {
            kept.database.close().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Stack> {
        // Nothing in here can be left half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that are too old, and whether any are left. If not, the closer is dismissed.
    fn take_old_ones(&self) -> (Vec<Kept>, bool) {
        let mut stack = self.lock();
        let (old, good) = stack.connections.drain(..).partition(Kept::is_over);
        stack.connections = good;
        let some_left = !stack.connections.is_empty();
        if !some_left {
            stack.closer = None;
        }
        (old, some_left)
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        if let Some(closer) = &self.lock().closer {
            closer.abort();
        }
    }
}

async fn close_old_ones(host: Weak<Host>) {
    loop {
        tokio::time::sleep(BETWEEN_LOOKS).await;
        let Some(host) = host.upgrade() else { return };
        let (old, some_left) = host.idle.take_old_ones();
        drop(host);
        for kept in old {
            kept.database.close().await;
        }
        if !some_left {
            return;
        }
    }
}

fn file_id(endpoint: &Endpoint) -> Option<FileId> {
    let Endpoint::Sqlite(path) = endpoint else { return None };
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

const LONGEST_IDLE: Duration = Duration::from_mins(5);
const LONGEST_USE: Duration = Duration::from_mins(30);
const BETWEEN_LOOKS: Duration = Duration::from_secs(30);
