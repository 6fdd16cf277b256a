//! Configurations that cannot be used: one line with file, line and what was expected.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use ispmail_tests::checkpassword::Call;
use ispmail_tests::database::Servers;

use crate::fixture::{ACCEPTED, CALLED_WRONGLY, COULD_NOT, Fixture, JOHN, PASSWORD, expect};

/// Stands in the files as the database password, and must not be shown.
const SECRET: &str = "Database-Secret-99";

/// `ispmail.toml`, the line to be named, and a part of the message.
const TOML: &[(&str, usize, &str)] = &[
    ("", 0, "[database] is missing"),
    ("[database]\npassword = \"Database-Secret-99\"\n", 1, "url: missing"),
    ("[database]\nurl = \"sqlite:///x\"\nurll = 1\n", 3, "unknown key"),
    ("[databases]\nurl = \"sqlite:///x\"\n", 1, "unknown key"),
    ("[database]\nurl = 5\n", 2, "url: "),
    ("[database]\nurl = \"oracle://u@h/d\"\n", 2, "unknown scheme"),
    ("[database]\nurl = \"sqlite://relative\"\n", 2, "not a path from the root"),
    ("[database]\nurl = \"mysql://u:Database-Secret-99@h\"\n", 2, "no database"),
    ("[database]\nurl = \"mysql://u:Database-Secret-99@h:99999/d\"\n", 2, "port"),
    ("[database]\nurl = \"postgres://h/d\"\npassword = \"Database-Secret-99\"\n", 2, "no user"),
    ("[database]\nurl = \"mysql://u@h/d?what=Database-Secret-99\"\n", 2, "parameter"),
    ("[database]\nurl = \"sqlite:///x\n", 2, "not TOML"),
    ("[database]\npassword = \"Database-Secret-99\n", 2, "not TOML"),
    ("[database]\nurl = \"sqlite:///x\"\n[account]\nuid = 0\n", 4, "uid: "),
    ("[database]\nurl = \"sqlite:///x\"\n[account]\nuid = -1\n", 4, "uid: "),
    ("[database]\nurl = \"sqlite:///x\"\n[account]\ngid = \"vmail\"\n", 4, "gid: "),
    ("[database]\nurl = \"sqlite:///x\"\n[account]\nhome = \"vmail/%d\"\n", 4, "home: "),
    ("[database]\nurl = \"sqlite:///x\"\n[account]\nhome = \"/v/%{no-such}\"\n", 4, ""),
    ("default_scheme = \"NO-SUCH\"\n[database]\nurl = \"sqlite:///x\"\n", 1, "scheme"),
    ("default_scheme = \"SHA512-CRYPT.rot13\"\n[database]\nurl = \"sqlite:///x\"\n", 1, "scheme"),
    ("[database]\nurl = \"sqlite:///x\"\n[policy]\nmax_rounds = 10\n", 4, "max_rounds: "),
    ("[database]\nurl = \"sqlite:///x\"\nconnect_timeout = 0\n", 3, "connect_timeout: "),
    ("dovecot_sql = \"relative\"\n", 1, "dovecot_sql: "),
    ("[database]\nurl = \"sqlite:///x\"\n[query]\nuser = \"SELECT 1\"\n", 3, "password: missing"),
];

/// The same for `dovecot-sql.conf.ext`.
const DOVECOT_SQL: &[(&str, usize, &str)] = &[
    ("", 0, "driver"),
    ("driver = sqlite\n", 0, "connect"),
    ("connect = /x\n", 0, "driver"),
    ("driver = oracle\nconnect = /x\n", 1, "driver"),
    ("driver = sqlite\nconnect = /x\nno_such = 1\n", 3, "unknown"),
    ("driver = sqlite\nconnect = /x\nthis is no setting\n", 3, ""),
    ("driver = sqlite\nconnect = /x\ndefault_pass_scheme = NO-SUCH\n", 3, "scheme"),
    ("driver = mysql\nconnect = host=h dbname=d user=u passwrd=Database-Secret-99\n", 2, ""),
    ("driver = mysql\nconnect = host=h user=u password=Database-Secret-99\n", 2, "dbname"),
    ("driver = sqlite\nconnect = /x\npassword_query = SELECT '%{no-such:x' FROM y\n", 3, ""),
];

