//! `ispmail-pw` on every database: what it makes, Dovecot's own SQL signs in; what is wrong,
//! `check` names.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use ispmail_tests::auth_client::Decision::{self, Accepted, Refused};
use ispmail_tests::binaries::{CHECKPASSWORD, PW, install};
use ispmail_tests::database::{Database, Kind, Layout, Servers};
use ispmail_tests::dovecot::{Dovecot, block};
use ispmail_tests::process::{Output, run};
use ispmail_tests::rows::MALFORMED;
use ispmail_tests::runner::{run as run_tests, test};
use ispmail_tests::scratch::write_configuration;

const JOHN: &str = "john@example.org";
const FIRST: &str = "First-Secret-1";
const SECOND: &str = "Second päßword-2";

const OK: i32 = 0;
const FAILED: i32 = 1;
const USAGE: i32 = 64;
const DATA: i32 = 65;
const NO_USER: i32 = 67;
const TEMPORARY: i32 = 75;
const CONFIG: i32 = 78;

/// A test that runs once for each database.
type Body = fn(&Arc<Servers>, Kind);

const TESTS: &[(&str, Body)] = &[
    ("life_of_an_account", life_of_an_account),
    ("refusals", refusals),
    ("check_names_what_is_wrong", check_names_what_is_wrong),
    ("database_away", database_away),
];

fn main() {
    run_tests(|servers| {
        let of = |kind: Kind| {
            TESTS.iter().map(move |&(name, body)| {
                let name = format!("{}::{name}", kind.name());
                test(servers, name, move |servers| body(servers, kind))
            })
        };
        let mut tests: Vec<_> = Kind::ALL.into_iter().flat_map(of).collect();
        tests.push(test(servers, "demo", demo));
        tests
    })
}

/// A database, the administrator's configuration and the one for sign-ins.
struct Desk {
    servers: Arc<Servers>,
    database: Database,
    program: PathBuf,
    administrator: PathBuf,
    reader: PathBuf,
}

impl Desk {
    fn new(servers: &Arc<Servers>, kind: Kind) -> Self {
        let database = Database::create(servers, kind, Layout::default());
        let file = |name: &str, text: &str| {
            let number = servers.next_number();
            let path = servers.scratch().path().join(format!("{name}{number}.toml"));
            write_configuration(&path, text);
            path
        };
        let administrator = file("administrator", &database.toml_over_socket());
        let reader = file("reader", &database.toml());
        let program = install(servers.scratch(), PW);
        Self { servers: Arc::clone(servers), database, program, administrator, reader }
    }

    fn run_with(&self, configuration: &PathBuf, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(configuration).args(arguments).env_clear();
        run(&mut command, input.as_bytes())
    }

    /// Runs the command as the administrator; exit code and a part of what it says.
    #[track_caller]
    fn expect(&self, arguments: &[&str], input: &str, code: i32, says: &str) -> String {
        let output = self.run_with(&self.administrator, arguments, input);
        assert_eq!(output.code(), code, "{arguments:?}: {output:?}");
        let (says_it, silent) = match code {
            OK => (output.out(), output.err()),
            _ => (output.err(), output.out()),
        };
        assert!(says_it.contains(says), "{arguments:?}: no {says:?} in {output:?}");
        assert!(silent.is_empty(), "{arguments:?}: {output:?}");
        for secret in [FIRST, SECOND, "panicked"] {
            assert!(!says_it.contains(secret), "{arguments:?}: {output:?}");
        }
        output.out()
    }

    /// `check` with the account for sign-ins: exit code and what it printed.
    fn check(&self) -> (i32, String) {
        let output = self.run_with(&self.reader, &["check"], "");
        assert!(output.stderr.is_empty(), "{output:?}");
        // The salt of the rows that are tested with.
        assert!(!output.out().contains("EvfedKz"), "{output:?}");
        (output.code(), output.out())
    }

    /// What Dovecot's own `passdb sql` decides: everything we write it can read.
    fn by_dovecot(&self, attempts: &[(&str, &str, Decision)]) {
        let file = self.reader.with_extension("conf.ext");
        let query = "SELECT email AS user, password FROM virtual_users WHERE email = '%u'";
        let connect = self.database.dovecot_connect();
        write_configuration(&file, &format!("{connect}password_query = {query}\n"));
        let passdb = block("passdb", "sql", &file.display().to_string());
        let dovecot =
            Dovecot::start(&self.servers, &format!("{passdb}userdb {{\n  driver = prefetch\n}}\n"));
        for (login, password, expected) in attempts {
            let answer = dovecot.auth().plain(login.as_bytes(), password.as_bytes());
            assert_eq!(answer.decision(), *expected, "{login}: {answer:?}\n{}", dovecot.log());
        }
    }
}

