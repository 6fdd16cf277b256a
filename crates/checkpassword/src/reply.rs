//! The two ways out: Dovecot's reply on descriptor 4, or the environment of another program.

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use ispmail_auth::Reply;
use zeroize::Zeroizing;

use crate::arguments::Invocation;
use crate::descriptors;
use crate::environment::Mode;

/// Longest reply in bytes.
const MAX_REPLY: usize = 8192;

/// Writes the reply to descriptor 4.
pub(crate) fn write(reply: &Reply) -> Result<(), String> {
    let bytes = encode(reply);
    if bytes.len() > MAX_REPLY {
        return Err("the fields of the account are over 8192 bytes together".to_owned());
    }
    let sent = descriptors::reply_pipe().and_then(|mut pipe| pipe.write_all(&bytes));
    sent.map_err(|error| format!("the reply could not be written: {error}"))
}

/// Becomes the program of the arguments. Returns only when that fails, with the reason.
///
/// The stored password stays here: an environment is no place for it.
pub(crate) fn hand_over(reply: &Reply, invocation: &Invocation, mode: &Mode) -> String {
    if reply.user.contains('\t') || reply.home.contains(&b'\t') {
        // checkpassword-reply would call this a wrong password.
        return "the login or home of the row has a tab".to_owned();
    }
    let mut command = Command::new(&invocation.program);
    command.args(&invocation.rest).env("USER", &reply.user).env("HOME", os(&reply.home));
    let mut names = Vec::new();
    for (name, value) in fields(reply) {
        command.env(&name, os(value));
        names.push(name);
    }
    command.env("EXTRA", names.join(" "));
    match mode {
        // Dovecot sets it only for look-ups; from anywhere else it would spoil the sign-in.
        Mode::Verify => command.env_remove("AUTHORIZED"),
        Mode::LookUp(_) => command.env("AUTHORIZED", "2"),
    };
    let error = command.exec();
    format!("{} cannot be started: {error}", invocation.program.display())
}

/// `user=U TAB userdb_home=H TAB …`, as checkpassword-reply writes it.
fn encode(reply: &Reply) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_REPLY));
    put(&mut bytes, "user", reply.user.as_bytes());
    put(&mut bytes, "userdb_home", &reply.home);
    for (name, value) in fields(reply) {
        put(&mut bytes, &name, value);
    }
    if let Some(credentials) = &reply.credentials {
        put(&mut bytes, "password", &credentials.0);
    }
    bytes
}

/// Everything but user, home and password, by the names that Dovecot knows.
fn fields(reply: &Reply) -> impl Iterator<Item = (String, &[u8])> {
    let ids = [("userdb_uid".to_owned(), &*reply.uid), ("userdb_gid".to_owned(), &*reply.gid)];
    let userdb = reply.userdb.iter().map(|field| (format!("userdb_{}", field.name), &*field.value));
    let extra = reply.extra.iter().map(|field| (field.name.clone(), &*field.value));
    ids.into_iter().chain(userdb).chain(extra)
}

fn put(bytes: &mut Vec<u8>, name: &str, value: &[u8]) {
    bytes.extend_from_slice(name.as_bytes());
    bytes.push(b'=');
    for &byte in value {
        match byte {
            0 => bytes.extend(b"\x010"),
            1 => bytes.extend(b"\x011"),
            b'\t' => bytes.extend(b"\x01t"),
            b'\r' => bytes.extend(b"\x01r"),
            b'\n' => bytes.extend(b"\x01n"),
            other => bytes.push(other),
        }
    }
    bytes.push(b'\t');
}

fn os(bytes: &[u8]) -> &OsStr {
    OsStr::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_as_dovecot_does() {
        let mut bytes = Vec::new();
        put(&mut bytes, "x", b"a\tb\nc\rd\x01e\0f=");
        assert_eq!(bytes, b"x=a\x01tb\x01nc\x01rd\x011e\x010f=\t");
    }
}
