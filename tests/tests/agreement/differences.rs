//! Where we differ from Dovecot 2.3, and why. A row that no case needs any more fails the test.

use ispmail_tests::auth_client::Decision::{self, Accepted, CouldNotCheck, Refused};

/// A difference that is meant.
pub(crate) struct Difference {
    /// The kinds of cases it is about: exactly this, or everything that begins so before a `*`.
    pub(crate) kind: &'static str,
    pub(crate) dovecot: Decision,
    pub(crate) ours: Decision,
    pub(crate) reason: &'static str,
}

impl Difference {
    pub(crate) fn covers(&self, kind: &str, dovecot: Decision, ours: Decision) -> bool {
        let named = match self.kind.strip_suffix('*') {
            Some(front) => kind.starts_with(front),
            None => kind == self.kind,
        };
        named && (dovecot, ours) == (self.dovecot, self.ours)
    }
}

pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        kind: "rounds over the ceiling",
        dovecot: Accepted,
        ours: CouldNotCheck,
        reason: "x",
    },
    Difference { kind: "emtpy plain*", dovecot: Accepted, ours: Refused, reason: "x" },
];
