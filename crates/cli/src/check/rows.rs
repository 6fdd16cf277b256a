//! What the stored passwords of all users are like.

use std::collections::BTreeMap;
use std::fmt;

use ispmail_accounts::StoredRow;
use ispmail_auth::DefaultScheme;
use ispmail_auth::config::Config;
use ispmail_password::{Disabled, Policy, StoredPassword};

use super::Report;
use super::clock::Clock;

/// How many users of one kind are named before the rest is only counted.
const NAMED: usize = 10;

/// Counts the schemes and names the users whose stored passwords need a look.
pub(super) fn examine(config: &Config, rows: &[StoredRow], report: &mut Report) {
    let Ok(default_scheme) = DefaultScheme::new(&config.default_scheme) else { return };
    let mut found = Found::new(&config.policy);
    for row in rows {
        let parsed = row.stored.as_ref().map(|column| default_scheme.parse(column));
        match parsed {
            None => found.trouble(NONE, &row.user),
            Some(Err(error)) => found.trouble(&error.to_string(), &row.user),
            Some(Ok(stored)) => match stored.disabled() {
                Some(Disabled::Empty) => found.trouble(NONE, &row.user),
                Some(Disabled::Locked) => found.locked.push(&row.user),
                None => found.add(&stored, &row.user),
            },
        }
    }
    found.tell(report);
}

const NONE: &str = "no stored password";

struct Found<'a> {
    policy: &'a Policy,
    clock: Clock<'a>,
    schemes: Counts,
    weak: Counts,
    refused: Counts,
    dear: Vec<&'a str>,
    locked: Vec<&'a str>,
    troubled: BTreeMap<String, Vec<&'a str>>,
}

impl<'a> Found<'a> {
    fn new(policy: &'a Policy) -> Self {
        Self {
            policy,
            clock: Clock::new(policy),
            schemes: Counts::default(),
            weak: Counts::default(),
            refused: Counts::default(),
            dear: Vec::new(),
            locked: Vec::new(),
            troubled: BTreeMap::new(),
        }
    }

    fn trouble(&mut self, what: &str, user: &'a str) {
        self.troubled.entry(what.to_owned()).or_default().push(user);
    }

    /// A value that is well-formed and lets somebody in.
    fn add(&mut self, stored: &StoredPassword, user: &'a str) {
        self.schemes.add(stored);
        if stored.weak() {
            self.weak.add(stored);
        }
        if stored.refused_by_dovecot_2_4() {
            self.refused.add(stored);
        }
        if let Err(error) = self.policy.allow(stored) {
            self.trouble(&error.to_string(), user);
        } else if self.clock.dearer(stored) {
            self.dear.push(user);
        }
    }

    fn tell(self, report: &mut Report) {
        for (scheme, count) in &self.schemes.0 {
            report.ok(format_args!("{count} stored passwords are {scheme}"));
        }
        if let Some(total) = self.weak.total() {
            report.note(format_args!("{total} stored passwords are weak: {}", self.weak));
        }
        if let Some(total) = self.refused.total() {
            report.note(format_args!(
                "{total} stored passwords are refused by Dovecot 2.4 unless \
                 auth_allow_weak_schemes is on: {}",
                self.refused
            ));
        }
        if !self.dear.is_empty() {
            report.note(format_args!(
                "{} stored passwords cost more than new ones ({}): how long a refusal takes shows \
                 that these logins exist: {}",
                self.dear.len(),
                self.policy.target_cost(),
                named(&self.dear)
            ));
        }
        if !self.locked.is_empty() {
            let count = self.locked.len();
            report.note(format_args!("{count} users are locked: {}", named(&self.locked)));
        }
        for (trouble, users) in self.troubled {
            let users = named(&users);
            report.fix(format_args!("{trouble}: {users}. Set it: ispmail-pw user passwd"));
        }
    }
}

/// How many stored passwords there are of each scheme.
#[derive(Default)]
struct Counts(BTreeMap<&'static str, usize>);

impl Counts {
    fn add(&mut self, stored: &StoredPassword) {
        *self.0.entry(stored.scheme().name()).or_default() += 1;
    }

    /// `None` for none.
    fn total(&self) -> Option<usize> {
        Some(self.0.values().sum()).filter(|&total| total > 0)
    }
}

/// `6 PLAIN-MD5, 1 SSHA`
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<String> =
            self.0.iter().map(|(scheme, count)| format!("{count} {scheme}")).collect();
        f.write_str(&counts.join(", "))
    }
}

fn named(users: &[&str]) -> String {
    let more = users.len().saturating_sub(NAMED);
    // Escaped, so that no row can pass for a line of this report.
    let names: Vec<String> =
        users.iter().take(NAMED).map(|name| name.escape_debug().to_string()).collect();
    let names = names.join(", ");
    if more == 0 { names } else { format!("{names} and {more} more") }
}
