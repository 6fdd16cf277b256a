//! The database servers of a test program.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use crate::mariadb::MariaDb;
use crate::postgres::Postgres;
use crate::scratch::Scratch;

/// The servers of one test program, each started when the first test asks for it.
#[derive(Debug)]
pub struct Servers {
    // Dropped in this order: servers first, then the directory under them.
    mariadb: [OnceLock<Mutex<MariaDb>>; 2],
    postgres: [OnceLock<Mutex<Postgres>>; 2],
    databases: AtomicUsize,
    scratch: Scratch,
}

impl Servers {
    /// None is started yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            mariadb: Default::default(),
            postgres: Default::default(),
            databases: AtomicUsize::new(0),
            scratch: Scratch::new(),
        })
    }

    /// The directory that everything lives in.
    pub fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// A number that no other database or directory of this run has.
    pub fn next_number(&self) -> usize {
        self.databases.fetch_add(1, Ordering::Relaxed)
    }

    /// A MariaDB server.
    pub fn mariadb(&self, which: Which) -> MutexGuard<'_, MariaDb> {
        let [first, second] = &self.mariadb;
        let (server, name) = match which {
            Which::First => (first, "mariadb"),
            Which::Second => (second, "mariadb2"),
        };
        lock(server.get_or_init(|| Mutex::new(MariaDb::start(&self.scratch, name))))
    }

    /// A PostgreSQL server.
    pub fn postgres(&self, which: Which) -> MutexGuard<'_, Postgres> {
        let [first, second] = &self.postgres;
        let (server, name) = match which {
            Which::First => (first, "pg"),
            Which::Second => (second, "pg2"),
        };
        lock(server.get_or_init(|| Mutex::new(Postgres::start(&self.scratch, name))))
    }
}

/// One of two servers of a kind; the second is for tests that fail over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The one that all tests share.
    First,
    /// The other one.
    Second,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A test that panicked while it held the server has not broken the server.
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
