//! One database for one test, with the tables of the ISPmail guides.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, MutexGuard};

use crate::layouts::Tables;
use crate::mariadb::MariaDb;
use crate::postgres::Postgres;
use crate::process::{self, must, program};
pub use crate::servers::{Servers, Which};

/// The password of both database accounts, with characters that a URL would have to quote.
pub const DATABASE_PASSWORD: &str = "Change%me:1/2";

/// The three systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An SQLite file.
    Sqlite,
    /// MariaDB, spoken to as MySQL.
    MariaDb,
    /// PostgreSQL.
    Postgres,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::MariaDb, Self::Postgres];

    /// How tests name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::MariaDb => "mariadb",
            Self::Postgres => "postgres",
        }
    }
}

/// How a test's tables differ from the guides'.
#[derive(Debug, Clone, Copy, Default)]
pub struct Layout {
    /// The password column holds any length, not 150 characters.
    pub wide: bool,
    /// Two rows may have one email.
    pub duplicates: bool,
}

/// One database.
#[derive(Debug)]
pub struct Database {
    /// Which system it is in.
    pub kind: Kind,
    which: Which,
    name: String,
    servers: Arc<Servers>,
}

impl Database {
    /// Creates it, with the three tables and the domain example.org.
    pub fn create(servers: &Arc<Servers>, kind: Kind, layout: Layout) -> Self {
        Self::create_on(servers, kind, Which::First, layout)
    }

    /// The same on one of two servers.
    pub fn create_on(servers: &Arc<Servers>, kind: Kind, which: Which, layout: Layout) -> Self {
        let domain = "INSERT INTO virtual_domains (name) VALUES ('example.org');";
        Self::create_from(servers, kind, which, &(tables(kind, layout) + domain))
    }

    /// Creates it with these tables as they are out there, and the domain example.org.
    pub fn create_with(servers: &Arc<Servers>, kind: Kind, tables: Tables) -> Self {
        Self::create_from(servers, kind, Which::First, &tables.create(kind))
    }

    /// Creates it without any table, for a program that makes its own.
    pub fn create_without_tables(servers: &Arc<Servers>, kind: Kind) -> Self {
        // An SQLite file is made with the first table.
        let sql = "CREATE TABLE empty (id INT); DROP TABLE empty;";
        Self::create_from(servers, kind, Which::First, sql)
    }

    fn create_from(servers: &Arc<Servers>, kind: Kind, which: Which, sql: &str) -> Self {
        let name = format!("mailserver{}", servers.next_number());
        let this = Self { kind, which, name, servers: Arc::clone(servers) };
        match kind {
            Kind::Sqlite => {}
            Kind::MariaDb => this.mariadb().create_database(&this.name, DATABASE_PASSWORD),
            Kind::Postgres => this.postgres().create_database(&this.name, DATABASE_PASSWORD),
        }
        this.execute(sql);
        this.let_dovecot_read();
        this
    }

    /// Runs SQL as the system's administrator, and gives what it printed.
    pub fn execute(&self, sql: &str) -> String {
        match self.kind {
            Kind::Sqlite => must(
                Command::new(program("sqlite3", "sqlite3")).arg("-bail").arg(self.file()),
                sql.as_bytes(),
            ),
            Kind::MariaDb => self.mariadb().execute(&self.name, sql),
            Kind::Postgres => self.postgres().execute(&self.name, sql),
        }
    }

    /// Adds an account of example.org; `None` is an SQL NULL.
    pub fn add_user(&self, email: &str, stored: Option<&str>) {
        self.add_users([(email, stored)]);
    }

