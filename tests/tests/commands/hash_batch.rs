//! `ispmail-pw hash --batch`, and `--target-ms`.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::Arc;

use ispmail_tests::database::Servers;
use ispmail_tests::process::run;
use serde_json::{Value, json};

use crate::alone::{assert_silent, call, command, in_a_shell, objects, shell};
use crate::pw::{DATA, TEMPORARY, USAGE, assert_fails};

/// What `hash --batch` makes, `verify --batch` takes, and a password only for its own value.
pub(crate) fn every_scheme(servers: &Arc<Servers>) {
    let schemes = call(servers, &["hash", "-l"], "").out();
    assert!(schemes.split_whitespace().count() > 30, "{schemes}");
    for scheme in schemes.split_whitespace().chain(["PLAIN-MD5.b64", "SHA512-CRYPT.hex"]) {
        let input = r#"{"id":1,"login":"john@example.org","password":"summersun"}
            {"id":2,"login":"jane@example.org","password":"wïntermoon"}"#;
        let made = call(servers, &["hash", "--batch", "--scheme", scheme], input);
        assert_eq!((made.code(), made.err().as_str()), (0, ""), "{scheme}: {made:?}");
        let made = objects(&made);
        let stored = |index: usize| made[index]["stored"].as_str().expect("stored");
        assert_eq!((&made[0]["id"], &made[1]["id"]), (&json!(1), &json!(2)), "{scheme}");
        assert_eq!(made[1]["login"], "jane@example.org", "{scheme}");
        assert!(stored(0).starts_with(&format!("{{{}}}", scheme.to_uppercase())), "{scheme}");
        let line = |stored: &str, password: &str| {
            let login =
                if password == "summersun" { "john@example.org" } else { "jane@example.org" };
            json!({"stored": stored, "login": login, "password": password}).to_string()
        };
        let tests = [
            line(stored(0), "summersun"),
            line(stored(1), "wïntermoon"),
            line(stored(0), "wïntermoon"),
            line(stored(1), "summersun"),
        ];
        let verified = objects(&call(servers, &["verify", "--batch"], tests.join("\n")));
        let results: Vec<_> = verified.iter().map(|line| line["result"].as_str()).collect();
        let expected = ["match", "match", "mismatch", "mismatch"].map(Some);
        assert_eq!(results, expected, "{scheme}: {made:?}");
    }
}

