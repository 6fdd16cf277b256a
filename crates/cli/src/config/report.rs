//! What the accounts are like, as far as it matters to a Dovecot that takes them over.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Write as _;

use ispmail_auth::config::{Config, Queries};
use ispmail_password::{Policy, Prefix, StoredPassword};

use crate::Failure;
use crate::accounts::{Counts, Listed, Stored, Users, each};

/// How many users of a kind are named.
const NAMED: usize = 5;

/// The accounts, sorted by what becomes of their sign-ins.
pub(super) struct Summary {
    listed: Listed,
    accounts: usize,
    schemes: Counts,
    /// Refused by Dovecot 2.4.
    refused: Kind,
    weak: Kind,
    /// To be replaced at sign-in, if that is switched on.
    outdated: Kind,
    /// Without `{SCHEME}`.
    bare: Kind,
    /// Those that CRAM-MD5 works with.
    cram_md5: usize,
    missing: Users,
    locked: Users,
    not_found: Users,
    malformed: BTreeMap<String, Users>,
    /// Let in by Dovecot, but not by our policy.
    not_allowed: BTreeMap<String, Users>,
}

/// Users whose stored passwords have something in common.
#[derive(Default)]
struct Kind {
    schemes: Counts,
    users: Users,
}

impl Kind {
    fn add(&mut self, user: &str, stored: &StoredPassword) {
        self.schemes.add(stored);
        self.users.add(user);
    }
}

impl Summary {
    /// Looks through all accounts.
    pub(super) async fn of(config: &Config) -> Result<Self, Failure> {
        let mut this = Self {
            listed: Listed::None,
            accounts: 0,
            schemes: Counts::default(),
            refused: Kind::default(),
            weak: Kind::default(),
            outdated: Kind::default(),
            bare: Kind::default(),
            cram_md5: 0,
            missing: Users::default(),
            locked: Users::default(),
            not_found: Users::default(),
            malformed: BTreeMap::new(),
            not_allowed: BTreeMap::new(),
        };
        let listed = each(config, |user, stored| this.add(user, stored, &config.policy)).await;
        this.listed = listed.map_err(|failure| {
            let message = format!("{}; --offline leaves the accounts out", failure.message);
            Failure::new(failure.exit, message)
        })?;
        Ok(this)
    }

    /// How many of how many stored passwords CRAM-MD5 works with; `None` if nobody knows.
    pub(super) fn cram_md5(&self) -> Option<(usize, usize)> {
        let all = self.schemes.total().unwrap_or(0);
        matches!(self.listed, Listed::All { .. }).then_some((self.cram_md5, all))
    }

    /// How many stored passwords Dovecot 2.4 refuses.
    pub(super) fn refused_by_dovecot_2_4(&self) -> usize {
        self.refused.users.count()
    }

    fn add(&mut self, user: &str, stored: Stored, policy: &Policy) {
        self.accounts += 1;
        match stored {
            Stored::Sound(stored) => self.add_sound(user, &stored, policy),
            Stored::Missing => self.missing.add(user),
            Stored::Locked => self.locked.add(user),
            Stored::Malformed(why) => self.malformed.entry(why).or_default().add(user),
            Stored::NotFound => self.not_found.add(user),
        }
    }

    fn add_sound(&mut self, user: &str, stored: &StoredPassword, policy: &Policy) {
        self.schemes.add(stored);
        if stored.refused_by_dovecot_2_4() {
            self.refused.add(user, stored);
        }
        if stored.weak() {
            self.weak.add(user, stored);
        }
        if policy.needs_upgrade(stored) {
            self.outdated.add(user, stored);
        }
        if stored.prefix() == Prefix::Bare {
            self.bare.add(user, stored);
        }
        if ["PLAIN", "CRAM-MD5"].contains(&stored.scheme().name()) {
            self.cram_md5 += 1;
        }
        if let Err(error) = policy.allow(stored) {
            self.not_allowed.entry(error.to_string()).or_default().add(user);
        }
    }

