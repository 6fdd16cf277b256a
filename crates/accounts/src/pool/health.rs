//! Whether a host is up, and the task that asks it while that is in doubt.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::HostEvent;
use super::host::Host;
use crate::Error;

/// What is known of a host.
#[derive(Default)]
pub(super) struct Health {
    /// Why it is down; `None` while it is up. Changed only under the lock of `inquiry`.
    down: watch::Sender<Option<String>>,
    inquiry: Mutex<Inquiry>,
}

#[derive(Default)]
struct Inquiry {
    /// The task that asks the host until it answers.
    task: Option<AbortHandle>,
    /// When it was last asked.
    last: Option<Instant>,
}

impl Health {
    /// Waits until the host is down, and gives the reason.
    pub(super) async fn wait_until_down(&self) -> String {
        let mut receiver = self.down.subscribe();
        let why = receiver.wait_for(Option::is_some).await.map(|why| why.clone());
        // It cannot fail: the sender is in `self`.
        why.ok().flatten().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Inquiry> {
        // Nothing in here can be left half done.
        self.inquiry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the task has not asked for so long that it cannot be running: its runtime has
    /// ended, or runs only now and then. Whoever is told so first asks instead.
    fn is_overdue(&self) -> bool {
        let mut inquiry = self.lock();
        let overdue = inquiry.last.is_none_or(|last| last.elapsed() > OVERDUE);
        if overdue {
            inquiry.last = Some(Instant::now());
        }
        overdue
    }
}

impl Drop for Health {
    fn drop(&mut self) {
        if let Some(task) = &self.lock().task {
            task.abort();
        }
    }
}

impl Host {
    /// Why the host is down; `None` if it is up.
    pub(super) async fn why_down(self: &Arc<Self>) -> Option<String> {
        let why = self.health.down.borrow().clone()?;
        if !self.health.is_overdue() {
            return Some(why);
        }
        match self.ask().await {
            Ok(()) => {
                if let Some(task) = self.come_up() {
                    task.abort();
                }
                None
            }
            Err(error) => {
                self.go_down(&error);
                Some(reason(&error))
            }
        }
    }

    /// Nobody uses the host from now on until it answers the task that asks it.
    pub(super) fn go_down(self: &Arc<Self>, error: &Error) {
        let why = reason(error);
        let was_up = {
            let mut inquiry = self.health.lock();
            self.ensure_task(&mut inquiry, SHORTEST_PAUSE);
            self.health.down.send_replace(Some(why.clone())).is_none()
        };
        if was_up {
            self.idle.clear();
            self.tell(&HostEvent::Down { at: self.endpoint.place(), why });
        }
    }

    /// The host is asked at once; until the answer is in, it counts as up.
    pub(super) fn suspect(self: &Arc<Self>) {
        self.ensure_task(&mut self.health.lock(), Duration::ZERO);
    }

    /// Gives the task that asked.
    fn come_up(&self) -> Option<AbortHandle> {
        let (task, was_down) = {
            let mut inquiry = self.health.lock();
            (inquiry.task.take(), self.health.down.send_replace(None).is_some())
        };
        if was_down {
            self.tell(&HostEvent::Up { at: self.endpoint.place() });
        }
        task
    }

    fn ensure_task(self: &Arc<Self>, inquiry: &mut Inquiry, first_pause: Duration) {
        if inquiry.task.as_ref().is_none_or(AbortHandle::is_finished) {
            let task = tokio::spawn(ask_until_up(Arc::downgrade(self), first_pause));
            inquiry.task = Some(task.abort_handle());
            inquiry.last = Some(Instant::now());
        }
    }
}

async fn ask_until_up(host: Weak<Host>, first_pause: Duration) {
    let mut pause = first_pause;
    loop {
        tokio::time::sleep(pause).await;
        let Some(host) = host.upgrade() else { return };
        host.health.lock().last = Some(Instant::now());
        match host.ask().await {
            Ok(()) => {
                drop(host.come_up());
                return;
            }
            Err(error) => host.go_down(&error),
        }
        pause = (2 * pause).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
    }
}

fn reason(error: &Error) -> String {
    match error {
        Error::Connect { why, .. } => why.clone(),
        other => other.to_string(),
    }
}

const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// More than the longest pause and the longest wait for an answer.
const OVERDUE: Duration = Duration::from_secs(3);
