//! Passwords come in as one line of bytes, and go nowhere else.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::process::{run, run_keeping_stdin};

use crate::pw::{FAILED, Pw, add_user};

const JOHN: &str = "john@example.org";
/// The longest password that crypt(3), and so Dovecot, takes.
const LONGEST: usize = 511;

pub(crate) fn password_lines(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, JOHN);
    // Of no pattern that would be refused.
    let of_length = |length: usize| -> Vec<u8> {
        b"correct horse battery staple ".iter().copied().cycle().take(length).collect()
    };
    let line = |bytes: &[u8]| [bytes, b"\n"].concat();
    for (input, words) in [
        (Vec::new(), "the password is empty"),
        (line(b""), "the password is empty"),
        (line(b"\r"), "the password is empty"),
        (b"\n\nsummersun\n".to_vec(), "the password is empty"),
        (line(b"summer\0sun"), "NUL"),
        (line(&of_length(LONGEST + 1)), "longer than 511 bytes"),
        (line(&of_length(4096)), "longer than 511 bytes"),
        (line(&of_length(5000)), "more than 4096 bytes"),
        (of_length(5000), "more than 4096 bytes"),
        (of_length(1 << 20), "more than 4096 bytes"),
    ] {
        pw.refuses(&["user", "add", "jane@example.org"], &input, FAILED, words);
        pw.refuses(&["user", "passwd", JOHN], &input, FAILED, words);
    }

    let every_byte: Vec<u8> = (1..=255).filter(|byte| !b"\r\n".contains(byte)).collect();
    for password in [
        b"summersun".to_vec(),
        b" with spaces ".to_vec(),
        b"summersun\rwintermoon".to_vec(),
        "пароль 🙂".as_bytes().to_vec(),
        b"gr\xfc\xdf dich".to_vec(),
        b"$5$abc$def".to_vec(),
        b"{PLAIN}summersun".to_vec(),
        b"'; DROP TABLE virtual_users; --".to_vec(),
        b"%u\\%n and %d".to_vec(),
        every_byte,
        of_length(LONGEST),
    ] {
        for end in ["\n", "\r\n", ""] {
            let input = [password.as_slice(), end.as_bytes()].concat();
            // With its line end it is complete: nobody waits for more.
            let mut command = pw.command(&["user", "passwd", JOHN]);
            let output = run_keeping_stdin(&mut command, &input, end.ends_with('\n'));
            assert_eq!(output.code(), 0, "{output:?}");
        }
        // A request of more than 512 bytes is never signed in.
        if password.len() < 400 {
            assert!(pw.signs_in(JOHN, &password), "{:?}", String::from_utf8_lossy(&password));
        }
    }
}

/// What stands behind the line belongs to the next program.
pub(crate) fn one_line_is_read(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let script = format!(
        "{} && {} && {} && cat",
        pw.shell(&format!("user add {JOHN}")),
        pw.shell("user add jane@example.org"),
        pw.shell(&format!("user passwd {JOHN}")),
    );
    let mut command = Command::new("/bin/sh");
    let input = b"first password\nsecond password\r\nthird password\nthe rest\nof it\n";
    let output = run(command.args(["-c", &script]), input);
    assert_eq!(output.code(), 0, "{output:?}");
    assert!(output.out().ends_with("\nthe rest\nof it\n"), "{output:?}");
    assert!(pw.signs_in(JOHN, "third password"));
    assert!(pw.signs_in("jane@example.org", "second password"));
}

/// While it works, nothing that others on the machine can look at holds the password.
pub(crate) fn nothing_to_see(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let mut child = pw
        .command(&["user", "add", JOHN])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ispmail-pw");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(b"summersun").expect("write");
    // It has read all this once it waits in read(2) for the end of the line.
    let process = format!("/proc/{}", child.id());
    let begin = Instant::now();
    while !waits_for_input(&process) {
        assert!(begin.elapsed() < Duration::from_secs(30), "it does not read");
        thread::sleep(Duration::from_millis(5));
    }
    for file in ["cmdline", "environ", "comm"] {
        let bytes = fs::read(format!("{process}/{file}")).expect(file);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains("summer") && !text.contains("Change"), "{file}: {text}");
    }
    let limits = fs::read_to_string(format!("{process}/limits")).expect("limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("core");
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    stdin.write_all(b"\n").expect("write");
    let output = child.wait_with_output().expect("output");
    assert!(output.status.success(), "{output:?}");
    assert!(pw.signs_in(JOHN, "summersun"));
}

/// Whether the process waits in a read of its descriptor 0.
fn waits_for_input(process: &str) -> bool {
    let call = fs::read_to_string(format!("{process}/syscall")).unwrap_or_default();
    call.starts_with("0 0x0 ")
}
