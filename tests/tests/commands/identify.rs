//! `ispmail-pw identify`: what a stored password is, and nothing of what it holds.

use std::sync::Arc;

use ispmail_tests::database::Servers;
use ispmail_tests::rows::{MALFORMED, REAL};
use ispmail_tests::terminal::Terminal;
use serde_json::{Value, json};

use crate::alone::{assert_silent, call, objects, shell};
use crate::pw::DATA;

const STRONG: &str =
    "{SHA256-CRYPT}$5$rounds=20000$uNxBAYs2brOoIIkB$9ZPPgelVimAU4tqEMWVrP4UxtINTzF.1/R96XDcsyd0";

pub(crate) fn text(servers: &Arc<Servers>) {
    let of = |stored: &str| {
        let output = call(servers, &["identify"], stored);
        assert_eq!((output.code(), output.err().as_str()), (0, ""), "{output:?}");
        output.out()
    };
    assert_eq!(
        of(STRONG),
        "line 1: SHA256-CRYPT
  algorithm    SHA-256-crypt
  encoding     none
  cost         20000 rounds
  strength     slow
  Dovecot 2.4  takes it
  upgrade      not needed
"
    );
    for (stored, parts) in [
        (
            "{CRYPT}$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1",
            &["SHA256-CRYPT, written as CRYPT", "5000 rounds", "to SHA256-CRYPT, 20000 rounds"][..],
        ),
        (
            "{plain-md5.b64}FMv7hFrx8DDjcrHLknXm3Q==",
            &[
                "PLAIN-MD5, written as PLAIN-MD5.B64",
                "base64",
                "fast: weak",
                "by the scheme's name",
            ],
        ),
        ("{CRYPT}abJnggxhB/yWI", &["DES-CRYPT", "refuses it, by its content"]),
        ("{PLAIN}summersun", &["plain: weak", "takes it", "none by itself"]),
        (
            "{BLF-CRYPT}$2y$05$abcdefghijklmnopqrstuuVPM.JkTbUkcPKHmgRaEcpQqhqnXXHO2",
            &["bcrypt", "2^5 rounds", "slow", "not needed"],
        ),
        ("{SHA256-CRYPT}!", &["line 1: locked, lets nobody in"]),
        ("!$5$x", &["line 1, reading 1 of 2: locked", "reading 2 of 2: PLAIN, without a prefix"]),
        ("{PLAIN}", &["line 1: empty, lets nobody in"]),
        ("{NO-SUCH}x", &["line 1: unknown password scheme"]),
        ("{PLAIN-MD5}x", &["line 1: malformed PLAIN-MD5: "]),
        ("\n\n  \n{PLAIN}x\r\n", &["line 4: PLAIN\n"]),
    ] {
        let text = of(stored);
        assert!(parts.iter().all(|part| text.contains(part)), "{parts:?} in {text}");
    }

    // Without a prefix: all that it may be, or what it is said to be.
    let bare = "14cbfb845af1f030e372b1cb9275e6dd";
    let text = of(bare);
    assert!(text.starts_with("line 1, reading 1 of "), "{text}");
    let place = |scheme: &str| text.find(&format!(": {scheme}, without a prefix")).expect(scheme);
    assert!(place("PLAIN-MD5") < place("PLAIN"), "{text}");
    let output = call(servers, &["identify", "--default-scheme", "PLAIN-MD5"], bare);
    assert!(output.out().starts_with("line 1: PLAIN-MD5, without a prefix\n"), "{output:?}");
    let output = call(servers, &["identify", "--default-scheme", "SHA256-CRYPT"], bare);
    assert!(output.out().contains("looks like a PLAIN-MD5 digest"), "{output:?}");
}

