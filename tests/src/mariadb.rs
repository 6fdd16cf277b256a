//! A private MariaDB server on a port and a socket of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{self, Server, must, program};
use crate::scratch::Scratch;

/// The server, which can be stopped and started again on the same port.
#[derive(Debug)]
pub struct MariaDb {
    server: Option<Server>,
    data: PathBuf,
    /// A server that starts removes what others have in a directory for temporary tables.
    temporary: PathBuf,
    log: PathBuf,
    /// Further arguments of the server.
    arguments: Vec<String>,
    /// The TCP port on 127.0.0.1.
    pub port: u16,
    /// The UNIX socket.
    pub socket: PathBuf,
}

impl MariaDb {
    /// Makes an empty data directory of this name and starts the server on it.
    pub fn start(scratch: &Scratch, name: &str) -> Self {
        Self::start_with(scratch, name, Vec::new())
    }

    /// The same with further arguments.
    pub fn start_with(scratch: &Scratch, name: &str, arguments: Vec<String>) -> Self {
        let data = scratch.directory(name, process::ids_of("mysql"));
        let temporary = scratch.directory(&format!("{name}.tmp"), process::ids_of("mysql"));
        must(
            Command::new(program("mariadb-install-db", "mariadb-server"))
                .env("TMPDIR", &temporary)
                .arg("--no-defaults")
                .arg(format!("--datadir={}", data.display()))
                .args(["--user=mysql", "--auth-root-authentication-method=socket"])
                .args(["--skip-name-resolve", "--skip-test-db"]),
            b"",
        );
        let mut this = Self {
            server: None,
            socket: data.join("sock"),
            log: scratch.path().join(format!("{name}.log")),
            port: process::free_port(),
            data,
            temporary,
            arguments,
        };
        this.start_again();
        this
    }

    /// Starts it, or starts it again where it was.
    pub fn start_again(&mut self) {
        let mut command = Command::new(program("mariadbd", "mariadb-server"));
        command
            .arg("--no-defaults")
            .arg(format!("--datadir={}", self.data.display()))
            .arg(format!("--socket={}", self.socket.display()))
            .arg(format!("--tmpdir={}", self.temporary.display()))
            .arg(format!("--port={}", self.port))
            .arg(format!("--pid-file={}", self.data.join("pid").display()))
            .args(["--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin"])
            // Speed matters here, and nobody needs these rows after a power cut; after a crash of
            // the server they are needed.
            .args(["--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=32M"])
            .args(["--innodb-fast-shutdown=2", "--max-allowed-packet=64M"])
            .args(&self.arguments);
        let mut server = Server::start("mariadbd", "mysql", &command, &self.log);
        server.wait_until(&self.log, || {
            let answer = process::run(&mut self.client("mysql"), b"SELECT 1;");
            answer.status.success()
        });
        self.server = Some(server);
    }

    /// Stops it; every connection is cut.
    pub fn stop(&mut self) {
        self.server = None;
    }

    /// Kills it as a crash would, but loses no rows.
    pub fn kill(&mut self) {
        // A commit that is flushed takes all earlier ones along.
        self.execute(
            "mysql",
            "SET GLOBAL innodb_flush_log_at_trx_commit = 1;
             CREATE DATABASE flushed; DROP DATABASE flushed;",
        );
        if let Some(mut server) = self.server.take() {
            server.stop_with("KILL");
        }
    }

    /// Halts it, or lets it go on: the kernel takes connections meanwhile, nobody answers.
    pub fn set_halted(&self, halted: bool) {
        let pid = self.server.as_ref().expect("running").pid();
        process::send(if halted { "STOP" } else { "CONT" }, &[pid]);
    }

    /// Runs SQL as root, over the socket.
    pub fn execute(&self, database: &str, sql: &str) -> String {
        must(&mut self.client(database), sql.as_bytes())
    }

    /// A database with the two accounts of the guides: one that reads, over TCP, and one that
    /// writes, over the socket.
    pub fn create_database(&self, name: &str, password: &str) {
        let read = format!("mailuser@'127.0.0.1' IDENTIFIED BY '{password}'");
        let write = format!("mailadmin@'localhost' IDENTIFIED BY '{password}'");
        self.execute(
            "mysql",
            &format!(
                "CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
                 CREATE USER IF NOT EXISTS {read};
                 CREATE USER IF NOT EXISTS {write};
                 GRANT SELECT ON {name}.* TO mailuser@'127.0.0.1';
                 GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, REFERENCES
                     ON {name}.* TO mailadmin@'localhost';"
            ),
        );
    }

    /// The end of the server's log.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// A client that runs SQL as root, over the socket, for as long as its input lasts.
    pub fn client(&self, database: &str) -> Command {
        let mut command = Command::new(program("mariadb", "mariadb-client"));
        command
            .arg("--no-defaults")
            .arg(format!("--socket={}", self.socket.display()))
            .args(["--user=root", "--batch", "--skip-column-names", "--max-allowed-packet=64M"])
            .args(["--default-character-set=utf8mb4", database]);
        command
    }
}
