//! What all daemons of this run have logged.

use std::fs;
use std::sync::Arc;

use ispmail_tests::database::{DATABASE_PASSWORD, Servers};

use crate::fixture::{GOOD, WRONG};

/// No password that was typed, no stored value, nothing of what went over the wire; and no line
/// that somebody else has begun.
pub(crate) fn hold_no_secrets(servers: &Arc<Servers>) {
    let secrets = [
        GOOD,
        WRONG,
        "springsun",
        "start123",
        DATABASE_PASSWORD,
        "$5$",
        "$1$",
        "$2y$",
        "{PLAIN",
        "{SHA256",
        "{BLF",
        "14cbfb845af1f030e372b1cb9275e6dd",
        // "summersun" in base64, as it can stand in a PLAIN message.
        "c3VtbWVyc3Vu",
        "N1bW1lcnN1b",
        "zdW1tZXJzdW",
        "resp=",
    ];
    let (mut logs, mut lines) = (0, 0);
    for entry in fs::read_dir(servers.scratch().path()).expect("directory").flatten() {
        let name = entry.file_name().into_string().expect("text");
        let Ok(log) = fs::read(entry.path().join("log")) else { continue };
        let log = String::from_utf8(log).expect("UTF-8");
        logs += 1;
        for line in log.lines() {
            lines += 1;
            let secret = secrets.iter().find(|secret| line.contains(**secret));
            assert_eq!(secret, None, "{line}");
            let level = line.split_whitespace().nth(1).unwrap_or_default();
            // Where it was started through another program, that has something to say as well.
            let known = ["DEBUG", "INFO", "WARN", "ERROR"].contains(&level);
            assert!(known || name.starts_with("systemd"), "{line}");
            assert!(!line.contains(char::is_control), "{line:?}");
            assert!(!line.contains("internal error"), "{line}");
        }
    }
    eprintln!("{lines} lines of {logs} daemons");
}
