//! A mail server: a database, the daemon, Dovecot, and a place for the mail.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use ispmail_tests::auth_client::{Answer, Decision};
use ispmail_tests::authd::Authd;
use ispmail_tests::crypt::crypt3;
use ispmail_tests::database::{Database, Kind, Layout, Servers};
use ispmail_tests::dovecot::Dovecot;
use ispmail_tests::imap::Reply;
use ispmail_tests::shown;

use crate::door::{AnyDovecot, Door};

/// The owner of all mail, user and group.
pub(crate) const VMAIL: (u32, u32) = (5000, 5000);

pub(crate) const JOHN: &str = "john@example.org";
pub(crate) const PLAIN: &str = "plain@example.org";
pub(crate) const CRAM: &str = "cram@example.org";
pub(crate) const LOCKED: &str = "locked@example.org";
pub(crate) const MALFORMED: &str = "no-such-scheme@example.org";
pub(crate) const GOOD: &str = "summersun";
pub(crate) const WRONG: &str = "wintermoon";

/// Rows of summersun, of which nothing is upgraded.
const ROWS: [(&str, &str); 5] = [
    (JOHN, "{SHA256-CRYPT}$5$M/GWzmtjsLroRWIf$0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL7"),
    (PLAIN, "{PLAIN}summersun"),
    (CRAM, "{CRAM-MD5}4e3771a1a672bdc8bd8db861c1f2a29a8e043c99300ca203a1a92bbea7506691"),
    (LOCKED, "!{PLAIN}summersun"),
    (MALFORMED, "{NO-SUCH}summersun"),
];

/// Further users, each with a password of its own.
pub(crate) const CROWD: usize = 2000;
/// So many of them have a hash, the others plain text.
const HASHED: usize = 200;

/// How many sign-ins are under way at the same time, and how many over IMAP.
pub(crate) const AT_ONCE: usize = 64;
const IMAP_AT_ONCE: usize = 16;

pub(crate) struct Site {
    // Dropped in this order.
    pub(crate) dovecot: AnyDovecot,
    pub(crate) daemon: Authd,
    pub(crate) database: Database,
    pub(crate) servers: Arc<Servers>,
    pub(crate) door: Door,
    pub(crate) homes: PathBuf,
}

impl Site {
    pub(crate) fn start(servers: &Arc<Servers>, door: Door, kind: Kind) -> Self {
        let database = database(servers, kind);
        let number = servers.next_number();
        let homes = servers.scratch().directory(&format!("vmail{number}"), VMAIL);
        let daemon = Authd::start(servers, &configuration(&database, &homes.display().to_string()));
        let dovecot = door.start(servers, &door.settings(servers, &daemon));
        // Until a worker has told its auth process how many there may be, Dovecot 2.4 connects to
        // any number of them, and those that are too many fail.
        expect(&dovecot, &[(JOHN, GOOD.as_bytes(), Decision::Accepted)]);
        Self { dovecot, daemon, database, servers: Arc::clone(servers), door, homes }
    }

    /// Another Dovecot before the same daemon, with these settings besides.
    pub(crate) fn another_dovecot(&self, settings: &str) -> AnyDovecot {
        let own = self.door.settings(&self.servers, &self.daemon);
        self.door.start(&self.servers, &(own + settings))
    }

    /// The same with a Lua script of its own: the one that is installed, changed by `edit`.
    pub(crate) fn dovecot_with_script(&self, edit: impl FnOnce(String) -> String) -> AnyDovecot {
        let installed = ispmail_tests::lua::install(self.servers.scratch(), &self.daemon);
        let text = edit(fs::read_to_string(&installed).expect("ispmail.lua"));
        let script = installed.with_file_name(format!("{}.lua", self.servers.next_number()));
        fs::write(&script, text).expect("script");
        fs::set_permissions(&script, Permissions::from_mode(0o644)).expect("chmod 0644");
        self.door.start(&self.servers, &self.door.lua_settings(&script))
    }

    /// Fails unless the auth socket decides so.
    #[track_caller]
    pub(crate) fn expect(&self, login: &str, password: &str, expected: Decision) {
        expect(&self.dovecot, &[(login, password.as_bytes(), expected)]);
    }

