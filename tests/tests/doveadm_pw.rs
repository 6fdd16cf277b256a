//! `ispmail-pw hash` beside `doveadm pw`: the same arguments and input, the same outcome.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use ispmail_tests::binaries::{PW, install};
use ispmail_tests::database::Servers;
use ispmail_tests::doveadm;
use ispmail_tests::process::{Output, run_keeping_stdin};
use ispmail_tests::runner::{run, test};
use ispmail_tests::terminal::Terminal;

const CRYPT: &str = "{SHA256-CRYPT}$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1";
const MD5: &str = "{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6dd";

/// Arguments and standard input on which both do the same.
const SAME: &[(&[&str], &str)] = &[
    // Made from -p.
    (&["-s", "SHA256-CRYPT", "-p", "start123"], ""),
    (&["-s", "sha256-crypt", "-p", "start123"], ""),
    (&["-s", "SHA256-CRYPT", "-r", "1000", "-p", "start123"], ""),
    (&["-s", "SHA256-CRYPT", "-r", "5000", "-p", "start123"], ""),
    (&["-s", "SHA256-CRYPT", "-r", "20000", "-p", "start123", "-V"], ""),
    (&["-s", "SHA256-CRYPT", "-r", "0", "-p", "start123"], ""),
    (&["-s", "SHA256-CRYPT.b64", "-p", "start123"], ""),
    (&["-s", "SHA256-CRYPT.hex", "-p", "start123"], ""),
    (&["-s", "PLAIN-MD5", "-p", "summersun"], ""),
    (&["-s", "PLAIN-MD5", "-p", "summersun", "-V"], ""),
    (&["-s", "plain-md5.b64", "-p", "summersun"], ""),
    (&["-s", "PLAIN-MD5.base64", "-p", "summersun"], ""),
    (&["-s", "PLAIN-MD5.HEX", "-p", "summersun"], ""),
    (&["-s", "PLAIN", "-p", "päßword {x}"], ""),
    (&["-s", "PLAIN.b64", "-p", "summersun"], ""),
    (&["-s", "CLEAR", "-p", "summersun"], ""),
    (&["-s", "CLEARTEXT.hex", "-p", "summersun", "-V"], ""),
    (&["-s", "PLAIN", "-p", "x", "-u", "john@example.org"], ""),
    (&["-s", "PLAIN", "-r", "5", "-p", "x"], ""),
    (&["-s", "SHA512", "-p", "summersun"], ""),
    (&["-s", "sha.hex", "-p", "summersun", "-V"], ""),
    (&["-s", "LDAP-MD5", "-p", "summersun"], ""),
    (&["-s", "PLAIN-MD4", "-p", "summersun"], ""),
    (&["-s", "CRAM-MD5", "-p", "summersun"], ""),
    (&["-s", "DIGEST-MD5", "-p", "summersun", "-u", "john@example.org"], ""),
    (&["-s", "DIGEST-MD5", "-p", "summersun", "-u", "john"], ""),
    // Made from lines.
    (&["-s", "PLAIN"], "summersun\nsummersun\n"),
    (&["-s", "PLAIN"], "summersun\nsummersun"),
    (&["-s", "PLAIN"], " a \n a \n"),
    (&["-s", "PLAIN"], "пароль\nпароль\nmore\n"),
    (&["-s", "SHA256-CRYPT", "-V"], "start123\nstart123\n"),
    // Tested.
    (&["-t", CRYPT, "-p", "start123"], ""),
    (&["-t", CRYPT, "-p", "start124"], ""),
    (&["-t", CRYPT], "start123\n"),
    (&["-t", CRYPT], "start123"),
    (&["-t", CRYPT], "start124\n"),
    (&["-t", MD5, "-p", "summersun"], ""),
    (&["-t", MD5, "-p", "Summersun"], ""),
    (&["-t", "{plain-md5}14CBFB845AF1F030E372B1CB9275E6DD", "-p", "summersun"], ""),
    (&["-t", "{PLAIN-MD5.b64}FMv7hFrx8DDjcrHLknXm3Q==", "-p", "summersun"], ""),
    (
        &[
            "-t",
            "{CRYPT}$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1",
            "-p",
            "start123",
        ],
        "",
    ),
    (&["-t", "{PLAIN}summersun", "-p", "summersun", "-V"], ""),
    (&["-t", "{PLAIN}summersun", "-p", "summersun", "-s", "PLAIN"], ""),
    (
        &[
            "-t",
            "$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1",
            "-p",
            "start123",
        ],
        "",
    ),
    (&["-t", "summersun", "-p", "summersun"], ""),
    (&["-t", "{NO-SUCH}x", "-p", "x"], ""),
    (&["-t", "{PLAIN-MD5}14cb", "-p", "summersun"], ""),
    (&["-t", "{SHA256-CRYPT}!", "-p", "!"], ""),
    (&["-t", "{SHA256-CRYPT}", "-p", "x"], ""),
    // Called wrongly.
    (&["-s", "NO-SUCH", "-p", "x"], ""),
    (&["-s", "PLAIN.rot13", "-p", "x"], ""),
    (&["-s", "SHA256-CRYPT", "-r", "4294967296", "-p", "x"], ""),
    (&["-x"], ""),
    (&["one", "two"], ""),
    (&["-p"], ""),
];

