//! A mail server for one test: a database, Dovecot, and a place for the mail.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;

use ispmail_tests::auth_client::Decision;
use ispmail_tests::binaries::{CHECKPASSWORD, install};
use ispmail_tests::database::{Database, Servers};
use ispmail_tests::dovecot::{Dovecot, block};
use ispmail_tests::scratch::write_configuration;
use ispmail_tests::shown;

/// The owner of all mail in the guides, user and group.
pub(crate) const VMAIL: u32 = 5000;

/// How many sign-ins are under way at the same time.
const AT_ONCE: usize = 32;

/// How Dovecot finds home, uid and gid.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Userdb {
    /// With the sign-in.
    Prefetch,
    /// By asking our program once more.
    Checkpassword,
}

pub(crate) struct Mail {
    pub(crate) dovecot: Dovecot,
    pub(crate) database: Database,
    homes: PathBuf,
}

impl Mail {
    /// Signs in through our program, configured by an `ispmail.toml`.
    pub(crate) fn start(servers: &Arc<Servers>, database: Database, userdb: Userdb) -> Self {
        let toml = database.toml();
        Self::start_with_toml(servers, database, &toml, userdb, "")
    }

    /// The same with another `[database]` table and further settings of Dovecot's.
    pub(crate) fn start_with_toml(
        servers: &Arc<Servers>,
        database: Database,
        toml: &str,
        userdb: Userdb,
        settings: &str,
    ) -> Self {
        let homes = new_homes(servers);
        let file = homes.with_extension("toml");
        let home = homes.display();
        write_configuration(
            &file,
            &format!("{toml}\n[account]\nhome = \"{home}/%d/%n\"\nuid = {VMAIL}\ngid = {VMAIL}\n"),
        );
        let arguments = format!("--config {}", file.display());
        Self::start_program(servers, database, homes, &arguments, userdb, settings)
    }

    /// Signs in through our program, configured by this `dovecot-sql.conf.ext`; `%HOMES%` in it
    /// becomes the place for the mail.
    pub(crate) fn start_with_dovecot_sql(
        servers: &Arc<Servers>,
        database: Database,
        text: &str,
        userdb: Userdb,
    ) -> Self {
        let homes = new_homes(servers);
        let file = write_dovecot_sql(&homes, text);
        let arguments = format!("--dovecot-sql {}", file.display());
        Self::start_program(servers, database, homes, &arguments, userdb, "")
    }

    /// Signs in through Dovecot's own `passdb sql` with the same file.
    pub(crate) fn start_own_sql(servers: &Arc<Servers>, database: Database, text: &str) -> Self {
        let homes = new_homes(servers);
        let file = write_dovecot_sql(&homes, text).display().to_string();
        let userdb = format!("uid={VMAIL} gid={VMAIL} home={}/%d/%n", homes.display());
        let settings = block("passdb", "sql", &file) + &block("userdb", "static", &userdb);
        Self { dovecot: Dovecot::start(servers, &settings), database, homes }
    }

    fn start_program(
        servers: &Arc<Servers>,
        database: Database,
        homes: PathBuf,
        arguments: &str,
        userdb: Userdb,
        settings: &str,
    ) -> Self {
        let program = install(servers.scratch(), CHECKPASSWORD);
        let command = format!("{} {arguments}", program.display());
        let userdb = match userdb {
            Userdb::Prefetch => "userdb {\n  driver = prefetch\n}\n".to_owned(),
            Userdb::Checkpassword => block("userdb", "checkpassword", &command),
        };
        let settings = block("passdb", "checkpassword", &command) + &userdb + settings;
        Self { dovecot: Dovecot::start(servers, &settings), database, homes }
    }

    /// Fails unless the auth socket decides so.
    #[track_caller]
    pub(crate) fn expect(&self, login: &str, password: impl AsRef<[u8]>, expected: Decision) {
        self.expect_all(&[(login, password.as_ref(), expected)]);
    }

    /// Fails unless the auth socket decides so on each. Asked together: Dovecot answers a refusal
    /// half a second late.
    #[track_caller]
    pub(crate) fn expect_all(&self, cases: &[(&str, &[u8], Decision)]) {
        let requests: Vec<_> = cases
            .iter()
            .map(|(login, password, _)| (login.as_bytes().to_vec(), password.to_vec()))
            .collect();
        let answers = self.dovecot.auth().pipeline(&requests, AT_ONCE);
        let wrong: Vec<String> = cases
            .iter()
            .zip(answers)
            .filter(|((_, _, expected), answer)| answer.decision() != *expected)
            .map(|((login, password, expected), answer)| {
                format!(
                    "{login:?} with {:?}: expected {expected:?}, got {answer:?}",
                    shown(password)
                )
            })
            .collect();
        assert!(
            wrong.is_empty(),
            "{}\nDovecot's log ends:\n{}",
            wrong.join("\n"),
            self.dovecot.log()
        );
    }

    /// Signs in over IMAP, fills a mailbox, and looks where it is and whose.
    #[track_caller]
    pub(crate) fn expect_mailbox(&self, login: &str, password: &str) {
        let mut imap = self.dovecot.imap();
        let reply = imap.login_quoted(login, password);
        assert!(reply.ok, "{login}: {}\n{}", reply.line, self.dovecot.log());
        assert!(imap.command("CREATE Archive").ok);
        let list = imap.command("LIST \"\" *").untagged.join("\n");
        assert!(list.contains("Archive") && list.contains("INBOX"), "{list}");
        assert!(imap.append("Archive", b"Subject: hello\r\n\r\nhello\r\n").ok);
        assert!(imap.command("LOGOUT").ok);

        let login = login.to_ascii_lowercase();
        let (name, domain) = login.split_once('@').expect("domain");
        let mailbox = self.homes.join(domain).join(name).join("Maildir/.Archive");
        for part in ["", "cur", "new"] {
            let path = mailbox.join(part);
            let found =
                fs::metadata(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!((found.uid(), found.gid()), (VMAIL, VMAIL), "{}", path.display());
        }
    }

    /// The home that the template gives this login.
    pub(crate) fn home(&self, login: &str) -> String {
        let (name, domain) = login.split_once('@').expect("domain");
        self.homes.join(domain).join(name).display().to_string()
    }
}

/// The guides' `dovecot-sql.conf.ext` for this database, but for the default scheme.
pub(crate) fn dovecot_sql(database: &Database, default_scheme: &str) -> String {
    format!(
        "{}default_pass_scheme = {default_scheme}\n\
         password_query = SELECT email as user, password FROM virtual_users WHERE email='%u';\n",
        database.dovecot_connect()
    )
}

fn new_homes(servers: &Servers) -> PathBuf {
    let number = servers.next_number();
    servers.scratch().directory(&format!("vmail{number}"), (VMAIL, VMAIL))
}

fn write_dovecot_sql(homes: &std::path::Path, text: &str) -> PathBuf {
    let file = homes.with_extension("sql.conf.ext");
    write_configuration(&file, &text.replace("%HOMES%", &homes.display().to_string()));
    file
}
