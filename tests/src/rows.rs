//! Rows that are out there, with the password that each must let in.

/// A stored password and the password it was made from.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// A login that no other row has; it says what the row is.
    pub login: &'static str,
    /// The password.
    pub password: &'static str,
    /// The column.
    pub stored: &'static str,
}

const fn row(login: &'static str, password: &'static str, stored: &'static str) -> Row {
    Row { login, password, stored }
}

/// Rows for a server whose default scheme is SHA256-CRYPT: the guides' own, and the same passwords
/// as other tools write them. The `rounds=` rows are by libxcrypt 4.4.33 (`crypt(3)`, 1000 and
/// 5000) and by `doveadm pw -s SHA256-CRYPT -r 20000` of Dovecot 2.3.19.1.
pub const REAL: &[Row] = &[
    row(
        "prefixed-salt@example.org",
        "summersun",
        "{SHA256-CRYPT}$5$M/GWzmtjsLroRWIf$0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL7",
    ),
    row(
        "bare-crypt@example.org",
        "start123",
        "$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1",
    ),
    row(
        "prefixed-crypt@example.org",
        "start123",
        "{SHA256-CRYPT}$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1",
    ),
    row(
        "under-crypt@example.org",
        "start123",
        "{CRYPT}$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1",
    ),
    row(
        "mixed-case@example.org",
        "start123",
        "{Sha256-Crypt}$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1",
    ),
    row(
        "rounds-1000@example.org",
        "start123",
        "{SHA256-CRYPT}$5$rounds=1000$EvfedKzPsSlPCj2T$YJSKJe2rLb3H0ejZE3/vjAC9QmzyhH41aBgaVBRDXH1",
    ),
    row(
        "rounds-5000@example.org",
        "start123",
        "$5$rounds=5000$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1",
    ),
    row(
        "rounds-20000@example.org",
        "start123",
        "{SHA256-CRYPT}$5$rounds=20000$uNxBAYs2brOoIIkB$9ZPPgelVimAU4tqEMWVrP4UxtINTzF.1/R96XDcsyd0",
    ),
    row("md5-lower@example.org", "summersun", "{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6dd"),
    row("md5-upper@example.org", "summersun", "{PLAIN-MD5}14CBFB845AF1F030E372B1CB9275E6DD"),
    row("md5-hex@example.org", "summersun", "{PLAIN-MD5.hex}14cbfb845af1f030e372b1cb9275e6dd"),
    row("md5-guess@example.org", "summersun", "{PLAIN-MD5}FMv7hFrx8DDjcrHLknXm3Q=="),
    row("md5-b64@example.org", "summersun", "{PLAIN-MD5.b64}FMv7hFrx8DDjcrHLknXm3Q=="),
    row("md5-base64@example.org", "summersun", "{plain-md5.BASE64}FMv7hFrx8DDjcrHLknXm3Q=="),
    row("plain@example.org", "summersun", "{PLAIN}summersun"),
    row("clear@example.org", "summersun", "{CLEAR}summersun"),
    row("cleartext@example.org", "summersun", "{CLEARTEXT}summersun"),
    row("plain-b64@example.org", "summersun", "{PLAIN.b64}c3VtbWVyc3Vu"),
    row("clear-hex@example.org", "summersun", "{CLEAR.hex}73756d6d657273756e"),
];

/// Rows without a prefix for a server whose default scheme is PLAIN-MD5, as older guides had it.
pub const BARE_MD5: &[Row] = &[
    row("md5-bare@example.org", "summersun", "14cbfb845af1f030e372b1cb9275e6dd"),
    row("md5-bare-upper@example.org", "start123", "A3B9C163F6C520407FF34CFDB83CA5C6"),
    row(
        "crypt-among-md5@example.org",
        "start123",
        "{SHA256-CRYPT}$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1",
    ),
];

/// Rows that are nobody's sign-in but no mistake either: refused, whatever the password.
pub const REFUSED: &[(&str, Option<&str>)] = &[
    ("null@example.org", None),
    ("empty@example.org", Some("")),
    ("locked-bang@example.org", Some("!")),
    ("locked-star@example.org", Some("*")),
    (
        "locked-hash@example.org",
        Some("!$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1"),
    ),
];

/// Rows that no password could ever match: somebody has to repair them, so they are no mismatch.
pub const MALFORMED: &[(&str, &str)] = &[
    ("no-dollar-five@example.org", "EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1"),
    ("bare-hex@example.org", "14cbfb845af1f030e372b1cb9275e6dd"),
    (
        "truncated@example.org",
        "{SHA256-CRYPT}$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv",
    ),
    (
        "long-salt@example.org",
        "{SHA256-CRYPT}$5$EvfedKzPsSlPCj2TX$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1",
    ),
    (
        "rounds-999@example.org",
        "{SHA256-CRYPT}$5$rounds=999$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1",
    ),
    (
        "rounds-999999999@example.org",
        "{SHA256-CRYPT}$5$rounds=999999999$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1",
    ),
    ("short-md5@example.org", "{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6d"),
    ("unknown-scheme@example.org", "{NO-SUCH}summersun"),
    ("bad-base64@example.org", "{PLAIN.b64}c3Vtb*=="),
];