/// Where they differ: arguments, input, doveadm's exit code and ours, and why that is meant.
const DIFFERENT: &[(&[&str], &str, i32, i32, &str)] = &[
    (&["-s", "PLAIN"], "", 0, 1, "no password is no password, not the empty one"),
    (&["-s", "PLAIN"], "\n\n", 0, 1, "an empty password would let everybody in"),
    (&["-s", "PLAIN", "-p", ""], "", 0, 1, "an empty password would let everybody in"),
    (&["-s", "PLAIN"], "summersun\n", 0, 1, "the second line is missing"),
    (&["-s", "PLAIN"], "a\nb\n", 0, 1, "two different lines; doveadm then hashes nothing"),
    (&["-s", "PLAIN"], "a\nb\nc\nc\n", 0, 1, "a pipe does not get a second try"),
    (&["-s", "PLAIN-MD5", "-r", "many", "-p", "x"], "", 0, 64, "not a number"),
    (&["-s", "PLAIN-MD5", "-r", "-5", "-p", "x"], "", 0, 64, "not a number of rounds"),
    (&["-t", "{PLAIN}", "-p", ""], "", 0, 1, "an empty row lets nobody in"),
];

/// Prompts and what is typed.
type Dialogue = &'static [(&'static str, &'static str)];

fn main() {
    run(|servers| {
        vec![
            test(servers, "same_as_doveadm", same_as_doveadm),
            test(servers, "each_verifies_the_others", each_verifies_the_others),
            test(servers, "meant_to_differ", meant_to_differ),
            test(servers, "defaults", defaults),
            test(servers, "on_a_terminal", on_a_terminal),
        ]
    })
}

