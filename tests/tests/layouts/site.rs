//! A database of a design, the daemon before it, and a place for the mail.

use std::path::PathBuf;
use std::sync::Arc;

use ispmail_tests::authd::Authd;
use ispmail_tests::database::{Database, Kind, Servers};
use ispmail_tests::scratch::write_configuration;

use crate::design::{Design, Settings};

/// The owner of all mail, user and group.
pub(crate) const VMAIL: (u32, u32) = (5000, 5000);

pub(crate) struct Site {
    // Dropped in this order.
    pub(crate) daemon: Authd,
    pub(crate) database: Database,
    pub(crate) servers: Arc<Servers>,
    pub(crate) design: Design,
    pub(crate) homes: PathBuf,
}

impl Site {
    pub(crate) fn start(servers: &Arc<Servers>, kind: Kind, design: Design) -> Self {
        let homes = homes(servers);
        let database = design.database(servers, kind, &homes.display().to_string());
        let toml = configuration(&database, design, &homes.display().to_string(), true);
        let daemon = Authd::start(servers, &toml);
        Self { daemon, database, servers: Arc::clone(servers), design, homes }
    }

    /// The same accounts in a file for checkpassword, which never upgrades.
    pub(crate) fn configuration_file(&self) -> PathBuf {
        let number = self.servers.next_number();
        let path = self.servers.scratch().path().join(format!("layout{number}.toml"));
        let homes = self.homes.display().to_string();
        write_configuration(&path, &configuration(&self.database, self.design, &homes, false));
        path
    }

    /// Where the mail of somebody at example.org goes.
    pub(crate) fn mailbox(&self, local: &str) -> PathBuf {
        let home = self.homes.join("example.org").join(local);
        if self.design.is_courier() { home } else { home.join("Maildir") }
    }

    /// The column as it is.
    pub(crate) fn stored(&self, login: &str) -> String {
        let [table, column, stored] = self.design.users();
        let local = login.split('@').next().unwrap_or_default();
        let (column, login) = match (column, self.database.kind) {
            ("user", Kind::Postgres) => ("\"user\"", local),
            ("user", _) => ("user", local),
            _ => (column, login),
        };
        let sql = format!("SELECT {stored} FROM {table} WHERE {column} = '{login}';");
        self.database.execute(&sql).trim_end().to_owned()
    }
}

/// A place for mail.
pub(crate) fn homes(servers: &Arc<Servers>) -> PathBuf {
    servers.scratch().directory(&format!("vmail{}", servers.next_number()), VMAIL)
}

/// An `ispmail.toml` for a design, with new hashes and refusals that cost little.
pub(crate) fn configuration(
    database: &Database,
    design: Design,
    homes: &str,
    serves: bool,
) -> String {
    let Settings { top, queries, statement } = design.settings(database.kind);
    let section = |toml: String| {
        let (_, section) = toml.split_once("[database]").expect("[database]");
        section.to_owned()
    };
    let upgrade = if serves {
        let writer = section(database.toml_over_socket());
        format!("[upgrade]{writer}{statement}[daemon]\nrefuse_after = 0\n")
    } else {
        String::new()
    };
    let database = section(database.toml());
    format!(
        "{top}[database]{database}{queries}[account]\nhome = \"{homes}/%d/%n\"\n\
         [policy]\nrounds = 2000\n{upgrade}"
    )
}
