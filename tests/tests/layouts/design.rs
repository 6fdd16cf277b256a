//! The designs of tables, and the same people in each.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use ispmail_tests::database::{Database, Kind, Servers};
use ispmail_tests::layouts::Tables;

/// What everybody's password is, and what nobody's is.
pub(crate) const GOOD: &str = "summersun";
pub(crate) const WRONG: &str = "wintermoon";

pub(crate) const JOHN: &str = "john@example.org";
/// Has 2000 bytes for mail, where there are quotas.
pub(crate) const FULL: &str = "full@example.org";
/// Has no limit, whatever is in the column.
pub(crate) const FREE: &str = "free@example.org";
/// Has what can be checked in plain text, too.
pub(crate) const PLAIN: &str = "plain@example.org";
/// Locked by `{CRYPT}$!$`.
pub(crate) const LOCKED: &str = "locked@example.org";
/// With a hash of older days.
pub(crate) const OLD: &str = "old@example.org";

/// `summersun`, as the guides and programs store it.
pub(crate) const CRYPT: &str = "$5$M/GWzmtjsLroRWIf$0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL7";
const MD5: &str = "14cbfb845af1f030e372b1cb9275e6dd";
const MD5_CRYPT: &str = "$1$fSSi46YX$wHRZppAvB.YfK4lVcXfPj/";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Design {
    Of(Tables),
    /// The how-to's, with numbers for ids.
    CourierNumbered,
    /// Tables and statements of the administrator's own.
    Own,
}

/// Parts of an `ispmail.toml`.
pub(crate) struct Settings {
    /// Above all sections.
    pub(crate) top: String,
    /// `[query]`.
    pub(crate) queries: String,
    /// A line of `[upgrade]`.
    pub(crate) statement: String,
}

