//! Table designs, each a named set of statements. Management goes by the same rules as look-ups:
//! `'%{user}'` and the like in quotes are bound values.
//!
//! | variable | value |
//! |---|---|
//! | `user`, `username`, `domain` | the address, its local part, its domain |
//! | `new_password`, `old_password` | stored passwords |
//! | `new_user`, `new_username`, `new_domain` | the address after a change of name |
//! | `quota` | bytes, 0 for no limit |
//! | `enabled` | 1 or 0 |
//! | `home`, `uid`, `gid` | of a new user |
//! | `source`, `source_username`, `source_domain`, `destination` | of an alias |
//! | `after` | the `page_key` of the last row of the page before, empty for the first page |

mod courier;
mod dialect;
mod etch;
mod ispmail;
mod parts;
mod postfixadmin;
mod tables;

pub use courier::{COURIER, COURIER_NUMBERED};
pub(crate) use dialect::in_dialect;
pub use etch::ETCH;
pub use ispmail::{ISPMAIL, ISPMAIL_QUOTA};
pub(crate) use parts::{
    AliasRows, AliasStatements, Column, DomainStatements, Other, Shape, UserStatements,
};
pub use postfixadmin::POSTFIXADMIN;
pub(crate) use tables::tables;

/// A table design. An empty statement is one that it does not have.
#[derive(Clone, Copy, Debug)]
pub struct Layout<'a> {
    /// Its name in the configuration.
    pub name: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// The scheme of stored passwords without `{SCHEME}`.
    pub default_scheme: &'static str,
    /// Whether new stored passwords have their `{SCHEME}` in front.
    pub with_prefix: bool,
    /// The tables by which it is recognised.
    pub(crate) shape: &'static [Shape],
    /// Finds an account, columns as in Dovecot's `password_query`.
    pub password_query: &'a str,
    /// What it gives of a user besides home, uid and gid, without the password and as Dovecot 2.4's
    /// `userdb sql` has it; empty where there is nothing.
    pub user_query: &'static str,
    /// Finds the stored password for mechanisms that need plain text, where that is another one.
    pub credentials_query: &'static str,
    /// Lists all logins, columns as in Dovecot's `iterate_query`.
    pub iterate: &'a str,
    /// Replaces a stored password if it is the one expected, byte for byte.
    pub(crate) swap_password: &'static str,
    pub(crate) domains: DomainStatements,
    pub(crate) users: UserStatements<'a>,
    pub(crate) aliases: AliasStatements,
}

/// All layouts that have a name, those that ask for more before those that they contain.
pub static LAYOUTS: [&Layout<'static>; 6] =
    [&ISPMAIL_QUOTA, &ISPMAIL, &ETCH, &COURIER, &COURIER_NUMBERED, &POSTFIXADMIN];

impl<'a> Layout<'a> {
    /// The layout of that name.
    pub fn by_name(name: &str) -> Option<&'static Layout<'static>> {
        LAYOUTS.into_iter().find(|layout| layout.name == name)
    }

    /// An administrator's own statements: the password query, perhaps one that lists the logins,
    /// and perhaps an `UPDATE` that stores `'%{new_password}'`. Nothing else can be managed.
    pub fn own(password_query: &'a str, iterate: Option<&'a str>, update: Option<&'a str>) -> Self {
        Layout {
            password_query,
            iterate: iterate.unwrap_or_default(),
            users: UserStatements { set_password: update.unwrap_or_default(), ..OWN.users },
            ..OWN
        }
    }

    /// Whether a query is for the table of its users, as far as can be seen.
    pub fn is_mentioned_in(&self, query: &str) -> bool {
        words(query).any(|word| word.eq_ignore_ascii_case(self.users.table))
    }

    /// Whether these are an administrator's own statements.
    pub fn is_own(&self) -> bool {
        self.shape.is_empty()
    }

    /// Whether users can be switched off by a flag.
    pub fn has_flag(&self) -> bool {
        !self.users.set_enabled.is_empty()
    }

    /// Whether users have a quota.
    pub fn has_quota(&self) -> bool {
        !self.users.set_quota.is_empty()
    }

    /// Whether domains, users and aliases can be added and removed.
    pub fn is_managed(&self) -> bool {
        !self.users.add.is_empty()
    }

    /// Table of the users.
    pub fn users_table(&self) -> &'static str {
        self.users.table
    }

    /// Table and column of the stored passwords.
    pub fn stored_column(&self) -> (&'static str, &'static str) {
        (self.users.stored.table, self.users.stored.name)
    }

    /// Those of its tables that a sign-in reads.
    pub fn sign_in_tables(&self) -> impl Iterator<Item = &'static str> + use<> {
        let words: Vec<String> = words(self.password_query).map(str::to_owned).collect();
        self.tables().filter(move |table| words.iter().any(|word| word == table))
    }

    /// Its tables.
    pub fn tables(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.shape.iter().map(|shape| shape.table)
    }

    /// Those that it can do without.
    pub(crate) fn other_tables(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.domains.others.iter().map(|other| other.table)
    }
}

