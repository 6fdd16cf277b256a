//! `ispmail-pw check`: files, connection, tables and rights.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::Arc;

use ispmail_tests::binaries::{PW, install};
use ispmail_tests::database::{DATABASE_PASSWORD, Kind, Servers};
use ispmail_tests::process::{must, run};
use ispmail_tests::scratch::write_with;

use crate::pw::{Pw, add_user};

/// What `check` printed: lines that begin with `ok`, `note` or `FIX`.
#[derive(Debug)]
pub(crate) struct Report {
    lines: Vec<(String, String)>,
}

impl Report {
    /// Runs it, and fails unless it counts its lines right and its exit code says whether there is
    /// something to do.
    #[track_caller]
    pub(crate) fn of(pw: &Pw) -> Self {
        let output = pw.run(&["check"], "");
        let text = output.out();
        assert!(!text.contains(DATABASE_PASSWORD) && output.err().is_empty(), "{output:?}");
        let mut lines: Vec<&str> = text.lines().collect();
        let last = lines.pop().expect("a last line");
        let lines = lines.into_iter().map(|line| {
            let (kind, rest) = line.split_at_checked(6).unwrap_or((line, ""));
            assert!(["ok    ", "note  ", "FIX   "].contains(&kind), "{line:?} in\n{text}");
            (kind.trim_end().to_owned(), rest.to_owned())
        });
        let this = Self { lines: lines.collect() };
        let count = |kind: &str| this.lines.iter().filter(|line| line.0 == kind).count();
        let (well, notes, to_do) = (count("ok"), count("note"), count("FIX"));
        assert_eq!(last, format!("{well} ok, {notes} to note, {to_do} to fix"), "{text}");
        assert_eq!(output.code(), i32::from(to_do > 0), "{text}");
        this
    }

    /// A line of this kind has these words.
    #[track_caller]
    pub(crate) fn expect(&self, kind: &str, words: &str) -> &str {
        let found = self.lines.iter().find(|line| line.0 == kind && line.1.contains(words));
        &found.unwrap_or_else(|| panic!("no {kind} line with {words:?}: {self:#?}")).1
    }

    /// There is something to do, with these words.
    #[track_caller]
    pub(crate) fn expect_fix(&self, words: &str) -> &str {
        self.expect("FIX", words)
    }

    /// There is nothing to do.
    #[track_caller]
    pub(crate) fn expect_well(&self) {
        assert!(self.lines.iter().all(|line| line.0 != "FIX"), "{self:#?}");
    }

    /// No line has these words.
    #[track_caller]
    pub(crate) fn expect_nowhere(&self, words: &str) {
        assert!(self.lines.iter().all(|line| !line.1.contains(words)), "{words:?} in {self:#?}");
    }
}

pub(crate) fn well(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, "john@example.org");
    add_user(&pw, "jane@example.org");
    let md5 = "{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6dd";
    pw.database.add_user("old@example.org", Some(md5));
    pw.configure(&pw.database.toml());
    let before = pw.everything();
    let report = Report::of(&pw);
    report.expect_well();
    for words in [
        "configuration /",
        ".toml is readable for dovecot only",
        "connection to the database",
        "table virtual_domains",
        "table virtual_users",
        "table virtual_aliases",
        "2 stored passwords are SHA256-CRYPT",
        "1 stored passwords are PLAIN-MD5",
        "the password query runs",
        "the user look-up runs",
    ] {
        report.expect("ok", words);
    }
    if kind == Kind::Sqlite {
        report.expect("ok", ".sqlite is readable for dovecot only");
    } else {
        report.expect("ok", "virtual_users.password has 150 characters");
        report.expect("ok", "can only read");
    }
    assert_eq!(pw.everything(), before);
}

