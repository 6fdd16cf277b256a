//! What the password column may hold.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ispmail_tests::database::Servers;
use ispmail_tests::rows::{MALFORMED, REAL, REFUSED as REFUSED_ROWS};
use md5::{Digest, Md5};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike as _};

use crate::fixture::{ACCEPTED, COULD_NOT, Fixture, JOHN, REFUSED, expect};

const HASH: &str = ".yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1";

/// Stored value, the password typed, exit code, and a part of the message.
const TABLE: &[(&str, &str, i32, &str)] = &[
    // Locked, empty.
    ("", "", REFUSED, "refused: the password is empty"),
    ("", "start123", REFUSED, "refused: no password set"),
    ("{PLAIN}", "", REFUSED, "refused: the password is empty"),
    ("{PLAIN}", "start123", REFUSED, "refused: no password set"),
    ("{CLEARTEXT.b64}", "start123", REFUSED, "refused: no password set"),
    ("!", "!", REFUSED, "refused: locked account"),
    ("*", "*", REFUSED, "refused: locked account"),
    ("{SHA256-CRYPT}!", "start123", REFUSED, "refused: locked account"),
    ("{CRYPT}*LK*", "start123", REFUSED, "refused: locked account"),
    ("!$5$EvfedKzPsSlPCj2T$HASH", "start123", REFUSED, "refused: locked account"),
    ("{PLAIN}!start123", "!start123", ACCEPTED, ""),
    // Rounds.
    ("$5$rounds=1000$EvfedKzPsSlPCj2T$HASH", "start123", REFUSED, "refused: wrong password"),
    ("$5$rounds=999$EvfedKzPsSlPCj2T$HASH", "start123", COULD_NOT, "rounds= outside 1000 to"),
    ("$5$rounds=1000000000$EvfedKzPsSlPCj2T$HASH", "start123", COULD_NOT, "rounds= outside"),
    ("$5$rounds=05000$EvfedKzPsSlPCj2T$HASH", "start123", COULD_NOT, "without a proper number"),
    ("$5$rounds=+5000$EvfedKzPsSlPCj2T$HASH", "start123", COULD_NOT, "without a proper number"),
    ("$5$rounds=-1$EvfedKzPsSlPCj2T$HASH", "start123", COULD_NOT, "without a proper number"),
    ("$5$rounds=$EvfedKzPsSlPCj2T$HASH", "start123", COULD_NOT, "without a proper number"),
    ("$5$rounds=5000", "start123", COULD_NOT, "malformed"),
    // Salts.
    ("$5$$HASH", "start123", REFUSED, "refused: wrong password"),
    ("$5$EvfedKzPsSlPCj2TX$HASH", "start123", COULD_NOT, "salt is longer than 16"),
    ("$5$Evfed:PsSlPCj2T$HASH", "start123", COULD_NOT, "a character that crypt(3) refuses"),
    ("$5$Evfed PsSlPCj2T$HASH", "start123", COULD_NOT, "a character that crypt(3) refuses"),
    ("$5$EvfedäPsSlPCj2T$HASH", "start123", COULD_NOT, "a character that crypt(3) refuses"),
    // Hashes.
    ("$5$EvfedKzPsSlPCj2T$HASHx", "start123", COULD_NOT, "wrong length (43 characters"),
    ("$5$EvfedKzPsSlPCj2T$", "start123", COULD_NOT, "wrong length (43 characters"),
    ("$5$EvfedKzPsSlPCj2T", "start123", COULD_NOT, "malformed"),
    ("$5$", "start123", COULD_NOT, "malformed"),
    ("EvfedKzPsSlPCj2T$HASH", "start123", COULD_NOT, "malformed DES-CRYPT"),
    ("5$EvfedKzPsSlPCj2T$HASH", "start123", COULD_NOT, "not a crypt(3) value"),
    ("14cbfb845af1f030e372b1cb9275e6dd", "summersun", COULD_NOT, "looks like a PLAIN-MD5 digest"),
    ("“$5$EvfedKzPsSlPCj2T$HASH”", "start123", COULD_NOT, "malformed"),
    ("{SHA256-CRYPT}{SHA256-CRYPT}$5$EvfedKzPsSlPCj2T$HASH", "start123", COULD_NOT, "malformed"),
    // Digests and encodings.
    ("{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6d", "summersun", COULD_NOT, "malformed PLAIN-MD5"),
    ("{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6dg", "summersun", COULD_NOT, "malformed PLAIN-MD5"),
    ("{PLAIN-MD5.hex}FMv7hFrx8DDjcrHLknXm3Q==", "summersun", COULD_NOT, "not hexadecimal"),
    ("{PLAIN-MD5.b64}FMv7hFrx8DDjcrHLknXm3*==", "summersun", COULD_NOT, "not base64"),
    ("{PLAIN-MD5}", "summersun", COULD_NOT, "malformed PLAIN-MD5"),
    ("{PLAIN.hex}7", "summersun", COULD_NOT, "not hexadecimal"),
    ("{PLAIN.b64}c3Vtb*==", "summersun", COULD_NOT, "not base64"),
    ("{PLAIN.hex}610062", "summersun", COULD_NOT, "NUL byte"),
    // Schemes.
    ("{NO-SUCH}summersun", "summersun", COULD_NOT, "unknown password scheme"),
    ("{PLAIN.rot13}summersun", "summersun", COULD_NOT, "unknown password scheme"),
    ("{}summersun", "summersun", COULD_NOT, "unknown password scheme"),
    ("{PLAINsummersun", "summersun", COULD_NOT, "not a crypt(3) value"),
    ("summersun", "summersun", COULD_NOT, "malformed DES-CRYPT"),
    ("$6$EvfedKzPsSlPCj2T$x", "summersun", COULD_NOT, "malformed SHA512-CRYPT"),
    ("{SHA256-CRYPT}$1$EvfedKzP$x", "summersun", COULD_NOT, "malformed MD5-CRYPT"),
    ("{BLF-CRYPT}$2y$05$x", "summersun", COULD_NOT, "malformed BLF-CRYPT"),
    ("{SSHA256}x", "summersun", COULD_NOT, "not base64"),
    ("{CRAM-MD5}9186d855e11eba527a7a52ca82b313e1", "x", COULD_NOT, "a wrong length (32 bytes"),
    ("{OTP}sha1 -1 0fcba8acdc242571 249592309bec4f58", "x", COULD_NOT, "over the ceiling"),
    ("{PLAIN-TRUNC}0-", "x", COULD_NOT, "every password would match"),
];

