//! `ispmail-pw verify`: match, mismatch, malformed and could not check are four things.

use std::sync::Arc;

use ispmail_tests::database::Servers;
use ispmail_tests::process::program;
use ispmail_tests::rows::{BARE_MD5, MALFORMED, REAL};
use ispmail_tests::terminal::Terminal;
use serde_json::{Value, json};

use crate::alone::{assert_silent, call, in_a_shell, objects, shell};
use crate::pw::{DATA, FAILED, TEMPORARY, USAGE, assert_fails};

const CRYPT: &str = "{SHA256-CRYPT}$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1";
const STRONG: &str =
    "{SHA256-CRYPT}$5$rounds=20000$uNxBAYs2brOoIIkB$9ZPPgelVimAU4tqEMWVrP4UxtINTzF.1/R96XDcsyd0";
const DIGEST: &str = "{DIGEST-MD5}79b155eca02416a6c0ffed7ef3573252";
const DEAR: &str =
    "{SHA256-CRYPT}$5$rounds=1000001$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1";

/// One value and one password, in two lines.
pub(crate) fn one(servers: &Arc<Servers>) {
    let verify = |arguments: &[&str], stored: &str, password: &str| {
        let input = format!("{stored}\n{password}\n");
        let output = call(servers, &[&["verify"], arguments].concat(), input);
        let secrets = [stored, password].map(|secret| secret.rsplit(['$', '}']).next().unwrap());
        let secrets: Vec<&str> = secrets.into_iter().filter(|secret| secret.len() > 4).collect();
        assert_silent(&output, &secrets);
        output
    };
    for row in REAL {
        let output = verify(&[], row.stored, row.password);
        assert!(output.code() == 0 && output.out().starts_with("match"), "{row:?}: {output:?}");
        let output = verify(&[], row.stored, "wintermoon");
        assert_fails(&output, FAILED, "the password does not match");
    }
    for row in BARE_MD5 {
        let output = verify(&["--default-scheme", "plain-md5"], row.stored, row.password);
        assert!(output.code() == 0 && output.err().is_empty(), "{row:?}: {output:?}");
    }
    let old = "match; the stored password ought to be replaced\n";
    assert_eq!(verify(&[], CRYPT, "start123").out(), old);
    assert_eq!(verify(&[], STRONG, "start123").out(), "match\n");

    for (_, stored) in MALFORMED {
        let code = if stored.contains("rounds=999999999") { TEMPORARY } else { DATA };
        assert_fails(&verify(&[], stored, "summersun"), code, "");
    }
    assert_fails(&verify(&[], "{SHA256-CRYPT}$5$x", "x"), DATA, "malformed SHA256-CRYPT: ");
    assert_fails(&verify(&[], "{NO-SUCH}summersun", "x"), DATA, "unknown password scheme");
    assert_fails(&verify(&[], "!$5$x", "x"), FAILED, "the account is locked");
    assert_fails(&verify(&[], "{PLAIN}", "x"), FAILED, "there is no stored password");
    let over = "a cost of 1000001 rounds is over the ceiling of 1000000 rounds";
    assert_fails(&verify(&[], DEAR, "start123"), TEMPORARY, over);

    assert_fails(&verify(&[], DIGEST, "summersun"), TEMPORARY, "the login is needed");
    let login = ["--login", "john@example.org"];
    assert_eq!(verify(&login, DIGEST, "summersun").code(), 0);
    assert_eq!(verify(&["-u", "jane@example.org"], DIGEST, "summersun").code(), FAILED);
}

/// Input that cannot be used is no mismatch.
pub(crate) fn bad_input(servers: &Arc<Servers>) {
    let long = "x".repeat(5000);
    // Without a terminal of its own it has none to ask on.
    let alone = program("setsid", "util-linux").display().to_string();
    let verify = format!("{alone} --wait {}", shell(servers, "verify"));
    for (input, words) in [
        (String::new(), "the stored password is missing"),
        ("\n\nsummersun\n".to_owned(), "the stored password is missing"),
        (format!("{CRYPT}\n"), "no terminal to ask"),
        (CRYPT.to_owned(), "no terminal to ask"),
        (format!("{CRYPT}\n\n"), "the password is empty"),
        (format!("{CRYPT}\nsummer\0sun\n"), "NUL"),
        (format!("{CRYPT}\n{long}\n"), "more than 4096 bytes"),
        (format!("{long}\nx\n"), "more than 4096 bytes"),
    ] {
        let output = in_a_shell(&verify, input);
        assert_fails(&output, DATA, words);
        assert_silent(&output, &["pv1", "summer"]);
    }
    let usage = |arguments: &[&str]| {
        let output = call(servers, arguments, format!("{CRYPT}\nstart123\n"));
        assert_eq!(output.code(), USAGE, "{arguments:?}: {output:?}");
    };
    usage(&["verify", "--default-scheme", "NO-SUCH"]);
    usage(&["verify", "--batch", "--login", "john"]);
    // There is no place for secrets among the arguments.
    usage(&["verify", "{PLAIN}summersun"]);
    usage(&["verify", "-p", "summersun"]);
}

