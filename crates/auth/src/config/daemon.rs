//! What the auth daemon is told: `[daemon]`, `[client_socket]`, `[master_socket]`, `[upgrade]`.

use std::path::PathBuf;
use std::time::Duration;

use ispmail_accounts::settings::{Endpoint, Timeouts};
use ispmail_auth_protocol::{client, master};

use super::error::{ConfigError, Text};
use super::query_text::statement;
use super::toml_database;
use super::toml_section::Section;

/// How the daemon serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daemon {
    /// Where sign-ins are asked for.
    pub client: Socket,
    /// Where trusted local programs look users up.
    pub master: Socket,
    /// Names of the users whose programs are trusted, besides root and the daemon's own.
    pub trusted: Vec<String>,
    /// Name of the user to become, if the daemon is started as root.
    pub user: Option<String>,
    /// Most connections to each database server, 1 to 1000.
    pub connections: usize,
    /// Most requests at once, 1 to 100000. One more is answered with "could not check".
    pub requests: usize,
    /// Threads that check passwords; `None` is one for each core.
    pub threads: Option<usize>,
    /// How long after its request a refused sign-in is answered, at the earliest. It hides what is
    /// left of the differences between refusals.
    pub refuse_after: Duration,
    /// How long requests may still take once the daemon is told to stop.
    pub stop_within: Duration,
}

/// A UNIX socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// Where it is, a path from the root.
    pub path: PathBuf,
    /// Name of the user who owns it; `None` is the daemon's own.
    pub owner: Option<String>,
    /// Name of its group.
    pub group: Option<String>,
    /// Its permissions, 0 to 0o777.
    pub mode: u32,
}

/// How stored passwords that are out of date are replaced at sign-in.
pub struct Upgrade {
    /// The databases that take changes, the primary first, with an account that may.
    pub endpoints: Vec<Endpoint>,
    /// The longest waits for one of them.
    pub timeouts: Timeouts,
    /// The statement that replaces a stored password, where the accounts are found by the
    /// administrator's own query.
    pub statement: Option<Text>,
}

impl Default for Daemon {
    fn default() -> Self {
        Self {
            client: Socket::default_at(client::DEFAULT_SOCKET),
            master: Socket::default_at(master::DEFAULT_SOCKET),
            trusted: vec!["dovecot".to_owned()],
            user: None,
            connections: 8,
            requests: 1000,
            threads: None,
            refuse_after: Duration::from_millis(10),
            stop_within: Duration::from_secs(10),
        }
    }
}

impl Socket {
    fn default_at(path: &str) -> Self {
        Self { path: path.into(), owner: None, group: None, mode: 0o660 }
    }
}

impl Daemon {
    pub(super) fn read(root: &Section<'_>) -> Result<Self, ConfigError> {
        let mut daemon = Self::default();
        if let Some(section) = root.section("daemon", DAEMON_KEYS)? {
            daemon.user = section.string("user")?.map(str::to_owned);
            let number = |key, most| Ok(section.number(key, 1..=most)?.map(|n| n as usize));
            daemon.connections = number("connections", 1000)?.unwrap_or(daemon.connections);
            daemon.requests = number("requests", 100_000)?.unwrap_or(daemon.requests);
            daemon.threads = number("threads", 1000)?;
            let refuse_after = section.seconds("refuse_after", 0.0..=60.0)?;
            daemon.refuse_after = refuse_after.unwrap_or(daemon.refuse_after);
            let stop_within = section.seconds("stop_within", 0.0..=300.0)?;
            daemon.stop_within = stop_within.unwrap_or(daemon.stop_within);
        }
        if let Some(section) = root.section("client_socket", SOCKET_KEYS)? {
            daemon.client = socket(&section, daemon.client)?;
        }
        if let Some(section) = root.section("master_socket", &[SOCKET_KEYS, &["users"]].concat())? {
            daemon.master = socket(&section, daemon.master)?;
            if let Some(users) = section.strings("users")? {
                daemon.trusted = users.into_iter().map(|(name, _)| name.to_owned()).collect();
            }
        }
        if daemon.client.path == daemon.master.path {
            return Err(root
                .place("master_socket")
                .invalid("[master_socket] path: that of [client_socket]; expected another"));
        }
        Ok(daemon)
    }
}

