//! Tasks that look up all the time, and a record of what they got.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ispmail_accounts::{Error, Lookups, Pool};
use tokio::task::JoinHandle;

use crate::fixture::{Fixture, JOHN, find};

/// One look-up.
pub(crate) struct Look {
    pub(crate) start: Instant,
    pub(crate) end: Instant,
    pub(crate) found: Result<Option<String>, Error>,
}

/// Eight tasks that look up john in a loop.
pub(crate) struct Lookers {
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<Vec<Look>>>,
}

impl Lookers {
    pub(crate) fn start(fixture: &Fixture, pool: &Arc<Pool>) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let task = |_| {
            let (pool, lookups) = (Arc::clone(pool), fixture.lookups());
            fixture.runtime.spawn(look_until(Arc::clone(&stop), pool, lookups))
        };
        let tasks = (0..8).map(task).collect();
        Self { stop, tasks }
    }

    /// All look-ups, in the order of their ends.
    pub(crate) fn stop(self, fixture: &Fixture) -> Vec<Look> {
        self.stop.store(true, Ordering::Relaxed);
        let mut looks = Vec::new();
        for task in self.tasks {
            looks.extend(fixture.runtime.block_on(task).expect("task"));
        }
        looks.sort_by_key(|look| look.end);
        looks
    }
}

impl Look {
    pub(crate) fn took(&self) -> Duration {
        self.end - self.start
    }

    /// Whether it gave one of these stored passwords.
    pub(crate) fn gave(&self, wanted: &[&str]) -> bool {
        matches!(&self.found, Ok(Some(stored)) if wanted.contains(&stored.as_str()))
    }
}

async fn look_until(stop: Arc<AtomicBool>, pool: Arc<Pool>, lookups: Arc<Lookups>) -> Vec<Look> {
    let mut looks = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let start = Instant::now();
        let found = find(&pool, &lookups, JOHN).await;
        looks.push(Look { start, end: Instant::now(), found });
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    looks
}

/// No look-up gave a wrong answer, and none failed but between `down` and two seconds after `up`.
/// Gives how long after `up` the last one failed.
pub(crate) fn expect_outage_of(
    looks: &[Look],
    wanted: &[&str],
    down: Instant,
    up: Instant,
) -> Duration {
    let mut last = up;
    for look in looks {
        match &look.found {
            Ok(_) => assert!(
                look.gave(wanted),
                "{:?} {:?} after it went down, {:?} after it came up",
                look.found,
                look.end.saturating_duration_since(down),
                look.end.saturating_duration_since(up)
            ),
            Err(error) => {
                assert!(look.end >= down, "failed before: {error}");
                assert!(error.is_temporary(), "{error}");
                last = last.max(look.end);
            }
        }
    }
    let recovered = last - up;
    assert!(recovered < Duration::from_secs(2), "failed until {recovered:?} after");
    let after = looks.iter().filter(|look| look.start > last && look.gave(wanted)).count();
    assert!(after > 10, "only {after} look-ups after the end");
    recovered
}
