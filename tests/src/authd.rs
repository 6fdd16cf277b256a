//! A private `ispmail-authd`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::auth_client::AuthClient;
use crate::binaries::{AUTHD, install};
use crate::database::Servers;
use crate::process::{self, Output, SERVER_LIMIT, Server, program, tail};
use crate::scratch::write_configuration;

/// Who it runs as: the files of the tests' databases are this user's to read.
const USER: &str = "dovecot";

/// A running daemon, stopped when this value is dropped.
#[derive(Debug)]
pub struct Authd {
    server: Server,
    place: Place,
}

/// How it is started, besides its configuration.
#[derive(Debug, Clone, Copy, Default)]
pub struct Start<'a> {
    /// Further lines of `[client_socket]`.
    pub client_socket: &'a str,
    /// Further lines of `[master_socket]`.
    pub master_socket: &'a str,
    /// Another user than dovecot.
    pub user: Option<&'a str>,
    /// A command that runs the daemon's command line, such as `prlimit --nofile=64`.
    pub through: &'a [&'a str],
}

/// Where one lives, and how it is started there.
#[derive(Debug)]
struct Place {
    directory: PathBuf,
    program: PathBuf,
    user: String,
    through: Vec<String>,
    /// Keeps the directory and the database servers until the daemon has gone.
    _servers: Arc<Servers>,
}

impl Authd {
    /// Starts one with this `ispmail.toml`, which says nothing about the sockets.
    pub fn start(servers: &Arc<Servers>, toml: &str) -> Self {
        Self::start_as(servers, toml, Start::default())
    }

    /// The same with these further lines in `[client_socket]` and `[master_socket]`.
    pub fn start_with(
        servers: &Arc<Servers>,
        toml: &str,
        client_socket: &str,
        master_socket: &str,
    ) -> Self {
        Self::start_as(servers, toml, Start { client_socket, master_socket, ..Start::default() })
    }

    /// The same in one of several ways.
    pub fn start_as(servers: &Arc<Servers>, toml: &str, start: Start<'_>) -> Self {
        let place = Place::new(servers, toml, start);
        let server = place.launch();
        Self { server, place }
    }

    /// Starts one that ends by itself, and gives what it printed.
    pub fn fail_to_start(servers: &Arc<Servers>, toml: &str, start: Start<'_>) -> Output {
        Self::run_to_the_end(servers, toml, start).0
    }

    /// The same, and the directory with its sockets and its configuration.
    pub fn run_to_the_end(
        servers: &Arc<Servers>,
        toml: &str,
        start: Start<'_>,
    ) -> (Output, PathBuf) {
        let place = Place::new(servers, toml, start);
        (place.run(), place.directory.clone())
    }

    /// Starts another one with the same configuration, which ends by itself.
    pub fn start_another(&self) -> Output {
        self.place.run()
    }

    /// Where sign-ins are asked for.
    pub fn client_socket(&self) -> PathBuf {
        self.place.client_socket()
    }

    /// Where users are looked up.
    pub fn master_socket(&self) -> PathBuf {
        self.place.master_socket()
    }

    /// Its configuration, to be changed before a [reload](Self::reload) or a restart.
    pub fn configuration(&self) -> PathBuf {
        self.place.configuration()
    }

    /// A new connection to the client socket, as Postfix has one.
    pub fn auth(&self) -> AuthClient {
        AuthClient::connect(&self.client_socket())
    }

