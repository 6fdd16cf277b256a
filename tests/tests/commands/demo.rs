//! `ispmail-pw demo`, the README's first command.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use ispmail_tests::binaries::{CHECKPASSWORD, PW, install};
use ispmail_tests::database::Servers;
use ispmail_tests::process::{Output, run};

use crate::pw::{TEMPORARY, assert_fails};

pub(crate) fn twice(servers: &Arc<Servers>) {
    let place = place(servers, "plain");
    for time in 1..=2 {
        let output = demo(servers, &place);
        expect_outcomes(&output);
        let directories = children(&place);
        assert_eq!(directories.len(), time, "{directories:?}");
        for directory in directories {
            assert_eq!(mode(&directory), 0o700, "{}", directory.display());
            for file in children(&directory) {
                assert_eq!(mode(&file), 0o600, "{}", file.display());
            }
        }
    }
    // It says how to get rid of it.
    let text = demo(servers, &place).out();
    let (_, remove) = text.rsplit_once("rm -r ").expect("rm -r");
    assert!(Path::new(remove.trim()).join("mail.sqlite").is_file(), "{text}");
}

/// Wherever temporary files are.
pub(crate) fn in_odd_places(servers: &Arc<Servers>) {
    for name in ["with blank", "100%25", "quote\"d", "it's", "back\\slash", "q?x#y", "ümlaut"] {
        let output = demo(servers, &place(servers, name));
        assert_eq!(output.code(), 0, "{name}: {output:?}");
        expect_outcomes(&output);
    }
    let output = demo(servers, Path::new("/no/such/place"));
    assert_fails(&output, TEMPORARY, "/no/such/place");

    // Without the other program there is nothing to show, and nothing is left behind.
    let place = place(servers, "missing");
    let mut command = Command::new(install(servers.scratch(), PW));
    let command = command.args(["demo", "--checkpassword", "/no/such/program"]);
    let output = run(command.env("TMPDIR", &place), b"");
    assert_eq!(output.code(), TEMPORARY, "{output:?}");
    assert!(output.err().contains("/no/such/program"), "{output:?}");
    let left = children(&place);
    assert!(left.is_empty(), "{left:?}");
}

#[track_caller]
fn expect_outcomes(output: &Output) {
    assert_eq!((output.code(), output.err().as_str()), (0, ""), "{output:?}");
    let text = output.out();
    for (attempt, outcome) in [
        ("the right password", "accepted (exit code 0)"),
        ("a wrong password", "refused (exit code 1)"),
        ("an unknown login", "refused (exit code 1)"),
    ] {
        let line = text.lines().find(|line| line.contains(attempt)).expect(attempt);
        assert!(line.ends_with(outcome), "{text}");
    }
    for words in [
        "user=john@example.org userdb_home=/var/vmail/example.org/john",
        "driver = checkpassword",
        "driver = prefetch",
        "--dovecot-sql /etc/dovecot/dovecot-sql.conf.ext",
        "chgrp dovecot /etc/dovecot/dovecot-sql.conf.ext",
        "doveadm reload",
    ] {
        assert!(text.contains(words), "no {words:?} in:\n{text}");
    }
    assert!(!text.contains("$5$"), "{text}");
}

fn demo(servers: &Arc<Servers>, temporary: &Path) -> Output {
    // It finds the other program beside itself.
    install(servers.scratch(), CHECKPASSWORD);
    let mut command = Command::new(install(servers.scratch(), PW));
    run(command.arg("demo").env("TMPDIR", temporary), b"")
}

fn place(servers: &Arc<Servers>, name: &str) -> PathBuf {
    servers.scratch().directory(&format!("tmp{} {name}", servers.next_number()), (0, 0))
}

fn children(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("directory");
    entries.map(|entry| entry.expect("entry").path()).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("metadata").permissions().mode() & 0o777
}
