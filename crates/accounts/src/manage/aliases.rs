//! Forwardings.

use super::Manager;
use super::records::{Added, Alias, Fields};
use crate::database::Dialect;
use crate::layout::AliasRows;
use crate::{Error, Values, names};

impl Manager<'_> {
    /// Hands all aliases to `take`, by source. The aliases that mailboxes have to themselves where
    /// the layout asks for them are left out.
    ///
    /// # Errors
    ///
    /// [`Error`], and what `take` gives, which ends the list.
    pub async fn each_alias(
        &mut self,
        mut take: impl FnMut(Alias) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let hides = self.layout.aliases.of_mailboxes;
        let is_shown =
            move |alias: &Alias| !(hides && alias.destinations == [alias.source.as_str()]);
        let mut last: Option<Alias> = None;
        self.each_row(LIST, self.layout.aliases.list, |row| {
            let next = alias_of(&row);
            match &mut last {
                Some(alias) if alias.source == next.source => {
                    alias.destinations.extend(next.destinations);
                }
                _ => {
                    if let Some(alias) = last.replace(next).filter(is_shown) {
                        take(alias)?;
                    }
                }
            }
            Ok(())
        })
        .await?;
        last.filter(is_shown).map_or(Ok(()), take)
    }

    /// Where mail for `source` goes; `None` if there is no such alias. The letter case of ASCII does
    /// not count, as in Postfix, and an internationalised domain may be typed either way.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn alias(&mut self, source: &str) -> Result<Option<Alias>, Error> {
        if let Some(alias) = self.alias_row(source).await? {
            return Ok(Some(alias));
        }
        match names::alias_source(source) {
            Ok(written) if written != source => self.alias_row(&written).await,
            _ => Ok(None),
        }
    }

    async fn alias_row(&mut self, source: &str) -> Result<Option<Alias>, Error> {
        self.alias_by(self.layout.aliases.find, source).await
    }

    /// The alias as it is now, and stays until the transaction ends: where all destinations stand
    /// in one row, somebody in another domain may be changing it too, by a change of name.
    async fn alias_to_change(&mut self, source: &str) -> Result<Option<Alias>, Error> {
        let find = self.layout.aliases.find;
        match self.layout.aliases.rows {
            AliasRows::Each => self.alias_by(find, source).await,
            AliasRows::Joined => {
                let find = self.locking(find);
                self.alias_by(&find, source).await
            }
        }
    }

    async fn alias_by(&mut self, sql: &str, source: &str) -> Result<Option<Alias>, Error> {
        let rows = self.fetch(LOOK_UP, sql, &of_source(source)).await?;
        // MariaDB also finds john for jöhn.
        let rows = rows.iter().map(alias_of);
        let mut rows = rows.filter(|alias| alias.source.eq_ignore_ascii_case(source));
        let Some(mut alias) = rows.next() else { return Ok(None) };
        alias.destinations.extend(rows.flat_map(|more| more.destinations));
        Ok(Some(alias))
    }

    /// Has mail for `source` no longer go to these addresses, or, if none are given, to any. Where
    /// the layout has mailboxes keep an alias to themselves, that one stays. Gives what is gone.
    ///
    /// # Errors
    ///
    /// [`Error::NoAlias`], [`Error::Query`].
    pub async fn remove_alias(
        &mut self,
        source: &str,
        destinations: &[String],
    ) -> Result<Vec<String>, Error> {
        // Before the transaction: in MariaDB its first look would keep it from seeing what others
        // commit until it has the lock.
        let found = self.alias(source).await?;
        let source = found.map_or_else(|| source.to_owned(), |alias| alias.source);
        self.begin_turn().await?;
        let removed = self.delete_alias(&source, destinations).await;
        self.end_turn(removed).await
    }

    /// Has mail for `source` go to these addresses as well.
    pub(super) async fn insert_alias(
        &mut self,
        source: &str,
        destinations: &[String],
    ) -> Result<Added, Error> {
        let source = names::alias_source(source)?;
        let wanted = destinations.iter().map(|text| names::destination(text));
        let wanted: Vec<String> = wanted.collect::<Result<_, _>>()?;
        let (_, domain) = source.rsplit_once('@').unwrap_or(("", &source));
        self.lock_domain(domain).await?;
        let before = self.alias_to_change(&source).await?;
        let before = before.map(|alias| alias.destinations).unwrap_or_default();
        let mut after = before.clone();
        let mut result = Added { source: source.clone(), ..Added::default() };
        for destination in wanted {
            if holds(&after, &destination) {
                result.present.push(destination);
            } else {
                after.push(destination.clone());
                result.added.push(destination);
            }
        }
        self.put_alias(&source, &before, &after).await?;
        Ok(result)
    }

    async fn delete_alias(
        &mut self,
        source: &str,
        destinations: &[String],
    ) -> Result<Vec<String>, Error> {
        let (_, domain) = source.rsplit_once('@').unwrap_or(("", source));
        match self.lock_domain(domain).await {
            // What was left behind by a domain that is gone.
            Ok(()) | Err(Error::NoDomain(_)) => {}
            Err(error) => return Err(error),
        }
        let none = || Error::NoAlias { alias: source.to_owned(), destination: None };
        let Alias { source, destinations: before, .. } =
            self.alias_to_change(source).await?.ok_or_else(none)?;
        let written = |typed: &String| match names::destination(typed) {
            Ok(written) if !holds(&before, typed) => written,
            _ => typed.clone(),
        };
        let destinations: Vec<String> = destinations.iter().map(written).collect();
        let missing = destinations.iter().find(|destination| !holds(&before, destination));
        if let Some(missing) = missing {
            return Err(Error::NoAlias { alias: source, destination: Some(missing.clone()) });
        }
        let own = self.layout.aliases.of_mailboxes && self.is_user(&source).await?;
        let goes = |old: &String| {
            let named = destinations.is_empty() || holds(&destinations, old);
            named && !(own && destinations.is_empty() && old.eq_ignore_ascii_case(&source))
        };
        let (gone, after): (Vec<_>, Vec<_>) = before.iter().cloned().partition(goes);
        if gone.is_empty() {
            return Err(none());
        }
        self.put_alias(&source, &before, &after).await?;
        Ok(gone)
    }

    /// Begins a change of aliases. In MariaDB no two administrators change some at once: MyISAM
    /// tables, as the Courier how-to has them, know no row locks, and several destinations stand in
    /// one row there.
    pub(super) async fn begin_turn(&mut self) -> Result<(), Error> {
        self.begin().await?;
        if self.dialect() != Dialect::MySql {
            return Ok(());
        }
        let turn = self.keep_others_out().await;
        match turn {
            Ok(()) => Ok(()),
            Err(error) => self.end(Err(error)).await,
        }
    }

    /// Ends what [`Self::begin_turn`] began.
    pub(super) async fn end_turn<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        let ended = self.end(result).await;
        // The connection ends soon, and with it the turn.
        let _ = self.let_others().await;
        ended
    }

    /// Hands the source of every row to `take`, those of mailboxes' aliases to themselves as well.
    pub(super) async fn each_source(&mut self, mut take: impl FnMut(&str)) -> Result<(), Error> {
        self.each_row(LIST, self.layout.aliases.list, |row| {
            take(&row.text("source"));
            Ok(())
        })
        .await
    }

    /// Changes sources and destinations for which `new` gives another address; the number of
    /// aliases changed.
    pub(super) async fn rename_in_aliases(
        &mut self,
        new: impl Fn(&str) -> Option<String>,
    ) -> Result<u64, Error> {
        let autoreplies = self.layout.aliases.autoreplies;
        let new = |address: &str| {
            new(address).or_else(|| autoreplies.then(|| new_autoreply(address, &new)).flatten())
        };
        let changes = |alias: &Alias| {
            let mut addresses = alias.destinations.iter().chain([&alias.source]);
            addresses.any(|address| new(address).is_some())
        };
        let mut found = Vec::new();
        self.each_row(LIST, self.layout.aliases.list, |row| {
            let alias = alias_of(&row);
            if changes(&alias) {
                found.push(alias);
            }
            Ok(())
        })
        .await?;
        let number = found.len() as u64;
        for Alias { source, mut destinations, .. } in found {
            if self.layout.aliases.rows == AliasRows::Joined {
                // Seen in a list that may be out of date by now.
                let Some(alias) = self.alias_to_change(&source).await? else { continue };
                destinations = alias.destinations;
            }
            let source_after = new(&source).unwrap_or_else(|| source.clone());
            let after: Vec<String> = destinations
                .iter()
                .map(|address| new(address).unwrap_or_else(|| address.clone()))
                .collect();
            if source_after == source {
                self.put_alias(&source, &destinations, &after).await?;
            } else {
                self.put_alias(&source, &destinations, &[]).await?;
                self.put_alias(&source_after, &[], &after).await?;
            }
        }
        Ok(number)
    }

    /// Replaces the destinations `before` by `after`.
    pub(super) async fn put_alias(
        &mut self,
        source: &str,
        before: &[String],
        after: &[String],
    ) -> Result<(), Error> {
        let statements = self.layout.aliases;
        if before == after {
            return Ok(());
        }
        self.demand_width(statements.source, source).await?;
        match statements.rows {
            AliasRows::Joined => {
                let joined = after.join(",");
                self.demand_width(statements.destination, &joined).await?;
                let values = of_source(source).with("destination", &joined);
                let statement = match (before, after) {
                    ([], _) => statements.add,
                    (_, []) => statements.remove,
                    _ => statements.set,
                };
                let changed = self.change(CHANGE, statement, &values).await;
                changed.map_err(|error| error.exists(source)).map(drop)
            }
            AliasRows::Each => {
                let new = || after.iter().filter(|new| !before.contains(new));
                // All before the first change, for tables that undo nothing.
                for new in new() {
                    self.demand_width(statements.destination, new).await?;
                }
                for old in before.iter().filter(|old| !after.contains(old)) {
                    let values = of_source(source).with("destination", old);
                    let changed = self.change(CHANGE, statements.remove, &values).await?;
                    let meant = before.iter().filter(|one| one.eq_ignore_ascii_case(old)).count();
                    // MariaDB also takes jöhn for john.
                    if changed > meant as u64 {
                        return Err(Error::SeveralRows(CHANGE));
                    }
                }
                for new in new() {
                    let values = of_source(source).with("destination", new);
                    self.change(CHANGE, statements.add, &values).await?;
                }
                Ok(())
            }
        }
    }
}