fn same_as_doveadm(servers: &Arc<Servers>) {
    let program = install(servers.scratch(), PW);
    let mut faults = Vec::new();
    for &(arguments, input) in SAME {
        let (input, keep_open) = (input.as_bytes(), input.ends_with('\n'));
        let theirs = run_keeping_stdin(&mut doveadm::pw(arguments), input, keep_open);
        let ours = run_keeping_stdin(&mut hash(&program, arguments), input, keep_open);
        let password = arguments.iter().skip_while(|&&word| word != "-p").nth(1);
        let shows_it = password
            .filter(|password| password.len() > 4)
            .is_some_and(|password| ours.err().contains(password));
        let agrees = ours.code() == theirs.code()
            && shape(&ours) == shape(&theirs)
            && ours.stderr.is_empty() == (ours.code() == 0)
            && (ours.code() != 75 || ours.err().lines().count() == 1)
            && !shows_it;
        if !agrees {
            faults.push(format!("{arguments:?}\n  doveadm: {theirs:?}\n  we:      {ours:?}"));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// What either makes, the other accepts with the right password and with no other.
fn each_verifies_the_others(servers: &Arc<Servers>) {
    let program = install(servers.scratch(), PW);
    let long = "x".repeat(511);
    let usual = ["summersun", "x", " ", "päßwörd", "{PLAIN}x", "with space", long.as_str()];
    for scheme in ["SHA256-CRYPT", "PLAIN-MD5", "PLAIN", "SHA256-CRYPT.b64", "PLAIN-MD5.b64"] {
        for password in usual {
            each_verifies(&program, scheme, password);
        }
    }
    let listed = listed(&mut doveadm::pw(&["-l"]));
    assert!(listed.len() > 25, "{listed:?}");
    for scheme in &listed {
        for (suffix, password) in [("", "päßwörd"), (".hex", &long), (".B64", "{PLAIN}x")] {
            each_verifies(&program, &format!("{scheme}{suffix}"), password);
        }
    }
}

fn each_verifies(program: &Path, scheme: &str, password: &str) {
    // DIGEST-MD5 is made of the login too.
    let login = ["-u", "john@example.org"];
    let made = |mut command: Command| {
        let output = run_keeping_stdin(command.args(login), b"", false);
        assert_eq!(output.code(), 0, "{output:?}");
        output.out().trim_end_matches('\n').to_owned()
    };
    let verify = |mut command: Command, stored: &str, typed: &str, code: i32| {
        let output = run_keeping_stdin(command.args(login), b"", false);
        assert_eq!(output.code(), code, "{stored} with {typed}: {output:?}");
    };
    let arguments = ["-s", scheme, "-p", password];
    let by_us = made(hash(program, &arguments));
    let by_doveadm = made(doveadm::pw(&arguments));
    // doveadm leaves out the length that it asks for itself.
    let sound = !scheme.starts_with("PLAIN-TRUNC");
    for (typed, code) in [(password, 0), ("wintermoon", 75)] {
        let on_ours = doveadm::pw(&["-t", &by_us, "-p", typed]);
        verify(on_ours, &by_us, typed, code);
        if sound {
            let on_doveadms = hash(program, &["-t", &by_doveadm, "-p", typed]);
            verify(on_doveadms, &by_doveadm, typed, code);
        }
    }
}

fn meant_to_differ(servers: &Arc<Servers>) {
    let program = install(servers.scratch(), PW);
    for &(arguments, input, doveadms_code, our_code, reason) in DIFFERENT {
        let theirs = run_keeping_stdin(&mut doveadm::pw(arguments), input.as_bytes(), false);
        let ours = run_keeping_stdin(&mut hash(&program, arguments), input.as_bytes(), false);
        let place =
            format!("{arguments:?} with {input:?} ({reason}): doveadm {theirs:?}, we {ours:?}");
        assert_eq!(theirs.code(), doveadms_code, "{place}");
        assert_eq!(ours.code(), our_code, "{place}");
        assert!(ours.stdout.is_empty() && !ours.stderr.is_empty(), "{place}");
    }
}

fn defaults(servers: &Arc<Servers>) {
    let program = install(servers.scratch(), PW);
    // doveadm's default is bcrypt with 5 rounds; ours is what new users get.
    let ours = run_keeping_stdin(&mut hash(&program, &["-p", "start123"]), b"", false);
    assert!(ours.out().starts_with("{SHA256-CRYPT}$5$rounds=20000$"), "{ours:?}");
    assert_eq!((ours.code(), ours.stderr.len()), (0, 0), "{ours:?}");

    // doveadm clamps without a word; out of range is worth one, and the same value comes out.
    for (asked, made) in [("999", "rounds=1000$"), ("1", "rounds=1000$")] {
        let arguments = ["-s", "SHA256-CRYPT", "-r", asked, "-p", "start123"];
        for mut command in [doveadm::pw(&arguments), hash(&program, &arguments)] {
            let output = run_keeping_stdin(&mut command, b"", false);
            assert!(output.code() == 0 && output.out().contains(made), "{output:?}");
        }
    }

    // We know every scheme that doveadm lists, and each of ours can be made.
    let known = listed(&mut doveadm::pw(&["-l"]));
    let own = listed(&mut hash(&program, &["-l"]));
    for scheme in &known {
        assert!(own.contains(scheme), "we do not list {scheme}");
    }
    for scheme in &own {
        // A name that Dovecot 2.4 has added.
        assert!(known.contains(scheme) || scheme == "ARGON2", "doveadm does not know {scheme}");
        let arguments = ["-s", scheme, "-p", "x", "-u", "john@example.org"];
        let made = run_keeping_stdin(&mut hash(&program, &arguments), b"", false);
        assert_eq!(made.code(), 0, "{made:?}");
    }
}

/// The names that `-l` prints.
fn listed(command: &mut Command) -> Vec<String> {
    let names = run_keeping_stdin(command, b"", false).out();
    names.split_whitespace().map(str::to_owned).collect()
}

fn on_a_terminal(servers: &Arc<Servers>) {
    const NEW: &str = "Enter new password: ";
    const AGAIN: &str = "Retype new password: ";
    const VERIFY: &str = "Enter password to verify: ";
    let program = install(servers.scratch(), PW);
    let ours = format!("{} hash", program.display());
    let theirs = format!("{} -O pw", doveadm::path().display());
    let test = format!("-t '{MD5}'");
    let dialogues: [(&str, Dialogue, i32, &str); 4] = [
        ("-s PLAIN-MD5", &[(NEW, "summersun"), (AGAIN, "summersun")], 0, MD5),
        (
            "-s PLAIN-MD5",
            &[(NEW, "summersun"), (AGAIN, "summersum"), (NEW, "summersun"), (AGAIN, "summersun")],
            0,
            MD5,
        ),
        (
            "-s PLAIN-MD5",
            &[(NEW, "a1"), (AGAIN, "b1"), (NEW, "a1"), (AGAIN, "b1"), (NEW, "a1"), (AGAIN, "b1")],
            1,
            "",
        ),
        (&test, &[(VERIFY, "summersun")], 0, "(verified)"),
    ];
    for (arguments, dialogue, code, end) in dialogues {
        for program in [&theirs, &ours] {
            let mut terminal = Terminal::start(&format!("{program} {arguments}"));
            for (prompt, line) in dialogue {
                terminal.answer(prompt, line);
            }
            let (found, shown) = terminal.finish();
            assert_eq!(found, code, "{program} {arguments}: {shown}");
            assert!(shown.contains(end), "{program} {arguments}: {shown}");
            assert!(!shown.contains("summersu"), "the password is on the screen: {shown}");
        }
    }
}

/// `ispmail-pw hash` in an environment where every configuration is broken: it needs none.
fn hash(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.arg("hash").args(arguments).env_clear().env("ISPMAIL_CONFIG", "/no/such/file");
    command
}

/// Standard output. Of a new crypt(3) value, whose salt is random, only the form; in base64 or
/// hexadecimal only the length.
fn shape(output: &Output) -> String {
    let text = output.out();
    if text.contains("EvfedKzPsSlPCj2T") || !text.to_uppercase().starts_with("{SHA256-CRYPT") {
        return text;
    }
    let blank = |field: &str| {
        let known = field.starts_with("rounds=") || field.starts_with('{');
        if known { field.to_owned() } else { format!("{} characters", field.len()) }
    };
    text.split_inclusive(['}', '$']).map(blank).collect()
}
