//! A database, `ispmail-pw` for it, and those who read it.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use ispmail_tests::binaries::{PW, install};
use ispmail_tests::database::{Database, Kind, Servers};
use ispmail_tests::dovecot::Dovecot;
use ispmail_tests::layouts::Tables;
use ispmail_tests::postfix::Maps;
use ispmail_tests::process::{Output, run};
use ispmail_tests::scratch::write_configuration;
use serde_json::Value;

/// Exit codes.
pub(crate) const DATA: i32 = 65;
pub(crate) const UNKNOWN: i32 = 67;
pub(crate) const CONFIG: i32 = 78;

pub(crate) struct Site {
    pub(crate) database: Database,
    pub(crate) tables: Tables,
    pub(crate) maps: Maps,
    pub(crate) dovecot: Dovecot,
    program: PathBuf,
    configuration: PathBuf,
}

impl Site {
    /// The tables as the guide makes them, but for what keeps today's passwords out of them.
    pub(crate) fn new(servers: &Arc<Servers>, kind: Kind, tables: Tables) -> Self {
        let site = Self::as_it_was(servers, kind, tables);
        site.widen();
        if (kind, tables) == (Kind::MariaDb, Tables::Courier) {
            for table in ["users", "transport", "virtual"] {
                site.database.execute(&format!("ALTER TABLE `{table}` ENGINE = InnoDB;"));
            }
        }
        site
    }

    /// The tables exactly as the guide makes them.
    pub(crate) fn as_it_was(servers: &Arc<Servers>, kind: Kind, tables: Tables) -> Self {
        let database = Database::create_with(servers, kind, tables);
        let scratch = servers.scratch();
        let number = servers.next_number();
        let configuration = scratch.path().join(format!("tasks{number}.toml"));
        write_configuration(&configuration, &database.toml_over_socket());
        let sql = scratch.path().join(format!("tasks{number}.conf.ext"));
        let queries = tables.dovecot_queries(kind);
        write_configuration(&sql, &(database.dovecot_connect() + &queries));
        // Mail goes where the test may write.
        let homes = scratch.directory(&format!("homes{number}"), (5000, 5000));
        let (sql, homes) = (sql.display(), homes.display());
        let dovecot = Dovecot::start(
            servers,
            &format!(
                "passdb {{\n  driver = sql\n  args = {sql}\n}}\nuserdb {{\n  driver = sql\n  \
                 args = {sql}\n  override_fields = home={homes}/%u mail=maildir:{homes}/%u/Maildir \
                 uid=5000 gid=5000\n}}\n"
            ),
        );
        let program = install(scratch, PW);
        let maps = Maps::new(servers, &database, tables);
        Self { database, tables, maps, dovecot, program, configuration }
    }

    /// Etch's column holds 32 characters, and MD5 in hexadecimal has as many.
    pub(crate) fn widen(&self) {
        match (self.tables, self.database.kind) {
            (Tables::Etch, Kind::MariaDb) => self
                .database
                .execute("ALTER TABLE virtual_users MODIFY password varchar(150) NOT NULL;"),
            (Tables::Etch, Kind::Postgres) => self.database.execute(
                "DROP VIEW view_users;
                 ALTER TABLE virtual_users ALTER password TYPE varchar(150);
                 CREATE VIEW view_users AS SELECT u.\"user\" || '@' || d.name AS email, u.password
                     FROM virtual_users u LEFT JOIN virtual_domains d ON u.domain_id = d.id;
                 GRANT SELECT ON view_users TO mailuser;",
            ),
            _ => String::new(),
        };
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(&self.configuration).args(arguments);
        command
    }

    pub(crate) fn pw(&self, arguments: &[&str], input: &str) -> Output {
        run(&mut self.command(arguments), input.as_bytes())
    }

