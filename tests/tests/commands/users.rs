//! `ispmail-pw user …`.

use std::process::{Child, Stdio};
use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::doveadm;
use ispmail_tests::process::run;

use crate::pw::{DATA, NO_USER, Pw, USAGE, add_user};

const JOHN: &str = "john@example.org";

pub(crate) fn add_list_passwd_remove(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let printed = pw.does(&["user", "add", JOHN], "summersun\n");
    assert_eq!(printed, "Added the user john@example.org.\n");
    add_user(&pw, "jane@example.org");
    add_user(&pw, "a.b-c_9@example.org");
    let all = ["a.b-c_9@example.org", "jane@example.org", JOHN];
    assert_eq!(pw.column("email", "virtual_users"), all);
    assert_eq!(pw.does(&["user", "list"], ""), all.map(|user| format!("{user}\n")).concat());
    assert!(pw.signs_in(JOHN, "summersun"));

    let jane = pw.stored("jane@example.org");
    let printed = pw.does(&["user", "passwd", JOHN], "wintermoon\n");
    let expected = "Changed the password of john@example.org.\n\
                    Dovecot may still go by what it knew. Tell it, as root, or use --flush: \
                    doveadm auth cache flush john@example.org; doveadm kick john@example.org\n";
    assert_eq!(printed, expected);
    assert!(pw.signs_in(JOHN, "wintermoon") && !pw.signs_in(JOHN, "summersun"));
    assert_eq!(pw.stored("jane@example.org"), jane, "somebody else's password changed");

    let printed = pw.does(&["user", "remove", "--yes", JOHN], "");
    let expected = "Removed the user john@example.org. The mailbox stays on the disk: \
                    /var/vmail/example.org/john\nDovecot may still";
    assert!(printed.starts_with(expected), "{printed}");
    assert_eq!(pw.column("email", "virtual_users"), all[..2]);
    assert!(!pw.signs_in(JOHN, "wintermoon"));
    assert!(pw.signs_in("jane@example.org", "jane@example.org"));
}

/// New values have the scheme and strength that were asked for, and Dovecot reads them.
pub(crate) fn stored_passwords(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let configuration = pw.database.toml_over_socket();
    pw.does(&["user", "add", JOHN], "summersun\n");
    let first = expect_crypt(&pw, 20_000, "summersun");
    pw.does(&["user", "passwd", JOHN], "summersun\n");
    let second = expect_crypt(&pw, 20_000, "summersun");
    assert_ne!(first, second, "one salt for two values");
    for rounds in [1000, 7000, 30_000] {
        pw.configure(&format!("{configuration}[policy]\nrounds = {rounds}\n"));
        pw.does(&["user", "passwd", JOHN], "wintermoon\n");
        expect_crypt(&pw, rounds, "wintermoon");
    }
}

pub(crate) fn refusals(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, JOHN);
    for address in [JOHN, "John@Example.ORG"] {
        let arguments = ["user", "add", address];
        pw.refuses(&arguments, "wintermoon\n", DATA, "john@example.org exists already");
    }
    let elsewhere = ["user", "add", "john@example.com"];
    pw.refuses(&elsewhere, "summersun\n", NO_USER, "ispmail-pw domain add example.com");
    // An administrator with a typing mistake hears of it before a password is asked for.
    pw.refuses(&elsewhere, "", NO_USER, "there is no domain example.com");
    pw.refuses(&["user", "add", JOHN], "", DATA, "exists already");
    for command in ["passwd", "remove"] {
        for nobody in ["jack@example.org", "john@example.com", "john", "", "%", "' OR '1'='1"] {
            let arguments = ["user", command, nobody];
            pw.refuses(&arguments, "", NO_USER, "there is no user");
        }
    }
    pw.refuses(&["user", "remove", JOHN], "y\n", USAGE, "--yes");
    assert!(pw.signs_in(JOHN, JOHN));
}

/// Whoever comes second is told so; there is one row, with the password of the first.
pub(crate) fn two_at_once(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    for round in 0..5 {
        let address = format!("user{round}@example.org");
        let both = ["summersun", "wintermoon"].map(|password| {
            let words = pw.shell(&format!("user add {address}"));
            (password, start(&format!("echo {password} | {words}")))
        });
        let both = both.map(|(password, child)| {
            let output = child.wait_with_output().expect("output");
            (password, output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
        });
        let accepted: Vec<&str> =
            both.iter().filter(|one| one.1 == Some(0)).map(|one| one.0).collect();
        let refused: Vec<_> = both.iter().filter(|one| one.1 == Some(DATA)).collect();
        assert!(accepted.len() == 1 && refused.len() == 1, "{both:?}");
        assert!(refused[0].2.contains("exists already"), "{both:?}");
        assert_eq!(pw.column("email", "virtual_users").len(), round + 1);
        assert!(pw.signs_in(&address, accepted[0]) && !pw.signs_in(&address, refused[0].0));
    }
}

fn start(line: &str) -> Child {
    std::process::Command::new("/bin/sh")
        .args(["-c", line])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("sh")
}

/// John's row is `{SHA256-CRYPT}$5$rounds=N$salt$hash` for this password, by Dovecot's judgement
/// too.
#[track_caller]
fn expect_crypt(pw: &Pw, rounds: u32, password: &str) -> String {
    let stored = pw.stored(JOHN);
    let prefix = format!("{{SHA256-CRYPT}}$5$rounds={rounds}$");
    let rest = stored.strip_prefix(&prefix).unwrap_or_else(|| panic!("not {prefix}: {stored}"));
    let lengths: Vec<usize> = rest.split('$').map(str::len).collect();
    assert_eq!(lengths, [16, 43], "{stored}");
    for (typed, code) in [(password, 0), ("autumnleaf", 75)] {
        let verify = run(&mut doveadm::pw(&["-t", &stored, "-p", typed]), b"");
        assert_eq!(verify.code(), code, "doveadm on {stored}: {verify:?}");
    }
    assert!(pw.signs_in(JOHN, password) && !pw.signs_in(JOHN, "autumnleaf"));
    stored
}