    /// Signs in over IMAP, each on a connection of its own; replies in this order.
    pub(crate) fn imap(&self, cases: &[(&str, &[u8])]) -> Vec<Reply> {
        let mut replies = Vec::with_capacity(cases.len());
        for some in cases.chunks(IMAP_AT_ONCE) {
            thread::scope(|scope| {
                let sign_in = |&(login, password): &(&str, &[u8])| {
                    let (login, password) = (login.as_bytes().to_vec(), password.to_vec());
                    scope.spawn(move || self.dovecot.imap().login(&login, &password))
                };
                let threads: Vec<_> = some.iter().map(sign_in).collect();
                replies.extend(threads.into_iter().map(|thread| thread.join().expect("IMAP")));
            });
        }
        replies
    }

    /// The home that is configured for this login.
    pub(crate) fn home(&self, login: &str) -> PathBuf {
        let (name, domain) = login.split_once('@').expect("domain");
        self.homes.join(domain).join(name)
    }

    /// The column as it is.
    pub(crate) fn stored(&self, login: &str) -> String {
        let sql = format!("SELECT password FROM virtual_users WHERE email = '{login}';");
        self.database.execute(&sql).trim_end().to_owned()
    }
}

/// Fails unless the auth socket decides so on each.
#[track_caller]
pub(crate) fn expect(dovecot: &Dovecot, cases: &[(&str, &[u8], Decision)]) {
    let requests: Vec<_> = cases
        .iter()
        .map(|(login, password, _)| (login.as_bytes().to_vec(), password.to_vec()))
        .collect();
    let answers = dovecot.auth().pipeline(&requests, AT_ONCE);
    let wrong: Vec<String> = cases
        .iter()
        .zip(answers)
        .filter(|((login, _, expected), answer)| {
            answer.decision() != *expected || !is_for(answer, login)
        })
        .map(|((login, password, expected), answer)| {
            format!("{login:?} with {:?}: expected {expected:?}, got {answer:?}", shown(password))
        })
        .collect();
    assert!(wrong.is_empty(), "{}\nDovecot's log ends:\n{}", wrong.join("\n"), dovecot.log());
}

/// Whether the answer names this user, if any.
fn is_for(answer: &Answer, login: &str) -> bool {
    answer.field("user").is_none_or(|user| user == login.to_ascii_lowercase())
}

/// Fails unless this text gets into the log: another process writes it, after the answer.
#[track_caller]
pub(crate) fn expect_log(dovecot: &Dovecot, text: &str) {
    const LIMIT: Duration = Duration::from_secs(20);
    let begin = Instant::now();
    while !dovecot.log().contains(text) {
        assert!(begin.elapsed() < LIMIT, "no {text:?} in the log:\n{}", dovecot.log());
        thread::sleep(Duration::from_millis(10));
    }
}

/// One of the further users: login and password.
pub(crate) fn one_of_crowd(number: usize) -> (String, String) {
    (format!("user{number}@example.org"), format!("summersun-{number}"))
}

/// With all users, and a file that the daemon may change.
fn database(servers: &Arc<Servers>, kind: Kind) -> Database {
    let database = Database::create(servers, kind, Layout { wide: true, ..Layout::default() });
    if kind == Kind::Sqlite {
        fs::set_permissions(database.file(), Permissions::from_mode(0o660)).expect("chmod");
        // SQLite makes its journal beside the file.
        fs::set_permissions(servers.scratch().path(), Permissions::from_mode(0o1777))
            .expect("chmod");
    }
    database.add_users(ROWS.map(|(login, stored)| (login, Some(stored))));
    let crowd: Vec<_> = (0..CROWD)
        .map(|number| {
            let (login, password) = one_of_crowd(number);
            let stored = if number < HASHED {
                let setting = format!("$5$rounds=2000$salt{number}");
                let hash = crypt3(password.as_bytes(), setting.as_bytes());
                String::from_utf8(hash).expect("ASCII")
            } else {
                format!("{{PLAIN}}{password}")
            };
            (login, stored)
        })
        .collect();
    database.add_users(crowd.iter().map(|(login, stored)| (&**login, Some(&**stored))));
    database
}

/// The daemon's, with new hashes and refusals that cost little.
fn configuration(database: &Database, homes: &str) -> String {
    let (uid, gid) = VMAIL;
    let writer = database.toml_over_socket();
    let (_, upgrade) = writer.split_once("[database]").expect("[database]");
    format!(
        "{}\n[upgrade]{upgrade}\n[account]\nhome = \"{homes}/%d/%n\"\nuid = {uid}\ngid = {gid}\n\
         [policy]\nrounds = 2000\n[daemon]\nrefuse_after = 0\n",
        database.toml()
    )
}