pub(crate) fn on_a_terminal(servers: &Arc<Servers>) {
    const STORED: &str = "Enter stored password: ";
    const PASSWORD: &str = "Enter password to verify: ";
    let verify = shell(servers, "verify");
    let talk = |script: &str, dialogue: &[(&str, &str)]| {
        let mut terminal = Terminal::start(script);
        for (prompt, line) in dialogue {
            terminal.answer(prompt, line);
        }
        let (code, shown) = terminal.finish();
        let secret = shown.contains("EvfedKz") || shown.contains("start123");
        assert!(!secret, "a secret is on the screen: {shown}");
        (code, shown)
    };
    let (code, shown) = talk(&verify, &[(STORED, CRYPT), (PASSWORD, "start123")]);
    assert!(code == 0 && shown.contains("match"), "{code} {shown}");
    let (code, shown) = talk(&verify, &[(STORED, CRYPT), (PASSWORD, "start124")]);
    assert!(code == FAILED && shown.contains("does not match"), "{code} {shown}");
    // No password is asked for that nobody would look at.
    let (code, shown) = talk(&verify, &[(STORED, "{SHA256-CRYPT}$5$x")]);
    assert!(code == DATA && !shown.contains(PASSWORD), "{code} {shown}");

    // Behind a program that prints the column, the password is asked for on the terminal.
    let column = servers.scratch().path().join(format!("column{}", servers.next_number()));
    std::fs::write(&column, format!("{CRYPT}\n")).expect("write");
    let behind = format!("cat {} | {verify}", column.display());
    let (code, shown) = talk(&behind, &[(PASSWORD, "start123")]);
    assert!(code == 0 && shown.contains("match"), "{code} {shown}");
    let hidden = format!("{behind} > /dev/null 2>&1");
    assert_eq!(talk(&hidden, &[(PASSWORD, "start124")]).0, FAILED);
    let script = format!("trap : INT; stty -g; {behind}; echo \"code $?\"; stty -g");
    let (_, shown) = talk(&script, &[(PASSWORD, "star\x03")]);
    assert!(shown.contains("code 130"), "{shown}");
    let settings: Vec<&str> = shown.lines().filter(|line| line.matches(':').count() > 20).collect();
    assert!(settings.len() == 2 && settings[0] == settings[1], "{shown}");
}

