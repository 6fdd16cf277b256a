//! What the machine, the database or the configuration refuses.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use ispmail_tests::binaries::{PW, install};
use ispmail_tests::database::{DATABASE_PASSWORD, Kind, Servers};
use ispmail_tests::process::{ids_of, program, run};

use crate::pw::{CONFIG, NO_USER, Pw, TEMPORARY, add_user, assert_fails};

/// Every command that needs a database, with good arguments and input.
const COMMANDS: &[(&[&str], &str)] = &[
    (&["domain", "add", "example.com"], ""),
    (&["domain", "list"], ""),
    (&["domain", "show", "example.org"], ""),
    (&["domain", "rename", "example.org", "example.net"], ""),
    (&["domain", "remove", "--yes", "example.org"], ""),
    (&["user", "add", "jane@example.org"], "summersun\n"),
    (&["user", "list"], ""),
    (&["user", "show", "john@example.org"], ""),
    (&["user", "rename", "john@example.org", "jack@example.org"], ""),
    (&["user", "disable", "john@example.org"], ""),
    (&["passwd", "john@example.org"], "john@example.org\nwintermoon\n"),
    (&["user", "passwd", "john@example.org"], "wintermoon\n"),
    (&["user", "remove", "--yes", "john@example.org"], ""),
];

pub(crate) fn database_away(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, "john@example.org");
    pw.database.set_running(false);
    for (arguments, input) in COMMANDS {
        let output = pw.run(arguments, input);
        assert_fails(&output, TEMPORARY, "cannot connect to the database");
        assert!(!output.err().contains(DATABASE_PASSWORD), "{output:?}");
    }
    pw.database.set_running(true);
    assert_eq!(pw.does(&["user", "list"], ""), "john@example.org\n");
}

pub(crate) fn missing_tables(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    pw.database.execute("DROP TABLE virtual_users; ALTER TABLE virtual_domains RENAME TO others;");
    for (arguments, input) in COMMANDS {
        assert_fails(&pw.run(arguments, input), CONFIG, "no known tables are in the database");
    }
}

/// A database account, or for SQLite a user, that only reads.
pub(crate) fn read_only(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, "john@example.org");
    pw.configure(&pw.database.toml());
    let before = pw.everything();
    for (arguments, input) in COMMANDS {
        let output = run(&mut as_reader(pw.command(arguments), kind), input.as_bytes());
        if matches!(arguments[1], "list" | "show") {
            assert_eq!(output.code(), 0, "{output:?}");
        } else {
            assert_fails(&output, TEMPORARY, "the database refused");
            assert!(!output.err().contains("$5$"), "{output:?}");
        }
        assert_eq!(pw.everything(), before, "{arguments:?} changed something");
    }
}

/// Output that cannot be written is no reason to crash.
pub(crate) fn no_panic_without_readers(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let line = r#"{"stored":"{PLAIN}x","password":"x"}"#;
    let others: &[(&[&str], &str)] = &[
        (&["check"], ""),
        (&["config", "dovecot-2.4"], ""),
        (&["init"], ""),
        (&["schemes"], ""),
        (&["hash", "-l"], ""),
        (&["hash", "--batch"], line),
        (&["verify"], "{PLAIN}x\nx\n"),
        (&["verify", "--batch"], line),
        (&["identify"], "{PLAIN}x\n"),
    ];
    for (arguments, input) in COMMANDS.iter().chain(others) {
        let words = pw.shell(&arguments.join(" "));
        for script in [
            format!("{words} > /dev/full"),
            format!("{words} >&-"),
            // The reader has gone before the first line is written.
            format!("{{ sleep 0.2; cat; }} | {{ {words}; echo \"code $?\" >&2; }} | true"),
        ] {
            let output = run(Command::new("/bin/sh").args(["-c", &script]), input.as_bytes());
            let text = output.err();
            assert!(!text.contains("panicked") && !text.contains("code 101"), "{script}: {text}");
            assert_ne!(output.code(), 101, "{script}: {text}");
        }
    }
    // Not even the complaint can be written.
    let script = format!("{} 2> /dev/full", pw.shell("user passwd nobody@example.org"));
    let output = run(Command::new("/bin/sh").args(["-c", &script]), b"");
    assert_eq!(output.code(), NO_USER, "{output:?}");
}

/// A configuration that cannot be used is one line, whatever the command.
pub(crate) fn configuration(servers: &Arc<Servers>) {
    let mut pw = Pw::new(servers, Kind::Sqlite);
    let good = pw.database.toml();
    let own = |query: &str| format!("{good}[query]\npassword = \"{query}\"\n");
    for (toml, words) in [
        ("", "[database] is missing"),
        ("[database]\nurl = \"sqlite://relative\"\n", ":2: "),
        ("[database\n", ":1: "),
        (&format!("nonsense = 1\n{good}"), ":1: unknown key"),
        (&format!("{good}[policy]\nrounds = 999\n"), "rounds"),
        (&own("SELECT password FROM mailbox WHERE username = '%u'"), "of your own"),
    ] {
        pw.configure(toml);
        let own = words == "of your own";
        let init = [(["init"].as_slice(), "")];
        let commands = COMMANDS.iter().chain(&init);
        // A user can be shown by a query, if it is one that runs.
        for (arguments, input) in
            commands.filter(|(words, _)| !own || !matches!(words, ["init"] | ["user", "show", ..]))
        {
            let output = pw.run(arguments, input);
            assert_fails(&output, CONFIG, words);
            assert!(output.err().contains(&pw.configuration().display().to_string()), "{output:?}");
        }
    }
    pw.configure_dovecot_sql("driver = oracle\nconnect = x\n");
    assert_fails(&pw.run(&["user", "list"], ""), CONFIG, ":1: ");

    // Where it is looked for.
    let program = install(servers.scratch(), PW);
    let bare = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(arguments).env_remove("ISPMAIL_CONFIG");
        command
    };
    pw.configure(&good);
    let file = pw.configuration().display().to_string();
    let output = run(bare(&["domain", "list"]).env("ISPMAIL_CONFIG", &file), b"");
    assert_eq!(output.out(), "example.org\n", "{output:?}");
    let output = run(&mut bare(&["domain", "list", "--config", &file]), b"");
    assert_eq!(output.out(), "example.org\n", "{output:?}");
    let both = ["--config", &file, "--dovecot-sql", &file, "domain", "list"];
    assert_fails(&run(&mut bare(&both), b""), CONFIG, "expected one of them");
    let nowhere = run(bare(&["domain", "list"]).env("ISPMAIL_CONFIG", "/no/such/file"), b"");
    assert_fails(&nowhere, CONFIG, "/no/such/file: cannot be read: there is no such file");
    if !Path::new("/etc/ispmail/ispmail.toml").exists() {
        assert_fails(&run(&mut bare(&["check"]), b""), CONFIG, "/etc/ispmail/ispmail.toml");
    }
}

/// The command as user dovecot, who may read the SQLite file. A server goes by its own accounts.
fn as_reader(command: Command, kind: Kind) -> Command {
    if kind != Kind::Sqlite {
        return command;
    }
    let (uid, gid) = ids_of("dovecot");
    let mut reader = Command::new(program("setpriv", "util-linux"));
    reader
        .args(["--reuid", &uid.to_string(), "--regid", &gid.to_string(), "--clear-groups", "--"])
        .arg(command.get_program())
        .args(command.get_args());
    reader
}
