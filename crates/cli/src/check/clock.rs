use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ispmail_password::{Password, Policy, StoredPassword};

/// Tells which stored passwords take longer to refuse than an unknown login, by trying one of each
/// kind.
pub(crate) struct Clock<'a> {
    policy: &'a Policy,
    wrong: Option<Password>,
    unknown: Duration,
    known: BTreeMap<(&'static str, String), bool>,
}

impl<'a> Clock<'a> {
    pub(crate) fn new(policy: &'a Policy) -> Self {
        let wrong = Password::new(b"not the password".to_vec()).ok();
        let mut clock = Self { policy, wrong, unknown: Duration::MAX, known: BTreeMap::new() };
        clock.unknown = clock.refusal(None);
        clock
    }

    pub(crate) fn dearer(&mut self, stored: &StoredPassword) -> bool {
        let kind = (stored.algorithm(), stored.cost().to_string());
        if let Some(&known) = self.known.get(&kind) {
            return known;
        }
        // A third more is beyond what the machine's mood makes of it.
        let dearer = self.refusal(Some(stored)) > self.unknown * 4 / 3;
        self.known.insert(kind, dearer);
        dearer
    }

    /// The shortest of three.
    fn refusal(&self, stored: Option<&StoredPassword>) -> Duration {
        let Some(wrong) = &self.wrong else { return Duration::ZERO };
        let once = |_| {
            let start = Instant::now();
            let _ = self.policy.verify(stored, wrong);
            start.elapsed()
        };
        (0..3).map(once).min().unwrap_or_default()
    }
}