/// One line of input is one line of output, whatever is in it, and nothing tells a password.
pub(crate) fn lines(servers: &Arc<Servers>) {
    let long = "x".repeat(1 << 20);
    let cases: &[(&str, Value)] = &[
        (r#"{"password":"summersun"}"#, json!({"stored": "{PLAIN.HEX}73756d6d657273756e"})),
        ("", Value::Null),
        (
            r#" { "password" : "\u0073ummersun" , "id" : {"a":[1,"\u0062"]}, "home":"/" } "#,
            json!({"id": {"a": [1, "b"]}, "stored": "{PLAIN.HEX}73756d6d657273756e"}),
        ),
        (" \t ", Value::Null),
        (r#"{"password_base64":"Z3L83w=="}"#, json!({"stored": "{PLAIN.HEX}6772fcdf"})),
        (
            r#"{"password":"🙂\ud83d\ude42","id":null}"#,
            json!({"stored": "{PLAIN.HEX}f09f9982f09f9982"}),
        ),
        ("summersun", json!({"error": "not a JSON object"})),
        (r#"["summersun"]"#, json!({"error": "not a JSON object"})),
        (r#"{"password":"summersun""#, json!({"error": "the JSON object has no end"})),
        (r#"{"password":summersun}"#, json!({"error": "not JSON (column 13)"})),
        (
            r#"{"password":"a","password":"summersun"}"#,
            json!({"error": "a field stands there twice"}),
        ),
        (r#"{"passwort":"summersun","id":7}"#, json!({"id": 7, "error": "no password"})),
        (r#"{"password":""}"#, json!({"error": "the password is empty"})),
        (r#"{"password":"summer\u0000sun"}"#, json!({"error": "the password has a NUL byte"})),
        (
            r#"{"password":["summersun"]}"#,
            json!({"error": "password is not a string of characters"}),
        ),
        (
            r#"{"password":"summersun\ud83d"}"#,
            json!({"error": "password is not a string of characters"}),
        ),
        (r#"{"password_base64":"summersun!"}"#, json!({"error": "password_base64 is not base64"})),
        (
            r#"{"password":"a","password_base64":"summersun"}"#,
            json!({"error": "both password and password_base64"}),
        ),
        (
            r#"{"password":"a","login":5}"#,
            json!({"login": 5, "error": "login is not a string of characters"}),
        ),
        (
            &format!(r#"{{"password":"summersun{long}"}}"#),
            json!({"error": "longer than 1048576 bytes"}),
        ),
        (
            &format!(r#"{{"password":"{}"}}"#, &long[20..]),
            json!({"error": "the password is longer than 16384 bytes"}),
        ),
        (r#"{"password":"last one"}"#, json!({"stored": "{PLAIN.HEX}6c617374206f6e65"})),
    ];
    let input: Vec<&str> = cases.iter().map(|(line, _)| *line).collect();
    let bad = cases.iter().filter(|(_, answer)| answer.get("error").is_some()).count();
    let good = cases.iter().filter(|(_, answer)| answer.get("stored").is_some()).count();
    for end in ["\n", "\r\n"] {
        let output = call(servers, &["hash", "--batch", "-s", "PLAIN.hex"], input.join(end));
        assert_eq!(output.code(), DATA);
        assert_eq!(output.err(), format!("ispmail-pw: errors in {bad} of {} lines\n", bad + good));
        assert_silent(&output, &["summersun", "xxxx"]);
        let mut answers = objects(&output).into_iter();
        for (index, (line, expected)) in cases.iter().enumerate() {
            if expected.is_null() {
                continue;
            }
            let mut expected = expected.clone();
            if expected.get("error").is_some() {
                expected["line"] = json!(index + 1);
            }
            let shown: String = line.chars().take(60).collect();
            assert_eq!(answers.next(), Some(expected), "line {}: {shown}", index + 1);
        }
        assert_eq!(answers.next(), None);
    }

    // Bytes that are no text: in the line, and in what is made.
    let output = call(servers, &["hash", "--batch"], b"{\"password\":\"summersun\xff\"}\n");
    assert_eq!(objects(&output)[0]["error"], "not UTF-8; such bytes belong into base64");
    assert_silent(&output, &["summersun"]);
    let plain = call(servers, &["hash", "--batch", "-s", "PLAIN"], r#"{"password_base64":"/w=="}"#);
    assert_eq!(objects(&plain), [json!({"stored_base64": "e1BMQUlOff8="})]);
    let input = r#"{"stored_base64":"e1BMQUlOff8=","password_base64":"/w=="}"#;
    assert_eq!(objects(&call(servers, &["verify", "--batch"], input))[0]["result"], "match");
}

/// What a scheme asks of the line.
pub(crate) fn refusals(servers: &Arc<Servers>) {
    let hash = |scheme: &str, input: &str| {
        let output = call(servers, &["hash", "--batch", "-s", scheme], input);
        (output.code(), objects(&output).remove(0))
    };
    let long = json!({"id": 3, "password": "x".repeat(512)}).to_string();
    let too_long = "the password is longer than 511 bytes, more than crypt(3) takes";
    for scheme in ["SHA256-CRYPT", "SHA512-CRYPT", "DES-CRYPT"] {
        let (code, answer) = hash(scheme, &long);
        assert_eq!((code, answer), (DATA, json!({"line": 1, "id": 3, "error": too_long})));
    }
    let (code, answer) = hash("DIGEST-MD5", r#"{"password":"summersun"}"#);
    let error = "the login is needed to make it";
    assert_eq!((code, answer), (DATA, json!({"line": 1, "error": error})));
    let (code, answer) =
        hash("DIGEST-MD5", r#"{"password":"summersun","login":"john\u0040example.org"}"#);
    let stored = "{DIGEST-MD5}79b155eca02416a6c0ffed7ef3573252";
    assert_eq!((code, answer), (0, json!({"login": "john@example.org", "stored": stored})));
    // Without a line of JSON too.
    let alone = call(servers, &["hash", "-s", "DIGEST-MD5", "-p", "summersun"], "");
    assert_fails(&alone, TEMPORARY, "the login is needed to make it");

    assert_fails(&call(servers, &["hash", "--batch", "-s", "NO-SUCH"], ""), TEMPORARY, "NO-SUCH");
    for extra in ["-pX", "-ujohn", "-t{PLAIN}x", "-V", "-l"] {
        assert_eq!(call(servers, &["hash", "--batch", extra], "").code(), USAGE, "{extra}");
    }
    let nothing = call(servers, &["hash", "--batch"], "\n\n");
    assert_eq!((nothing.code(), nothing.out() + &nothing.err()), (0, String::new()));
}

/// A program that waits for each answer before it writes the next line gets it.
pub(crate) fn answers_at_once(servers: &Arc<Servers>) {
    let mut child = command(servers, &["hash", "--batch", "-s", "PLAIN-MD5"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("ispmail-pw");
    let mut stdin = child.stdin.take().expect("piped");
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    for number in 0..50 {
        writeln!(stdin, r#"{{"id":{number},"password":"summersun"}}"#).expect("write");
        let mut answer = String::new();
        stdout.read_line(&mut answer).expect("read");
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        assert_eq!(answer["id"], number);
    }
    drop(stdin);
    assert!(child.wait().expect("wait").success());
}

/// Neither a line without end nor many lines need more memory than a few of them, and a reader
/// who goes is nothing to complain about.
pub(crate) fn constant_memory(servers: &Arc<Servers>) {
    let hash = shell(servers, "hash --batch -s PLAIN-MD5");
    let endless = "head -c 400000000 /dev/zero | tr '\\0' x; echo; echo '{\"password\":\"a\"}'";
    let output = in_a_shell(&format!("{{ {endless}; }} | {{ ulimit -v 250000; {hash}; }}"), "");
    let answers = objects(&output);
    assert_eq!(output.code(), DATA, "{output:?}");
    assert_eq!(answers[0], json!({"line": 1, "error": "longer than 1048576 bytes"}));
    assert!(answers.len() == 2 && answers[1].get("stored").is_some(), "{output:?}");

    let forever = "while :; do echo '{\"password\":\"summersun\"}'; done";
    let script = format!("{{ {forever}; }} 2>/dev/null | {{ {hash}; echo $? >&2; }} | head -n 3");
    let output = in_a_shell(&script, "");
    assert_eq!((output.out().lines().count(), output.err().as_str()), (3, "75\n"), "{output:?}");
    let full = in_a_shell(&format!("{hash} > /dev/full"), r#"{"password":"summersun"}"#);
    assert_fails(&full, TEMPORARY, "No space left on device");
}

pub(crate) fn target_ms(servers: &Arc<Servers>) {
    for (scheme, unit) in [
        ("SHA256-CRYPT", " rounds for 20 ms on this machine"),
        ("SHA512-CRYPT", " rounds for 20 ms on this machine"),
        ("BLF-CRYPT", " rounds"),
        ("PBKDF2", " rounds for 20 ms on this machine"),
        ("SCRAM-SHA-256", " rounds"),
        ("ARGON2ID", "65536 KiB, 3 passes, 1 lane, the least there is, for 20 ms on this machine"),
    ] {
        let arguments = ["hash", "-s", scheme, "--target-ms", "20", "-V"];
        let output = call(servers, &arguments, "summersun\nsummersun\n");
        assert!(output.code() == 0 && output.out().ends_with(" (verified)\n"), "{output:?}");
        let (said, front) = (output.err(), format!("ispmail-pw: {scheme}: "));
        let one_line = said.lines().count() == 1 && said.starts_with(&front);
        assert!(one_line && said.contains(unit), "{output:?}");
        // What it says is what it made.
        let stored = output.out().replace(" (verified)", "");
        let cost = call(servers, &["identify"], stored).out();
        let cost = cost.lines().find_map(|line| line.strip_prefix("  cost         "));
        let said_cost = said.trim_start_matches(&front);
        assert!(said_cost.starts_with(cost.expect("cost")), "{said} {cost:?}");
    }
    // The same for all lines of a batch.
    let input = "{\"password\":\"a\"}\n{\"password\":\"b\"}\n";
    let output = call(servers, &["hash", "--batch", "--target-ms", "5"], input);
    let said = output.err();
    let rounds = said.split_whitespace().nth(2).expect("rounds");
    let front = format!("{{SHA256-CRYPT}}$5$rounds={rounds}$");
    let made = objects(&output);
    let good = |line: &Value| line["stored"].as_str().is_some_and(|text| text.starts_with(&front));
    assert!(made.len() == 2 && made.iter().all(good), "{output:?}");

    for scheme in ["PLAIN-MD5", "PLAIN", "DIGEST-MD5", "SSHA"] {
        let output = call(servers, &["hash", "-s", scheme, "--target-ms", "20"], "");
        assert_fails(&output, USAGE, "the cost is fixed");
    }
    for wrong in [
        &["--target-ms", "0"][..],
        &["--target-ms", "60001"],
        &["--target-ms", "-1"],
        &["--target-ms", "x"],
        &["--target-ms", "20", "-r", "5000"],
        &["--target-ms", "20", "-t", "{PLAIN}x"],
    ] {
        let output = call(servers, &[&["hash"], wrong].concat(), "x\nx\n");
        assert_eq!(output.code(), USAGE, "{wrong:?}: {output:?}");
    }
    // A cost that our own programs would refuse to check is worth a word.
    let arguments = ["hash", "-s", "SHA256-CRYPT", "-r", "1000001"];
    let output = call(servers, &arguments, "summersun\nsummersun\n");
    assert!(output.code() == 0 && output.out().contains("$rounds=1000001$"), "{output:?}");
    assert!(output.err().contains("over the ceiling of 1000000 rounds"), "{output:?}");
}

/// A bar shows on a terminal only, and not where the lines themselves are to be seen.
pub(crate) fn progress(servers: &Arc<Servers>) {
    let mut lines = String::new();
    for number in 0..200 {
        let _ = writeln!(lines, r#"{{"id":{number},"password":"summersun"}}"#);
    }
    let file = servers.scratch().path().join(format!("lines{}", servers.next_number()));
    let out = file.with_extension("out");
    std::fs::write(&file, &lines).expect("write");
    let (file, out) = (file.display().to_string(), out.display().to_string());
    let hash = shell(servers, "hash --batch -s SHA256-CRYPT");
    for (script, marks) in [
        (format!("{hash} < {file} > {out}"), &[" %, ", "lines, ", "/s, ", " to go"][..]),
        (format!("cat {file} | {hash} > {out}"), &["lines, ", "/s, "]),
        (format!("cat {file} | {hash} | cat > {out}"), &["lines, ", "/s, "]),
    ] {
        let (code, shown) = ispmail_tests::terminal::Terminal::start(&script).finish();
        assert_eq!(code, 0, "{shown}");
        assert!(marks.iter().all(|mark| shown.contains(mark)), "{script}: {shown}");
        assert!(!shown.contains("summersun") && !shown.contains("{SHA"), "{shown}");
        // The last thing that it does to the line is to clear it.
        assert!(shown.trim_end().ends_with("\u{1b}[2K"), "{shown:?}");
        let made = std::fs::read_to_string(&out).expect("output");
        assert_eq!(made.lines().count(), 200, "{made}");
    }
    for script in [
        format!("{hash} < {file} 2> {out}"),
        format!("{hash} < {file}"),
        format!("cat {file} | {hash} 2>&1 | cat"),
    ] {
        let (code, shown) = ispmail_tests::terminal::Terminal::start(&script).finish();
        assert_eq!((code, shown.lines().count()), (0, 200), "{script}: {shown}");
        assert!(!shown.contains("lines, ") && !shown.contains('\u{1b}'), "{script}: {shown}");
    }
    let mut piped = command(servers, &["hash", "--batch", "-s", "PLAIN-MD5"]);
    assert_eq!(run(&mut piped, lines.as_bytes()).err(), "");

    for command in ["hash --batch", "verify --batch"] {
        let (code, shown) =
            ispmail_tests::terminal::Terminal::start(&shell(servers, command)).finish();
        assert!(code == USAGE && shown.contains("not from a terminal"), "{code} {shown}");
    }
}
