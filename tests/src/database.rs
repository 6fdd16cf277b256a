//! One database for one test, with the tables of the ISPmail guides.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use crate::mariadb::MariaDb;
use crate::postgres::Postgres;
use crate::process::{self, must, program};
use crate::scratch::Scratch;

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

/// The servers of one test program, each started when the first test asks for it.
#[derive(Debug)]
pub struct Servers {
    // Dropped in this order: servers first, then the directory under them.
    mariadb: OnceLock<Mutex<MariaDb>>,
    postgres: OnceLock<Mutex<Postgres>>,
    databases: AtomicUsize,
    scratch: Scratch,
}

impl Servers {
    /// None is started yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            mariadb: OnceLock::new(),
            postgres: OnceLock::new(),
            databases: AtomicUsize::new(0),
            scratch: Scratch::new(),
        })
    }

    /// The directory that everything lives in.
    pub fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// A number that no other database or directory of this run has.
    pub fn next_number(&self) -> usize {
        self.databases.fetch_add(1, Ordering::Relaxed)
    }

    /// The MariaDB server.
    pub fn mariadb(&self) -> MutexGuard<'_, MariaDb> {
        lock(self.mariadb.get_or_init(|| Mutex::new(MariaDb::start(&self.scratch))))
    }

    /// The PostgreSQL server.
    pub fn postgres(&self) -> MutexGuard<'_, Postgres> {
        lock(self.postgres.get_or_init(|| Mutex::new(Postgres::start(&self.scratch))))
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
    name: String,
    servers: Arc<Servers>,
}

impl Database {
    /// Creates it, with the three tables and the domain example.org.
    pub fn create(servers: &Arc<Servers>, kind: Kind, layout: Layout) -> Self {
        let name = format!("mailserver{}", servers.next_number());
        let this = Self { kind, name, servers: Arc::clone(servers) };
        match kind {
            Kind::Sqlite => {}
            Kind::MariaDb => servers.mariadb().create_database(&this.name, DATABASE_PASSWORD),
            Kind::Postgres => servers.postgres().create_database(&this.name, DATABASE_PASSWORD),
        }
        this.execute(&tables(kind, layout));
        this.execute("INSERT INTO virtual_domains (name) VALUES ('example.org');");
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
            Kind::MariaDb => self.servers.mariadb().execute(&self.name, sql),
            Kind::Postgres => self.servers.postgres().execute(&self.name, sql),
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
            (Kind::MariaDb, false) => self.servers.mariadb().stop(),
            (Kind::MariaDb, true) => self.servers.mariadb().start_again(),
            (Kind::Postgres, false) => self.servers.postgres().stop(),
            (Kind::Postgres, true) => self.servers.postgres().start_again(),
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
                let socket = self.servers.mariadb().socket.display().to_string();
                format!("mysql://mailadmin@localhost/{name}?socket={socket}")
            }
            Kind::Postgres => {
                let directory = self.servers.postgres().socket_directory.display().to_string();
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
        self.servers.scratch.path().join(format!("{}.sqlite", self.name))
    }

    fn file_away(&self) -> PathBuf {
        self.file().with_extension("away")
    }

    fn port(&self) -> u16 {
        match self.kind {
            Kind::Sqlite => unreachable!("an SQLite file has no port"),
            Kind::MariaDb => self.servers.mariadb().port,
            Kind::Postgres => self.servers.postgres().port,
        }
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A test that panicked while it held the server has not broken the server.
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
