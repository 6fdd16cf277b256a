//! A private Dovecot 2.3 with the passdb and userdb that a test asks for.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;

use crate::auth_client::AuthClient;
use crate::database::Servers;
use crate::doveadm::Doveadm;
use crate::imap::Imap;
use crate::process::{self, Server, missing, program, tail};
use crate::scratch::write_configuration;

/// Dovecot's own program that writes the reply to fd 4.
pub const CHECKPASSWORD_REPLY: &str = "/usr/lib/dovecot/checkpassword-reply";

/// What every instance has. No cache and no delays: each request must reach the database, and a
/// test with a thousand wrong passwords must end.
const COMMON: &str = "\
protocols = imap
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5
auth_cache_size = 0
auth_failure_delay = 0
auth_verbose = yes
first_valid_uid = 5000
mail_location = maildir:~/Maildir
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
";

/// A running Dovecot.
#[derive(Debug)]
pub struct Dovecot {
    pub(crate) server: Server,
    pub(crate) doveadm: Doveadm,
    /// Keeps the directory and the database servers until Dovecot has gone.
    pub(crate) place: Place,
}

impl Dovecot {
    /// Starts one with these further settings: at least a passdb and a userdb.
    pub fn start(servers: &Arc<Servers>, settings: &str) -> Self {
        for (file, package) in [
            ("/usr/lib/dovecot/imap", "dovecot-imapd"),
            ("/usr/lib/dovecot/modules/auth/libauthdb_lua.so", "dovecot-auth-lua"),
            ("/usr/lib/dovecot/modules/auth/libdriver_sqlite.so", "dovecot-sqlite"),
            ("/usr/lib/dovecot/modules/auth/libdriver_mysql.so", "dovecot-mysql"),
            ("/usr/lib/dovecot/modules/auth/libdriver_pgsql.so", "dovecot-pgsql"),
            (CHECKPASSWORD_REPLY, "dovecot-core"),
        ] {
            assert!(Path::new(file).exists(), "{}", missing(file, package));
        }
        let place = Place::new(servers);
        let listeners = format!(
            "base_dir = {0}/base\nlog_path = {0}/log\n\
             service imap-login {{\n  inet_listener imap {{\n    address = 127.0.0.1\n    port = {1}\n  }}\n  \
             inet_listener imaps {{\n    port = 0\n  }}\n}}\n",
            place.directory.display(),
            place.port
        );
        write_configuration(&place.configuration(), &format!("{COMMON}{listeners}{settings}"));

        let mut command = Command::new(program("dovecot", "dovecot-core"));
        command.arg("-F").arg("-c").arg(place.configuration());
        Self::run(place, &command)
    }

    /// Runs the command that starts one here, until it answers.
    pub(crate) fn run(place: Place, command: &Command) -> Self {
        let log = place.log();
        let mut server = Server::start("dovecot", "root", command, &log);
        server.wait_until(&log, || Imap::connect(place.port).is_some());
        Self { server, doveadm: Doveadm::with_configuration(place.configuration()), place }
    }

    /// A new IMAP connection.
    pub fn imap(&self) -> Imap {
        Imap::connect(self.place.port)
            .unwrap_or_else(|| panic!("no IMAP; the log ends:\n{}", self.log()))
    }

    /// A new connection to the auth socket, as Postfix has one.
    pub fn auth(&self) -> AuthClient {
        AuthClient::connect(&self.place.directory.join("base/auth-client"))
    }

    /// Dovecot's administration program on this instance.
    pub fn doveadm(&self) -> &Doveadm {
        &self.doveadm
    }

    /// The end of its log.
    pub fn log(&self) -> String {
        tail(&self.place.log(), 40)
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.server.stop();
        if thread::panicking() {
            eprintln!("Dovecot's log ends:\n{}", self.log());
        }
    }
}

/// Where a new instance lives.
#[derive(Debug)]
pub(crate) struct Place {
    /// For its configuration, its log and all that it makes.
    pub(crate) directory: PathBuf,
    /// For IMAP, on 127.0.0.1.
    pub(crate) port: u16,
    /// The servers that its databases are on, and the directory above.
    pub(crate) servers: Arc<Servers>,
}

impl Place {
    /// One that no other instance has.
    pub(crate) fn new(servers: &Arc<Servers>) -> Self {
        let number = servers.next_number();
        let directory = servers.scratch().directory(&format!("dovecot{number}"), (0, 0));
        Self { directory, port: process::free_port(), servers: Arc::clone(servers) }
    }

    /// The configuration file.
    pub(crate) fn configuration(&self) -> PathBuf {
        self.directory.join("dovecot.conf")
    }

    fn log(&self) -> PathBuf {
        self.directory.join("log")
    }
}

/// A `passdb` or `userdb` block.
pub fn block(kind: &str, driver: &str, arguments: &str) -> String {
    format!("{kind} {{\n  driver = {driver}\n  args = {arguments}\n}}\n")
}
