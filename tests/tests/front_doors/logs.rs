//! What all servers of this run have logged.

use std::fs;
use std::sync::Arc;

use ispmail_tests::database::{DATABASE_PASSWORD, Servers};

use crate::site::{GOOD, WRONG};

/// No password that was typed and no stored value.
const SECRETS: [&str; 13] = [
    GOOD,
    WRONG,
    DATABASE_PASSWORD,
    "$5$",
    "$1$",
    "{PLAIN",
    "{SHA256",
    "14cbfb845af1f030e372b1cb9275e6dd",
    "4e3771a1a672bdc8",
    // Out of the password with every byte.
    "cdefghij",
    // "summersun" in base64, as it can stand in a PLAIN message.
    "c3VtbWVyc3Vu",
    "N1bW1lcnN1b",
    "zdW1tZXJzdW",
];

/// Nobody fell over.
const CRASHES: [&str; 5] =
    ["killed with signal", "Fatal: ", "Panic: ", "internal error at ", "auth: Error: Corrupted"];

pub(crate) fn are_clean(servers: &Arc<Servers>) {
    let (mut logs, mut lines) = (0, 0);
    for entry in fs::read_dir(servers.scratch().path()).expect("directory").flatten() {
        let Ok(log) = fs::read(entry.path().join("log")) else { continue };
        let name = entry.file_name().into_string().expect("text");
        if !name.starts_with("authd") && !name.starts_with("dovecot") {
            continue;
        }
        logs += 1;
        for line in String::from_utf8_lossy(&log).lines() {
            lines += 1;
            let found = SECRETS.iter().chain(&CRASHES).find(|text| line.contains(**text));
            assert_eq!(found, None, "{name}: {line}");
        }
    }
    eprintln!("{lines} lines of {logs} servers");
}
