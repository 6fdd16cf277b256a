//! Connections that nobody uses at the moment.

use std::os::unix::fs::MetadataExt as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::host::Host;
use crate::database::Database;
use crate::settings::Endpoint;

/// An open connection and how old it is.
pub(crate) struct Kept {
    pub(crate) database: Database,
    opened: Instant,
    last_used: Instant,
    file: Option<FileId>,
    _counted: Arc<()>,
}

/// The idle connections of a host, the one used last on top.
#[derive(Default)]
pub(super) struct Idle {
    stack: Mutex<Stack>,
    /// Told of each connection that comes in.
    another: Notify,
}

#[derive(Default)]
struct Stack {
    connections: Vec<Kept>,
    /// The task that closes what has been idle for too long. It ends when nothing is left.
    closer: Option<AbortHandle>,
}

/// Device and inode of a SQLite file. As long as a connection holds the old file open, no new file
/// can have them.
#[derive(PartialEq, Eq)]
pub(super) struct FileId(u64, u64);

impl FileId {
    /// `None` for a server, and for a file that is not there.
    pub(super) fn of(endpoint: &Endpoint) -> Option<Self> {
        let Endpoint::Sqlite(path) = endpoint else { return None };
        std::fs::metadata(path).ok().map(|file| Self(file.dev(), file.ino()))
    }
}

impl Kept {
    /// Just opened; `file` is what the endpoint was before that.
    pub(super) fn new(mut database: Database, file: Option<FileId>, counted: Arc<()>) -> Self {
        database.keep_statements();
        let now = Instant::now();
        Self { database, opened: now, last_used: now, file, _counted: counted }
    }

    fn is_over(&self) -> bool {
        self.opened.elapsed() >= LONGEST_USE || self.last_used.elapsed() >= LONGEST_IDLE
    }
}

impl Idle {
    /// The connection used last, if it still leads to the endpoint.
    pub(super) fn take(&self, endpoint: &Endpoint) -> Option<Kept> {
        let current = FileId::of(endpoint);
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
        self.another.notify_one();
    }

    /// Waits for a connection to come in, but no longer than this.
    pub(super) async fn wait(&self, limit: Duration) {
        let _ = tokio::time::timeout(limit, self.another.notified()).await;
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
        self.stack.lock().unwrap_or_else(PoisonError::into_inner)
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

const LONGEST_IDLE: Duration = Duration::from_mins(5);
const LONGEST_USE: Duration = Duration::from_mins(30);
const BETWEEN_LOOKS: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::pool::Purpose;
    use crate::settings::Timeouts;

    async fn use_once(host: &Arc<Host>) {
        let lease = host.lease().await.unwrap();
        lease.settle::<()>(&Ok(()));
    }

    fn count(host: &Host) -> usize {
        host.idle.lock().connections.len()
    }

    /// Half a minute at a time, so that every task has its turn.
    async fn pass(time: Duration) {
        tokio::time::pause();
        for _ in 0..time.as_secs() / 30 {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        tokio::time::resume();
    }

    #[tokio::test]
    async fn connections_do_not_stay_for_ever() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("mail.sqlite");
        std::fs::write(&path, "").unwrap();
        let host = Host::new(Endpoint::Sqlite(path), Timeouts::default(), 2, Purpose::Read);
        use_once(&host).await;
        assert_eq!(count(&host), 1);
        let failed: Result<(), _> = Err(Error::NoPasswordColumn);
        host.lease().await.unwrap().settle(&failed);
        assert_eq!(count(&host), 0, "the database has not answered to the end");
        use_once(&host).await;
        // Used now and then, it stays for half an hour.
        for _ in 0..7 {
            pass(Duration::from_mins(4)).await;
            assert_eq!(count(&host), 1);
            use_once(&host).await;
        }
        pass(Duration::from_mins(3)).await;
        assert_eq!(count(&host), 0, "used for too long");
        use_once(&host).await;
        pass(Duration::from_mins(6)).await;
        assert_eq!(count(&host), 0, "idle for too long");
        assert!(host.idle.lock().closer.is_none());
    }
}
