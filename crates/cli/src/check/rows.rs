//! What the stored passwords of all users are like.

use std::collections::BTreeMap;

use ispmail_accounts::{Error, Manager};
use ispmail_auth::DefaultScheme;
use ispmail_auth::config::{Config, Text};
use ispmail_password::{Policy, StoredPassword};

use super::Report;
use super::clock::Clock;
use crate::accounts::{Counts, MOST_NAMED, Stored, Users, each_listed, each_row};

/// Counts the schemes in a layout's tables and names the users whose stored passwords need a look.
pub(super) async fn examine(
    config: &Config,
    manager: &mut Manager<'_>,
    report: &mut Report,
) -> Result<(), Error> {
    let Ok(default_scheme) = DefaultScheme::new(&config.default_scheme) else { return Ok(()) };
    let mut found = Found::new(&config.policy);
    each_row(manager, &default_scheme, |user, stored| found.add(user, stored)).await?;
    found.tell("Set it: ispmail-pw user passwd", report);
    Ok(())
}

/// The same for the accounts that an administrator's own queries find.
pub(super) async fn examine_listed(
    config: &Config,
    (password, iterate): (&Text, &Text),
    report: &mut Report,
) -> Result<(), Error> {
    let Ok(default_scheme) = DefaultScheme::new(&config.default_scheme) else { return Ok(()) };
    let mut found = Found::new(&config.policy);
    let take = |user: &str, stored| found.add(user, stored);
    each_listed(config, password, iterate, &default_scheme, take).await?;
    found.tell("Store a new one", report);
    Ok(())
}

struct Found<'a> {
    policy: &'a Policy,
    clock: Clock<'a>,
    schemes: Counts,
    weak: Counts,
    refused: Counts,
    dear: Users,
    locked: Users,
    unknown: Users,
    troubled: BTreeMap<String, Users>,
}

impl<'a> Found<'a> {
    fn new(policy: &'a Policy) -> Self {
        Self {
            policy,
            clock: Clock::new(policy),
            schemes: Counts::default(),
            weak: Counts::default(),
            refused: Counts::default(),
            dear: Users::default(),
            locked: Users::default(),
            unknown: Users::default(),
            troubled: BTreeMap::new(),
        }
    }

    fn add(&mut self, user: &str, stored: Stored) {
        match stored {
            Stored::Sound(stored) => self.add_sound(user, &stored),
            Stored::Missing => self.trouble("no stored password".to_owned(), user),
            Stored::Locked => self.locked.add(user),
            Stored::Malformed(why) => self.trouble(why, user),
            Stored::NotFound => self.unknown.add(user),
        }
    }

    fn trouble(&mut self, what: String, user: &str) {
        self.troubled.entry(what).or_default().add(user);
    }

    fn add_sound(&mut self, user: &str, stored: &StoredPassword) {
        self.schemes.add(stored);
        if stored.weak() {
            self.weak.add(stored);
        }
        if stored.refused_by_dovecot_2_4() {
            self.refused.add(stored);
        }
        if let Err(error) = self.policy.allow(stored) {
            self.trouble(error.to_string(), user);
        } else if self.clock.dearer(stored) {
            self.dear.add(user);
        }
    }

    fn tell(self, advice: &str, report: &mut Report) {
        for (scheme, count) in self.schemes.each() {
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
        if self.dear.count() > 0 {
            report.note(format_args!(
                "{} stored passwords cost more than new ones ({}): how long a refusal takes shows \
                 that these logins exist: {}",
                self.dear.count(),
                self.policy.target_cost(),
                self.dear.named(MOST_NAMED)
            ));
        }
        if self.locked.count() > 0 {
            let (count, users) = (self.locked.count(), self.locked.named(MOST_NAMED));
            report.note(format_args!("{count} users are locked: {users}"));
        }
        if self.unknown.count() > 0 {
            let (count, users) = (self.unknown.count(), self.unknown.named(MOST_NAMED));
            report.note(format_args!(
                "{count} listed users are not found by the password query, and cannot sign in: \
                 {users}"
            ));
        }
        for (trouble, users) in self.troubled {
            let users = users.named(MOST_NAMED);
            report.fix(format_args!("{trouble}: {users}. {advice}"));
        }
    }
}
