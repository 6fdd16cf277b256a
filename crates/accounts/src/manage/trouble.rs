//! What is wrong with aliases, as Postfix follows them: an address by its own row, else by that
//! without `+…`, else by the catch-all of its domain; one that leads to itself is done with.

mod checked;
mod loops;

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::Manager;
use super::aliases::holds;
use super::records::{Alias, Fields, User};
use crate::account::Account;
use crate::{Error, Values};

pub use checked::CheckedAlias;
use loops::a_loop;

/// Something about an alias that ought to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AliasTrouble {
    /// A catch-all takes the mail of mailboxes that have no alias of their own, unless Postfix has
    /// another map that leads these to themselves. An alias to itself gives a mailbox its mail back.
    TakesMailboxes {
        /// The catch-all.
        source: String,
        /// The first of the mailboxes, at most [`AliasTrouble::MOST_NAMED`].
        mailboxes: Vec<String>,
        /// How many there are.
        count: usize,
    },
    /// An alias that is also the address of a mailbox, which gets no mail any more. The mailbox as
    /// a further destination gives it its mail back.
    TakesItsMailbox {
        /// The address.
        address: String,
    },
    /// Aliases that lead back to where they began; Postfix takes no mail for them.
    Loop {
        /// The addresses on the way; the last leads to the first.
        way: Vec<String>,
    },
    /// A destination in a domain of ours where nobody gets the mail: no mailbox, no alias and no
    /// catch-all.
    Nowhere {
        /// The address that leads there.
        source: String,
        /// Where it leads.
        destination: String,
    },
    /// The alias is switched off by the layout's flag.
    Disabled {
        /// The address.
        source: String,
    },
    /// So many addresses follow that not all were looked at.
    TooMany {
        /// How many were.
        looked_at: usize,
    },
}

impl AliasTrouble {
    /// Most mailboxes that are named, and most troubles of one kind.
    pub const MOST_NAMED: usize = 10;
}

/// Most addresses that are followed from one alias.
const MOST_FOLLOWED: usize = 300;

