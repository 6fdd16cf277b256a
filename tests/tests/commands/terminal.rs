//! On a terminal: prompts, nothing shown, and a terminal that works afterwards.

use std::process::Command;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use ispmail_tests::binaries::{PW, install};
use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::process::{program, run, send};
use ispmail_tests::terminal::Terminal;

use crate::pw::{FAILED, Pw, add_user};

const OLD: &str = "Enter old password: ";
const NEW: &str = "Enter new password: ";
const AGAIN: &str = "Retype new password: ";
const VERIFY: &str = "Enter password to verify: ";
const STORED: &str = "Enter stored password: ";
/// The key Ctrl-C.
const INTERRUPT: &str = "\x03";

/// Long enough for what was typed to arrive.
const TYPED: Duration = Duration::from_millis(300);

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
        &[
            (NEW, "x\u{15}wintermoon"),
            (AGAIN, "wintermood"),
            // Weak: asked for again before it is retyped.
            (NEW, "password1"),
            (NEW, "wintermoonn\x7f"),
            (AGAIN, "wintermoon"),
        ],
    );
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("do not match"), "{shown}");
    assert!(shown.contains("among the most common ones"), "{shown}");
    assert!(pw.signs_in("john@example.org", "wintermoon"));

    // Users themselves.
    let (code, shown) = talk(
        "passwd john@example.org",
        &[(OLD, "wintermoon"), (NEW, "autumnleaf"), (AGAIN, "autumnleaf")],
    );
    assert_eq!(code, 0, "{shown}");
    assert!(pw.signs_in("john@example.org", "autumnleaf"));

    let before = pw.everything();
    let (code, shown) = talk("passwd john@example.org", &[(OLD, "wintermoon")]);
    assert!(code == FAILED && shown.contains("the login or the password is wrong"), "{shown}");
    let wrong = [(NEW, "one one one 1"), (AGAIN, "two two two 2")];
    for (dialogue, words) in [
        ([wrong, wrong, wrong].concat(), "do not match"),
        ([(NEW, "")].to_vec(), "the password is empty"),
        ([(NEW, "tiny7#"); 3].to_vec(), "it needs at least 8 characters"),
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
        ("verify", &[(STORED, INTERRUPT)]),
        ("verify", &[(STORED, "{PLAIN}x"), (VERIFY, INTERRUPT)]),
        ("identify", &[("nothing to end: ", "{PLA\x03")]),
        ("user add jane@example.org", &[(NEW, INTERRUPT)]),
        ("user passwd john@example.org", &[(NEW, "wintermoon"), (AGAIN, INTERRUPT)]),
        ("passwd john@example.org", &[(OLD, INTERRUPT)]),
        ("passwd john@example.org", &[(OLD, "john@example.org"), (NEW, INTERRUPT)]),
        ("user remove john@example.org", &[("[y/N] ", INTERRUPT)]),
        ("domain remove example.org", &[("[y/N] ", INTERRUPT)]),
    ] {
        // The shell must outlive the key, which goes to everybody in the foreground.
        let words = pw.shell(arguments);
        let script = format!("trap : INT; stty -g; {words}; echo \"code $?\"; stty -g; stty -a");
        let (_, shown) = talk(&script, dialogue);
        assert!(shown.contains("code 130"), "{arguments}: {shown}");
        let settings = settings(&shown);
        assert!(settings.len() == 2 && settings[0] == settings[1], "{arguments}: {shown}");
        assert!(shown.contains(" echo "), "{arguments}: {shown}");
    }
    assert_eq!(pw.everything(), before);
}

/// A signal ends the program at once, the terminal is as it was, and half a password is gone.
pub(crate) fn ended_by_signals(servers: &Arc<Servers>) {
    let pw = Pw::new(servers, Kind::Sqlite);
    add_user(&pw, "john@example.org");
    let before = pw.everything();
    for (arguments, dialogue, prompt) in [
        ("hash", &[][..], NEW),
        ("hash", &[(NEW, "summersun")], AGAIN),
        ("verify", &[], STORED),
        ("user passwd john@example.org", &[], NEW),
        ("user passwd john@example.org", &[(NEW, "wintermoon")], AGAIN),
        ("passwd john@example.org", &[], OLD),
        ("user remove john@example.org", &[], "[y/N] "),
    ] {
        for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130), ("QUIT", 131)] {
            let mut terminal = Terminal::start(&on_its_own(&pw.shell(arguments)));
            for (prompt, line) in dialogue {
                terminal.answer(prompt, line);
            }
            terminal.wait_for(prompt);
            terminal.press("halfaword");
            sleep(TYPED);
            send(signal, &[number(terminal.shown())]);
            let (_, shown) = terminal.finish();
            let hint = format!("{signal} at {prompt:?} of {arguments}: {shown}");
            assert!(shown.contains(&format!("code {code}")), "{hint}");
            assert_eq!(settings(&shown).len(), 2, "{hint}");
            assert_eq!(settings(&shown)[0], settings(&shown)[1], "{hint}");
            if prompt != "[y/N] " {
                assert!(shown.contains("left 0"), "{hint}");
                assert!(!shown.contains("halfaword"), "{hint}");
            }
        }
    }
    assert_eq!(pw.everything(), before);
}

/// Behind a prompt signals do what they always do, and one that is ignored stays ignored.
pub(crate) fn signals_at_other_times(servers: &Arc<Servers>) {
    let program_path = install(servers.scratch(), PW).display().to_string();
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let words = format!("{program_path} hash -s SHA512-CRYPT -r 999999999");
        let mut terminal = Terminal::start(&on_its_own(&words));
        terminal.answer(NEW, "summersun");
        terminal.answer(AGAIN, "summersun");
        sleep(TYPED);
        send(signal, &[number(terminal.shown())]);
        let (_, shown) = terminal.finish();
        assert!(shown.contains(&format!("code {code}")), "{shown}");
    }
    let words = on_its_own(&format!("{program_path} hash -s PLAIN.hex"));
    let mut terminal = Terminal::start(&format!("trap '' HUP; {words}"));
    terminal.wait_for(NEW);
    terminal.press("summ");
    sleep(TYPED);
    send("HUP", &[number(terminal.shown())]);
    terminal.press("ersun\n");
    terminal.answer(AGAIN, "summersun");
    let (_, shown) = terminal.finish();
    assert!(shown.contains("code 0") && shown.contains("73756d6d657273756e"), "{shown}");
}

/// The program as a process that says its number first; behind it the exit code, how many bytes
/// are left to be read, and around it the settings of the terminal.
fn on_its_own(words: &str) -> String {
    format!(
        "stty -g; /bin/sh -c 'echo \"number $$.\"; exec {words}'; echo \"code $?\"; stty -g; \
         stty -icanon -echo min 0 time 3; echo \"left $(wc -c)\""
    )
}

/// What `on_its_own` says first.
fn number(shown: &str) -> u32 {
    let (_, behind) = shown.split_once("number ").expect(shown);
    behind.split('.').next().and_then(|number| number.parse().ok()).expect(shown)
}

/// What `stty -g` has shown.
fn settings(shown: &str) -> Vec<&str> {
    shown.lines().filter(|line| line.matches(':').count() > 20).collect()
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
