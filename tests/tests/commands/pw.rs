//! `ispmail-pw` with a configuration for one database.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use ispmail_tests::binaries::{CHECKPASSWORD, PW, install};
use ispmail_tests::checkpassword::Call;
use ispmail_tests::database::{Database, Kind, Layout, Servers};
use ispmail_tests::process::{Output, run};
use ispmail_tests::scratch::write_configuration;

/// Exit codes of `ispmail-pw`.
pub(crate) const FAILED: i32 = 1;
pub(crate) const USAGE: i32 = 64;
pub(crate) const DATA: i32 = 65;
pub(crate) const NO_USER: i32 = 67;
pub(crate) const TEMPORARY: i32 = 75;
pub(crate) const CONFIG: i32 = 78;

/// The program, its configuration and the database it works on.
pub(crate) struct Pw {
    pub(crate) database: Database,
    program: PathBuf,
    checkpassword: PathBuf,
    configuration: PathBuf,
    /// `--config` or `--dovecot-sql`.
    option: &'static str,
}

impl Pw {
    /// A database with the guides' tables and the domain example.org, and the account that writes.
    pub(crate) fn new(servers: &Arc<Servers>, kind: Kind) -> Self {
        Self::on(servers, Database::create(servers, kind, Layout::default()))
    }

    /// The same on a database that is there.
    pub(crate) fn on(servers: &Arc<Servers>, database: Database) -> Self {
        let (number, kind) = (servers.next_number(), database.kind);
        let this = Self {
            program: install(servers.scratch(), PW),
            checkpassword: install(servers.scratch(), CHECKPASSWORD),
            configuration: servers.scratch().path().join(format!("pw{number}.toml")),
            option: "--config",
            database,
        };
        this.configure(&this.database.toml_over_socket());
        if kind == Kind::Postgres {
            // What whoever made the tables may do anyway: let new ones refer to them.
            let grant = "GRANT REFERENCES ON ALL TABLES IN SCHEMA public TO mailadmin;";
            this.database.execute(grant);
        }
        this
    }

    /// Another configuration from now on.
    pub(crate) fn configure(&self, toml: &str) {
        write_configuration(&self.configuration, toml);
    }

    /// A `dovecot-sql.conf.ext` from now on.
    pub(crate) fn configure_dovecot_sql(&mut self, text: &str) {
        self.option = "--dovecot-sql";
        write_configuration(&self.configuration, text);
    }

    /// The configuration's file.
    pub(crate) fn configuration(&self) -> &Path {
        &self.configuration
    }

    /// The program with these arguments behind its configuration.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(self.option).arg(&self.configuration).args(arguments);
        command
    }

    /// The same as words for a shell.
    pub(crate) fn shell(&self, arguments: &str) -> String {
        let (program, file) = (self.program.display(), self.configuration.display());
        format!("{program} {} {file} {arguments}", self.option)
    }

    pub(crate) fn run(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Output {
        run(&mut self.command(arguments), input.as_ref())
    }

    /// Runs a command that must succeed, without a word on standard error; what it printed.
    #[track_caller]
    pub(crate) fn does(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> String {
        let output = self.run(arguments, input);
        assert_eq!((output.code(), output.err().as_str()), (0, ""), "{arguments:?}: {output:?}");
        output.out()
    }

    /// Runs a command that must fail with this exit code and one line that has these words, and
    /// must leave the tables as they were.
    #[track_caller]
    pub(crate) fn refuses(
        &self,
        arguments: &[&str],
        input: impl AsRef<[u8]>,
        code: i32,
        words: &str,
    ) {
        let before = self.everything();
        let output = self.run(arguments, input);
        assert_fails(&output, code, words);
        assert_eq!(self.everything(), before, "{arguments:?} changed something");
    }

    /// Every row of the three tables, as the database's own client prints them.
    pub(crate) fn everything(&self) -> String {
        self.database.execute(
            "SELECT * FROM virtual_domains ORDER BY id;
             SELECT * FROM virtual_users ORDER BY id;
             SELECT * FROM virtual_aliases ORDER BY id;",
        )
    }

    /// A column of a table, sorted.
    pub(crate) fn column(&self, column: &str, table: &str) -> Vec<String> {
        let rows = self.database.execute(&format!("SELECT {column} FROM {table};"));
        let mut rows: Vec<String> = rows.lines().map(str::to_owned).collect();
        rows.sort();
        rows
    }

    /// The stored password of a user.
    pub(crate) fn stored(&self, email: &str) -> String {
        let email = self.database.literal(email);
        let sql = format!("SELECT password FROM virtual_users WHERE email = {email};");
        self.database.execute(&sql).trim_end_matches('\n').to_owned()
    }

    /// Whether user dovecot is let in through ispmail-checkpassword.
    #[track_caller]
    pub(crate) fn signs_in(&self, login: &str, password: impl AsRef<[u8]>) -> bool {
        let configuration = self.configuration.display().to_string();
        let call = Call::new(&self.checkpassword, &[self.option, &configuration]);
        let answer = call.sign_in(login, password.as_ref()).run();
        assert!(matches!(answer.code, 0 | 1), "{login}: {answer:?}");
        answer.code == 0
    }
}

/// Fails unless the command failed like this: one line, nothing printed.
#[track_caller]
pub(crate) fn assert_fails(output: &Output, code: i32, words: &str) {
    let message = output.err();
    assert!(
        output.code() == code
            && output.stdout.is_empty()
            && message.starts_with("ispmail-pw: ")
            && message.lines().count() == 1
            && message.contains(words),
        "expected code {code} with {words:?}: {output:?}"
    );
}

/// Adds a user whose password is the login, which `user add` would not take.
#[track_caller]
pub(crate) fn add_user(pw: &Pw, address: &str) {
    let stored = pw.does(&["hash"], format!("{address}\n{address}\n"));
    let (_, domain) = address.split_once('@').expect(address);
    let literal = |text: &str| pw.database.literal(text);
    pw.database.execute(&format!(
        "INSERT INTO virtual_users (domain_id, email, password) SELECT id, {}, {} \
         FROM virtual_domains WHERE name = {};",
        literal(address),
        literal(stored.trim_end()),
        literal(domain),
    ));
}