/// Of summersun, by `doveadm pw` of Dovecot 2.3.19.
const BY_DOVEADM: &[&str] = &[
    "{SHA512-CRYPT}$6$xcuGw.wGIIt4fYh7$eHobU2KVyVW4s91Ba6z.QUdrv.jdkr2w.WNp.ZF1e0SNkFOwq3n/yzyDPCNUulKHMym.yB3JDz7XndBE4gOaf.",
    "{BLF-CRYPT}$2y$05$GCY7PXHj7SGXPPpUaCAYBeJ28rKLR4F4dZFAEd3rnFZxMU8eAzzWK",
    "{ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$at/uK+xS4a5C8kP9RwqwlQ$yG5IzyFgbxeUOHmm4Mc74qO96dszTC/tKEVD4xYe/5Q",
    "{MD5-CRYPT}$1$qoulqTqP$Qi5euIoNWYY5cISKSHt7G.",
    "{DES-CRYPT}lwSBbZkIeMP9c",
    "{MD5}$1$29Jf3u5S$GEUdh4xGJO.VFg4jXvj/U/",
    "{SSHA}Baw2gH6rnNnE91TnofgxY3KLiud/kHFp",
    "{SSHA256}1GYk2tTmNdkUtZ++G46jXs+6S5+4fMPXPxbRJfdhA1ynl0jE",
    "{SSHA512}bDuH94IlmJkQdtpuCgrzgizbJ1imVd8EPZZmgyYP8VlVUvdJ/d5oKoyMbSPE34BvE0AqrfWFfaQdOAaPsaMuDdfI7fM=",
    "{SMD5}h1yrymoa/3hKG4oyIS+D2uYsAk4=",
    "{SHA}Ap5TVNW58HqFzaJttpTA9LG+U+8=",
    "{SHA512}n/efm01oTCJXNxixfaaoMybEkhdoZ+t/XVUdC4h1+QlNvpYsITRnL7ol9Eajrb9L1zEYRPlwpRWd45/1F5iDvg==",
    "{LDAP-MD5}FMv7hFrx8DDjcrHLknXm3Q==",
    "{PLAIN-MD4}02132756396b17c8f5f4888d3c5b2a51",
    "{CRAM-MD5}4e3771a1a672bdc8bd8db861c1f2a29a8e043c99300ca203a1a92bbea7506691",
    "{PBKDF2}$1$la2DqTc0..10sKUy$5000$e9eac78d72374ccfd220789c61fd69fd9d4679d3",
    "{SCRAM-SHA-1}4096,eFR3eOR1htbrlHD0qcPCmA==,nMx9IczuKtG1p9GeLz67y/xY1pg=,0EFVEFt5J9EpySrVUtNhXVSOXrQ=",
    "{SCRAM-SHA-256}4096,Dv5tABI2RzQWW9RoW0Kdhg==,zs7WKZXnX5PsC7X3bfjO0y3MB26LAweax9321MJvObM=,Ru5cyeqpwXgUGW57HpxNy4de/QgDFVJW3fkikeLxoXA=",
    "{OTP}sha1 1024 0fcba8acdc242571 249592309bec4f58",
];

