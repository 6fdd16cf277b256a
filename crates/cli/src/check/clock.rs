use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ispmail_password::{Cost, Password, Policy, StoredPassword};

/// Tells which stored passwords take longer to refuse than an unknown login: those of the scheme of
/// new ones by their cost, others by trying one of each kind.
pub(crate) struct Clock<'a> {
    policy: &'a Policy,
    wrong: Option<Password>,
    known: BTreeMap<(&'static str, String), bool>,
}

impl<'a> Clock<'a> {
    pub(crate) fn new(policy: &'a Policy) -> Self {
        let wrong = Password::new(b"not the password".to_vec()).ok();
        Self { policy, wrong, known: BTreeMap::new() }
    }

    pub(crate) fn dearer(&mut self, stored: &StoredPassword) -> bool {
        let same_scheme = stored.scheme() == self.policy.target().scheme();
        match (stored.cost(), self.policy.target_cost()) {
            // A fast hash, and topped up.
            (Cost::Fixed, _) => return false,
            (Cost::Rounds(its), Cost::Rounds(new)) if same_scheme => return its > new,
            (Cost::Log2Rounds(its), Cost::Log2Rounds(new)) if same_scheme => return its > new,
            _ => {}
        }
        let kind = (stored.algorithm(), stored.cost().to_string());
        if let Some(&known) = self.known.get(&kind) {
            return known;
        }
        // Something else may have slowed the machine down meanwhile: not twice in a row, though.
        let dearer = self.seems_dearer(stored) && self.seems_dearer(stored);
        self.known.insert(kind, dearer);
        dearer
    }

    /// By the shortest of three refusals each, in turns.
    fn seems_dearer(&self, stored: &StoredPassword) -> bool {
        let (mut its, mut unknown) = (Duration::MAX, Duration::MAX);
        for _ in 0..3 {
            its = its.min(self.refusal(Some(stored)));
            unknown = unknown.min(self.refusal(None));
        }
        // A third more is beyond what the machine's mood makes of it.
        its > unknown * 4 / 3
    }

    fn refusal(&self, stored: Option<&StoredPassword>) -> Duration {
        let Some(wrong) = &self.wrong else { return Duration::ZERO };
        let start = Instant::now();
        let _ = self.policy.verify(stored, wrong);
        start.elapsed()
    }
}
