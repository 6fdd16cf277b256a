//! From what a file says to what a table can take.

use ispmail_password::{
    HashError, Password, Policy, Prefix, SchemeName, StoredPassword, lock, unlock,
};
use zeroize::Zeroizing;

use super::{Entry, NewUser, Numbered, RecordError, Secret};

/// Whether a plain password will do for this address, and if not, why.
pub(crate) type Judge = Box<dyn Fn(&[u8], &str) -> Result<(), String> + Send + Sync>;

/// How stored passwords are made and read.
pub(crate) struct Hashing {
    pub(crate) policy: Policy,
    /// How they are written, also those that a file gives.
    pub(crate) prefix: Prefix,
    /// The scheme of those without `{SCHEME}`, in a file and in the table.
    pub(crate) default_scheme: SchemeName,
    pub(crate) judge: Judge,
}

/// A record that can go into the tables.
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(crate) enum Ready {
    Domain { name: String },
    User { address: String, stored: Zeroizing<String>, quota: Option<u64>, enabled: Option<bool> },
    Alias { source: String, destinations: Vec<String> },
}

/// A record that is ready, but for a password that is still to be hashed.
pub(super) struct Draft {
    ready: Ready,
    password: Option<Password>,
}

pub(super) type Drafted = Result<Numbered<Draft>, RecordError>;
pub(super) type Finished = Result<Numbered<Ready>, RecordError>;

impl Hashing {
    /// Everything that takes no time.
    pub(super) fn draft(&self, entry: Numbered<Entry>) -> Drafted {
        let Numbered { line, item } = entry;
        let at_line = |message| RecordError::new(line, message);
        let item = match item {
            Entry::Domain { name } => Draft { ready: Ready::Domain { name }, password: None },
            Entry::Alias { source, destinations } => {
                Draft { ready: Ready::Alias { source, destinations }, password: None }
            }
            Entry::User(user) => self.draft_user(user).map_err(at_line)?,
        };
        Ok(Numbered { line, item })
    }

    /// Makes the stored passwords that are missing, on all cores, unless they are in vain.
    pub(super) fn finish(&self, drafts: Vec<Drafted>, hashes: bool) -> Vec<Finished> {
        let passwords = drafts.iter().flatten().filter_map(|draft| draft.item.password.as_ref());
        let passwords: Vec<_> = passwords.filter(|_| hashes).collect();
        let mut made = self.policy.hash_many(&passwords).into_iter();
        let mut finish = |Numbered { line, item }: Numbered<Draft>| {
            let Draft { mut ready, password } = item;
            if let (Ready::User { stored, .. }, Some(_), true) = (&mut ready, password, hashes) {
                let made = made.next().unwrap_or(Err(HashError::Salt));
                let made = made.map_err(|error| error.to_string());
                let made = made.and_then(|made| self.rewrite(text(&made.write(Prefix::Scheme))?));
                *stored = made.map_err(|message| RecordError::new(line, message))?;
            }
            Ok(Numbered { line, item: ready })
        };
        drafts.into_iter().map(|draft| draft.and_then(&mut finish)).collect()
    }

    fn draft_user(&self, user: NewUser) -> Result<Draft, String> {
        let NewUser { address, secret, quota, enabled } = user;
        let (stored, password) = match secret {
            Secret::Plain(mut password) => {
                (self.judge)(&password, &address)?;
                let password = Password::new(std::mem::take(&mut *password));
                (Zeroizing::default(), Some(password.map_err(|error| error.to_string())?))
            }
            Secret::Stored(stored) => (self.rewrite(stored)?, None),
        };
        Ok(Draft { ready: Ready::User { address, stored, quota, enabled }, password })
    }

    /// A stored password as the table can have it, otherwise unchanged: what stands behind a lock
    /// is to come back one day. (The lock itself has its `{CRYPT}` in every table.)
    fn rewrite(&self, stored: Zeroizing<String>) -> Result<Zeroizing<String>, String> {
        match unlock(stored.as_bytes()) {
            Some(inside) => text(&lock(self.rewrite_unlocked(text(&inside)?)?.as_bytes())),
            None => self.rewrite_unlocked(stored),
        }
    }

    /// Where values have their `{SCHEME}`, one without it means there what it means in the file.
    fn rewrite_unlocked(&self, stored: Zeroizing<String>) -> Result<Zeroizing<String>, String> {
        let parsed = self.parse(&stored)?;
        if stored.is_empty() || self.prefix == Prefix::Scheme || parsed.prefix() == self.prefix {
            return Ok(stored);
        }
        let bare = stored.split_once('}').map_or(stored.as_str(), |(_, bare)| bare);
        let read = self.parse(bare).ok();
        let same = read.is_some_and(|read| {
            read.prefix() == Prefix::Bare
                && read.scheme() == parsed.scheme()
                && read.name().encoding() == parsed.name().encoding()
        });
        if !same {
            return Err(format!(
                "stored: a {} value cannot go into a column without {{SCHEME}}, \
                 whose values are read as {}",
                parsed.name(),
                self.default_scheme
            ));
        }
        Ok(joined("", bare))
    }

    fn parse(&self, stored: &str) -> Result<StoredPassword, String> {
        let parsed = StoredPassword::parse(stored.as_bytes(), self.default_scheme);
        parsed.map_err(|error| format!("stored: {error}"))
    }
}

/// In one allocation, so that no copy stays behind.
fn joined(front: &str, rest: &str) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(front.len() + rest.len()));
    text.push_str(front);
    text.push_str(rest);
    text
}

/// A new value is ASCII, unless it is the password itself.
fn text(stored: &[u8]) -> Result<Zeroizing<String>, String> {
    let text =
        str::from_utf8(stored).map_err(|_| "the password is not UTF-8, nor its PLAIN value")?;
    Ok(joined("", text))
}