fn life_of_an_account(servers: &Arc<Servers>, kind: Kind) {
    let desk = Desk::new(servers, kind);
    desk.database.execute(
        "DROP TABLE virtual_aliases; DROP TABLE virtual_users; DROP TABLE virtual_domains;",
    );
    desk.expect(&["init"], "", OK, "are there");
    desk.expect(&["init"], "", OK, "are there");
    desk.expect(&["domain", "add", "Example.ORG"], "", OK, "Added the domain example.org");
    desk.expect(&["domain", "add", "other.example"], "", OK, "Added");
    assert_eq!(desk.expect(&["domain", "list"], "", OK, ""), "example.org\nother.example\n");

    desk.expect(&["user", "add", JOHN], &format!("{FIRST}\n"), OK, "Added the user john@");
    desk.expect(&["user", "add", "Jane@Example.org"], FIRST, OK, "jane@example.org");
    desk.expect(&["user", "add", "x@other.example"], FIRST, OK, "Added");
    let listed = desk.expect(&["user", "list"], "", OK, "");
    assert_eq!(listed, "jane@example.org\njohn@example.org\nx@other.example\n");
    desk.by_dovecot(&[(JOHN, FIRST, Accepted), (JOHN, SECOND, Refused)]);

    desk.expect(&["user", "passwd", "JOHN@example.org"], &format!("{SECOND}\n"), OK, "Changed");
    desk.by_dovecot(&[
        (JOHN, SECOND, Accepted),
        (JOHN, FIRST, Refused),
        ("jane@example.org", FIRST, Accepted),
    ]);
    assert_eq!(desk.check().0, OK, "{}", desk.check().1);

    desk.expect(&["user", "remove", "--yes", JOHN], "", OK, "mailbox stays on the disk");
    desk.database.execute(
        "INSERT INTO virtual_aliases (domain_id, source, destination) \
         SELECT id, 'a@example.org', 'jane@example.org' FROM virtual_domains \
         WHERE name = 'example.org';",
    );
    let removed = "with 1 users and 1 aliases";
    desk.expect(&["domain", "remove", "--yes", "example.org"], "", OK, removed);
    assert_eq!(desk.expect(&["user", "list"], "", OK, ""), "x@other.example\n");
    let left = desk.database.execute("SELECT count(*) FROM virtual_aliases;");
    assert_eq!(left.trim(), "0");
}

fn refusals(servers: &Arc<Servers>, kind: Kind) {
    let desk = Desk::new(servers, kind);
    desk.database.add_user(JOHN, Some("{PLAIN}summersun"));
    let line = format!("{FIRST}\n");
    let table: &[(&[&str], &str, i32, &str)] = &[
        (&["domain", "add", "example.org"], "", DATA, "exists already"),
        (&["domain", "add", "EXAMPLE.org"], "", DATA, "exists already"),
        (&["domain", "add", "no domain"], "", DATA, "is not"),
        (&["domain", "add", ""], "", DATA, "is not"),
        (&["domain", "add", "x'; DROP TABLE virtual_users; --"], "", DATA, "is not"),
        (&["domain", "remove", "--yes", "nowhere.example"], "", NO_USER, "no domain"),
        (&["domain", "remove", "example.org"], "", USAGE, "--yes"),
        (&["user", "add", JOHN], &line, DATA, "exists already"),
        (&["user", "add", "John@Example.org"], &line, DATA, "exists already"),
        (&["user", "add", "x@nowhere.example"], &line, NO_USER, "ispmail-pw domain add"),
        (&["user", "add", "no address"], &line, DATA, "is not"),
        (&["user", "add", "@example.org"], &line, DATA, "is not"),
        (&["user", "add", "x@example.org"], "", FAILED, "empty"),
        (&["user", "add", "x@example.org"], "\n", FAILED, "empty"),
        (&["user", "add", "x@example.org"], "a\0b\n", FAILED, "NUL"),
        (&["user", "passwd", "x@example.org"], &line, NO_USER, "no user"),
        (&["user", "passwd", JOHN], "", FAILED, "empty"),
        (&["user", "remove", "--yes", "x@example.org"], "", NO_USER, "no user"),
        (&["user", "remove", "--yes", "j_hn@example.org"], "", NO_USER, "no user"),
        (&["user", "remove", "--yes", "' OR '1'='1"], "", NO_USER, "no user"),
        (&["user", "remove", JOHN], "", USAGE, "--yes"),
        (&["user", "add"], "", USAGE, "Usage"),
        (&["no-such-command"], "", USAGE, "Usage"),
    ];
    for &(arguments, input, code, says) in table {
        desk.expect(arguments, input, code, says);
    }
    // Nothing of all that changed anything.
    assert_eq!(desk.expect(&["user", "list"], "", OK, ""), "john@example.org\n");
    assert_eq!(desk.expect(&["domain", "list"], "", OK, ""), "example.org\n");
    desk.by_dovecot(&[(JOHN, "summersun", Accepted)]);

    if kind != Kind::Sqlite {
        // The account for sign-ins may only read, and that is all it does.
        let output = desk.run_with(&desk.reader, &["user", "passwd", JOHN], &line);
        assert_eq!(output.code(), TEMPORARY, "{output:?}");
        desk.by_dovecot(&[(JOHN, "summersun", Accepted)]);
    }
    let missing = desk.run_with(&PathBuf::from("/no/such/file"), &["user", "list"], "");
    assert_eq!((missing.code(), missing.err().lines().count()), (CONFIG, 1), "{missing:?}");
}