pub(crate) fn table(servers: &Arc<Servers>) {
    let fixture = Fixture::new(servers);
    let mut rows: Vec<(Option<String>, &str, i32, &str)> = TABLE
        .iter()
        .map(|&(stored, password, code, message)| {
            (Some(stored.replace("HASH", HASH)), password, code, message)
        })
        .collect();
    rows.push((None, "start123", REFUSED, "refused: no password set"));
    for row in REAL {
        rows.push((Some(row.stored.to_owned()), row.password, ACCEPTED, ""));
        rows.push((Some(row.stored.to_owned()), "wintermoon", REFUSED, "refused: wrong password"));
    }
    for stored in BY_DOVEADM {
        rows.push((Some((*stored).to_owned()), "summersun", ACCEPTED, ""));
        rows.push((Some((*stored).to_owned()), "wintermoon", REFUSED, "refused: wrong password"));
    }
    for (_, stored) in REFUSED_ROWS {
        rows.push((stored.map(str::to_owned), "summersun", REFUSED, "refused: "));
    }
    for (_, stored) in MALFORMED {
        rows.push((
            Some((*stored).to_owned()),
            "wintermoon",
            COULD_NOT,
            "could not check: stored password: ",
        ));
    }

    let logins: Vec<String> =
        (0..rows.len()).map(|number| format!("u{number}@example.org")).collect();
    fixture
        .database
        .add_users(logins.iter().zip(&rows).map(|(login, row)| (login.as_str(), row.0.as_deref())));
    for (login, (stored, password, code, message)) in logins.iter().zip(&rows) {
        let stored = stored.as_deref().unwrap_or_default();
        let call = fixture.call().sign_in(login, password.as_bytes());
        let named =
            [("", ""), ("ispmail-checkpassword: ", message)][usize::from(!message.is_empty())];
        let answer = expect(&call, *code, named.1, &[password, stored, HASH]);
        assert!(answer.stderr.starts_with(named.0), "{}", answer.stderr);
        assert!(message.is_empty() || answer.stderr.contains(login.as_str()), "{}", answer.stderr);
    }
}

/// SQLite gives whatever was put in, whatever the column was declared as.
pub(crate) fn other_column_types(servers: &Arc<Servers>) {
    let fixture = Fixture::new(servers);
    for (login, expression, password, code, message) in [
        ("blob@example.org", "CAST('{PLAIN}summersun' AS BLOB)", "summersun", ACCEPTED, ""),
        ("number@example.org", "12345", "12345", COULD_NOT, "malformed DES-CRYPT"),
        ("real@example.org", "1.5", "1.5", COULD_NOT, "malformed DES-CRYPT"),
        // As for Dovecot, which handles values as C strings, a NUL ends it.
        ("nul@example.org", "CAST(X'7b504c41494e7d610062' AS TEXT)", "a", ACCEPTED, ""),
        ("latin@example.org", "CAST(X'7b504c41494e7de4' AS TEXT)", "x", REFUSED, "wrong password"),
        ("zeros@example.org", "zeroblob(100)", "x", REFUSED, "no password set"),
        ("megabyte@example.org", "'{PLAIN}' || hex(randomblob(524288))", "x", REFUSED, "wrong"),
        ("crypt@example.org", "'$5$' || hex(randomblob(524288))", "x", COULD_NOT, "malformed"),
        ("prefix@example.org", "'{' || hex(randomblob(524288))", "x", COULD_NOT, "malformed"),
    ] {
        fixture.database.execute(&format!(
            "INSERT INTO virtual_users (domain_id, email, password) VALUES (1, '{login}', {expression});"
        ));
        let call = fixture.call().sign_in(login, password.as_bytes());
        expect(&call, code, message, &[]);
    }
    let latin = fixture.call().sign_in("latin@example.org", b"\xe4");
    expect(&latin, ACCEPTED, "", &[]);
}