pub(crate) fn json(servers: &Arc<Servers>) {
    let long = "x".repeat((1 << 20) + 1);
    let rows = REAL.iter().map(|row| row.stored).chain(MALFORMED.iter().map(|row| row.1));
    let mut input: Vec<&str> = rows.collect();
    input.extend(["", "!summersun", "{SHA256-CRYPT}*", &long, STRONG]);
    let output = call(servers, &["identify", "--json"], input.join("\n"));
    let errors =
        format!("{{\"error\":\"errors in 1 of {} lines\",\"exit\":65}}\n", input.len() - 1);
    assert_eq!(output.err(), errors);
    assert_eq!(output.code(), DATA);
    for stored in &input[..input.len() - 2] {
        let hash = stored.rsplit(['$', '}']).next().expect("hash");
        if hash.len() > 1 {
            assert_silent(&output, &[hash]);
        }
    }
    let found = objects(&output);
    let numbers: Vec<Value> = found.iter().map(|object| object["line"].clone()).collect();
    let blank = REAL.len() + MALFORMED.len() + 1;
    let expected = (1..=input.len()).filter(|&number| number != blank).map(|number| json!(number));
    assert_eq!(numbers, expected.collect::<Vec<_>>());
    for (row, object) in REAL.iter().zip(&found) {
        let readings = object["readings"].as_array().expect("readings");
        let scheme = readings[0]["scheme"].as_str().expect("scheme");
        assert!(["SHA256-CRYPT", "PLAIN-MD5", "PLAIN"].contains(&scheme), "{row:?}: {object}");
        assert_eq!(readings[0]["weak"], scheme != "SHA256-CRYPT", "{row:?}: {object}");
        assert_eq!(readings.len() == 1, row.stored.starts_with('{'), "{row:?}: {object}");
    }
    let last = &found[found.len() - 4..];
    assert_eq!(last[0]["readings"][0], json!({"disabled": "locked"}));
    assert_eq!(last[1]["readings"], json!([{"disabled": "locked"}]));
    assert_eq!(last[2]["error"], "longer than 1048576 bytes");
    assert_eq!(
        last[3]["readings"],
        json!([{
            "scheme": "SHA256-CRYPT", "prefix": "SHA256-CRYPT", "algorithm": "SHA-256-crypt",
            "encoding": "none", "cost": {"rounds": 20000}, "strength": "slow", "weak": false,
            "dovecot_2_4": "taken", "needs_upgrade": false
        }])
    );

    let one = |stored: &str| objects(&call(servers, &["identify", "--json"], stored)).remove(0);
    assert_eq!(one("{NO-SUCH}x"), json!({"line": 1, "malformed": "unknown password scheme"}));
    let md5 = one("{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6dd");
    assert_eq!(md5["readings"][0]["dovecot_2_4"], "refused-by-name");
    assert_eq!(md5["readings"][0]["cost"], Value::Null);
    let des = one("{CRYPT}abJnggxhB/yWI");
    assert_eq!(des["readings"][0]["dovecot_2_4"], "refused-by-content");
    let argon2 = call(servers, &["hash", "-s", "ARGON2ID", "-p", "x"], "").out();
    let cost = json!({"kib": 65536, "passes": 3, "lanes": 1});
    assert_eq!(one(&argon2)["readings"][0]["cost"], cost);
}

pub(crate) fn on_a_terminal(servers: &Arc<Servers>) {
    const PROMPT: &str = "Enter stored password, or nothing to end: ";
    let mut terminal = Terminal::start(&shell(servers, "identify"));
    terminal.answer(PROMPT, "{PLAIN}summersun");
    terminal.answer(PROMPT, "{NO-SUCH}wintermoon");
    terminal.answer(PROMPT, "");
    let (code, shown) = terminal.finish();
    assert_eq!(code, 0, "{shown}");
    for words in ["line 1: PLAIN\n", "line 2: unknown password scheme"] {
        assert!(shown.contains(words), "{shown}");
    }
    assert!(!shown.contains("summersun") && !shown.contains("wintermoon"), "{shown}");
}