pub(crate) fn batch(servers: &Arc<Servers>) {
    let over = "a cost of 1000001 rounds is over the ceiling of 1000000 rounds";
    let wrong_length =
        "malformed SHA256-CRYPT: the hash has a wrong length (43 characters expected)";
    let cases = [
        (json!({"stored": STRONG, "password": "start123"}), json!({"result": "match"})),
        (
            json!({"stored": CRYPT, "password": "start123", "id": [1], "login": 5.0}),
            json!({"id": [1], "login": 5.0, "line": 2, "error": "login is not a string of characters"}),
        ),
        (
            json!({"stored": CRYPT, "password": "start123", "id": "x", "home": "/"}),
            json!({"id": "x", "result": "match", "needs_upgrade": true}),
        ),
        (
            json!({"stored": CRYPT, "password": "start124"}),
            json!({"result": "mismatch", "needs_upgrade": true}),
        ),
        (
            json!({"stored": "{SHA256-CRYPT}$5$salt$start", "password": "start123"}),
            json!({"result": "malformed", "reason": wrong_length}),
        ),
        (
            json!({"stored": "{NO-SUCH}start123", "password": "x"}),
            json!({"result": "malformed", "reason": "unknown password scheme"}),
        ),
        (
            json!({"stored": DEAR, "password": "start123", "id": 7}),
            json!({"id": 7, "result": "could not check", "reason": over}),
        ),
        (
            json!({"stored": "!x", "password": "start123"}),
            json!({"result": "mismatch", "reason": "the account is locked"}),
        ),
        (
            json!({"stored": "", "password": "start123"}),
            json!({"result": "mismatch", "reason": "there is no stored password"}),
        ),
        (
            json!({"stored": DIGEST, "password": "summersun"}),
            json!({"result": "could not check", "reason": "the login is needed to check it"}),
        ),
        (
            json!({"stored": DIGEST, "password": "summersun", "login": "john@example.org"}),
            json!({"login": "john@example.org", "result": "match"}),
        ),
        (
            json!({"stored_base64": "e1BMQUlOff8=", "password_base64": "/w=="}),
            json!({"result": "match"}),
        ),
        (json!({"password": "start123"}), json!({"line": 13, "error": "no stored"})),
        (json!({"stored": CRYPT}), json!({"line": 14, "error": "no password"})),
        (
            json!({"stored": CRYPT, "password": ""}),
            json!({"line": 15, "error": "the password is empty"}),
        ),
        (
            json!({"stored": "start123", "stored_base64": "start123", "password": "x"}),
            json!({"line": 16, "error": "both stored and stored_base64"}),
        ),
    ];
    let input: Vec<String> = cases.iter().map(|(line, _)| line.to_string()).collect();
    let output = call(servers, &["verify", "--batch"], input.join("\n"));
    assert_eq!(output.err(), "ispmail-pw: errors in 5 of 16 lines\n");
    assert_eq!(output.code(), DATA);
    assert_silent(&output, &["start12", "summersun", "Evfed", "pv1", "79b1"]);
    for ((line, expected), answer) in cases.iter().zip(objects(&output)) {
        assert_eq!(&answer, expected, "{line}");
    }

    // Mismatches and the like are answers: the batch as such went well.
    let input: Vec<&str> = input.iter().skip(2).take(10).map(String::as_str).collect();
    let output = call(servers, &["verify", "--batch"], input.join("\n"));
    assert_eq!((output.code(), output.err().as_str()), (0, ""), "{output:?}");

    let bare = json!({"stored": "14cbfb845af1f030e372b1cb9275e6dd", "password": "summersun"});
    for (scheme, result) in [("PLAIN-MD5", "match"), ("LDAP-MD5", "match"), ("PLAIN", "mismatch")] {
        let arguments = ["verify", "--batch", "--default-scheme", scheme];
        let output = call(servers, &arguments, bare.to_string());
        assert_eq!(objects(&output)[0]["result"], result, "{scheme}");
    }
}

/// Cheap and dear ones, good ones and bad ones: answers come in the order of the lines.
pub(crate) fn many(servers: &Arc<Servers>) {
    const COUNT: usize = 5000;
    let rounds_1000 = "$5$rounds=1000$EvfedKzPsSlPCj2T$YJSKJe2rLb3H0ejZE3/vjAC9QmzyhH41aBgaVBRDXH1";
    let line = |number: usize| {
        let (stored, password) = match number % 8 {
            0 => (rounds_1000, "start123"),
            1 => ("{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6dd", "summersun"),
            2 => ("{PLAIN}summersun", "wintermoon"),
            3 => ("{SHA256-CRYPT}$5$x", "start123"),
            4 => (DEAR, "start123"),
            5 => (rounds_1000, "wintermoon"),
            6 => return format!("{{\"stored\":{number}"),
            _ => return String::new(),
        };
        json!({"id": number, "stored": stored, "password": password}).to_string()
    };
    let input: Vec<String> = (0..COUNT).map(line).collect();
    let output = call(servers, &["verify", "--batch"], input.join("\n"));
    let expected = (0..COUNT).filter(|number| number % 8 != 7).map(|number| {
        let result = match number % 8 {
            0 | 1 => "match",
            2 | 5 => "mismatch",
            3 => "malformed",
            4 => "could not check",
            _ => return (json!(number + 1), json!("the JSON object has no end")),
        };
        (json!(number), json!(result))
    });
    let answers = objects(&output);
    let found = answers.iter().map(|answer| match &answer["error"] {
        Value::Null => (answer["id"].clone(), answer["result"].clone()),
        error => (answer["line"].clone(), error.clone()),
    });
    assert!(found.eq(expected), "{output:?}");
    assert_eq!(output.code(), DATA);
}