    /// Adds accounts in one go.
    pub fn add_users<'a>(&self, users: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) {
        let inserts: Vec<String> = users
            .into_iter()
            .map(|(email, stored)| {
                let stored = stored.map_or_else(|| "NULL".to_owned(), |text| self.literal(text));
                let email = self.literal(email);
                format!(
                    "INSERT INTO virtual_users (domain_id, email, password) \
                     VALUES (1, {email}, {stored});\n"
                )
            })
            .collect();
        self.execute(&format!("BEGIN;\n{}COMMIT;\n", inserts.concat()));
    }

    /// Text as an SQL expression, in hexadecimal: no rule of quoting can get in between.
    pub fn literal(&self, text: impl AsRef<[u8]>) -> String {
        let digits = hex::encode(text);
        match self.kind {
            Kind::Sqlite => format!("CAST(X'{digits}' AS TEXT)"),
            Kind::MariaDb => format!("CONVERT(X'{digits}' USING utf8mb4)"),
            Kind::Postgres => format!("convert_from('\\x{digits}'::bytea, 'UTF8')"),
        }
    }

    /// Takes the database away, or brings it back where it was.
    pub fn set_running(&self, running: bool) {
        match (self.kind, running) {
            (Kind::Sqlite, false) => fs::rename(self.file(), self.file_away()).expect("rename"),
            (Kind::Sqlite, true) => fs::rename(self.file_away(), self.file()).expect("rename"),
            (Kind::MariaDb, false) => self.mariadb().stop(),
            (Kind::MariaDb, true) => self.mariadb().start_again(),
            (Kind::Postgres, false) => self.postgres().stop(),
            (Kind::Postgres, true) => self.postgres().start_again(),
        }
    }

    /// Takes the database away as a crash would.
    pub fn kill(&self) {
        match self.kind {
            Kind::Sqlite => self.set_running(false),
            Kind::MariaDb => self.mariadb().kill(),
            Kind::Postgres => self.postgres().kill(),
        }
    }

    /// Has the server halt, or go on; see [`MariaDb::set_halted`].
    pub fn set_halted(&self, halted: bool) {
        match self.kind {
            Kind::Sqlite => unreachable!("nothing runs that could halt"),
            Kind::MariaDb => self.mariadb().set_halted(halted),
            Kind::Postgres => self.postgres().set_halted(halted),
        }
    }

    /// An `ispmail.toml` without `[account]`, for the account that only reads.
    pub fn toml(&self) -> String {
        let url = match self.kind {
            Kind::Sqlite => format!("sqlite://{}", self.file().display()),
            Kind::MariaDb => format!("mysql://mailuser@127.0.0.1:{}/{}", self.port(), self.name),
            Kind::Postgres => {
                format!("postgres://mailuser@127.0.0.1:{}/{}", self.port(), self.name)
            }
        };
        self.toml_of(&url)
    }

    /// The same for the account that writes, over the UNIX socket.
    pub fn toml_over_socket(&self) -> String {
        let name = &self.name;
        let url = match self.kind {
            Kind::Sqlite => format!("sqlite://{}", self.file().display()),
            Kind::MariaDb => {
                let socket = self.mariadb().socket.display().to_string();
                format!("mysql://mailadmin@localhost/{name}?socket={socket}")
            }
            Kind::Postgres => {
                let directory = self.postgres().socket_directory.display().to_string();
                format!("postgres://mailadmin@localhost:{}/{name}?host={directory}", self.port())
            }
        };
        self.toml_of(&url)
    }

    /// The lines `driver =` and `connect =` of a `dovecot-sql.conf.ext`.
    pub fn dovecot_connect(&self) -> String {
        match self.kind {
            Kind::Sqlite => format!("driver = sqlite\nconnect = {}\n", self.file().display()),
            Kind::MariaDb | Kind::Postgres => self.dovecot_connect_to("host=127.0.0.1"),
        }
    }

    /// The same with these `host=` words instead, for a server.
    pub fn dovecot_connect_to(&self, hosts: &str) -> String {
        let driver = if self.kind == Kind::MariaDb { "mysql" } else { "pgsql" };
        format!(
            "driver = {driver}\nconnect = {hosts} port={} dbname={} user=mailuser password={DATABASE_PASSWORD}\n",
            self.port(),
            self.name
        )
    }

    /// The same connection in the settings of Dovecot 2.4.
    pub fn dovecot24_connect(&self) -> String {
        let (port, name) = (|| self.port(), &self.name);
        match self.kind {
            Kind::Sqlite => {
                format!("sql_driver = sqlite\nsqlite_path = {}\n", self.file().display())
            }
            Kind::MariaDb => format!(
                "sql_driver = mysql\nmysql 127.0.0.1 {{\n  port = {}\n  dbname = {name}\n  \
                 user = mailuser\n  password = {DATABASE_PASSWORD}\n}}\n",
                port()
            ),
            Kind::Postgres => format!(
                "sql_driver = pgsql\npgsql 127.0.0.1 {{\n  parameters {{\n    port = {}\n    \
                 dbname = {name}\n    user = mailuser\n    password = {DATABASE_PASSWORD}\n  }}\n}}\n",
                port()
            ),
        }
    }

    /// The SQLite file.
    pub fn file(&self) -> PathBuf {
        self.servers.scratch().path().join(format!("{}.sqlite", self.name))
    }

    fn file_away(&self) -> PathBuf {
        self.file().with_extension("away")
    }

    /// Its name on the server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The TCP port of its server on 127.0.0.1.
    pub fn port(&self) -> u16 {
        match self.kind {
            Kind::Sqlite => unreachable!("an SQLite file has no port"),
            Kind::MariaDb => self.mariadb().port,
            Kind::Postgres => self.postgres().port,
        }
    }

    fn mariadb(&self) -> MutexGuard<'_, MariaDb> {
        self.servers.mariadb(self.which)
    }

    fn postgres(&self) -> MutexGuard<'_, Postgres> {
        self.servers.postgres(self.which)
    }

    fn toml_of(&self, url: &str) -> String {
        let password = match self.kind {
            Kind::Sqlite => String::new(),
            Kind::MariaDb | Kind::Postgres => format!("password = \"{DATABASE_PASSWORD}\"\n"),
        };
        format!("default_scheme = \"SHA256-CRYPT\"\n[database]\nurl = \"{url}\"\n{password}")
    }

    fn let_dovecot_read(&self) {
        if self.kind == Kind::Sqlite {
            make_readable_for_dovecot(&self.file());
        }
    }
}