    /// Says it all on standard error.
    pub(super) fn tell(&self, config: &Config) {
        if matches!(self.listed, Listed::None) {
            return tell(
                "Nothing can be said of the accounts: no iterate_query lists them, and they are \
                 not in the tables of a layout that is known.",
            );
        }
        self.tell_of_layout(config);
        tell(format_args!("{} accounts: {}.", self.accounts, self.schemes));
        self.tell_of_2_4();
        for (why, users) in &self.not_allowed {
            tell_of("No longer let in, for ispmail-authd does not check these", users, why);
        }
        for (why, users) in &self.malformed {
            tell_of("Let in by nobody: no password could match", users, why);
        }
        let refused = [
            (&self.missing, "no stored password"),
            (&self.locked, "locked"),
            (&self.not_found, "listed, but not found by the password query"),
        ];
        for (users, why) in refused {
            if users.count() > 0 {
                tell_of("Let in by nobody", users, why);
            }
        }
        if self.weak.users.count() > 0 {
            let schemes = &self.weak.schemes;
            tell_of("Weak, whoever reads them", &self.weak.users, schemes);
        }
        self.tell_of_upgrades(config);
        self.tell_of_bare_ones(config);
    }

    fn tell_of_layout(&self, config: &Config) {
        let Listed::All { layout: Some((name, title)) } = self.listed else { return };
        if matches!(config.queries, Queries::OfLayout) && config.layout().name != name {
            tell(format_args!(
                "The tables are those of {title}, and sign-ins go by the layout {}: write layout = \
                 \"{name}\" above all sections of the configuration.",
                config.layout().name
            ));
        }
    }

    fn tell_of_2_4(&self) {
        let Some(count) = self.refused.schemes.total() else {
            return tell(
                "Dovecot 2.4 alone takes all of these schemes: if that is all you need, its own \
                 passdb sql will do.",
            );
        };
        tell_of("Refused by Dovecot 2.4 alone", &self.refused.users, &self.refused.schemes);
        tell(format_args!(
            "  Through ispmail-authd these {count} sign in as before, with Dovecot 2.3 and 2.4. \
             Or let Dovecot 2.4 take them: auth_allow_weak_schemes = yes, which needs nothing of \
             ours."
        ));
    }

    fn tell_of_upgrades(&self, config: &Config) {
        let Some(count) = self.outdated.schemes.total() else { return };
        let (target, cost) = (config.policy.target(), config.policy.target_cost());
        let what = format!("{count} stored passwords ({})", self.outdated.schemes);
        if config.upgrade.is_some() {
            tell(format_args!(
                "Upgrade at sign-in is on: {what} become {target} ({cost}) as their users sign in. \
                 Dovecot's own passdb sql reads the new ones, too. PLAIN and CRAM-MD5 ones stay \
                 as they are."
            ));
        } else {
            tell(format_args!(
                "Upgrade at sign-in is off. With it, {what} would become {target} ({cost}) as \
                 their users sign in."
            ));
        }
    }

    fn tell_of_bare_ones(&self, config: &Config) {
        let Some(count) = self.bare.schemes.total() else { return };
        let scheme = &config.default_scheme.text;
        tell(format_args!(
            "{count} have no {{SCHEME}} in front and are read as {scheme}. Dovecot 2.4's own \
             passdb sql takes such for PLAIN (2.4.0 to 2.4.2) or CRYPT (2.4.3 on), unless \
             passdb_default_password_scheme is {scheme}."
        ));
    }
}

/// `WHAT: 3 (WHY): john@example.org, …`
fn tell_of(what: &str, users: &Users, why: impl Display) {
    tell(format_args!("{what}: {} ({why}): {}", users.count(), users.named(NAMED)));
}

/// A line for the administrator. Where it cannot be written, the configuration is there.
fn tell(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
