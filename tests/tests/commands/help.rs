//! What the program says about itself.

use std::sync::Arc;

use ispmail_tests::database::Servers;
use ispmail_tests::process::Output;

use crate::alone::{self, objects};
use crate::pw::USAGE;

const COMMANDS: &[&[&str]] = &[
    &[],
    &["hash"],
    &["verify"],
    &["identify"],
    &["schemes"],
    &["demo"],
    &["check"],
    &["config"],
    &["init"],
    &["domain"],
    &["domain", "add"],
    &["domain", "list"],
    &["domain", "show"],
    &["domain", "rename"],
    &["domain", "remove"],
    &["user"],
    &["user", "add"],
    &["user", "list"],
    &["user", "passwd"],
    &["user", "show"],
    &["user", "rename"],
    &["user", "disable"],
    &["user", "enable"],
    &["user", "remove"],
    &["user", "quota"],
    &["passwd"],
];

pub(crate) fn help(servers: &Arc<Servers>) {
    let call = |arguments: &[&str]| call(servers, arguments);
    for command in COMMANDS {
        let short = call(&[command, &["-h"][..]].concat());
        let long = call(&[command, &["--help"][..]].concat());
        for output in [&short, &long] {
            assert_eq!((output.code(), output.err().as_str()), (0, ""), "{command:?}: {output:?}");
            assert!(output.out().contains("Usage: ispmail-pw"), "{command:?}: {output:?}");
            let widest = output.out().lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(100), "{command:?}: {output:?}");
        }
        let asked_for_too_little = matches!(command, [] | ["config" | "domain" | "user"]);
        if asked_for_too_little {
            assert_eq!(call(command).code(), USAGE, "{command:?}");
        }
        let wrong = call(&[command, &["--no-such-option"][..]].concat());
        assert_eq!(wrong.code(), USAGE, "{command:?}: {wrong:?}");
        assert!(wrong.stdout.is_empty() && !wrong.stderr.is_empty(), "{command:?}: {wrong:?}");
    }

    let hash = call(&["hash", "--help"]).out();
    let words = hash.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "everybody on this machine can read the arguments of a running program",
        "your shell keeps them in its history",
    ] {
        assert!(words.contains(part), "no {part:?} in:\n{hash}");
    }
    for command in
        [&["user", "add", "--help"][..], &["user", "passwd", "--help"], &["passwd", "--help"]]
    {
        let text = call(command).out();
        assert!(text.contains("asks for"), "{text}");
        assert!(!text.contains("--password"), "{text}");
    }
    for (command, parts) in [
        ("hash", ["\"password_base64\"", "Asks for the password twice"]),
        ("verify", ["\"could not check\"", "the stored password is the first line"]),
        ("identify", ["never printed", "--default-scheme"]),
    ] {
        let text = call(&[command, "--help"]).out();
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(parts.iter().all(|part| words.contains(part)), "{parts:?} in:\n{text}");
    }
    let version = call(&["--version"]);
    assert!(version.code() == 0 && version.out().starts_with("ispmail-pw 0."), "{version:?}");
}

pub(crate) fn schemes(servers: &Arc<Servers>) {
    let output = call(servers, &["schemes"]);
    assert_eq!((output.code(), output.err().as_str()), (0, ""), "{output:?}");
    let text = output.out();
    let line_of = |scheme: &str| {
        let line = text.lines().find(|line| line.split_whitespace().next() == Some(scheme));
        line.unwrap_or_else(|| panic!("no {scheme} in:\n{text}")).to_owned()
    };
    assert!(line_of("scheme").contains("Dovecot 2.4"), "{text}");
    for (scheme, words) in [
        ("SHA256-CRYPT", ["slow, salted", "taken"]),
        ("PLAIN-MD5", ["fast, unsalted: weak", "refused"]),
        ("PLAIN", ["none: weak", "taken"]),
    ] {
        for word in words {
            assert!(line_of(scheme).contains(word), "{scheme}: no {word:?} in:\n{text}");
        }
    }
    // Each column begins where its head does.
    let head = line_of("scheme");
    for title in ["also called", "cost", "protection", "Dovecot 2.4"] {
        let start = head.find(title).expect(title);
        let aligned = |line: &str| line[..start].ends_with("  ") || line.len() < start;
        assert!(text.lines().all(aligned), "{title} in:\n{text}");
    }
    // `hash` makes them all, and the JSON lists the same.
    let made = call(servers, &["hash", "-l"]).out();
    let fields = objects(&call(servers, &["schemes", "--json"]));
    assert_eq!(fields.len(), text.lines().count() - 1, "{fields:?}");
    for (line, fields) in text.lines().skip(1).zip(fields) {
        let scheme = line.split_whitespace().next().expect("scheme");
        assert!(made.split_whitespace().any(|name| name == scheme), "{line}\n{made}");
        assert_eq!(fields["scheme"], scheme, "{line}");
        assert_eq!(fields["weak"], line.contains(": weak"), "{line}");
        assert_eq!(fields["refused_by_dovecot_2_4"], line.ends_with("refused"), "{line}");
    }
}

fn call(servers: &Arc<Servers>, arguments: &[&str]) -> Output {
    alone::call(servers, arguments, "")
}