impl Manager<'_> {
    /// What is wrong with the alias of this source and with where it leads; for a mailbox that has
    /// no alias of its own, whether a catch-all takes its mail. Looks at 300 addresses at most.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn alias_troubles(&mut self, source: &str) -> Result<Vec<AliasTrouble>, Error> {
        let mut troubles = Vec::new();
        let Some(alias) = self.alias(source).await? else {
            if let Some(catch_all) = self.catch_all_over(source).await? {
                let mailboxes = vec![source.to_owned()];
                troubles.push(AliasTrouble::TakesMailboxes {
                    source: catch_all.source,
                    mailboxes,
                    count: 1,
                });
            }
            return Ok(troubles);
        };
        if alias.enabled == Some(false) {
            troubles.push(AliasTrouble::Disabled { source: alias.source.clone() });
        }
        let mut taken = self.mailboxes_taken_by(&alias.source).await?;
        if alias.source.starts_with('@') {
            let count = taken.len();
            taken.truncate(AliasTrouble::MOST_NAMED);
            if count > 0 {
                let (source, mailboxes) = (alias.source.clone(), taken);
                troubles.push(AliasTrouble::TakesMailboxes { source, mailboxes, count });
            }
        } else if !taken.is_empty() {
            troubles.push(AliasTrouble::TakesItsMailbox { address: alias.source.clone() });
        }
        self.follow(alias, &mut troubles).await?;
        Ok(troubles)
    }

    /// The mailboxes whose mail goes elsewhere by this alias and not to them.
    pub(super) async fn mailboxes_taken_by(&mut self, source: &str) -> Result<Vec<String>, Error> {
        let Some(alias) = self.alias(source).await? else { return Ok(Vec::new()) };
        let Some(domain) = alias.source.strip_prefix('@') else {
            let keeps = holds(&alias.destinations, &alias.source);
            let taken = !keeps && self.is_mailbox(&alias.source).await?;
            return Ok(if taken { vec![alias.source] } else { Vec::new() });
        };
        let users = self.addresses_of_domain(domain).await?;
        let users = users.into_iter().map(|user| (user.to_ascii_lowercase(), user));
        let mut taken: BTreeMap<String, String> = users.collect();
        // All mail of the domain goes to this mailbox, its own too.
        if let [only] = alias.destinations.as_slice() {
            taken.remove(&only.to_ascii_lowercase());
        }
        if !taken.is_empty() {
            self.each_source(|source| {
                taken.remove(&source.to_ascii_lowercase());
            })
            .await?;
        }
        Ok(taken.into_values().collect())
    }

    /// The catch-all that takes the mail of this mailbox, which has no alias of its own.
    async fn catch_all_over(&mut self, mailbox: &str) -> Result<Option<Alias>, Error> {
        let Some((_, domain)) = mailbox.rsplit_once('@') else { return Ok(None) };
        if !self.is_mailbox(mailbox).await? {
            return Ok(None);
        }
        let catch_all = self.alias(&format!("@{domain}")).await?;
        let only = |alias: &Alias| alias.destinations.iter().all(|to| same(to, mailbox));
        Ok(catch_all.filter(|alias| alias.enabled != Some(false) && !only(alias)))
    }

    /// Finds loops and dead ends from this alias on.
    async fn follow(
        &mut self,
        alias: Alias,
        troubles: &mut Vec<AliasTrouble>,
    ) -> Result<(), Error> {
        let start = alias.source.to_ascii_lowercase();
        let mut ways: HashMap<String, Vec<String>> = HashMap::new();
        let mut domains: HashMap<String, Domain> = HashMap::new();
        let mut waiting = VecDeque::new();
        let mut nowhere = 0;
        let mut next = Some((start.clone(), leads(&alias, &start)));
        while let Some((address, destinations)) = next {
            for to in &destinations {
                // What leads to itself is delivered, if there is a mailbox.
                let done = *to == address || ways.contains_key(to);
                if !done {
                    waiting.push_back((address.clone(), to.clone()));
                } else if *to == address && !address.starts_with('@') {
                    let known = self.known_domain(&mut domains, to).await?;
                    if known.ours && !self.is_mailbox(to).await? {
                        nowhere += 1;
                        let (source, destination) = (address.clone(), to.clone());
                        troubles.push(AliasTrouble::Nowhere { source, destination });
                    }
                }
            }
            ways.insert(address, destinations);
            next = None;
            while let Some((source, address)) = waiting.pop_front() {
                if ways.contains_key(&address) {
                    continue;
                }
                if ways.len() >= MOST_FOLLOWED || nowhere >= AliasTrouble::MOST_NAMED {
                    troubles.push(AliasTrouble::TooMany { looked_at: ways.len() });
                    waiting.clear();
                    break;
                }
                let known = self.known_domain(&mut domains, &address).await?;
                match self.destinations(&known, &address).await? {
                    Leads::To(destinations) => {
                        next = Some((address, destinations));
                        break;
                    }
                    Leads::Home => {
                        ways.insert(address, Vec::new());
                    }
                    Leads::Nowhere => {
                        nowhere += 1;
                        ways.insert(address.clone(), Vec::new());
                        troubles.push(AliasTrouble::Nowhere { source, destination: address });
                    }
                }
            }
        }
        troubles.extend(a_loop(&start, &ways).map(|way| AliasTrouble::Loop { way }));
        Ok(())
    }

    async fn destinations(&mut self, known: &Domain, address: &str) -> Result<Leads, Error> {
        let spellings = [Some(address.to_owned()), without_extension(address)];
        for spelling in spellings.iter().flatten() {
            if let Some(alias) = self.alias(spelling).await?.filter(is_on) {
                return Ok(Leads::To(leads(&alias, address)));
            }
        }
        if !known.ours || self.is_mailbox(address).await? {
            return Ok(Leads::Home);
        }
        match &known.catch_all {
            Some(alias) => Ok(Leads::To(leads(alias, address))),
            None => Ok(Leads::Nowhere),
        }
    }

    async fn is_mailbox(&mut self, address: &str) -> Result<bool, Error> {
        let spellings = [Some(address.to_owned()), without_extension(address)];
        for spelling in spellings.iter().flatten() {
            let users = self.users_alike(spelling).await?;
            if users.iter().any(|user| same(&user.address, spelling)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What is known of the domain of an address, asked once.
    async fn known_domain(
        &mut self,
        domains: &mut HashMap<String, Domain>,
        address: &str,
    ) -> Result<Domain, Error> {
        let (_, name) = address.rsplit_once('@').unwrap_or(("", address));
        if let Some(known) = domains.get(name) {
            return Ok(known.clone());
        }
        let mut ours = self.find_domain(name).await?.is_some();
        if ours && self.layout.aliases.of_mailboxes {
            // One with nothing in it is mostly another name of a domain, in a table of its own.
            let inside = self.contents_of_domain(name).await?;
            ours = inside.users + inside.aliases > 0;
        }
        let catch_all = if ours { self.alias(&format!("@{name}")).await? } else { None };
        let catch_all = catch_all.filter(is_on);
        let known = Domain { ours, catch_all };
        domains.insert(name.to_owned(), known.clone());
        Ok(known)
    }

    /// All that the database takes for this login, which in MariaDB may be spelled another way, and
    /// several rows where no index forbids it.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn users_alike(&mut self, login: &str) -> Result<Vec<User>, Error> {
        const WHAT: &str = "the look-up of the user";
        let own = self.layout.is_own();
        let sql = if own { self.layout.password_query } else { self.layout.users.find };
        let rows = self.fetch(WHAT, sql, &Values::new(login)).await?;
        if !own {
            return Ok(rows.into_iter().map(Fields::into_user).collect());
        }
        let users = rows.into_iter().map(|row| {
            let account = Account::from_row(row.into_row(), login)?;
            let (address, stored) = (account.user, account.stored);
            Ok(User { address, stored, enabled: None, quota: None, home: None })
        });
        users.collect()
    }
}

/// A domain of addresses on the way.
#[derive(Clone)]
struct Domain {
    ours: bool,
    catch_all: Option<Alias>,
}

/// Where an address leads.
enum Leads {
    To(Vec<String>),
    /// To a mailbox, or to somebody else's server.
    Home,
    Nowhere,
}

fn is_on(alias: &Alias) -> bool {
    alias.enabled != Some(false)
}

/// The destinations of mail for `address` by this alias. Postfix puts the local part in front of
/// one that is only `@domain`.
fn leads(alias: &Alias, address: &str) -> Vec<String> {
    let local = address.rsplit_once('@').map_or("", |(local, _)| local);
    let whole = |to: &String| match to.strip_prefix('@') {
        // Of a catch-all nobody knows the local part.
        Some(_) if local.is_empty() => None,
        Some(domain) => Some(format!("{local}@{domain}")),
        None => Some(to.clone()),
    };
    let whole = alias.destinations.iter().filter_map(whole);
    whole.map(|to| to.to_ascii_lowercase()).collect()
}

/// `john@example.org` for `john+lists@example.org`.
fn without_extension(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let (local, _) = local.split_once('+')?;
    Some(format!("{local}@{domain}"))
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_of_a_domain() {
        let alias = Alias {
            source: "@a.example".to_owned(),
            destinations: vec!["@B.example".to_owned(), "John@c.example".to_owned()],
            enabled: None,
        };
        assert_eq!(leads(&alias, "jane@a.example"), ["jane@b.example", "john@c.example"]);
        assert_eq!(without_extension("a+b@c").as_deref(), Some("a@c"));
        assert_eq!(without_extension("a@c+d"), None);
    }
}
