//! The commands that work on stored passwords alone, without a database.

use std::ffi::OsString;

use clap::Args;
use ispmail_password::SchemeName;

/// Make or test a stored password, like `doveadm pw`; many at once with --batch.
///
/// Asks for the password twice. When the input is no terminal it reads the password from two
/// lines. Differs from doveadm in that an empty password, and two lines that differ, are errors.
///
/// With --batch each line of the input is a JSON object, {"password": "…"}, with "password_base64"
/// instead for bytes that are not UTF-8, and perhaps with "id" and "login". Each gives a line of
/// output, in the same order: {"id": …, "login": …, "stored": "…"}, or "error" instead of "stored".
/// Ends with 65 if there was an error.
#[derive(Args)]
pub(crate) struct HashArguments {
    /// Scheme, with an encoding suffix if you like (PLAIN-MD5.b64)
    /// [default: SHA256-CRYPT with 20000 rounds]
    #[arg(short, long, value_name = "SCHEME")]
    pub(crate) scheme: Option<String>,
    /// The password itself. For scripts made for doveadm only: everybody on this machine can
    /// read the arguments of a running program, and your shell keeps them in its history
    #[arg(short, long, value_name = "PASSWORD")]
    pub(crate) plaintext: Option<OsString>,
    /// Cost of schemes that have one: rounds, their binary logarithm (BLF-CRYPT) or passes (ARGON2);
    /// out of range the nearest that can be [default with -s: doveadm's]
    #[arg(short, long, value_name = "N")]
    pub(crate) rounds: Option<u64>,
    /// Choose the cost so that one check takes so many milliseconds on this machine
    #[arg(
        long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=60_000),
        conflicts_with_all = ["rounds", "test_hash", "list"]
    )]
    pub(crate) target_ms: Option<u16>,
    /// User, for DIGEST-MD5, which hashes the name too
    #[arg(short, long, value_name = "USER")]
    pub(crate) user: Option<String>,
    /// Test the password against this stored password, which needs its {SCHEME} prefix
    #[arg(short, long, value_name = "STORED")]
    pub(crate) test_hash: Option<OsString>,
    /// Verify what was made
    #[arg(short = 'V', long)]
    pub(crate) reverse_verify: bool,
    /// List the names of the schemes
    #[arg(short, long)]
    pub(crate) list: bool,
    /// Hash the passwords of JSON lines from the standard input, on all cores
    #[arg(
        long,
        conflicts_with_all = ["plaintext", "user", "test_hash", "reverse_verify", "list"]
    )]
    pub(crate) batch: bool,
}

/// Check a password against a stored one; many at once with --batch.
///
/// Asks for both, or reads both from the standard input: the stored password is the first line,
/// the password the second. With only one line there it asks for the password on the terminal.
/// Neither can be an argument: everybody on this machine can read those.
///
/// Ends with 0 for a match, 1 for a mismatch, 65 for a stored password that is malformed (no
/// password could ever match) or for input that cannot be used, and 75 for one that could not be
/// checked, such as one over 1000000 rounds.
///
/// With --batch each line of the input is a JSON object, {"stored": "…", "password": "…"}, with
/// "stored_base64" and "password_base64" instead for bytes that are not UTF-8, and perhaps with
/// "id" and "login". Each gives a line of output, in the same order:
/// {"id": …, "login": …, "result": …}. The result is "match", "mismatch", "malformed" or
/// "could not check", with a "reason" if there is something to say, and "needs_upgrade": true if
/// the stored password ought to be replaced. Lines that cannot be used give "line" and "error", and
/// only these make it end with 65.
#[derive(Args)]
pub(crate) struct VerifyArguments {
    /// Scheme of stored passwords that have no {SCHEME} prefix
    #[arg(long, value_name = "SCHEME", default_value = "SHA256-CRYPT")]
    pub(crate) default_scheme: SchemeName,
    /// The login as the user typed it, for DIGEST-MD5, which hashes it too
    #[arg(short = 'u', long, value_name = "LOGIN", conflicts_with = "batch")]
    pub(crate) login: Option<String>,
    /// Check the passwords of JSON lines from the standard input, on all cores
    #[arg(long)]
    pub(crate) batch: bool,
}

/// Say what stored passwords are, how strong, and whether Dovecot 2.4 takes them.
///
/// Reads them from the standard input, one per line, and says of each: scheme, algorithm,
/// encoding, cost, strength, whether Dovecot 2.4 takes it as it comes, and whether it ought to be
/// replaced; or why no password could ever match. One that has no {SCHEME} prefix may be several
/// things; all that fit are named, the most telling first. The stored passwords themselves are never
/// printed.
#[derive(Args)]
pub(crate) struct IdentifyArguments {
    /// Read those without a {SCHEME} prefix as this scheme only
    #[arg(long, value_name = "SCHEME")]
    pub(crate) default_scheme: Option<SchemeName>,
    /// One JSON object per line
    #[arg(long)]
    pub(crate) json: bool,
}

/// List the schemes of stored passwords.
#[derive(Args)]
pub(crate) struct SchemesArguments {
    /// One JSON object per line
    #[arg(long)]
    pub(crate) json: bool,
}