fn socket(section: &Section<'_>, default: Socket) -> Result<Socket, ConfigError> {
    let path = section.string("path")?.map_or(default.path, PathBuf::from);
    if !path.is_absolute() {
        return Err(section.wrong("path", "expected a path from the root (/…)"));
    }
    let name = |key| Ok(section.string(key)?.map(str::to_owned));
    let mode = section.string("mode")?.map(|text| {
        let digits = text.len() <= 4 && text.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
        let mode = u32::from_str_radix(text, 8).ok().filter(|&mode| digits && mode <= 0o777);
        mode.ok_or_else(|| section.wrong("mode", "expected octal digits in quotes, such as 0660"))
    });
    Ok(Socket {
        path,
        owner: name("owner")?,
        group: name("group")?,
        mode: mode.transpose()?.unwrap_or(default.mode),
    })
}

impl Upgrade {
    /// `[upgrade]`; having it switches upgrades on.
    pub(super) fn read(root: &Section<'_>) -> Result<Option<Self>, ConfigError> {
        let keys = [toml_database::KEYS, &["statement"]].concat();
        let Some(section) = root.section("upgrade", &keys)? else { return Ok(None) };
        let text = section.string("statement")?;
        let origin = section.place("statement");
        Ok(Some(Self {
            endpoints: toml_database::endpoints(&section)?,
            timeouts: toml_database::timeouts(&section)?,
            statement: text
                .map(|text| statement("[upgrade] statement", text, &origin))
                .transpose()?,
        }))
    }
}

/// The sections that are read here.
pub(super) const SECTIONS: &[&str] = &["daemon", "client_socket", "master_socket", "upgrade"];
const DAEMON_KEYS: &[&str] =
    &["user", "connections", "requests", "threads", "refuse_after", "stop_within"];
const SOCKET_KEYS: &[&str] = &["path", "owner", "group", "mode"];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::toml_section::parse;
    use super::*;

    fn read(content: &str) -> Result<(Daemon, Option<Upgrade>), String> {
        let file = Path::new("f");
        let read = parse(file, content).and_then(|table| {
            let root = Section::root(file, content, table.get_ref());
            Ok((Daemon::read(&root)?, Upgrade::read(&root)?))
        });
        read.map_err(|error| error.to_string())
    }

    #[test]
    fn everything_can_be_set() {
        let Ok((daemon, upgrade)) = read("") else { panic!("defaults") };
        assert!(daemon == Daemon::default() && upgrade.is_none());
        let text = "[daemon]\nuser = 'u'\nconnections = 2\nrequests = 3\nthreads = 4\nrefuse_after = 0\nstop_within = 0.5\n\
                    [client_socket]\npath = '/a'\nowner = 'b'\ngroup = 'c'\nmode = '0600'\n\
                    [master_socket]\npath = '/d'\nusers = []\n\
                    [upgrade]\nurl = 'sqlite:///e'\nstatement = 'UPDATE x;'\n";
        let (daemon, upgrade) = read(text).unwrap_or_else(|error| panic!("{error}"));
        let client = Socket {
            path: "/a".into(),
            owner: Some("b".into()),
            group: Some("c".into()),
            mode: 0o600,
        };
        let master = Socket::default_at("/d");
        let stop_within = Duration::from_millis(500);
        let (trusted, threads) = (Vec::new(), Some(4));
        let expected = Daemon {
            client,
            master,
            trusted,
            user: Some("u".into()),
            connections: 2,
            requests: 3,
            threads,
            refuse_after: Duration::ZERO,
            stop_within,
        };
        assert_eq!(daemon, expected);
        let upgrade = upgrade.unwrap();
        assert_eq!(upgrade.endpoints.len(), 1);
        assert_eq!(upgrade.statement.unwrap().text, "UPDATE x");
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (content, expected) in [
            ("[daemon]\nthreads = 0", "f:2: [daemon] threads: expected a whole number, 1 to 1000"),
            (
                "[client_socket]\npath = 'x'",
                "f:2: [client_socket] path: expected a path from the root (/…)",
            ),
            (
                "[client_socket]\nmode = '0888'",
                "f:2: [client_socket] mode: expected octal digits in quotes, such as 0660",
            ),
            (
                "\n[master_socket]\npath = '/run/ispmail/auth-client'",
                "f:2: [master_socket] path: that of [client_socket]; expected another",
            ),
            (
                "[upgrade]\nstatement = ''\nurl = 'sqlite:///e'",
                "f:2: [upgrade] statement: empty; expected a query",
            ),
            (
                "[upgrade]\nurl = 'x'",
                "f:2: [upgrade] url: unknown scheme; expected mysql://USER@HOST/DATABASE, \
                 postgres://USER@HOST/DATABASE or sqlite:///path/from/the/root",
            ),
        ] {
            assert_eq!(read(content).err().as_deref(), Some(expected), "{content}");
        }
    }
}