/// Who may read the files; the printed commands set it right.
pub(crate) fn files(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let toml = pw.database.toml();
    let mut files = vec![(pw.configuration().to_owned(), toml.clone())];
    if kind == Kind::Sqlite {
        files.push((pw.database.file(), String::new()));
    }
    pw.configure(&toml);
    for (file, text) in files {
        for (group, mode, problem) in [
            ("dovecot", 0o644, "everybody on this machine can read it"),
            ("root", 0o600, "user dovecot cannot read it"),
            ("dovecot", 0o660, "others than its owner can change it"),
        ] {
            if text.is_empty() {
                let owner = format!("chown root:{group} {0}; chmod {mode:o} {0}", file.display());
                must(Command::new("/bin/sh").args(["-c", &owner]), b"");
            } else {
                write_with(&file, &text, group, mode);
            }
            let report = Report::of(&pw);
            let line = report.expect_fix(problem);
            assert!(line.starts_with(&file.display().to_string()), "{line}");
            obey(line);
            Report::of(&pw).expect_well();
        }
    }

    let closed = servers.scratch().directory(&format!("closed{}", servers.next_number()), (0, 0));
    let file = closed.join("ispmail.toml");
    write_with(&file, &toml, "dovecot", 0o640);
    fs::set_permissions(&closed, Permissions::from_mode(0o700)).expect("chmod");
    let check = || {
        let mut command = Command::new(install(servers.scratch(), PW));
        let output = run(command.arg("--config").arg(&file).arg("check"), b"");
        (output.code(), output.out())
    };
    let (code, text) = check();
    let line = text.lines().find(|line| line.starts_with("FIX")).expect("FIX").to_owned();
    let problem = format!("user dovecot cannot get into {}", closed.display());
    assert!(code == 1 && line.contains(&problem), "{text}");
    obey(&line);
    assert_eq!(check().0, 0, "{}", check().1);
}

pub(crate) fn tables(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    pw.database.execute("DROP TABLE virtual_aliases;");
    let report = Report::of(&pw);
    let line = report.expect_fix("table virtual_aliases is missing");
    assert!(line.contains("ispmail-pw init"), "{line}");
    pw.does(&["init"], "");
    Report::of(&pw).expect_well();

    pw.database.execute("ALTER TABLE virtual_users RENAME COLUMN password TO secret;");
    let report = Report::of(&pw);
    report.expect_fix("table virtual_users is missing, or may not be read, or lacks: password");
    report.expect_fix("the password query: ");

    pw.database.execute("DROP TABLE virtual_users;");
    let report = Report::of(&pw);
    report.expect_fix("lacks: id, domain_id, email, password");
    report.expect_fix("the user look-up: ");
}

pub(crate) fn database_away(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    pw.configure(&pw.database.toml());
    pw.database.set_running(false);
    let output = pw.run(&["check"], "");
    pw.database.set_running(true);
    assert_eq!(output.code(), 1, "{output:?}");
    assert!(output.out().contains("FIX   cannot connect to the database"), "{output:?}");
    Report::of(&pw).expect_well();
}

/// What the database account may do: sign-ins read, management writes.
pub(crate) fn rights(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, "john@example.org");
    Report::of(&pw).expect("note", "may change accounts");

    pw.configure(&pw.database.toml());
    Report::of(&pw).expect("ok", "can only read");

    // Enough to upgrade stored passwords at sign-in, and so no longer read-only.
    let mailuser = if kind == Kind::MariaDb { "mailuser@'127.0.0.1'" } else { "mailuser" };
    pw.database.execute(&format!("GRANT UPDATE (password) ON virtual_users TO {mailuser};"));
    Report::of(&pw).expect("note", "may change accounts");
    pw.database.execute(&format!("REVOKE UPDATE (password) ON virtual_users FROM {mailuser};"));

    pw.database.execute(&match kind {
        Kind::MariaDb => {
            let database = pw.database.execute("SELECT DATABASE();");
            format!("REVOKE SELECT ON {}.* FROM {mailuser};", database.trim())
        }
        _ => "REVOKE SELECT ON virtual_users FROM mailuser;".to_owned(),
    });
    let report = Report::of(&pw);
    if kind == Kind::MariaDb {
        // Without any right in it the account cannot even open the database.
        report.expect_fix("cannot connect to the database");
    } else {
        report.expect_fix("table virtual_users is missing, or may not be read");
        report.expect_fix("the password query: ");
    }
}

pub(crate) fn wrong_password(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let wrong = "Wrong%me:1/2";
    pw.configure(&pw.database.toml().replace(DATABASE_PASSWORD, wrong));
    let report = Report::of(&pw);
    let line = report.expect_fix("cannot connect to the database");
    assert!(line.contains("are host, user and password right?"), "{line}");
    report.expect_nowhere(wrong);
}

/// Types what a line says behind `Run:`.
#[track_caller]
fn obey(line: &str) {
    let (_, commands) = line.split_once("Run: ").unwrap_or_else(|| panic!("no command in {line}"));
    must(Command::new("/bin/sh").args(["-e", "-c", commands]), b"");
}
