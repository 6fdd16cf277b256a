//! A private PostgreSQL server on a port and a socket of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{self, Server, missing, must, program};
use crate::scratch::Scratch;

/// Where Debian keeps the programs of each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// The superuser comes in by who it is, the two mail accounts by their passwords.
const ACCESS: &str = "\
local all postgres peer
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
";

/// The server, which can be stopped and started again on the same port.
#[derive(Debug)]
pub struct Postgres {
    server: Option<Server>,
    data: PathBuf,
    log: PathBuf,
    /// Further arguments of the server.
    arguments: Vec<String>,
    /// The TCP port on 127.0.0.1, which is part of the socket's name too.
    pub port: u16,
    /// The directory of the UNIX socket.
    pub socket_directory: PathBuf,
}

impl Postgres {
    /// Makes an empty data directory of this name and starts the server on it.
    pub fn start(scratch: &Scratch, name: &str) -> Self {
        Self::start_with(scratch, name, Vec::new())
    }

    /// The same with further arguments.
    pub fn start_with(scratch: &Scratch, name: &str, arguments: Vec<String>) -> Self {
        let ids = process::ids_of("postgres");
        let data = scratch.directory(name, ids);
        must(
            as_postgres(&server_program("initdb"))
                .args(["--no-sync", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"])
                .arg("--pgdata")
                .arg(&data),
            b"",
        );
        fs::write(data.join("pg_hba.conf"), ACCESS).expect("pg_hba.conf");
        let mut this = Self {
            server: None,
            socket_directory: scratch.directory(&format!("{name}-s"), ids),
            log: scratch.path().join(format!("{name}.log")),
            port: process::free_port(),
            data,
            arguments,
        };
        this.start_again();
        this
    }

    /// Starts it, or starts it again where it was.
    pub fn start_again(&mut self) {
        let mut command = Command::new(server_program("postgres"));
        command
            .arg("-D")
            .arg(&self.data)
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-k"])
            .arg(&self.socket_directory)
            // Speed matters here, and nobody needs these rows after a power cut.
            .args(["-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=100"])
            .args(&self.arguments);
        let mut server = Server::start("postgres", "postgres", &command, &self.log);
        server.wait_until(&self.log, || {
            process::run(&mut self.client("postgres"), b"SELECT 1;").status.success()
        });
        self.server = Some(server);
    }

    /// Stops it; every connection is cut.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            // "Fast": SIGTERM would wait for every client to leave by itself.
            server.stop_with("INT");
        }
    }

    /// Kills it with all its processes, as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            let children = process::children_of(server.pid());
            server.stop_with("KILL");
            process::send("KILL", &children);
        }
    }

    /// Halts it, or lets it go on: the kernel takes connections meanwhile, nobody answers.
    pub fn set_halted(&self, halted: bool) {
        let pid = self.server.as_ref().expect("running").pid();
        let mut all = process::children_of(pid);
        all.push(pid);
        process::send(if halted { "STOP" } else { "CONT" }, &all);
    }

    /// Runs SQL as the superuser, over the socket.
    pub fn execute(&self, database: &str, sql: &str) -> String {
        must(&mut self.client(database), sql.as_bytes())
    }

    /// A database with an account that reads and an account that writes.
    pub fn create_database(&self, name: &str, password: &str) {
        let existing =
            self.execute("postgres", "SELECT count(*) FROM pg_roles WHERE rolname='mailuser';");
        if existing.trim() == "0" {
            self.execute(
                "postgres",
                &format!(
                    "CREATE ROLE mailuser LOGIN PASSWORD '{password}';
                     CREATE ROLE mailadmin LOGIN PASSWORD '{password}';"
                ),
            );
        }
        self.execute("postgres", &format!("CREATE DATABASE {name};"));
        self.execute(
            name,
            "GRANT CREATE ON SCHEMA public TO mailadmin;
             ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO mailuser;
             ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO mailadmin;
             ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO mailadmin;
             ALTER DEFAULT PRIVILEGES FOR ROLE mailadmin GRANT SELECT ON TABLES TO mailuser;",
        );
    }

    /// Makes an account that gets in with its password and a certificate only.
    pub fn demand_certificate_of(&self, account: &str, password: &str) {
        let rule = format!("hostssl all {account} all scram-sha-256 clientcert=verify-ca\n");
        let file = self.data.join("pg_hba.conf");
        fs::write(&file, rule + ACCESS).expect("pg_hba.conf");
        let create = format!("CREATE ROLE {account} LOGIN PASSWORD '{password}';");
        self.execute("postgres", &(create + "SELECT pg_reload_conf();"));
    }

    /// The end of the server's log.
    pub fn log(&self) -> &Path {
        &self.log
    }

    fn client(&self, database: &str) -> Command {
        let mut command = as_postgres(&program("psql", "postgresql-client"));
        command
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--set", "ON_ERROR_STOP=1", "--port", &self.port.to_string(), "--host"])
            .arg(&self.socket_directory)
            .args(["--dbname", database]);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

fn server_program(name: &str) -> PathBuf {
    let versions = fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions
        .map(|version| version.path().join("bin").join(name))
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| panic!("{}", missing(name, "postgresql")))
}

fn as_postgres(program_path: &Path) -> Command {
    let (uid, gid) = process::ids_of("postgres");
    let mut command = Command::new(program("setpriv", "util-linux"));
    command
        .args(["--reuid", &uid.to_string(), "--regid", &gid.to_string(), "--init-groups", "--"])
        .arg(program_path)
        .current_dir("/");
    command
}