fn check_names_what_is_wrong(servers: &Arc<Servers>, kind: Kind) {
    let desk = Desk::new(servers, kind);
    desk.database.add_user(JOHN, Some("{PLAIN}summersun"));
    let (code, report) = desk.check();
    assert_eq!(code, OK, "{report}");
    for line in ["ok    table virtual_users", "1 stored passwords are PLAIN", "0 to fix"] {
        assert!(report.contains(line), "no {line:?} in:\n{report}");
    }

    desk.database.add_users(MALFORMED.iter().map(|&(login, stored)| (login, Some(stored))));
    desk.database.add_user("null@example.org", None);
    let (code, report) = desk.check();
    assert_eq!(code, FAILED, "{report}");
    let faults: Vec<&str> = report.lines().filter(|line| line.starts_with("FIX")).collect();
    for login in MALFORMED.iter().map(|(login, _)| *login).chain(["null@example.org"]) {
        let named = faults.iter().filter(|line| line.contains(login)).count();
        assert_eq!(named, 1, "{login} in:\n{report}");
    }
    assert!(!faults.iter().any(|line| line.contains(JOHN)), "{report}");

    fs::set_permissions(&desk.reader, Permissions::from_mode(0o644)).expect("chmod 0644");
    let (_, report) = desk.check();
    assert!(report.contains("chmod 0640"), "{report}");
    fs::set_permissions(&desk.reader, Permissions::from_mode(0o600)).expect("chmod 0600");
    let (_, report) = desk.check();
    assert!(report.contains("chmod 0640"), "{report}");
    fs::set_permissions(&desk.reader, Permissions::from_mode(0o640)).expect("chmod 0640");

    // A guide from long ago had 32 characters.
    if kind != Kind::Sqlite {
        desk.database.execute("DELETE FROM virtual_users;");
        desk.database.execute(match kind {
            Kind::MariaDb => "ALTER TABLE virtual_users MODIFY password varchar(32);",
            _ => "ALTER TABLE virtual_users ALTER COLUMN password TYPE varchar(32);",
        });
        let (code, report) = desk.check();
        assert!(code == FAILED && report.contains("32 characters"), "{report}");
        let line = format!("{FIRST}\n");
        desk.expect(&["user", "add", "x@example.org"], &line, DATA, "too narrow");
        let rows = desk.database.execute("SELECT count(*) FROM virtual_users;");
        assert_eq!(rows.trim(), "0");
    }

    desk.database.execute("ALTER TABLE virtual_users RENAME COLUMN password TO secret;");
    let (code, report) = desk.check();
    assert_eq!(code, FAILED, "{report}");
    assert!(report.contains("virtual_users") && report.contains("password"), "{report}");
}

fn database_away(servers: &Arc<Servers>, kind: Kind) {
    let desk = Desk::new(servers, kind);
    desk.database.set_running(false);
    let (code, report) = desk.check();
    desk.expect(&["user", "list"], "", TEMPORARY, "cannot connect to the database");
    desk.expect(&["domain", "add", "x.example"], "", TEMPORARY, "cannot connect");
    desk.database.set_running(true);
    assert!(code == FAILED && report.contains("cannot connect to the database"), "{report}");
    desk.expect(&["user", "list"], "", OK, "");
}

/// The README's first command, twice: it must not stumble over what it made.
fn demo(servers: &Arc<Servers>) {
    let program = install(servers.scratch(), PW);
    install(servers.scratch(), CHECKPASSWORD);
    for _ in 0..2 {
        let mut command = Command::new(&program);
        command.arg("demo").env_clear().env("TMPDIR", servers.scratch().path());
        let output = run(&mut command, b"");
        let text = output.out();
        assert_eq!((output.code(), output.stderr.len()), (OK, 0), "{output:?}");
        assert_eq!(text.matches("accepted (exit code 0)").count(), 1, "{text}");
        assert_eq!(text.matches("refused (exit code 1)").count(), 2, "{text}");
        assert!(text.contains("passdb {") && text.contains("driver = checkpassword"), "{text}");
    }
}