/// What would take an hour is not begun.
pub(crate) fn ceiling_before_work(servers: &Arc<Servers>) {
    let fixture = Fixture::new(servers);
    let stored = format!("$5$rounds=999999999$EvfedKzPsSlPCj2T${HASH}");
    fixture.database.add_user("costly@example.org", Some(&stored));
    let begin = Instant::now();
    let call = fixture.call().sign_in("costly@example.org", b"start123");
    expect(&call, COULD_NOT, "could not check: stored password: ", &[HASH]);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

/// How long an answer takes must not tell whether an account exists or what its row holds.
pub(crate) fn refusals_cost_the_same(servers: &Arc<Servers>) {
    const RUNS: usize = 7;
    let fixture = Fixture::new(servers);
    let crypt = |rounds: &str| format!("$5${rounds}EvfedKzPsSlPCj2T${HASH}");
    let (usual, cheap, dear) = (crypt(""), crypt("rounds=1000$"), crypt("rounds=200000$"));
    fixture.database.add_users([
        ("md5@example.org", Some("{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6dd")),
        ("usual@example.org", Some(&usual)),
        ("cheap@example.org", Some(&cheap)),
        ("dear@example.org", Some(&dear)),
        ("null@example.org", None),
        ("empty@example.org", Some("")),
        ("locked@example.org", Some("!")),
    ]);
    let logins = [
        "nobody@example.org",
        "' OR '1'='1",
        JOHN,
        "md5@example.org",
        "usual@example.org",
        "cheap@example.org",
        "dear@example.org",
        "null@example.org",
        "empty@example.org",
        "locked@example.org",
    ];
    // So many rounds that the rest of the process does not count.
    let text = format!("{}[policy]\nrounds = 300000\n", fixture.database.toml());
    let configuration = fixture.file(&text);
    // Processor time, and the least of several runs, taken in turns: whatever else the machine does
    // only adds.
    let mut shortest = [Duration::MAX; 10];
    for _ in 0..RUNS {
        for (login, shortest) in logins.iter().zip(&mut shortest) {
            let call = fixture.call_with("--config", &configuration).sign_in(login, b"wintermoon");
            let before = processor_time();
            let answer = call.run();
            *shortest = processor_time().saturating_sub(before).min(*shortest);
            assert_eq!(answer.code, REFUSED, "{login}: {}", answer.stderr);
        }
    }
    let least = shortest.iter().min().expect("some");
    let most = shortest.iter().max().expect("some");
    let named: Vec<_> = logins.iter().zip(&shortest).collect();
    assert!(*most < *least * 5 / 4, "{named:?}");
}

/// Of all processes that the test has started and waited for. (Tests run one after the other.)
fn processor_time() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("getrusage");
    let micros = |time: TimeVal| u64::try_from(time.num_microseconds()).expect("not negative");
    Duration::from_micros(micros(usage.user_time()) + micros(usage.system_time()))
}

/// Dovecot never sends SOH, tab, LF and CR in a password, but other callers of the interface do.
pub(crate) fn every_byte(servers: &Arc<Servers>) {
    let fixture = Fixture::new(servers);
    let bytes: Vec<u8> = (1..=255).collect();
    let base64 = format!("{{PLAIN.b64}}{}", BASE64_STANDARD.encode(&bytes));
    let digest = format!("{{PLAIN-MD5}}{}", hex::encode(Md5::digest(&bytes)));
    fixture.database.add_users([
        ("plain@example.org", Some(base64.as_str())),
        ("digest@example.org", Some(digest.as_str())),
    ]);
    for login in ["plain@example.org", "digest@example.org"] {
        expect(&fixture.call().sign_in(login, &bytes), ACCEPTED, "", &[]);
        let wrong = [&bytes[..254], b"x"].concat();
        expect(&fixture.call().sign_in(login, &wrong), REFUSED, "refused: wrong password", &[]);
    }
    // Nobody's password stops at what another program would take for its end.
    for wrong in [
        &b"Summersun-77\n"[..],
        b"Summersun-77\t",
        b"Summersun-77\x01",
        b"\xef\xbb\xbfSummersun-77",
    ] {
        expect(&fixture.call().sign_in(JOHN, wrong), REFUSED, "refused: wrong password", &[]);
    }
}
