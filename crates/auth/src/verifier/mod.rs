//! Password checks on threads of their own, in batches that form by themselves: what queued while
//! the last batch ran is the next batch.

mod queues;
#[cfg(test)]
mod tests;
mod work;

use std::io;
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use ispmail_password::{Password, Policy, StoredPassword, Verdict, VerifyError};
use tokio::sync::oneshot;

use queues::Queues;

/// Threads that check passwords, one for each core, and one more for what is dear: stored
/// passwords that cost several times what new ones do, and new ones to be made. A dear check
/// shares the cores, but nobody queues behind it.
///
/// Dropping it lets the threads finish what is queued, and end.
pub(crate) struct Verifier {
    shared: Arc<Shared>,
}

/// What the threads and their callers share.
struct Shared {
    policy: Policy,
    queues: Mutex<Queues>,
    /// Something for the threads that check.
    work: Condvar,
    /// Something for the thread for what is dear.
    dear: Condvar,
    threads: usize,
}

/// What is to be checked. Wiped when the last who needs it is done.
pub(crate) struct Attempt {
    /// The stored password; `None` where there is no such account.
    pub(crate) stored: Option<StoredPassword>,
    /// What was typed.
    pub(crate) password: Password,
}

type Answer = Result<Verdict, VerifyError>;

/// One check that is waiting.
struct Check {
    attempt: Arc<Attempt>,
    answer: oneshot::Sender<Answer>,
}

/// What the thread for dear work does.
enum Dear {
    Check(Check),
    /// A new stored password is to be made for what was typed.
    Make(Arc<Attempt>, oneshot::Sender<StoredPassword>),
}

/// There is too much to do, or the check broke off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overloaded;

impl Verifier {
    /// Starts the threads; `None` is one for each core. At most `waiting` checks queue.
    pub(crate) fn start(
        policy: Policy,
        threads: Option<usize>,
        waiting: usize,
    ) -> io::Result<Self> {
        let cores = || thread::available_parallelism().map_or(1, NonZero::get);
        let threads = threads.unwrap_or_else(cores);
        let shared = Arc::new(Shared {
            policy,
            queues: Mutex::new(Queues::new(waiting)),
            work: Condvar::new(),
            dear: Condvar::new(),
            threads,
        });
        // From here on dropping it ends the threads that are there already.
        let this = Self { shared };
        for number in 0..threads {
            let shared = Arc::clone(&this.shared);
            let name = format!("check-{number}");
            thread::Builder::new().name(name).spawn(move || work::check(&shared))?;
        }
        let shared = Arc::clone(&this.shared);
        thread::Builder::new().name("dear".to_owned()).spawn(move || work::dear(&shared))?;
        Ok(this)
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.shared.policy
    }

    /// Checks as [`Policy::verify`] does.
    pub(crate) async fn check(&self, attempt: &Arc<Attempt>) -> Result<Answer, Overloaded> {
        let (sender, answer) = oneshot::channel();
        let check = Check { attempt: Arc::clone(attempt), answer: sender };
        let (policy, stored) = (&self.shared.policy, attempt.stored.as_ref());
        if stored.is_some_and(|stored| policy.is_dear(stored)) {
            self.shared.lock().put_dear(Dear::Check(check))?;
            self.shared.dear.notify_one();
        } else {
            let in_lanes = policy.in_lanes(stored);
            self.shared.lock().put(check, in_lanes)?;
            self.shared.work.notify_one();
        }
        // The sender goes away unused only if the check panicked.
        answer.await.map_err(|_| Overloaded)
    }

    /// Makes a new stored password of what was typed, when there is time.
    pub(crate) async fn make(&self, attempt: &Arc<Attempt>) -> Result<StoredPassword, Overloaded> {
        let (sender, made) = oneshot::channel();
        self.shared.lock().put_dear(Dear::Make(Arc::clone(attempt), sender))?;
        self.shared.dear.notify_one();
        made.await.map_err(|_| Overloaded)
    }
}

impl Drop for Verifier {
    fn drop(&mut self) {
        self.shared.lock().close();
        self.shared.work.notify_all();
        self.shared.dear.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queues> {
        // Nothing is done under the lock that could break off half-way.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