    /// Its process number.
    pub fn pid(&self) -> u32 {
        self.server.pid()
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(&mut self) {
        self.server.stop();
    }

    /// Waits until it has ended by itself, and says how.
    pub fn wait(&mut self) -> ExitStatus {
        self.server.wait()
    }

    /// Ends it without asking.
    pub fn kill(&mut self) {
        self.server.stop_with("KILL");
    }

    /// Starts it again after it has ended, and waits until it is ready.
    pub fn start_again(&mut self) {
        self.server = self.place.launch();
    }

    /// Stops it and starts it again.
    pub fn restart(&mut self) {
        self.stop();
        self.start_again();
    }

    /// Sends a signal and does not wait. `STOP` ought to be followed by `CONT`.
    pub fn signal(&self, signal: &str) {
        process::send(signal, &[self.server.pid()]);
    }

    /// Has it read its configuration again, and waits until its log says that it has, or that it
    /// cannot.
    pub fn reload(&self) {
        let count =
            || self.log_lines("configuration read again") + self.log_lines("stays as it was");
        let before = count();
        self.signal("HUP");
        wait_until(&self.place.log(), || count() > before);
    }

    /// Waits until its log has this text in so many lines.
    pub fn wait_for_log(&self, text: &str, lines: usize) {
        wait_until(&self.place.log(), || self.log_lines(text) >= lines);
    }

    /// How many lines of its log have this text.
    pub fn log_lines(&self, text: &str) -> usize {
        count_lines(&self.place.log(), text)
    }

    /// Its log from the beginning.
    pub fn whole_log(&self) -> String {
        read(&self.place.log())
    }

    /// The end of its log.
    pub fn log(&self) -> String {
        tail(&self.place.log(), 40)
    }
}

impl Drop for Authd {
    fn drop(&mut self) {
        self.server.stop();
        if thread::panicking() {
            eprintln!("ispmail-authd's log ends:\n{}", self.log());
        }
    }
}

impl Place {
    fn new(servers: &Arc<Servers>, toml: &str, start: Start<'_>) -> Self {
        let name = format!("authd{}", servers.next_number());
        let this = Self {
            directory: servers.scratch().directory(&name, process::ids_of(USER)),
            program: install(servers.scratch(), AUTHD),
            user: start.user.unwrap_or(USER).to_owned(),
            through: start.through.iter().copied().map(str::to_owned).collect(),
            _servers: Arc::clone(servers),
        };
        let text = format!(
            "{toml}\n[client_socket]\npath = \"{}\"\n{}\n[master_socket]\npath = \"{}\"\n{}\n",
            this.client_socket().display(),
            start.client_socket,
            this.master_socket().display(),
            start.master_socket
        );
        write_configuration(&this.configuration(), &text);
        this
    }

    fn launch(&self) -> Server {
        let ready = || count_lines(&self.log(), "INFO ready");
        let before = ready();
        let mut server = Server::start("ispmail-authd", &self.user, &self.command(), &self.log());
        server.wait_until(&self.log(), || ready() > before);
        server
    }

    fn run(&self) -> Output {
        let (uid, gid) = process::ids_of(&self.user);
        let command = self.command();
        let mut guarded = Command::new(program("setpriv", "util-linux"));
        guarded.args(["--reuid", &uid.to_string(), "--regid", &gid.to_string(), "--init-groups"]);
        guarded.arg("--").arg(command.get_program()).args(command.get_args());
        process::run(&mut guarded, b"")
    }

    fn command(&self) -> Command {
        let mut words = self.through.iter().map(AsRef::as_ref).chain([self.program.as_os_str()]);
        let mut command = Command::new(words.next().expect("the program at least"));
        command.args(words).arg("--verbose").arg("--config").arg(self.configuration());
        command
    }

    fn client_socket(&self) -> PathBuf {
        self.directory.join("auth-client")
    }

    fn master_socket(&self) -> PathBuf {
        self.directory.join("auth-master")
    }

    fn configuration(&self) -> PathBuf {
        self.directory.join("ispmail.toml")
    }

    fn log(&self) -> PathBuf {
        self.directory.join("log")
    }
}

fn read(log: &Path) -> String {
    String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into_owned()
}

fn count_lines(log: &Path, text: &str) -> usize {
    read(log).lines().filter(|line| line.contains(text)).count()
}

fn wait_until(log: &Path, ready: impl Fn() -> bool) {
    let begin = Instant::now();
    while !ready() {
        assert!(
            begin.elapsed() < SERVER_LIMIT,
            "it does not happen; the log ends:\n{}",
            tail(log, 40)
        );
        thread::sleep(Duration::from_millis(2));
    }
}