/// root:dovecot 0640: the auth process reads, and nothing can be written by it.
pub fn make_readable_for_dovecot(file: &Path) {
    let (_, gid) = process::ids_of("dovecot");
    chown(file, Some(0), Some(gid)).expect("chown");
    fs::set_permissions(file, fs::Permissions::from_mode(0o640)).expect("chmod 0640");
}

fn tables(kind: Kind, layout: Layout) -> String {
    let id = match kind {
        Kind::Sqlite => "INTEGER PRIMARY KEY AUTOINCREMENT",
        Kind::MariaDb => "INT NOT NULL AUTO_INCREMENT PRIMARY KEY",
        Kind::Postgres => "SERIAL PRIMARY KEY",
    };
    let password = match (layout.wide, kind) {
        (false, _) => "varchar(150)",
        (true, Kind::MariaDb) => "longtext",
        (true, _) => "text",
    };
    let unique = if layout.duplicates { "" } else { ", UNIQUE (email)" };
    let domain = "domain_id INT NOT NULL, \
                  FOREIGN KEY (domain_id) REFERENCES virtual_domains(id) ON DELETE CASCADE";
    format!(
        "CREATE TABLE virtual_domains (id {id}, name varchar(50) NOT NULL);
         CREATE TABLE virtual_users (id {id}, email varchar(100) NOT NULL,
             password {password}, {domain}{unique});
         CREATE TABLE virtual_aliases (id {id}, source varchar(100) NOT NULL,
             destination varchar(100) NOT NULL, {domain});"
    )
}
