use std::num::NonZero;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, available_parallelism};

/// How many cores there are.
pub(crate) fn count() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}

/// Does something with each item of a list, on all cores. The results are in the list's order.
pub(crate) fn on_all_cores<J, R>(jobs: &[J], work: impl Fn(&J) -> R + Sync) -> Vec<R>
where
    J: Sync,
    R: Send + Sync,
{
    let next = AtomicUsize::new(0);
    let results: Vec<OnceLock<R>> = jobs.iter().map(|_| OnceLock::new()).collect();
    let take = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let (Some(job), Some(result)) = (jobs.get(index), results.get(index)) else { return };
            let _ = result.set(work(job));
        }
    };
    thread::scope(|scope| {
        for _ in 1..count().min(jobs.len()) {
            // A thread that cannot be had is done without.
            let _ = thread::Builder::new().spawn_scoped(scope, take);
        }
        take();
    });
    results.into_iter().filter_map(OnceLock::into_inner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_order() {
        for length in [0, 1, 2, 3, 1000] {
            let jobs: Vec<u32> = (0..length).collect();
            let doubled: Vec<u32> = jobs.iter().map(|job| job * 2).collect();
            assert_eq!(on_all_cores(&jobs, |job| job * 2), doubled);
        }
    }
}
