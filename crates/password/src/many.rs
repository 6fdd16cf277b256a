//! Many passwords at once: on all cores, and SHA256-CRYPT in batches on each.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use zeroize::Zeroizing;

use crate::crypt::sha256::Sha256Crypt;
use crate::{HashError, New, Password, Policy, SchemeName, StoredPassword, Verdict, VerifyError};

/// Most jobs of one batch: enough to keep all lanes full.
const BATCH: usize = 256;

impl SchemeName {
    /// [`hash`](Self::hash) for a list, on all cores. The answers are in the list's order.
    ///
    /// Schemes that fill memory take their memory on every core at the same time.
    pub fn hash_many(
        self,
        jobs: &[(&Password, New<'_>)],
    ) -> Vec<Result<StoredPassword, HashError>> {
        let batched: Vec<_> =
            jobs.iter().map(|(password, new)| self.as_sha256(password, *new)).collect();
        let mut texts = in_batches(&batched, |job| {
            let (crypt, password) = job.as_ref()?.as_ref().ok()?;
            Some((crypt, password.bytes()))
        })
        .into_iter();
        let pairs: Vec<_> = jobs.iter().zip(&batched).collect();
        let alone = on_all_cores(&pairs, |((password, new), batch)| {
            batch.is_none().then(|| self.hash(password, *new))
        });
        let made = batched.into_iter().zip(alone).map(|(batch, alone)| match (batch, alone) {
            (None, alone) => alone,
            (Some(Err(error)), _) => Some(Err(error)),
            (Some(Ok(_)), _) => texts.next().map(|text| self.read_back(text)),
        });
        made.map(|made| made.unwrap_or(Err(HashError::Salt))).collect()
    }
}

impl Policy {
    /// [`hash`](Self::hash) for a list, on all cores. The answers are in the list's order.
    ///
    /// Schemes that fill memory take their memory on every core at the same time.
    pub fn hash_many(&self, passwords: &[&Password]) -> Vec<Result<StoredPassword, HashError>> {
        let jobs: Vec<_> = passwords.iter().map(|password| (*password, self.new_value())).collect();
        self.target().hash_many(&jobs)
    }

    /// [`verify`](Self::verify) for a list, on all cores. The answers are in the list's order.
    ///
    /// Schemes that fill memory take their memory on every core at the same time.
    pub fn verify_many(
        &self,
        jobs: &[(Option<&StoredPassword>, &Password)],
    ) -> Vec<Result<Verdict, VerifyError>> {
        let (mut lanes, alone): (Vec<_>, Vec<_>) =
            jobs.iter().enumerate().partition(|(_, (stored, _))| self.in_lanes(*stored));
        // Every batch gets its share of the dear and of the cheap.
        lanes.sort_by_key(|(_, (stored, _))| stored.map(StoredPassword::estimate));
        let count = lanes.len().div_ceil(batch_size(lanes.len()));
        let deal = |first| lanes.iter().skip(first).step_by(count).copied().collect();
        let batches: Vec<Vec<_>> =
            alone.into_iter().map(|job| vec![job]).chain((0..count).map(deal)).collect();
        let told = on_all_cores(&batches, |batch| {
            let jobs: Vec<_> = batch.iter().map(|(_, job)| **job).collect();
            let mut told = Vec::with_capacity(jobs.len());
            self.verify_batch(&jobs, |place, answer| {
                told.extend(batch.get(place).map(|(index, _)| (*index, answer)));
            });
            told
        });
        let mut told: Vec<_> = told.into_iter().flatten().collect();
        told.sort_unstable_by_key(|(index, _)| *index);
        told.into_iter().map(|(_, answer)| answer).collect()
    }
}

/// Computes those of a list that can be batched, and leaves the others out.
fn in_batches<J: Sync>(
    jobs: &[J],
    batch: impl Fn(&J) -> Option<(&Sha256Crypt, &[u8])>,
) -> Vec<Zeroizing<Vec<u8>>> {
    let jobs: Vec<_> = jobs.iter().filter_map(batch).collect();
    let chunks: Vec<_> = jobs.chunks(batch_size(jobs.len())).collect();
    let texts = on_all_cores(&chunks, |chunk| Sha256Crypt::compute_many(chunk));
    texts.into_iter().flatten().collect()
}

/// How many of so many jobs one batch has, so that there is one for each core.
fn batch_size(jobs: usize) -> usize {
    jobs.div_ceil(cores()).clamp(1, BATCH)
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
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
    let mut done = thread::scope(|scope| {
        // A thread that cannot be had is done without.
        let helpers: Vec<_> = (1..cores().min(jobs.len()))
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
