//! A private `ispmail-authd`.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;

use crate::auth_client::AuthClient;
use crate::binaries::{AUTHD, install};
use crate::database::Servers;
use crate::process::{self, Server, tail};
use crate::scratch::write_configuration;

/// Who it runs as: the files of the tests' databases are this user's to read.
const USER: &str = "dovecot";

/// A running daemon, stopped when this value is dropped.
#[derive(Debug)]
pub struct Authd {
    server: Server,
    program: PathBuf,
    directory: PathBuf,
    /// Keeps the directory and the database servers until it has gone.
    _servers: Arc<Servers>,
}

impl Authd {
    /// Starts one with this `ispmail.toml`, which says nothing about the sockets.
    pub fn start(servers: &Arc<Servers>, toml: &str) -> Self {
        Self::start_with(servers, toml, "", "")
    }

    /// The same with these further lines in `[client_socket]` and `[master_socket]`.
    pub fn start_with(
        servers: &Arc<Servers>,
        toml: &str,
        client_socket: &str,
        master_socket: &str,
    ) -> Self {
        let number = servers.next_number();
        let name = format!("authd{number}");
        let directory = servers.scratch().directory(&name, process::ids_of(USER));
        let program = install(servers.scratch(), AUTHD);
        let text = format!(
            "{toml}\n[client_socket]\npath = \"{0}/auth-client\"\n{client_socket}\n\
             [master_socket]\npath = \"{0}/auth-master\"\n{master_socket}\n",
            directory.display()
        );
        write_configuration(&directory.join("ispmail.toml"), &text);
        let server = launch(&program, &directory);
        Self { server, program, directory, _servers: Arc::clone(servers) }
    }

    /// Where sign-ins are asked for.
    pub fn client_socket(&self) -> PathBuf {
        client_socket(&self.directory)
    }

    /// Where users are looked up.
    pub fn master_socket(&self) -> PathBuf {
        master_socket(&self.directory)
    }

    /// Its configuration, to be changed before a [reload](Self::reload) or a restart.
    pub fn configuration(&self) -> PathBuf {
        self.directory.join("ispmail.toml")
    }

    /// A new connection to the client socket, as Postfix has one.
    pub fn auth(&self) -> AuthClient {
        AuthClient::connect(&self.client_socket())
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(&mut self) {
        self.server.stop();
    }

    /// Ends it without asking.
    pub fn kill(&mut self) {
        self.server.stop_with("KILL");
    }

    /// Starts it again after it has ended, and waits until it accepts connections.
    pub fn start_again(&mut self) {
        self.server = launch(&self.program, &self.directory);
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

    /// The end of its log.
    pub fn log(&self) -> String {
        tail(&log(&self.directory), 40)
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

fn launch(program: &Path, directory: &Path) -> Server {
    let mut command = Command::new(program);
    command.arg("--verbose").arg("--config").arg(directory.join("ispmail.toml"));
    let mut server = Server::start("ispmail-authd", USER, &command, &log(directory));
    server.wait_until(&log(directory), || {
        let sockets = [client_socket(directory), master_socket(directory)];
        sockets.iter().all(|socket| UnixStream::connect(socket).is_ok())
    });
    server
}

fn client_socket(directory: &Path) -> PathBuf {
    directory.join("auth-client")
}

fn master_socket(directory: &Path) -> PathBuf {
    directory.join("auth-master")
}

fn log(directory: &Path) -> PathBuf {
    directory.join("log")
}
