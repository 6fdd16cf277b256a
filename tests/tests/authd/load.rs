//! Users who sign in all the time, and a record of what became of it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use ispmail_auth_client::{Client, Decision as Decided, Session, Sockets, Timeouts};
use ispmail_tests::auth_client::{AuthClient, Decision};

use crate::fixture::{GOOD, JOHN, WRONG};

/// How many there are.
const USERS: usize = 8;
/// How soon everything has to work again once the cause is gone.
const RECOVERY: Duration = Duration::from_secs(2);

/// They sign in until they are stopped.
pub(crate) struct Load {
    shared: Arc<Shared>,
    users: Vec<JoinHandle<Vec<Try>>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    decided: AtomicUsize,
    could_not: AtomicUsize,
}

/// One attempt.
pub(crate) struct Try {
    right: bool,
    begin: Instant,
    end: Instant,
    decision: Decision,
}

impl Load {
    /// Over connections that stay open, as Postfix has them.
    pub(crate) fn start(socket: &Path) -> Self {
        Self::start_with(|| {
            let mut client = AuthClient::connect(socket);
            move |password| client.plain(JOHN.as_bytes(), password.as_bytes()).decision()
        })
    }

    /// Through the client of checkpassword and the Lua module, which survives a restart.
    pub(crate) fn start_with_client(socket: &Path) -> Self {
        Self::start_with(|| {
            let sockets = Sockets::with_client(socket.to_owned());
            let mut client = Client::new(sockets, Timeouts::default());
            move |password| {
                let session = Session { service: "imap", fields: &[] };
                match client.sign_in(JOHN.as_bytes(), password.as_bytes(), session) {
                    Ok(Decided::Accepted(_)) => Decision::Accepted,
                    Ok(Decided::Refused) => Decision::Refused,
                    Err(why) => {
                        eprintln!("{why}");
                        Decision::CouldNotCheck
                    }
                }
            }
        })
    }

    fn start_with<F: FnMut(&str) -> Decision + Send + 'static>(connect: impl Fn() -> F) -> Self {
        let shared = Arc::<Shared>::default();
        let user = |_| {
            let (sign_in, shared) = (connect(), Arc::clone(&shared));
            spawn(move || sign_in_all_the_time(sign_in, &shared))
        };
        let users = (0..USERS).map(user).collect();
        Self { shared, users }
    }

    /// Waits until so many attempts more were decided.
    pub(crate) fn wait_for_decided(&self, more: usize) {
        wait_for_more(&self.shared.decided, more);
    }

    /// Waits until so many attempts more could not be decided.
    pub(crate) fn wait_for_could_not(&self, more: usize) {
        wait_for_more(&self.shared.could_not, more);
    }

    /// All attempts.
    pub(crate) fn stop(self) -> Vec<Try> {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.users.into_iter().flat_map(|user| user.join().expect("user")).collect()
    }
}

fn sign_in_all_the_time(mut sign_in: impl FnMut(&str) -> Decision, shared: &Shared) -> Vec<Try> {
    let mut tries = Vec::new();
    while !shared.stop.load(Ordering::Relaxed) {
        let right = tries.len() % 4 != 3;
        let begin = Instant::now();
        let decision = sign_in(if right { GOOD } else { WRONG });
        tries.push(Try { right, begin, end: Instant::now(), decision });
        if decision == Decision::CouldNotCheck {
            shared.could_not.fetch_add(1, Ordering::Relaxed);
            // Nobody tries again at once.
            sleep(Duration::from_millis(5));
        } else {
            shared.decided.fetch_add(1, Ordering::Relaxed);
        }
    }
    tries
}

fn wait_for_more(counter: &AtomicUsize, more: usize) {
    let wanted = counter.load(Ordering::Relaxed) + more;
    let begin = Instant::now();
    while counter.load(Ordering::Relaxed) < wanted {
        assert!(begin.elapsed() < Duration::from_mins(1), "it does not happen");
        sleep(Duration::from_millis(1));
    }
}

/// Nobody was let in or turned away by mistake, and none of this could not be checked.
pub(crate) fn expect_no_failure(tries: &[Try]) {
    expect_no_mistake(tries);
    let failed = tries.iter().filter(|attempt| attempt.decision == Decision::CouldNotCheck).count();
    assert_eq!(failed, 0, "of {}", tries.len());
}

/// Nobody was let in or turned away by mistake, everything was answered within `longest`, and what
/// could not be checked was between `down` and two seconds after `up`.
pub(crate) fn expect_outage(tries: &[Try], down: Instant, up: Instant, longest: Duration) {
    expect_no_mistake(tries);
    let failed = tries.iter().filter(|attempt| attempt.decision == Decision::CouldNotCheck);
    let mut last = up;
    for attempt in failed.clone() {
        assert!(attempt.end >= down, "it failed before");
        last = last.max(attempt.end);
    }
    let slowest = tries.iter().map(|attempt| attempt.end - attempt.begin).max();
    let (count, recovered) = (failed.count(), last - up);
    eprintln!(
        "recovered after {recovered:?}; {count} of {} failed; slowest {slowest:?}",
        tries.len()
    );
    assert!(recovered < RECOVERY, "failed until {recovered:?} after");
    assert!(slowest < Some(longest), "{slowest:?}");
}

fn expect_no_mistake(tries: &[Try]) {
    for attempt in tries {
        let wanted = if attempt.right { Decision::Accepted } else { Decision::Refused };
        let got = attempt.decision;
        assert!(got == wanted || got == Decision::CouldNotCheck, "{got:?} instead of {wanted:?}");
    }
}