    /// Runs a command that must succeed; what it answers in JSON, line by line.
    #[track_caller]
    pub(crate) fn does(&self, arguments: &[&str], input: &str) -> Vec<Value> {
        let arguments = [arguments, &["--json"]].concat();
        let output = self.pw(&arguments, input);
        assert_eq!((output.code(), output.err().as_str()), (0, ""), "{arguments:?}: {output:?}");
        let out = output.out();
        out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// Runs a command that must fail like this and change nothing.
    #[track_caller]
    pub(crate) fn refuses(&self, arguments: &[&str], input: &str, code: i32, words: &str) {
        let before = self.everything();
        let output = self.pw(arguments, input);
        let message = output.err();
        assert_eq!(output.code(), code, "{arguments:?}: {output:?}");
        assert!(message.contains(words) && output.stdout.is_empty(), "{arguments:?}: {output:?}");
        assert_eq!(self.everything(), before, "{arguments:?} changed something");
    }

    /// Every row, as the database's own client prints them.
    pub(crate) fn everything(&self) -> String {
        let tables: &[&str] = match self.tables {
            Tables::Ispmail | Tables::IspmailQuota | Tables::Etch => {
                &["virtual_domains", "virtual_users", "virtual_aliases"]
            }
            Tables::Courier => &["transport", "users", "virtual"],
            Tables::PostfixAdmin => &[
                "domain",
                "mailbox",
                "alias",
                "alias_domain",
                "domain_admins",
                "vacation",
                "vacation_notification",
                "fetchmail",
                "quota2",
            ],
        };
        let select = |table: &&str| {
            let quote = if self.database.kind == Kind::MariaDb { '`' } else { '"' };
            format!("SELECT * FROM {quote}{table}{quote} ORDER BY 1;")
        };
        self.database.execute(&tables.iter().map(select).collect::<String>())
    }

    /// Adds a user.
    #[track_caller]
    pub(crate) fn add_user(&self, address: &str, password: &str) {
        self.does(&["user", "add", address], &format!("{password}\n"));
    }

    /// Dovecot lets the user in, by its auth and by IMAP, and Postfix has the mailbox.
    #[track_caller]
    pub(crate) fn expect_user(&self, address: &str, password: &str) {
        let doveadm = self.dovecot.doveadm();
        let tested = doveadm.auth_test(address, password);
        assert_eq!(tested.code(), 0, "{tested:?}");
        assert_eq!(doveadm.user(address).code(), 0, "{address}");
        let reply = self.dovecot.imap().login(address.as_bytes(), password.as_bytes());
        assert!(reply.ok, "{address}: {}", reply.line);
        assert!(self.maps.mailbox(address).is_some(), "Postfix does not find {address}");
    }

    /// A wrong password, and nothing worse.
    #[track_caller]
    pub(crate) fn expect_refused(&self, address: &str, password: &str) {
        let tested = self.dovecot.doveadm().auth_test(address, password);
        assert_eq!(tested.code(), 77, "{address}: {tested:?}");
        let reply = self.dovecot.imap().login(address.as_bytes(), password.as_bytes());
        assert!(reply.line.contains("[AUTHENTICATIONFAILED]"), "{address}: {}", reply.line);
    }

    /// Nobody knows such a user.
    #[track_caller]
    pub(crate) fn expect_unknown(&self, address: &str) {
        assert_eq!(self.dovecot.doveadm().user(address).code(), 67, "{address}");
        assert_eq!(self.maps.mailbox(address), None);
    }

    /// The layout's name in the configuration.
    pub(crate) fn layout(&self) -> &'static str {
        match self.tables {
            Tables::Ispmail => "ispmail",
            Tables::IspmailQuota => "ispmail-quota",
            Tables::Etch => "ispmail-etch",
            Tables::Courier => "courier",
            Tables::PostfixAdmin => "postfixadmin",
        }
    }

    /// Where Postfix sends mail for exactly this source.
    pub(crate) fn alias(&self, source: &str) -> Vec<String> {
        let found = self.maps.alias(source).unwrap_or_default();
        let mut all: Vec<String> =
            found.split(',').filter(|one| !one.is_empty()).map(str::to_owned).collect();
        all.sort();
        all
    }
}

/// The texts in one field of answers.
pub(crate) fn texts(answers: &[Value], field: &str) -> Vec<String> {
    let text = |answer: &Value| answer[field].as_str().unwrap_or_default().to_owned();
    answers.iter().map(text).collect()
}
