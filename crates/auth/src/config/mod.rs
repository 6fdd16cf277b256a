//! The configuration: where the accounts are, how they are asked for, and the rules of sign-ins.
//!
//! It comes from `/etc/ispmail/ispmail.toml`, or from the `dovecot-sql.conf.ext` that Dovecot 2.3
//! uses itself. Whatever is wrong in a file is a [`ConfigError`]: one line with file, line and what
//! was expected, and never a word of the file, which holds a database password.

mod conf_include;
mod conf_lines;
mod connect;
mod connect_mysql;
mod connect_pgsql;
mod connect_pgsql_words;
pub mod daemon;
mod database_url;
mod dovecot_sql;
mod error;
mod files;
pub mod permissions;
mod query_text;
#[cfg(test)]
mod tests;
mod toml_database;
mod toml_file;
mod toml_policy;
mod toml_section;

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use ispmail_accounts::settings::{Endpoint, Timeouts};
use ispmail_accounts::{ISPMAIL, Layout, LoginRules};
use ispmail_password::Policy;

pub use daemon::{Daemon, Upgrade};
pub use error::{ConfigError, Origin, Text};

/// Everything a front door needs to know.
///
/// There is no `Debug`: it holds the passwords of database accounts.
pub struct Config {
    /// The databases, all of one kind, in the order in which they are asked.
    pub endpoints: Vec<Endpoint>,
    /// The longest waits for one of them.
    pub timeouts: Timeouts,
    /// The scheme of stored passwords without `{SCHEME}`. Not yet checked to be one.
    pub default_scheme: Text,
    /// How accounts are found.
    pub queries: Queries,
    /// The layout, if one is named.
    pub named_layout: Option<&'static Layout<'static>>,
    /// What an account has that its row does not say.
    pub account: AccountDefaults,
    /// What logins may look like.
    pub login: LoginRules,
    /// What stored passwords may cost.
    pub policy: Policy,
    /// The fewest characters of a new password.
    pub min_length: usize,
    /// How the daemon serves.
    pub daemon: Daemon,
    /// How stored passwords that are out of date are replaced at sign-in; `None` leaves them.
    pub upgrade: Option<Upgrade>,
    /// What the files say and nothing here uses.
    pub not_used: Vec<NotUsed>,
    /// The files read, the one asked for first.
    pub sources: Vec<PathBuf>,
}

/// How accounts are found.
#[allow(clippy::large_enum_variant, reason = "there is one of it in a process")]
pub enum Queries {
    /// By the statements of the [layout](Config::layout).
    OfLayout,
    /// By the administrator's own queries, in Dovecot's form: `%u` and other variables in quotes.
    Own {
        /// Finds the password for a login.
        password: Text,
        /// Finds home, uid and gid for a login.
        user: Option<Text>,
        /// Lists all logins.
        iterate: Option<Text>,
        /// Stores a new password.
        update: Option<Text>,
    },
}

/// What an account has that its row does not say.
pub struct AccountDefaults {
    /// The home directory, a path from the root with Dovecot's variables in it (`%d`, `%n`, `%u`).
    pub home: Text,
    /// The numeric user, 1 to 4294967294: never root.
    pub uid: u32,
    /// The numeric group, 1 to 4294967294.
    pub gid: u32,
}

/// A setting that is understood and not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotUsed {
    /// The setting: a key, or a word in `connect`.
    pub name: &'static str,
    /// Where it stands.
    pub origin: Origin,
    /// Why it is not used.
    pub why: &'static str,
}

impl fmt::Display for NotUsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, origin, why } = self;
        write!(f, "{origin}: {name} is not used: {why}")
    }
}

/// Where the configuration comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file of our own form.
    Toml(PathBuf),
    /// Dovecot's `dovecot-sql.conf.ext`.
    DovecotSql(PathBuf),
}

impl Source {
    /// Chooses `--config` or `--dovecot-sql`, else what the environment variable `ISPMAIL_CONFIG`
    /// says, else `/etc/ispmail/ispmail.toml`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::TwoSources`] if both options are given.
    pub fn choose(
        config: Option<PathBuf>,
        dovecot_sql: Option<PathBuf>,
        environment: Option<OsString>,
    ) -> Result<Self, ConfigError> {
        match (config, dovecot_sql) {
            (Some(_), Some(_)) => Err(ConfigError::TwoSources),
            (Some(path), None) => Ok(Self::Toml(path)),
            (None, Some(path)) => Ok(Self::DovecotSql(path)),
            (None, None) => Ok(Self::Toml(
                environment.filter(|path| !path.is_empty()).unwrap_or(DEFAULT_FILE.into()).into(),
            )),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        match self {
            Self::Toml(path) | Self::DovecotSql(path) => path,
        }
    }
}

impl Config {
    /// Reads the configuration and the files it refers to. No database is asked yet.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for a file that cannot be read, and for whatever is wrong in it.
    pub fn load(source: &Source) -> Result<Self, ConfigError> {
        match source {
            Source::Toml(path) => toml_file::load(path),
            Source::DovecotSql(path) => {
                let database = dovecot_sql::load(path, &|name| env::var_os(name))?;
                Ok(Self::new(database, &Origin::file(path)))
            }
        }
    }

    /// The layout of the tables: the one named, else ISPmail's. With queries of the
    /// administrator's own it says only how accounts are managed.
    pub fn layout(&self) -> &'static Layout<'static> {
        self.named_layout.unwrap_or(&ISPMAIL)
    }

    /// The defaults of everything that has some.
    fn new(database: Database, origin: &Origin) -> Self {
        let home = Text { text: DEFAULT_HOME.to_owned(), origin: origin.clone() };
        Self {
            endpoints: database.endpoints,
            timeouts: database.timeouts,
            default_scheme: database.default_scheme,
            queries: database.queries,
            named_layout: None,
            account: AccountDefaults { home, uid: VMAIL, gid: VMAIL },
            login: LoginRules::default(),
            policy: Policy::default(),
            min_length: MIN_LENGTH,
            daemon: Daemon::default(),
            upgrade: None,
            not_used: database.not_used,
            sources: database.sources,
        }
    }
}

/// What either kind of file says about the database.
struct Database {
    endpoints: Vec<Endpoint>,
    timeouts: Timeouts,
    default_scheme: Text,
    queries: Queries,
    not_used: Vec<NotUsed>,
    sources: Vec<PathBuf>,
}

/// The shortest that NIST SP 800-63B allows.
const MIN_LENGTH: usize = 8;
const DEFAULT_FILE: &str = "/etc/ispmail/ispmail.toml";
const DEFAULT_HOME: &str = "/var/vmail/%d/%n";
/// User and group vmail of the ISPmail guides.
const VMAIL: u32 = 5000;
