//! What a layout is made of.

/// A table and its columns.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) table: &'static str,
    pub(crate) columns: &'static [&'static str],
    /// Columns that make it another layout.
    pub(crate) without: &'static [&'static str],
    /// Those of its columns that hold text where a layout alike has numbers.
    pub(crate) text: &'static [&'static str],
}

/// Columns of rows: `name`; `enabled` is 1, 0 or NULL where there is no such thing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DomainStatements {
    /// All, sorted by name.
    pub(crate) list: &'static str,
    pub(crate) find: &'static str,
    pub(crate) add: &'static str,
    /// Gives the row another name. The addresses in it are changed one by one.
    pub(crate) rename: &'static [&'static str],
    /// Comes after what names the domain elsewhere has been changed; mostly nothing.
    pub(crate) renamed: &'static str,
    /// Removes the row; its users and aliases are gone by then.
    pub(crate) remove: &'static str,
    /// Other tables that name domains, if they are there. What they have of users goes with a
    /// domain; its new name is given to each by [`UserStatements::others`].
    pub(crate) others: &'static [Other],
    pub(crate) count_users: &'static str,
    pub(crate) count_aliases: &'static str,
    pub(crate) remove_users: &'static str,
    pub(crate) remove_aliases: &'static str,
    /// Where the name is, for its width.
    pub(crate) column: Column,
}

/// A table that the layout can do without, which names domains or users.
#[derive(Debug)]
pub(crate) struct Other {
    pub(crate) table: &'static str,
    /// Gives the domain, or the user, its new name.
    pub(crate) rename: &'static [&'static str],
    /// Removes what belongs to the domain, or the user.
    pub(crate) remove: &'static str,
}

/// Columns of rows: `address`, `stored`, `enabled` as above, `quota` in bytes or NULL where there
/// is none, `home` if the rows have one, `page_key`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UserStatements<'a> {
    /// The page that follows `after`.
    pub(crate) list: &'static str,
    pub(crate) find: &'static str,
    /// The addresses of a domain.
    pub(crate) of_domain: &'static str,
    pub(crate) add: &'static [&'static str],
    pub(crate) set_password: &'a str,
    pub(crate) set_enabled: &'static [&'static str],
    pub(crate) set_quota: &'static str,
    pub(crate) rename: &'static [&'static str],
    pub(crate) remove: &'static [&'static str],
    /// Other tables that name users, if they are there.
    pub(crate) others: &'static [Other],
    /// Table of the users.
    pub(crate) table: &'static str,
    /// Where the address is.
    pub(crate) address: Column,
    /// Where the stored password is.
    pub(crate) stored: Column,
}

/// Columns of rows: `source`, `destination`, `enabled` as above.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AliasStatements {
    /// All, sorted by source.
    pub(crate) list: &'static str,
    pub(crate) find: &'static str,
    pub(crate) add: &'static str,
    /// Replaces the destinations, where they stand in one row.
    pub(crate) set: &'static str,
    /// Removes one destination, or all where they stand in one row.
    pub(crate) remove: &'static str,
    /// How several destinations of one source are kept.
    pub(crate) rows: AliasRows,
    /// Whether each mailbox has an alias to itself, which comes and goes with it.
    pub(crate) of_mailboxes: bool,
    /// Whether destinations stand for absent users, as `user#domain@autoreply.domain`.
    pub(crate) autoreplies: bool,
    pub(crate) source: Column,
    pub(crate) destination: Column,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AliasRows {
    /// A row for each destination.
    Each,
    /// One row with all of them, separated by commas.
    Joined,
}

/// A column and what of a value it holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) table: &'static str,
    pub(crate) name: &'static str,
    /// Only the part before the `@`.
    pub(crate) local_part: bool,
}

impl Column {
    pub(crate) const fn whole(table: &'static str, name: &'static str) -> Self {
        Self { table, name, local_part: false }
    }

    pub(crate) const fn local_part(table: &'static str, name: &'static str) -> Self {
        Self { table, name, local_part: true }
    }
}