fn of_source(source: &str) -> Values {
    let (local, domain) = source.rsplit_once('@').unwrap_or((source, ""));
    Values::default()
        .with("source", source)
        .with("source_username", local)
        .with("source_domain", domain)
}

/// The address `user#domain@autoreply.domain`, to which PostfixAdmin has the mail of absent users go
/// as well, of somebody whose own changes.
fn new_autoreply(address: &str, new: impl Fn(&str) -> Option<String>) -> Option<String> {
    let (absent, host) = address.rsplit_once('@')?;
    let (local, domain) = absent.rsplit_once('#')?;
    let renamed = new(&format!("{local}@{domain}"))?;
    Some(format!("{}@{host}", renamed.replace('@', "#")))
}

fn alias_of(row: &Fields) -> Alias {
    let destinations = row.text("destination");
    let destinations = destinations.split(',').map(str::trim).filter(|one| !one.is_empty());
    Alias {
        source: row.text("source"),
        destinations: destinations.map(str::to_owned).collect(),
        enabled: row.flag("enabled"),
    }
}

pub(super) fn holds(addresses: &[String], wanted: &str) -> bool {
    addresses.iter().any(|address| address.eq_ignore_ascii_case(wanted))
}

const CHANGE: &str = "changing the alias";
const LIST: &str = "the list of aliases";
const LOOK_UP: &str = "the look-up of the alias";
