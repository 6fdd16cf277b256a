//! One endpoint of a pool: its connections, and whether it is up.
//!
//! tokio's semaphore gives out the permits for connections in the order they were asked for, and a
//! connection goes back to the idle ones only after its query was answered to the end; every other
//! way out of a query, being cancelled among them, drops the connection. That is the whole pool,
//! and what sqlx's and others' do not promise.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::health::Health;
use super::idle::{FileId, Idle, Kept};
use super::{HostEvent, Reading};
use crate::database::{Database, Dialect, NotOpened, within};
use crate::settings::{Endpoint, Timeouts};
use crate::{Access, Error};

/// An endpoint of a pool.
pub(crate) struct Host {
    pub(super) endpoint: Endpoint,
    timeouts: Timeouts,
    purpose: Purpose,
    connections: usize,
    permits: Semaphore,
    /// Permits for lists, which must not keep all connections from sign-ins.
    lists: Semaphore,
    pub(super) idle: Idle,
    /// Shared with every connection, so that they can be counted.
    open: Arc<()>,
    pub(super) health: Health,
    listener: OnceLock<Listener>,
}

/// What hears of hosts that go and come.
pub(crate) type Listener = Arc<dyn Fn(&HostEvent) + Send + Sync>;

/// What connections are for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Look-ups, outside of transactions.
    Read,
    /// Changes, in transactions that must not wait for a lock longer than a query may take.
    Change,
}

/// A connection in use. Dropping it closes the connection hard; see [`Lease::give_back`].
pub(crate) struct Lease<'a> {
    host: &'a Arc<Host>,
    kept: Kept,
    /// Whether it was used before, so that it may have gone stale meanwhile.
    reused: bool,
    _permit: SemaphorePermit<'a>,
}

impl Host {
    /// At most `connections` at once, at least 1. Connects to nothing yet.
    pub(crate) fn new(
        endpoint: Endpoint,
        timeouts: Timeouts,
        connections: usize,
        purpose: Purpose,
    ) -> Arc<Self> {
        let connections = connections.clamp(1, Semaphore::MAX_PERMITS);
        Arc::new(Self {
            endpoint,
            timeouts,
            purpose,
            connections,
            permits: Semaphore::new(connections),
            lists: Semaphore::new((connections / 2).max(1)),
            idle: Idle::default(),
            open: Arc::default(),
            health: Health::default(),
            listener: OnceLock::new(),
        })
    }

    /// The first listener stays.
    pub(crate) fn listen(&self, listener: &Listener) {
        // It is set by the builders of whole pools only, each of which has the last word there.
        let _ = self.listener.set(Arc::clone(listener));
    }

    pub(super) fn tell(&self, event: &HostEvent) {
        if let Some(listener) = self.listener.get() {
            listener(event);
        }
    }

    /// Does some reading, over another connection if the first one turns out to have gone stale.
    pub(super) async fn read<R: Reading>(self: &Arc<Self>, reading: &R) -> Result<R::Found, Error> {
        let mut lease = self.lease().await?;
        let mut result = read(reading, lease.database()).await;
        if lease.is_stale(&result) {
            lease.replace().await?;
            result = read(reading, lease.database()).await;
        }
        lease.settle(&result);
        result
    }

    /// A connection for a list; see [`Self::lists`].
    pub(crate) async fn lease_for_list(
        self: &Arc<Self>,
    ) -> Result<(Lease<'_>, SemaphorePermit<'_>), Error> {
        let turn = self.permit(&self.lists).await?;
        Ok((self.lease().await?, turn))
    }

