//! On a terminal: prompts, nothing shown, and a terminal that works afterwards.

use std::process::Command;
use std::sync::Arc;

use ispmail_tests::binaries::{PW, install};
use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::process::{program, run};
use ispmail_tests::terminal::Terminal;

use crate::pw::{FAILED, Pw, add_user};

const NEW: &str = "Enter new password: ";
const AGAIN: &str = "Retype new password: ";
const VERIFY: &str = "Enter password to verify: ";
/// The key Ctrl-C.
const INTERRUPT: &str = "\x03";

/// Prompts and what is typed.
type Dialogue<'a> = &'a [(&'a str, &'a str)];

pub(crate) fn users_and_domains(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let talk = |arguments: &str, dialogue: Dialogue<'_>| talk(&pw.shell(arguments), dialogue);

    let (code, shown) =
        talk("user add john@example.org", &[(NEW, "sümmersun"), (AGAIN, "sümmersun")]);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("Added the user john@example.org."), "{shown}");
    assert!(pw.signs_in("john@example.org", "sümmersun"));

    // Corrected on the line, and at the second attempt.
    let (code, shown) = talk(
        "user passwd john@example.org",
        &[(NEW, "x\u{15}winter"), (AGAIN, "winner"), (NEW, "winterr\x7f"), (AGAIN, "winter")],
    );
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("do not match"), "{shown}");
    assert!(pw.signs_in("john@example.org", "winter"));

    let before = pw.everything();
    let wrong = [(NEW, "one1"), (AGAIN, "two2")];
    for (dialogue, words) in [
        ([wrong, wrong, wrong].concat(), "do not match"),
        ([(NEW, ""), (AGAIN, "")].to_vec(), "the password is empty"),
    ] {
        let (code, shown) = talk("user passwd john@example.org", &dialogue);
        assert!(code == FAILED && shown.contains(words), "{code} {shown}");
    }
    for command in ["user remove john@example.org", "domain remove example.org"] {
        for answer in ["n", "", "nyet", "Y E S"] {
            let (code, shown) = talk(command, &[("[y/N] ", answer)]);
            assert!(code == FAILED && shown.contains("nothing was changed"), "{code} {shown}");
        }
    }
    assert_eq!(pw.everything(), before);

    let (code, shown) = talk("user remove john@example.org", &[("[y/N] ", "y")]);
    assert_eq!(code, 0, "{shown}");
    add_user(&pw, "jane@example.org");
    let (code, shown) = talk("domain remove example.org", &[("[y/N] ", "yes")]);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("Remove the domain example.org with 1 users and 0 aliases?"), "{shown}");
    assert_eq!(pw.everything(), "");
}

pub(crate) fn hash(servers: &Arc<Servers>) {
    let program_path = install(servers.scratch(), PW).display().to_string();
    let hash = |arguments: &str, dialogue: Dialogue<'_>| {
        talk(&format!("{program_path} hash {arguments}"), dialogue)
    };
    let (code, shown) = hash("", &[(NEW, "summersun"), (AGAIN, "summersun")]);
    assert!(code == 0 && shown.contains("{SHA256-CRYPT}$5$rounds=20000$"), "{code} {shown}");
    let wrong = [(NEW, "one1"), (AGAIN, "two2")];
    let (code, shown) = hash("-s PLAIN-MD5", &[wrong, wrong, wrong].concat());
    assert!(code == FAILED && !shown.contains('{'), "{code} {shown}");
    let (code, shown) = hash("-t '{PLAIN}summersun'", &[(VERIFY, "wintermoon")]);
    assert!(code == 75 && shown.contains("does not match"), "{code} {shown}");

    // Passwords are bytes: on a terminal that is not UTF-8, umlauts are these.
    let typed = r"sleep 1.5; printf 'gr\374\337\n'; sleep 1; printf 'gr\374\337\n'; sleep 0.5";
    let terminal = program("script", "bsdutils").display().to_string();
    let words = format!("{program_path} hash -s PLAIN.hex");
    let script = format!("{{ {typed}; }} | {terminal} --quiet --return -c '{words}' /dev/null");
    let output = run(Command::new("/bin/sh").args(["-c", &script]), b"");
    assert!(output.out().contains("6772fcdf"), "{output:?}");
}

/// Ctrl-C ends the program at once, and the terminal is as it was.
pub(crate) fn interrupted(servers: &Arc<Servers>) {
    let pw = Pw::new(servers, Kind::Sqlite);
    add_user(&pw, "john@example.org");
    let before = pw.everything();
    for (arguments, dialogue) in [
        ("hash", &[(NEW, INTERRUPT)][..]),
        ("hash", &[(NEW, "summersun"), (AGAIN, "summ\x03")]),
        ("hash -t '{PLAIN}summersun'", &[(VERIFY, INTERRUPT)]),
        ("user add jane@example.org", &[(NEW, INTERRUPT)]),
        ("user passwd john@example.org", &[(NEW, "winter"), (AGAIN, INTERRUPT)]),
        ("user remove john@example.org", &[("[y/N] ", INTERRUPT)]),
        ("domain remove example.org", &[("[y/N] ", INTERRUPT)]),
    ] {
        // The shell must outlive the key, which goes to everybody in the foreground.
        let words = pw.shell(arguments);
        let script = format!("trap : INT; stty -g; {words}; echo \"code $?\"; stty -g; stty -a");
        let (_, shown) = talk(&script, dialogue);
        assert!(shown.contains("code 130"), "{arguments}: {shown}");
        let settings: Vec<&str> =
            shown.lines().filter(|line| line.matches(':').count() > 20).collect();
        assert!(settings.len() == 2 && settings[0] == settings[1], "{arguments}: {shown}");
        assert!(shown.contains(" echo "), "{arguments}: {shown}");
    }
    assert_eq!(pw.everything(), before);
}

/// Answers each prompt; the exit code and what was shown, which must not be a password.
#[track_caller]
fn talk(command: &str, dialogue: Dialogue<'_>) -> (i32, String) {
    let mut terminal = Terminal::start(command);
    for (prompt, line) in dialogue {
        terminal.answer(prompt, line);
    }
    let (code, shown) = terminal.finish();
    for (prompt, line) in dialogue {
        let secret = prompt.contains("password") && line.len() >= 4;
        assert!(!(secret && shown.contains(line)), "a password is on the screen: {shown}");
    }
    (code, shown)
}
