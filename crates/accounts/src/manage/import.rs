//! Many additions in one transaction.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::records::Fields;
use super::users::{ADD, LOOK_UP};
use super::{Manager, NewUser, User};
use crate::statement::Statement;
use crate::{Error, Values, names};

/// A transaction that adds many. Dropped, or with the program killed, it leaves nothing behind.
pub struct Import<'m, 'a> {
    manager: &'m mut Manager<'a>,
    rules: ImportRules,
    done: Imported,
    /// Domains that are there and stay so until the end.
    domains: HashSet<String>,
    /// Statements for several rows, by which statement and how many rows.
    statements: HashMap<(Part, usize), Statement>,
}

/// What an import makes of tables that are not as its records expect them.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportRules {
    /// Leaves users that are there already as they are, instead of refusing them.
    pub skip_existing: bool,
    /// Adds the domains of users and aliases, instead of refusing what is in an unknown one.
    pub add_domains: bool,
}

/// Something to be added.
pub enum Record<'a> {
    /// A domain, by its name; nothing happens if it is there.
    Domain(&'a str),
    /// A user.
    User(NewUser<'a>),
    /// Destinations of an alias; nothing happens to those that are there.
    Alias {
        /// An address, or `@domain`.
        source: &'a str,
        /// Addresses.
        destinations: &'a [String],
    },
}

/// How many an import has added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Domains.
    pub domains: u64,
    /// Users.
    pub users: u64,
    /// Aliases that lead further than before.
    pub aliases: u64,
    /// Users that were there and stayed as they were.
    pub skipped: u64,
}

/// A statement of the layout.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    Find,
    /// The one of that number that adds a user.
    Add(usize),
}

impl<'a> Manager<'a> {
    /// Begins to add many.
    ///
    /// # Errors
    ///
    /// [`Error::NoTransactions`], [`Error::NotInLayout`], [`Error::Query`].
    pub async fn import(&mut self, rules: ImportRules) -> Result<Import<'_, 'a>, Error> {
        if !self.layout.is_managed() {
            return Err(Error::NotInLayout { what: "the import", layout: self.layout.name });
        }
        self.demand_transactions().await?;
        self.schema().await?;
        self.database.begin_many().await?;
        Ok(Import {
            manager: self,
            rules,
            done: Imported::default(),
            domains: HashSet::new(),
            statements: HashMap::new(),
        })
    }
}

