//! What the threads do.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;

use super::{Check, Dear, Shared};

/// Checks batch after batch until there is no more to come.
pub(super) fn check(shared: &Shared) {
    loop {
        let mut queues = shared.lock();
        let batch = loop {
            let batch = queues.next_batch(shared.threads);
            if !batch.is_empty() {
                break batch;
            }
            if queues.is_closed() {
                return;
            }
            queues = shared.work.wait(queues).unwrap_or_else(PoisonError::into_inner);
        };
        let more = !queues.is_empty();
        drop(queues);
        if more {
            shared.work.notify_one();
        }
        // A check that panics is one that could not be done; the thread goes on.
        let _ = catch_unwind(AssertUnwindSafe(|| check_batch(shared, batch)));
    }
}

/// Does one dear thing after the other.
pub(super) fn dear(shared: &Shared) {
    loop {
        let mut queues = shared.lock();
        let next = loop {
            if let Some(next) = queues.next_dear() {
                break next;
            }
            if queues.is_closed() {
                return;
            }
            queues = shared.dear.wait(queues).unwrap_or_else(PoisonError::into_inner);
        };
        drop(queues);
        let _ = catch_unwind(AssertUnwindSafe(|| match next {
            Dear::Check(check) => check_batch(shared, vec![check]),
            Dear::Make(attempt, sender) => {
                if let Ok(made) = shared.policy.hash(&attempt.password) {
                    // Nobody there any more: it is made again at the next sign-in.
                    let _ = sender.send(made);
                }
            }
        }));
    }
}

/// Checks a batch and answers each as soon as it may be.
fn check_batch(shared: &Shared, batch: Vec<Check>) {
    // Nobody waits for those whose client has gone.
    let (attempts, mut answers): (Vec<_>, Vec<_>) = batch
        .into_iter()
        .filter(|check| !check.answer.is_closed())
        .map(|Check { attempt, answer }| (attempt, Some(answer)))
        .unzip();
    let jobs: Vec<_> =
        attempts.iter().map(|attempt| (attempt.stored.as_ref(), &attempt.password)).collect();
    shared.policy.verify_batch(&jobs, |index, result| {
        if let Some(answer) = answers.get_mut(index).and_then(Option::take) {
            let _ = answer.send(result);
        }
    });
}
