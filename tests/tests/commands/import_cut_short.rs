//! `ispmail-pw import` that does not get to its end: all or nothing.

use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::process::{DEFAULT_SIGNALS, program, send};

use crate::import::users;
use crate::pw::{DATA, Pw, TEMPORARY, add_user};

/// Enough that the transaction has thousands of rows while the rest is still to come: a pipe and
/// what is read ahead hold less than a third of this.
const ROWS: usize = 12_000;

/// Killed or interrupted in the middle: nothing is there, and a second run finishes it. Meanwhile
/// users sign in.
pub(crate) fn killed(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, "john@example.org");
    let before = pw.everything();
    let text = users(ROWS);
    for signal in ["KILL", "INT", "TERM"] {
        let (mut child, input) = half_way(&pw, &text);
        assert!(pw.signs_in("john@example.org", "john@example.org"));
        assert_eq!(pw.everything(), before);
        send(signal, &[child.id()]);
        let status = child.wait().unwrap();
        let number = match signal {
            "KILL" => 9,
            "INT" => 2,
            _ => 15,
        };
        assert_eq!(status.signal(), Some(number), "{status:?}");
        drop(input);
        assert_eq!(pw.everything(), before);
    }
    let answer = format!("Added 0 domains, {ROWS} users and 0 aliases.\n");
    assert_eq!(pw.does(&["import"], &text), answer);
    assert_eq!(pw.column("email", "virtual_users").len(), ROWS + 1);
    assert!(pw.signs_in("u7@example.org", "x".repeat(100)));
}

/// The server, or whoever writes the file, goes away in the middle.
pub(crate) fn left_alone(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let before = pw.everything();
    let (child, input) = half_way(&pw, &users(ROWS));
    if kind == Kind::Sqlite {
        // Half a quoted value is no record.
        let mut input = input;
        input.write_all(b"\"half@example").unwrap();
        drop(input);
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(DATA) && told.contains("a quote that"), "{told}");
    } else {
        pw.database.set_running(false);
        drop(input);
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(TEMPORARY), "{told}");
        assert!(told.lines().count() == 1 && !told.contains("PLAIN"), "{told}");
        pw.database.set_running(true);
    }
    assert_eq!(pw.everything(), before);
}

/// An import that has been given all of this, but not the end of the file. Signals do to it what
/// they do by default.
fn half_way(pw: &Pw, text: &str) -> (Child, ChildStdin) {
    let command = pw.command(&["import"]);
    let mut child = Command::new(program("env", "coreutils"))
        .arg(DEFAULT_SIGNALS)
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(text.as_bytes()).unwrap();
    (child, input)
}
