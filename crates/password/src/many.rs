//! Many passwords at once.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::{HashError, New, Password, Policy, SchemeName, StoredPassword, Verdict, VerifyError};

impl SchemeName {
    /// [`hash`](Self::hash) for a list, on all cores. The answers are in the list's order.
    ///
    /// Schemes that fill memory take their memory on every core at the same time.
    pub fn hash_many(
        self,
        jobs: &[(&Password, New<'_>)],
    ) -> Vec<Result<StoredPassword, HashError>> {
        on_all_cores(jobs, |(password, new)| self.hash(password, *new))
    }
}

impl Policy {
    /// [`verify`](Self::verify) for a list, on all cores. The answers are in the list's order.
    ///
    /// Schemes that fill memory take their memory on every core at the same time.
    pub fn verify_many(
        &self,
        jobs: &[(Option<&StoredPassword>, &Password)],
    ) -> Vec<Result<Verdict, VerifyError>> {
        on_all_cores(jobs, |(stored, password)| self.verify(*stored, password))
    }
}

/// Does something with each item of a list, on all cores. The results are in the list's order.
fn on_all_cores<J: Sync, R: Send>(jobs: &[J], work: impl Fn(&J) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(index) else { return done };
            done.push((index, work(job)));
        }
    };
    let cores = thread::available_parallelism().map_or(1, NonZero::get).min(jobs.len());
    let mut done = thread::scope(|scope| {
        // A thread that cannot be had is done without.
        let helpers: Vec<_> = (1..cores)
            .filter_map(|_| thread::Builder::new().spawn_scoped(scope, take).ok())
            .collect();
        let mut done = take();
        for helper in helpers {
            match helper.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