    /// A connection, unless the host is down or goes down meanwhile.
    pub(crate) async fn lease(self: &Arc<Self>) -> Result<Lease<'_>, Error> {
        if let Some(why) = self.why_down().await {
            return Err(self.down(why));
        }
        let lease = std::pin::pin!(self.lease_of_one_that_is_up());
        let gone = std::pin::pin!(self.health.wait_until_down());
        match select(lease, gone).await {
            Either::Left((lease, _)) => lease,
            Either::Right((why, _)) => Err(self.down(why)),
        }
    }

    async fn lease_of_one_that_is_up(self: &Arc<Self>) -> Result<Lease<'_>, Error> {
        let permit = self.permit(&self.permits).await?;
        let (kept, reused) = self.connection(true).await?;
        Ok(Lease { host: self, kept, reused, _permit: permit })
    }

    /// A connection, and whether it was used before; a fresh one if possible unless `reuse` is
    /// set.
    async fn connection(self: &Arc<Self>, mut reuse: bool) -> Result<(Kept, bool), Error> {
        let limit = self.timeouts.query;
        let start = Instant::now();
        while start.elapsed() < limit {
            if reuse && let Some(kept) = self.idle.take(&self.endpoint) {
                return Ok((kept, true));
            }
            match self.open().await {
                Ok(kept) => return Ok((kept, false)),
                // The server allows fewer than we do; those that we have go on working.
                Err(NotOpened { full: true, .. }) if self.count() > 0 => {
                    self.idle.wait(BETWEEN_TRIES).await;
                    reuse = true;
                }
                Err(NotOpened { error, .. }) => {
                    self.go_down(&error);
                    return Err(error);
                }
            }
        }
        Err(Error::Exhausted { seconds: limit.as_secs_f64() })
    }

    /// The number of connections that are open or about to be.
    fn count(&self) -> usize {
        Arc::strong_count(&self.open) - 1
    }

    async fn permit<'a>(&self, semaphore: &'a Semaphore) -> Result<SemaphorePermit<'a>, Error> {
        let limit = self.timeouts.query;
        match tokio::time::timeout(limit, semaphore.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            // They are never closed.
            Ok(Err(_)) | Err(_) => Err(Error::Exhausted { seconds: limit.as_secs_f64() }),
        }
    }

    async fn open(&self) -> Result<Kept, NotOpened> {
        let access = match self.purpose {
            Purpose::Read => Access::Read,
            Purpose::Change => Access::Write,
        };
        let counted = Arc::clone(&self.open);
        // Before it is opened: a file that is replaced meanwhile is noticed at the next use.
        let file = FileId::of(&self.endpoint);
        let database = Database::open(&self.endpoint, self.timeouts, access);
        let mut kept = Kept::new(database.await?, file, counted);
        if let Some(sql) = self.session() {
            let set_up = kept.database.run("setting up the connection", &sql).await;
            set_up.map_err(|error| NotOpened { error, full: false })?;
        }
        Ok(kept)
    }

    /// Connects and asks something trivial, within a second.
    pub(super) async fn ask(self: &Arc<Self>) -> Result<(), Error> {
        let kept = within(ASK_LIMIT, async {
            let mut kept = match self.open().await {
                Ok(kept) => kept,
                // It answers those that we have.
                Err(NotOpened { full: true, .. }) if self.count() > 0 => return Ok(None),
                Err(NotOpened { error, .. }) => return Err(error),
            };
            kept.database.run("a trivial query", self.trivial_query()).await?;
            Ok(Some(kept))
        })
        .await?;
        match kept {
            Some(kept) if self.count() <= self.connections => self.idle.keep(kept, self),
            Some(kept) => kept.database.close().await,
            None => {}
        }
        Ok(())
    }

    /// SQLite looks into the file only when it needs something from it.
    fn trivial_query(&self) -> &'static str {
        match self.endpoint.dialect() {
            Dialect::Sqlite => "SELECT count(*) FROM sqlite_schema",
            Dialect::MySql | Dialect::Postgres => "SELECT 1",
        }
    }

    /// What every connection begins with.
    fn session(&self) -> Option<String> {
        let seconds = self.timeouts.query.as_secs().max(1);
        match (self.endpoint.dialect(), self.purpose) {
            // A server may be set up to begin a transaction with the first query; a connection
            // that stays would never see a change then.
            (Dialect::MySql, Purpose::Read) => Some("SET SESSION autocommit = 1".to_owned()),
            // Strict: a value that does not fit is an error in tables of every kind.
            (Dialect::MySql, Purpose::Change) => Some(format!(
                "SET SESSION autocommit = 1, \
                 sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'), \
                 innodb_lock_wait_timeout = {seconds}, lock_wait_timeout = {seconds}"
            )),
            (Dialect::Postgres, Purpose::Change) => {
                Some(format!("SET lock_timeout = '{seconds}s'"))
            }
            (Dialect::Postgres, Purpose::Read) | (Dialect::Sqlite, _) => None,
        }
    }

    fn down(&self, why: String) -> Error {
        Error::Down { at: self.endpoint.place(), why }
    }
}

impl Lease<'_> {
    pub(crate) fn database(&mut self) -> &mut Database {
        &mut self.kept.database
    }

    /// Whether the connection failed only because it had gone stale; a fresh one may do.
    pub(crate) fn is_stale<T>(&self, result: &Result<T, Error>) -> bool {
        self.reused && matches!(result, Err(Error::Lost { .. }))
    }

    /// Takes a fresh connection. The other idle ones are most likely stale as well.
    pub(crate) async fn replace(&mut self) -> Result<(), Error> {
        self.host.idle.clear();
        (self.kept, _) = self.host.connection(false).await?;
        self.reused = false;
        Ok(())
    }

    /// Ends the use of the connection after work that gave this result: keeps the connection if
    /// the database answered to the end, else has the host asked whether it is still up.
    pub(crate) fn settle<T>(self, result: &Result<T, Error>) {
        match result {
            Ok(_) | Err(Error::Query { .. }) => self.give_back(),
            Err(Error::TimedOut { .. } | Error::Lost { .. } | Error::Unsure { .. }) => {
                self.host.idle.clear();
                self.host.suspect();
            }
            Err(_) => {}
        }
    }

    /// Keeps the connection for the next one. Only after an answer that was read to its end.
    fn give_back(self) {
        self.host.idle.keep(self.kept, self.host);
    }
}

async fn read<R: Reading>(reading: &R, database: &mut Database) -> Result<R::Found, Error> {
    database.begin_reading().await?;
    let found = reading.over(database).await;
    if !matches!(found, Err(Error::Lost { .. } | Error::TimedOut { .. })) {
        database.end_reading().await?;
    }
    found
}

/// How long a host may take to answer when it is asked whether it is up.
const ASK_LIMIT: Duration = Duration::from_secs(1);
/// How long to wait for a connection of ours before the server is asked for another.
const BETWEEN_TRIES: Duration = Duration::from_millis(250);