impl Design {
    pub(crate) const ALL: [Self; 7] = [
        Self::Of(Tables::Ispmail),
        Self::Of(Tables::IspmailQuota),
        Self::Of(Tables::Etch),
        Self::Of(Tables::Courier),
        Self::CourierNumbered,
        Self::Of(Tables::PostfixAdmin),
        Self::Own,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Of(tables) => tables.name(),
            Self::CourierNumbered => "courier_numbered",
            Self::Own => "own",
        }
    }

    /// Its name in the configuration.
    pub(crate) fn layout(self) -> Option<&'static str> {
        match self {
            Self::Of(Tables::Ispmail) => Some("ispmail"),
            Self::Of(Tables::IspmailQuota) => Some("ispmail-quota"),
            Self::Of(Tables::Etch) => Some("ispmail-etch"),
            Self::Of(Tables::Courier) => Some("courier"),
            Self::CourierNumbered => Some("courier-numbered"),
            Self::Of(Tables::PostfixAdmin) => Some("postfixadmin"),
            Self::Own => None,
        }
    }

    /// Table and columns of logins and stored passwords.
    pub(crate) fn users(self) -> [&'static str; 3] {
        match self {
            Self::Of(Tables::Ispmail | Tables::IspmailQuota) => {
                ["virtual_users", "email", "password"]
            }
            Self::Of(Tables::Etch) => ["virtual_users", "user", "password"],
            Self::Of(Tables::Courier) | Self::CourierNumbered => ["users", "address", "crypt"],
            Self::Of(Tables::PostfixAdmin) => ["mailbox", "username", "password"],
            Self::Own => ["people", "login", "secret"],
        }
    }

    pub(crate) fn is_courier(self) -> bool {
        matches!(self, Self::Of(Tables::Courier) | Self::CourierNumbered)
    }

    pub(crate) fn has_quota(self) -> bool {
        matches!(self, Self::Of(Tables::IspmailQuota | Tables::PostfixAdmin))
    }

    /// The columns that switch an account off.
    pub(crate) fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Of(Tables::PostfixAdmin) | Self::Own => &["active"],
            _ if self.is_courier() => &["imapok", "bool1", "bool2"],
            _ => &[],
        }
    }

    /// Those whom nobody gets in as: unknown to look-ups, too.
    pub(crate) fn switched_off(self) -> Vec<String> {
        let mut logins: Vec<_> =
            self.flags().iter().map(|flag| format!("{flag}@example.org")).collect();
        if self == Self::Of(Tables::PostfixAdmin) {
            logins.push("john@off.example.org".to_owned());
        }
        logins
    }

    /// Everybody whom a delivery finds, sorted.
    pub(crate) fn listed(self) -> Vec<&'static str> {
        let mut listed = vec![FREE, FULL, JOHN, LOCKED, OLD];
        if self != Self::Of(Tables::Etch) {
            listed.push(PLAIN);
        }
        listed.sort_unstable();
        listed
    }

    /// What its configuration says of it.
    pub(crate) fn settings(self, kind: Kind) -> Settings {
        if let Some(layout) = self.layout() {
            let top = format!("layout = \"{layout}\"\n");
            return Settings { top, queries: String::new(), statement: String::new() };
        }
        let condition = "WHERE login = '%u' AND active = 1";
        let update = "UPDATE people SET secret = '%{new_password}' WHERE login = '%u'";
        let binary = if kind == Kind::MariaDb { "BINARY " } else { "" };
        Settings {
            top: "default_scheme = \"CRYPT\"\n".to_owned(),
            queries: format!(
                "[query]\npassword = \"SELECT login AS user, secret AS password FROM people \
                 {condition}\"\n\
                 user = \"SELECT home, 5000 AS uid, 5000 AS gid FROM people {condition}\"\n\
                 iterate = \"SELECT login AS user FROM people WHERE active = 1\"\n\
                 update = \"{update}\"\n"
            ),
            statement: format!(
                "statement = \"{update} AND {binary}secret = '%{{old_password}}'\"\n"
            ),
        }
    }

    /// The tables with everybody in them. `homes` is where mail goes by the rows that say so.
    pub(crate) fn database(self, servers: &Arc<Servers>, kind: Kind, homes: &str) -> Database {
        let database = self.empty(servers, kind);
        let (stored, old) = match self {
            Self::Of(Tables::Ispmail | Tables::IspmailQuota) => {
                (format!("{{SHA256-CRYPT}}{CRYPT}"), format!("{{PLAIN-MD5}}{MD5}"))
            }
            Self::Of(Tables::Etch) => (MD5.to_owned(), MD5.to_owned()),
            _ => (CRYPT.to_owned(), MD5_CRYPT.to_owned()),
        };
        // As much of the old value as Etch's column has room for.
        let locked = match self {
            Self::Of(Tables::Etch) => "{CRYPT}$!$".to_owned(),
            _ => format!("{{CRYPT}}$!${stored}"),
        };
        let mut sql = String::new();
        let mut add = |local: &str, stored: &str| sql += &self.add(kind, local, stored, homes);
        for local in ["john", "full", "free"] {
            add(local, &stored);
        }
        add("old", &old);
        add("locked", &locked);
        for flag in self.flags() {
            add(flag, &stored);
        }
        if self.is_courier() {
            add("plain", &stored);
        } else if self != Self::Of(Tables::Etch) {
            add("plain", "{PLAIN}summersun");
        }
        let [table, login, _] = self.users();
        for flag in self.flags() {
            let who = format!("{login} = '{flag}@example.org'");
            sql.extend(["UPDATE ", table, " SET ", flag, " = '0' WHERE ", &who, ";\n"]);
        }
        if self.has_quota() {
            for (user, quota) in [(FULL, "2000"), (FREE, "-1")] {
                let who = format!("{login} = '{user}'");
                sql.extend(["UPDATE ", table, " SET quota = ", quota, " WHERE ", &who, ";\n"]);
            }
        }
        if self.is_courier() {
            // The locked one keeps it.
            let clear = format!("{login} IN ('{PLAIN}', '{LOCKED}', 'imapok@example.org')");
            sql.extend(["UPDATE users SET clear = 'summersun' WHERE ", &clear, ";\n"]);
        }
        if self == Self::Of(Tables::PostfixAdmin) {
            sql += "INSERT INTO domain (domain, description, transport, active) \
                    VALUES ('off.example.org', '', 'virtual', '0');\n";
            let other = self.add(kind, "john", &stored, homes);
            sql += &other
                .replace("@example.org", "@off.example.org")
                .replace("'example.org'", "'off.example.org'");
        }
        database.execute(&sql);
        database
    }

    /// The tables, and rows that daemons may change.
    pub(crate) fn empty(self, servers: &Arc<Servers>, kind: Kind) -> Database {
        let database = match self {
            Self::Of(tables) => Database::create_with(servers, kind, tables),
            Self::CourierNumbered => {
                let database = Database::create_without_tables(servers, kind);
                let id = match kind {
                    Kind::Sqlite => "id INTEGER PRIMARY KEY AUTOINCREMENT",
                    Kind::MariaDb => "id INT NOT NULL AUTO_INCREMENT",
                    Kind::Postgres => "id SERIAL PRIMARY KEY",
                };
                let text = "id VARCHAR(128) NOT NULL DEFAULT ''";
                let text = if kind == Kind::MariaDb {
                    text.to_owned()
                } else {
                    format!("{text} PRIMARY KEY")
                };
                let sql = Tables::Courier.create(kind);
                assert!(sql.contains(&text));
                database.execute(&sql.replacen(&text, id, 1));
                database
            }
            Self::Own => {
                let database = Database::create_without_tables(servers, kind);
                database.execute(
                    "CREATE TABLE people (login VARCHAR(100) PRIMARY KEY, secret VARCHAR(150), \
                     home VARCHAR(200), active INT NOT NULL DEFAULT 1);",
                );
                database
            }
        };
        if kind == Kind::Sqlite {
            fs::set_permissions(database.file(), Permissions::from_mode(0o660)).expect("chmod");
            // SQLite makes its journal beside the file.
            fs::set_permissions(servers.scratch().path(), Permissions::from_mode(0o1777))
                .expect("chmod");
        }
        database
    }

    fn add(self, kind: Kind, local: &str, stored: &str, homes: &str) -> String {
        let sql = match self {
            Self::Of(tables) => tables.add_user(kind, local, stored),
            Self::CourierNumbered => {
                let sql = Tables::Courier.add_user(kind, local, stored);
                sql.replacen("(id, address", "(address", 1).replacen(
                    &format!("('{local}@example.org', "),
                    "(",
                    1,
                )
            }
            Self::Own => format!(
                "INSERT INTO people (login, secret, home) VALUES \
                 ('{local}@example.org', '{stored}', '{homes}/example.org/{local}');"
            ),
        };
        sql.replace("/usr/local/virtual", homes) + "\n"
    }
}
