//! What is made from the definitions of the commands: completions and man pages.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::Arc;

use ispmail_tests::database::Servers;
use ispmail_tests::process::{must, program};

use crate::alone::{call, in_a_shell, shell};
use crate::pw::{TEMPORARY, USAGE, assert_fails};

pub(crate) fn completions(servers: &Arc<Servers>) {
    let script_for = |name: &str| {
        let output = call(servers, &["completions", name], "");
        assert_eq!((output.code(), output.err().as_str()), (0, ""), "{name}: {output:?}");
        output.out()
    };
    for (name, beginning) in [
        ("bash", "_ispmail__pw() {"),
        ("zsh", "#compdef ispmail-pw"),
        ("fish", "# Print an optspec"),
        ("elvish", "\nuse builtin;"),
        ("powershell", "\nusing namespace System.Management.Automation"),
    ] {
        let script = script_for(name);
        assert!(script.starts_with(beginning), "{name}: {script}");
        for word in ["passwd", "identify", "default-scheme"] {
            assert!(script.contains(word), "{name}: no {word} in {script}");
        }
    }

    let file = servers.scratch().path().join(format!("completions{}", servers.next_number()));
    fs::write(&file, script_for("bash")).expect("write");
    let bash = program("bash", "bash");
    must(Command::new(&bash).arg("-n").arg(&file), b"");
    let complete = |typed: &str| {
        // As bash calls it when the key is pressed.
        let script = "source \"$1\"; read -ra COMP_WORDS <<< \"$2\"; \
             COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_LINE=$2; COMP_POINT=${#2}; \
             [[ $(complete -p ispmail-pw) =~ -F\\ ([^ ]+) ]]; \
             \"${BASH_REMATCH[1]}\" ispmail-pw \"${COMP_WORDS[-1]}\" \"${COMP_WORDS[-2]}\"; \
             printf '%s\\n' \"${COMPREPLY[@]}\"";
        let mut command = Command::new(&bash);
        command.args(["--norc", "-c", script, "bash"]).arg(&file).arg(typed);
        let printed = must(&mut command, b"");
        printed.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    for (typed, wanted) in [
        ("ispmail-pw us", &["user"][..]),
        ("ispmail-pw user pa", &["passwd"]),
        ("ispmail-pw schemes --j", &["--json"]),
        ("ispmail-pw config dovecot", &["dovecot-2.3", "dovecot-2.4"]),
        ("ispmail-pw completions z", &["zsh"]),
        ("ispmail-pw hash --target", &["--target-ms"]),
        ("ispmail-pw nothing-lik", &[]),
    ] {
        assert_eq!(complete(typed), wanted, "{typed}");
    }
    for command in commands(servers, &[]) {
        let typed = [&["ispmail-pw".to_owned()], &command[..], &["--h".to_owned()]].concat();
        assert_eq!(complete(&typed.join(" ")), ["--help"], "{typed:?}");
    }

    assert_eq!(call(servers, &["completions", "tcsh"], "").code(), USAGE);
    let full = format!("{} > /dev/full", shell(servers, "completions bash"));
    let output = in_a_shell(&full, "");
    assert_fails(&output, TEMPORARY, "No space left");
}

pub(crate) fn man_pages(servers: &Arc<Servers>) {
    let directory = servers.scratch().path().join(format!("man{}", servers.next_number()));
    let path = directory.display().to_string();
    let output = call(servers, &["man", "--dir", &path], "");
    assert_fails(&output, TEMPORARY, "No such file or directory");

    fs::create_dir(&directory).expect("directory");
    let printed = call(servers, &["man", "--dir", &path], "");
    assert_eq!((printed.code(), printed.err().as_str()), (0, ""), "{printed:?}");
    let commands = commands(servers, &[]);
    assert!(commands.len() > 15, "{commands:?}");
    let page_of = |command: &[String]| format!("{path}/{}.1", page_name(command));
    let expected: BTreeSet<String> = commands.iter().map(|command| page_of(command)).collect();
    let named: BTreeSet<String> = printed.out().lines().map(str::to_owned).collect();
    assert_eq!(named, expected);
    let entries = fs::read_dir(&directory).expect("directory");
    let there: BTreeSet<String> =
        entries.map(|entry| entry.expect("entry").path().display().to_string()).collect();
    assert_eq!(there, expected);

    for command in &commands {
        let (name, page) = (page_name(command), page_of(command));
        let mode = fs::metadata(&page).expect("page").permissions().mode();
        assert_eq!(mode & 0o777, 0o644, "{page}");
        let page = fs::read_to_string(page).expect("page");
        assert!(page.is_ascii(), "{name}");
        let title = page.lines().find(|line| line.starts_with(".TH")).expect(&page);
        assert!(title.contains(&format!("{name} 1 ")), "{title}");
        assert!(title.contains("ispmail-pw 0."), "{title}");
        for section in [".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH OPTIONS"] {
            assert!(page.contains(section), "{name}: no {section}");
        }
        let text = page.replace("\\-", "-");
        let help = help(servers, command);
        for word in help.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')) {
            if word.starts_with("--") && word.len() > 2 {
                assert!(text.contains(word), "{name}: no {word}");
            }
        }
    }
    // A second run replaces them.
    let again = call(servers, &["man", "--dir", &path], "");
    assert_eq!((again.code(), again.out()), (0, printed.out()));
}

/// The command with these words and all under it, by the program's own help.
fn commands(servers: &Arc<Servers>, words: &[String]) -> Vec<Vec<String>> {
    let help = help(servers, words);
    let list = help.split_once("\nCommands:\n").map_or("", |(_, list)| list);
    let names = list.lines().take_while(|line| !line.is_empty()).filter_map(|line| {
        // What is indented further goes on about the command above.
        let name = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '))?;
        name.split(' ').next().filter(|&name| name != "help").map(str::to_owned)
    });
    let under = names.flat_map(|name| commands(servers, &[words, &[name]].concat()));
    [words.to_vec()].into_iter().chain(under).collect()
}

fn help(servers: &Arc<Servers>, words: &[String]) -> String {
    let words = words.iter().map(String::as_str).chain(["--help"]);
    call(servers, &words.collect::<Vec<_>>(), "").out()
}

fn page_name(command: &[String]) -> String {
    let words = ["ispmail-pw"].into_iter().chain(command.iter().map(String::as_str));
    words.collect::<Vec<_>>().join("-")
}
