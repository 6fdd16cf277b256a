//! Sockets that systemd holds.

use std::fs::{self, Permissions};
use std::os::fd::{AsRawFd as _, RawFd};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use ispmail_tests::binaries::{AUTHD, install};
use ispmail_tests::database::{Database, Kind, Servers};
use ispmail_tests::process::{Server, ids_of, program};
use ispmail_tests::scratch::write_configuration;
use rustix::io::{FdFlags, fcntl_setfd};

use crate::fixture::{GOOD, JOHN, QUICK, accounts, ok};
use crate::load::{Load, expect_no_failure};
use crate::wire::{HELLO, Wire, plain};

/// Who comes before the daemon starts it, and waits; sockets that are systemd's stay.
pub(crate) fn started_by_the_first_client(servers: &Arc<Servers>) {
    let place = Place::new(servers);
    let Place { client, master, log, .. } = &place;
    let mut server = place.start(servers, &listening(&[master, client]));
    server.wait_until(log, || client.exists() && master.exists());
    // systemd-socket-activate listens and waits for this; then it becomes the daemon.
    let mut early = Wire::open(client);
    early.send(HELLO.to_owned() + &plain(1, JOHN, GOOD));
    early.handshake();
    assert_eq!(early.line(), ok(1, JOHN));
    let found = Wire::master(master).ask(format!("USER\t1\t{JOHN}\tservice=lmtp\n"));
    assert!(found.starts_with("USER\t1\t"), "{found}");
    server.stop();
    assert!(client.exists() && master.exists(), "it removed what is systemd's");
}

/// A socket that nobody would ask is a mistake in the unit.
pub(crate) fn stray_socket(servers: &Arc<Servers>) {
    let place = Place::new(servers);
    let stray = place.log.with_file_name("stray");
    let mut server = place.start(servers, &listening(&[&stray, &place.client]));
    server.wait_until(&place.log, || stray.exists() && place.client.exists());
    drop(Wire::open(&stray));
    assert_eq!(server.wait().code(), Some(1));
    let said = fs::read_to_string(&place.log).expect("log");
    let why = format!("systemd listens on {}, which is neither", stray.display());
    assert!(said.contains(&why), "{said}");
}

/// While the daemon is restarted, sign-ins wait and do not fail.
pub(crate) fn restarted(servers: &Arc<Servers>) {
    let place = Place::new(servers);
    let listeners = [&place.client, &place.master].map(|path| {
        let listener = UnixListener::bind(path).expect("bind");
        fs::set_permissions(path, Permissions::from_mode(0o666)).expect("chmod");
        fcntl_setfd(&listener, FdFlags::empty()).expect("inherited");
        listener
    });
    let through = passing(listeners.each_ref().map(UnixListener::as_raw_fd));

    let mut early = Wire::open(&place.client);
    early.send(HELLO.to_owned() + &plain(1, JOHN, GOOD));
    let mut server = place.start(servers, &through);
    early.handshake();
    assert_eq!(early.line(), ok(1, JOHN));

    let load = Load::start_with_client(&place.client);
    for signal in ["TERM", "KILL", "TERM"] {
        load.wait_for_decided(300);
        server.stop_with(signal);
        let mut waiting = Wire::open(&place.client);
        waiting.send(HELLO.to_owned() + &plain(1, JOHN, GOOD));
        server = place.start(servers, &through);
        waiting.handshake();
        assert_eq!(waiting.line(), ok(1, JOHN));
    }
    load.wait_for_decided(300);
    expect_no_failure(&load.stop());
}

/// A configuration for sockets that the daemon does not make.
struct Place {
    client: PathBuf,
    master: PathBuf,
    log: PathBuf,
    configuration: PathBuf,
    database: Database,
}

impl Place {
    fn new(servers: &Arc<Servers>) -> Self {
        let database = accounts(servers, Kind::Sqlite);
        let name = format!("systemd{}", servers.next_number());
        let directory = servers.scratch().directory(&name, ids_of("dovecot"));
        let this = Self {
            client: directory.join("auth-client"),
            master: directory.join("auth-master"),
            log: directory.join("log"),
            configuration: directory.join("ispmail.toml"),
            database,
        };
        let [client, master] = [&this.client, &this.master].map(|path| path.display());
        let sockets =
            format!("[client_socket]\npath = \"{client}\"\n[master_socket]\npath = \"{master}\"\n");
        write_configuration(&this.configuration, &(this.database.toml() + QUICK + &sockets));
        this
    }

    fn start(&self, servers: &Arc<Servers>, through: &[String]) -> Server {
        let (first, others) = through.split_first().expect("a command");
        let mut command = Command::new(first);
        command.args(others).arg(install(servers.scratch(), AUTHD)).arg("--verbose");
        command.arg("--config").arg(&self.configuration);
        Server::start("ispmail-authd", "dovecot", &command, &self.log)
    }
}

/// A command that listens as systemd does and runs what follows when somebody connects.
fn listening(sockets: &[&Path]) -> Vec<String> {
    let program = program("systemd-socket-activate", "systemd");
    let sockets = sockets.iter().flat_map(|socket| ["--listen".to_owned(), text(socket)]);
    [text(&program)].into_iter().chain(sockets).collect()
}

/// A command that passes listeners of ours to what follows, as systemd does.
fn passing([first, second]: [RawFd; 2]) -> Vec<String> {
    // In two steps: they may be 3 and 4 the other way round.
    let script = format!(
        "exec 8<&{first} 9<&{second}; exec 3<&8 4<&9 8<&- 9<&-; \
         LISTEN_PID=$$ LISTEN_FDS=2 exec \"$@\""
    );
    ["sh", "-c", &script, "sh"].map(str::to_owned).to_vec()
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
