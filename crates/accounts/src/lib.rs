//! Mail accounts in SQL: where they are, which statements read and change them, and the look-up.
//!
//! SQLite, MariaDB/MySQL and PostgreSQL, over [sqlx]. What a client sends is always a bound value
//! and never text of a statement. Nothing here knows how a password is checked: a stored password
//! comes out as bytes without `Debug` that are wiped when they are dropped.

#![forbid(unsafe_code)]

mod account;
mod database;
mod error;
mod inspect;
mod layout;
mod login;
mod lookups;
mod manage;
pub mod names;
mod pool;
mod schema;
pub mod settings;
mod statement;
mod upgrade;
mod variables;

pub use account::{Account, Accounts, Field, StoredColumn, UserFields};
pub use database::{Access, Dialect};
pub use error::Error;
pub use inspect::Table;
pub use layout::{
    COURIER, COURIER_NUMBERED, ETCH, ISPMAIL, ISPMAIL_QUOTA, LAYOUTS, Layout, POSTFIXADMIN,
};
pub use login::{Login, LoginError, LoginRules};
pub use lookups::Lookups;
pub use manage::{
    Added, Alias, AliasTrouble, CheckedAlias, Domain, Homes, Import, ImportRules, Imported,
    Manager, NewUser, Record, Removed, Renamed, User,
};
pub use pool::{HostEvent, Pool};
pub use statement::StatementError;
pub use upgrade::{Swapped, UpgradeStatement, Upgrades};
pub use variables::{Template, TemplateError, Values};