pub(crate) fn own_toml(servers: &Arc<Servers>) {
    refuse_all(servers, "--config", TOML);
}

pub(crate) fn dovecot_sql(servers: &Arc<Servers>) {
    refuse_all(servers, "--dovecot-sql", DOVECOT_SQL);
}

pub(crate) fn files(servers: &Arc<Servers>) {
    let fixture = Fixture::new(servers);
    let right = |option: &str, path: &str| {
        Call::new(&fixture.program, &[option, path]).sign_in(JOHN, PASSWORD.as_bytes())
    };
    let root_only = fixture.file(&fixture.database.toml());
    fs::set_permissions(&root_only, Permissions::from_mode(0o600)).expect("chmod 0600");
    let root_only = root_only.display().to_string();
    let latin = fixture.file("");
    fs::write(&latin, b"[database]\nurl = \"sqlite:///\xe4\"\n").expect("write");
    let latin = latin.display().to_string();
    for option in ["--config", "--dovecot-sql"] {
        for (path, message) in [
            ("/no/such/file", "/no/such/file: cannot be read: there is no such file"),
            ("/etc", "/etc: cannot be read: it is a directory"),
            (&root_only, "chmod 0640"),
        ] {
            expect(&right(option, path), COULD_NOT, message, &[SECRET]);
        }
    }
    expect(&right("--config", &latin), COULD_NOT, ":2: not UTF-8", &[]);

    // The database is what cannot be read, or is no database, or is not there.
    let missing =
        fixture.file("[database]\nurl = \"sqlite:///no/such/file\"\n").display().to_string();
    expect(&right("--config", &missing), COULD_NOT, "cannot connect to the database", &[]);
    let text = fixture.file("this is no database, but it is long enough to be looked at\n");
    let text = format!("[database]\nurl = \"sqlite://{}\"\n", text.display());
    let no_database = fixture.file(&text).display().to_string();
    expect(&right("--config", &no_database), COULD_NOT, "could not check: ", &[]);
    fs::set_permissions(fixture.database.file(), Permissions::from_mode(0o600)).expect("chmod");
    expect(&fixture.call().sign_in(JOHN, PASSWORD.as_bytes()), COULD_NOT, "cannot connect", &[]);
}

pub(crate) fn arguments(servers: &Arc<Servers>) {
    let fixture = Fixture::new(servers);
    let file = fixture.configuration.display().to_string();
    let call = |arguments: &[&str]| {
        Call::new(&fixture.program, arguments).sign_in(JOHN, PASSWORD.as_bytes())
    };
    for (arguments, code, message) in [
        (&["--config", &file][..], ACCEPTED, ""),
        (&[&format!("--config={file}")], ACCEPTED, ""),
        (
            &["--config", &file, "--dovecot-sql", &file],
            COULD_NOT,
            "both --config and --dovecot-sql",
        ),
        (&["--no-such"], CALLED_WRONGLY, "called wrongly: "),
        (&["-x"], CALLED_WRONGLY, "called wrongly: "),
        (&["--config="], COULD_NOT, "could not check: "),
    ] {
        expect(&call(arguments), code, message, &[]);
    }
    let by_variable = call(&[]).variable("ISPMAIL_CONFIG", &file);
    expect(&by_variable, ACCEPTED, "", &[]);
    let option_wins = call(&["--config", &file]).variable("ISPMAIL_CONFIG", "/no/such/file");
    expect(&option_wins, ACCEPTED, "", &[]);
}

fn refuse_all(servers: &Arc<Servers>, option: &str, table: &[(&str, usize, &str)]) {
    let fixture = Fixture::new(servers);
    for &(text, line, message) in table {
        let file = fixture.file(text);
        let place = match line {
            0 => file.display().to_string(),
            line => format!("{}:{line}: ", file.display()),
        };
        let call = fixture.call_with(option, &file).sign_in(JOHN, PASSWORD.as_bytes());
        let answer = expect(&call, COULD_NOT, &place, &[SECRET]);
        assert!(answer.stderr.contains(message), "{text}\ngave {}", answer.stderr);
        let look_up = fixture.call_with(option, &file).look_up(JOHN);
        expect(&look_up, COULD_NOT, &place, &[SECRET]);
    }
}