fn words(query: &str) -> impl Iterator<Item = &str> {
    query.split(|char: char| !(char.is_alphanumeric() || char == '_'))
}

const NOWHERE: Column = Column::whole("", "");

/// Nothing at all.
const OWN: Layout<'static> = Layout {
    name: "own",
    title: "your own statements",
    default_scheme: "SHA256-CRYPT",
    with_prefix: true,
    shape: &[],
    password_query: "",
    user_query: "",
    credentials_query: "",
    iterate: "",
    swap_password: "",
    domains: DomainStatements {
        list: "",
        find: "",
        add: "",
        rename: &[],
        renamed: "",
        remove: "",
        others: &[],
        count_users: "",
        count_aliases: "",
        remove_users: "",
        remove_aliases: "",
        column: NOWHERE,
    },
    users: UserStatements {
        list: "",
        find: "",
        of_domain: "",
        add: &[],
        set_password: "",
        set_enabled: &[],
        set_quota: "",
        rename: &[],
        remove: &[],
        others: &[],
        table: "",
        address: NOWHERE,
        stored: NOWHERE,
    },
    aliases: AliasStatements {
        list: "",
        find: "",
        add: "",
        set: "",
        remove: "",
        rows: AliasRows::Each,
        of_mailboxes: false,
        autoreplies: false,
        source: NOWHERE,
        destination: NOWHERE,
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Dialect;
    use crate::statement::Statement;

    #[test]
    fn every_statement_can_be_prepared() {
        for layout in LAYOUTS {
            let Layout { domains, users, aliases, .. } = layout;
            let single = [
                layout.password_query,
                layout.user_query,
                layout.credentials_query,
                layout.iterate,
                layout.swap_password,
                domains.list,
                domains.find,
                domains.add,
                domains.remove,
                domains.count_users,
                domains.count_aliases,
                domains.remove_users,
                domains.remove_aliases,
                users.list,
                users.find,
                users.of_domain,
                users.set_password,
                users.set_quota,
                aliases.list,
                aliases.find,
                aliases.add,
                aliases.set,
                aliases.remove,
            ];
            let lists = [domains.rename, users.add, users.set_enabled, users.rename, users.remove];
            let others = || domains.others.iter().chain(users.others);
            let others = others().flat_map(|other| other.rename.iter().chain([&other.remove]));
            for text in single.iter().chain(lists.into_iter().flatten()).chain(others) {
                for dialect in [Dialect::Sqlite, Dialect::MySql, Dialect::Postgres] {
                    let parsed = Statement::parse(&in_dialect(text, dialect), dialect);
                    assert!(parsed.is_ok(), "{}: {text}: {parsed:?}", layout.name);
                }
            }
            assert_eq!(Layout::by_name(layout.name).unwrap().name, layout.name);
        }
    }

    /// They are printed for Dovecot as they are.
    #[test]
    fn queries_for_dovecot_have_no_words_of_ours() {
        for Layout { name, password_query, user_query, iterate, .. } in LAYOUTS {
            for text in [password_query, user_query, iterate] {
                for dialect in [Dialect::Sqlite, Dialect::MySql, Dialect::Postgres] {
                    assert_eq!(in_dialect(text, dialect), *text, "{name}");
                }
            }
        }
    }

    #[test]
    fn tables_of_sign_ins() {
        for (layout, want) in [
            (&ISPMAIL, &["virtual_users"][..]),
            (&ETCH, &["virtual_domains", "virtual_users"]),
            (&COURIER, &["users"]),
            (&POSTFIXADMIN, &["domain", "mailbox"]),
        ] {
            assert_eq!(layout.sign_in_tables().collect::<Vec<_>>(), want, "{}", layout.name);
        }
    }
}
