//! The two ways out: Dovecot's reply on descriptor 4, or the environment of another program.

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use ispmail_auth_client::Account;
use ispmail_auth_protocol::{append, escape};
use zeroize::Zeroizing;

use crate::arguments::Program;
use crate::descriptors;
use crate::question::Mode;

/// Longest reply in bytes.
const MAX_REPLY: usize = 8192;
/// Bytes that most replies fit into.
const USUAL_REPLY: usize = 512;

/// Writes the reply to descriptor 4.
pub(crate) fn write(account: &Account) -> Result<(), String> {
    let bytes = encode(account);
    if bytes.len() > MAX_REPLY {
        return Err("the fields of the account are over 8192 bytes together".to_owned());
    }
    let sent = descriptors::reply_pipe().and_then(|mut pipe| pipe.write_all(&bytes));
    sent.map_err(|error| format!("the reply could not be written: {error}"))
}

/// Becomes the program of the arguments. Returns only when that fails, with the reason.
///
/// The stored password stays here: an environment is no place for it.
pub(crate) fn hand_over(account: &Account, program: &Program, mode: &Mode) -> String {
    let mut command = Command::new(&program.path);
    let mut names: Vec<&[u8]> = Vec::new();
    let mut values = vec![&*account.user];
    command.args(&program.arguments).env("USER", os(&account.user));
    for field in &account.fields {
        match &*field.name {
            b"password" => {}
            b"userdb_home" => {
                values.push(&field.value);
                command.env("HOME", os(&field.value));
            }
            name => {
                command.env(os(name), os(&field.value));
                names.push(name);
            }
        }
    }
    if values.iter().any(|value| value.contains(&b'\t')) {
        // checkpassword-reply would call this a wrong password.
        return "the login or home of the row has a tab".to_owned();
    }
    command.env("EXTRA", os(&names.join(&b' ')));
    match mode {
        // Dovecot sets it only for look-ups; from anywhere else it would spoil the sign-in.
        Mode::SignIn => command.env_remove("AUTHORIZED"),
        Mode::User | Mode::Credentials { .. } => command.env("AUTHORIZED", "2"),
    };
    let error = command.exec();
    format!("{} cannot be started: {error}", program.path.display())
}

/// `user=U TAB userdb_home=H TAB …`, as checkpassword-reply writes it.
fn encode(account: &Account) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(USUAL_REPLY));
    put(&mut bytes, b"user", &account.user);
    for field in &account.fields {
        put(&mut bytes, &field.name, &field.value);
    }
    bytes
}

fn put(bytes: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    append(name, bytes);
    append(b"=", bytes);
    escape(value, bytes);
    append(b"\t", bytes);
}

fn os(bytes: &[u8]) -> &OsStr {
    OsStr::from_bytes(bytes)
}