impl Import<'_, '_> {
    /// Adds some hundred records, and gives the errors of those that cannot be added, with their
    /// places in the list. After one that is not [of the input](Error::is_of_input) the rest of the
    /// list has not been looked at.
    ///
    /// # Errors
    ///
    /// [`Error`], when no more can be added.
    pub async fn add(&mut self, records: &[Record<'_>]) -> Result<Vec<(usize, Error)>, Error> {
        if self.whole(async |this| this.add_all(records).await).await?.is_ok() {
            return Ok(Vec::new());
        }
        let mut errors = Vec::new();
        for (place, record) in records.iter().enumerate() {
            if let Err(error) = self.whole(async |this| this.add_one(record).await).await? {
                let goes_on = error.is_of_input();
                errors.push((place, error));
                if !goes_on {
                    break;
                }
            }
        }
        Ok(errors)
    }

    /// What has been added so far.
    pub fn done(&self) -> Imported {
        self.done
    }

    /// Makes all of it last.
    ///
    /// # Errors
    ///
    /// [`Error`]. Nothing was changed then, but for [`Error::Unsure`].
    pub async fn commit(self) -> Result<(), Error> {
        let Self { manager, .. } = self;
        let ended = if manager.pretends {
            manager.database.roll_back().await
        } else {
            manager.database.commit_within(COMMIT).await
        };
        // The connection ends soon, and with it the turn.
        let _ = manager.let_others().await;
        ended
    }

    /// Undoes all of it.
    ///
    /// # Errors
    ///
    /// [`Error`]; the database does it by itself then.
    pub async fn roll_back(self) -> Result<(), Error> {
        let _ = self.manager.database.roll_back().await;
        self.manager.let_others().await
    }

    /// Does something as a whole or not at all. PostgreSQL would take no more statements after one
    /// that failed.
    async fn whole(
        &mut self,
        work: impl AsyncFnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<Result<(), Error>, Error> {
        let before = self.done;
        self.manager.database.set_savepoint().await?;
        match work(self).await {
            Ok(()) => self.manager.database.release_savepoint().await.map(Ok),
            Err(error) if error.is_temporary() => Err(error),
            Err(error) => {
                self.manager.database.back_to_savepoint().await?;
                self.done = before;
                // Some of them may have been added, or locked, since then.
                self.domains.clear();
                Ok(Err(error))
            }
        }
    }

    /// Adds them in as few statements as can be. Where it fails, nobody knows which one it was.
    async fn add_all(&mut self, records: &[Record<'_>]) -> Result<(), Error> {
        let is_user = |record: &Record<'_>| matches!(record, Record::User(_));
        for run in records.chunk_by(|one, next| is_user(one) && is_user(next)) {
            let users = run.iter().filter_map(|record| match record {
                Record::User(user) => Some(user),
                _ => None,
            });
            match (run, users.collect::<Vec<_>>().as_slice()) {
                ([alone], [] | [_]) => self.add_one(alone).await?,
                (_, users) => self.add_users(users).await?,
            }
        }
        Ok(())
    }

    async fn add_one(&mut self, record: &Record<'_>) -> Result<(), Error> {
        match record {
            Record::Domain(domain) => self.add_domain(&names::domain(domain)?).await,
            Record::User(user) => self.add_user(user).await,
            Record::Alias { source, destinations } => {
                let source = names::alias_source(source)?;
                self.demand_domain(domain_of(&source)).await?;
                let added = self.manager.insert_alias(&source, destinations).await?;
                self.done.aliases += u64::from(!added.added.is_empty());
                Ok(())
            }
        }
    }

    async fn add_domain(&mut self, domain: &str) -> Result<(), Error> {
        if self.domains.contains(domain) {
            return Ok(());
        }
        match self.manager.insert_domain(domain).await {
            Ok(()) => self.done.domains += 1,
            Err(Error::Exists(_)) => {}
            Err(error) => return Err(error),
        }
        self.lock(domain).await
    }

    async fn add_user(&mut self, user: &NewUser<'_>) -> Result<(), Error> {
        let address = names::address(user.address)?;
        self.demand_domain(domain_of(&address)).await?;
        if self.rules.skip_existing && self.manager.user(&address).await?.is_some() {
            self.done.skipped += 1;
            return Ok(());
        }
        self.manager.insert_new_user(&address, user).await?;
        self.done.users += 1;
        Ok(())
    }

    async fn add_users(&mut self, users: &[&NewUser<'_>]) -> Result<(), Error> {
        let mut rows = Vec::with_capacity(users.len());
        for user in users {
            let address = names::address(user.address)?;
            self.demand_domain(domain_of(&address)).await?;
            self.manager.demand_widths(&address, user).await?;
            rows.push((self.manager.values_of(&address, user)?, address, *user));
        }
        let mut rest = rows.as_slice();
        while !rest.is_empty() {
            // Few different sizes, so that prepared statements are used again.
            let size = (1 << rest.len().ilog2()).min(MOST_ROWS);
            let (these, others) = rest.split_at_checked(size).unwrap_or((rest, &[]));
            self.add_rows(these).await?;
            rest = others;
        }
        Ok(())
    }

    /// What is there afterwards is compared with what was to be added: a lax MySQL cuts what is too
    /// long without a word, and where there is no index nobody refuses what is there twice.
    async fn add_rows(&mut self, rows: &[(Values, String, &NewUser<'_>)]) -> Result<(), Error> {
        let mut values: Vec<_> = rows.iter().map(|(values, ..)| values.clone()).collect();
        let mut wanted: HashMap<_, _> =
            rows.iter().map(|(_, address, user)| (address.as_str(), user.stored)).collect();
        if wanted.len() < rows.len() {
            return Err(Error::Duplicate);
        }
        if self.rules.skip_existing {
            for user in self.find(&values).await? {
                if wanted.remove(user.address.as_str()).is_none() {
                    return Err(Error::Duplicate);
                }
                self.done.skipped += 1;
            }
            let to_add = rows.iter().filter(|(_, address, _)| wanted.contains_key(&**address));
            values = to_add.map(|(values, ..)| values.clone()).collect();
            if values.is_empty() {
                return Ok(());
            }
        }
        for number in 0..self.manager.layout.users.add.len() {
            let statement = self.statement(Part::Add(number), values.len())?;
            let added = self.manager.database.execute_each(ADD, &statement, &values).await?;
            if added != values.len() as u64 {
                return Err(Error::Duplicate);
            }
        }
        self.done.users += values.len() as u64;
        for user in self.find(&values).await? {
            let stored = user.stored.as_ref().map(|column| column.text.as_slice());
            if wanted.remove(user.address.as_str()).map(str::as_bytes) != stored {
                return Err(Error::Duplicate);
            }
        }
        if wanted.is_empty() { Ok(()) } else { Err(Error::Duplicate) }
    }

    async fn find(&mut self, values: &[Values]) -> Result<Vec<User>, Error> {
        let statement = self.statement(Part::Find, values.len())?;
        let rows = self.manager.database.fetch_each(LOOK_UP, &statement, values, usize::MAX);
        Ok(rows.await?.into_iter().map(|row| Fields::new(row).into_user()).collect())
    }

    /// A statement of the layout for so many rows: each of them ends with a `SELECT`, which is
    /// there once for each row.
    fn statement(&mut self, part: Part, rows: usize) -> Result<Statement, Error> {
        if let Some(statement) = self.statements.get(&(part, rows)) {
            return Ok(statement.clone());
        }
        let users = self.manager.layout.users;
        let (what, sql) = match part {
            Part::Find => (LOOK_UP, users.find),
            Part::Add(number) => (ADD, users.add.get(number).copied().unwrap_or_default()),
        };
        let (front, select) = sql.split_once("SELECT ").unwrap_or((sql, ""));
        let select = format!("SELECT {select}");
        let sql = format!("{front}{}", vec![select; rows].join(" UNION ALL "));
        let statement = self.manager.statement(what, &sql)?;
        self.statements.insert((part, rows), statement.clone());
        Ok(statement)
    }

    /// Sees to it that the domain is there and stays.
    async fn demand_domain(&mut self, domain: &str) -> Result<(), Error> {
        match self.lock(domain).await {
            Err(Error::NoDomain(_)) if self.rules.add_domains => self.add_domain(domain).await,
            locked => locked,
        }
    }

    async fn lock(&mut self, domain: &str) -> Result<(), Error> {
        if !self.domains.contains(domain) {
            self.manager.lock_domain(domain).await?;
            self.domains.insert(domain.to_owned());
        }
        Ok(())
    }
}

fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// Most rows of one statement: SQLite takes 500, and the gain is small beyond this.
const MOST_ROWS: usize = 64;
/// The longest that a database may take to make many rows last.
const COMMIT: Duration = Duration::from_mins(10);
