//! One SQLite database with a configuration, and what holds for every answer.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ispmail_tests::binaries::{CHECKPASSWORD, install};
use ispmail_tests::checkpassword::{Answer, Call};
use ispmail_tests::database::{Database, Kind, Layout, Servers};
use ispmail_tests::scratch::write_configuration;

/// The account that every fixture has.
pub(crate) const JOHN: &str = "john@example.org";
/// John's password, which must not be seen anywhere.
pub(crate) const PASSWORD: &str = "Summersun-77";
/// What is in John's row.
pub(crate) const STORED: &str = "{PLAIN}Summersun-77";

/// The exit codes, by what they mean.
pub(crate) const ACCEPTED: i32 = 0;
pub(crate) const REFUSED: i32 = 1;
pub(crate) const CALLED_WRONGLY: i32 = 2;
pub(crate) const FOUND: i32 = 2;
pub(crate) const UNKNOWN: i32 = 3;
pub(crate) const COULD_NOT: i32 = 111;

pub(crate) struct Fixture {
    pub(crate) servers: Arc<Servers>,
    pub(crate) database: Database,
    pub(crate) program: PathBuf,
    pub(crate) configuration: PathBuf,
}

impl Fixture {
    pub(crate) fn new(servers: &Arc<Servers>) -> Self {
        Self::with_layout(servers, Layout { wide: true, ..Layout::default() })
    }

    pub(crate) fn with_layout(servers: &Arc<Servers>, layout: Layout) -> Self {
        let database = Database::create(servers, Kind::Sqlite, layout);
        database.add_user(JOHN, Some(STORED));
        let program = install(servers.scratch(), CHECKPASSWORD);
        let configuration = database.file().with_extension("toml");
        write_configuration(&configuration, &database.toml());
        Self { servers: Arc::clone(servers), database, program, configuration }
    }

    /// A call with the configuration of this fixture.
    pub(crate) fn call(&self) -> Call {
        self.call_with("--config", &self.configuration)
    }

    /// A call with another configuration.
    pub(crate) fn call_with(&self, option: &str, file: &Path) -> Call {
        Call::new(&self.program, &[option, &file.display().to_string()])
    }

    /// A configuration file with this text and a name of its own.
    pub(crate) fn file(&self, text: &str) -> PathBuf {
        let name = format!("configuration{}", self.servers.next_number());
        let path = self.servers.scratch().path().join(name);
        write_configuration(&path, text);
        path
    }

    /// A `dovecot-sql.conf.ext` for this fixture's database with this query.
    pub(crate) fn dovecot_sql(&self, query: &str) -> PathBuf {
        let connect = self.database.dovecot_connect();
        self.file(&format!(
            "{connect}default_pass_scheme = SHA256-CRYPT\npassword_query = {query}\n"
        ))
    }
}

/// Runs the call and checks exit code and message, and what holds for every answer: one line at
/// most, nothing secret in it, no panic, and a reply only on success.
#[track_caller]
pub(crate) fn expect(call: &Call, code: i32, message: &str, secrets: &[&str]) -> Answer {
    let answer = call.run();
    let stderr = &answer.stderr;
    assert_eq!(answer.code, code, "{call:?}\n{stderr}");
    assert!(stderr.contains(message), "expected {message:?}, got {stderr:?} from {call:?}");
    let lines = stderr.lines().count();
    let expected_lines = usize::from(!message.is_empty());
    assert_eq!(lines, expected_lines, "lines on standard error: {stderr:?} from {call:?}");
    for secret in secrets.iter().chain(&[PASSWORD]).filter(|secret| secret.len() > 3) {
        assert!(!stderr.contains(secret), "{secret:?} is in {stderr:?}");
    }
    for word in ["panicked", "internal error", "RUST_BACKTRACE"] {
        assert!(!stderr.contains(word), "{stderr:?}");
    }
    // On a sign-in 2 says that the call was wrong, so only a look-up's 2 may carry a reply.
    let may_reply = matches!(code, ACCEPTED | FOUND) && message.is_empty();
    assert!(may_reply || answer.reply.is_empty(), "a reply with exit code {code} from {call:?}");
    answer
}
