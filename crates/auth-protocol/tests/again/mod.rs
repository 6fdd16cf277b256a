//! Writes again what was read, with the functions of whoever sends such lines.

use ispmail_auth_protocol::client::{self, FailCode};
use ispmail_auth_protocol::{Base64, Line, Version, master};

use super::common::{Pair, pairs};

/// Appends fields to a line.
pub(crate) fn with<'a>(line: Line<'a>, fields: &[Pair]) -> Line<'a> {
    fields.iter().fold(line, |line, (name, value)| match value {
        Some(value) => line.field(name, value),
        None => line.flag(name),
    })
}

/// The line of a client, or nothing if it holds an escape or base64 that nobody writes.
pub(crate) fn client_command(line: &[u8]) -> Option<Vec<u8>> {
    use client::Command;
    use client::command::{cancel, cont};
    let mut again = Vec::new();
    match Command::parse(line).ok()? {
        Command::Version(version) => again = version_line(version),
        Command::ClientPid(pid) => Line::new(&mut again, "CPID").number(pid).end(),
        Command::Auth(request) => {
            let response = request.initial_response(client::VERSION).ok()?;
            let line = Line::new(&mut again, "AUTH").number(request.id);
            let line = with(line.text(plain(request.mechanism)?), &pairs(request.fields));
            match response {
                Some(response) => line.base64_field("resp", &response).end(),
                None => line.end(),
            }
        }
        Command::Continue { id, response } => cont(&mut again, id, &decoded(response)?).end(),
        Command::Cancel { id } => cancel(&mut again, id),
        _ => unreachable!("a new command"),
    }
    Some(again)
}

/// The same for the line of a server to a client.
pub(crate) fn client_reply(line: &[u8]) -> Option<Vec<u8>> {
    use client::Reply;
    use client::reply::{cancelled, cont};
    let mut again = Vec::new();
    match Reply::parse(line).ok()? {
        Reply::Version(version) => again = version_line(version),
        Reply::Mechanism { name, flags } => {
            with(Line::new(&mut again, "MECH").text(plain(name)?), &pairs(flags)).end();
        }
        Reply::ServerPid(pid) => Line::new(&mut again, "SPID").number(pid).end(),
        Reply::ConnectionId(number) => Line::new(&mut again, "CUID").number(number).end(),
        Reply::Cookie(cookie) => Line::new(&mut again, "COOKIE").text(plain(cookie)?).end(),
        Reply::Done => Line::new(&mut again, "DONE").end(),
        Reply::Ok { id, fields } => {
            let _ = FailCode::of(fields);
            with(Line::new(&mut again, "OK").number(id), &pairs(fields)).end();
        }
        Reply::Fail { id, fields } => {
            let _ = FailCode::of(fields);
            with(Line::new(&mut again, "FAIL").number(id), &pairs(fields)).end();
        }
        Reply::Continue { id, challenge } => cont(&mut again, id, &decoded(challenge)?),
        Reply::Cancelled { id } => cancelled(&mut again, id),
        _ => unreachable!("a new reply"),
    }
    Some(again)
}

/// The same for the line of a master.
pub(crate) fn master_command(line: &[u8]) -> Option<Vec<u8>> {
    use master::Command;
    use master::command::{cache_flush, request};
    let mut again = Vec::new();
    match Command::parse(line).ok()? {
        Command::Version(version) => again = version_line(version),
        Command::User(look_up) => {
            let line = Line::new(&mut again, "USER").number(look_up.id).text(&*look_up.user);
            with(line, &pairs(look_up.fields)).end();
        }
        Command::Pass(look_up) => {
            let line = Line::new(&mut again, "PASS").number(look_up.id).text(&*look_up.user);
            with(line, &pairs(look_up.fields)).end();
        }
        Command::List { id, fields } => {
            with(Line::new(&mut again, "LIST").number(id), &pairs(fields)).end();
        }
        Command::Request(asked) => {
            plain(asked.sign_in.cookie)?;
            with(request(&mut again, asked.id, asked.sign_in), &pairs(asked.fields)).end();
        }
        Command::CacheFlush { id } => cache_flush(&mut again, id),
        _ => unreachable!("a new command"),
    }
    Some(again)
}

/// The same for the line of a server to a master.
pub(crate) fn master_reply(line: &[u8]) -> Option<Vec<u8>> {
    use master::Reply;
    use master::reply::{done, fail, flushed, list, not_found, user};
    let mut again = Vec::new();
    match Reply::parse(line).ok()? {
        Reply::Version(version) => again = version_line(version),
        Reply::ServerPid(pid) => Line::new(&mut again, "SPID").number(pid).end(),
        Reply::User { id, user: name, fields } => {
            with(user(&mut again, id, &*name), &pairs(fields)).end();
        }
        Reply::Pass { id, fields } => {
            with(Line::new(&mut again, "PASS").number(id), &pairs(fields)).end();
        }
        Reply::NotFound { id } => not_found(&mut again, id),
        Reply::Fail { id, fields } => with(fail(&mut again, id), &pairs(fields)).end(),
        Reply::List { id, user } => list(&mut again, id, &*user).end(),
        Reply::Done { id, complete } => done(&mut again, id, complete),
        Reply::Flushed { id, count } => flushed(&mut again, id, count),
        _ => unreachable!("a new reply"),
    }
    Some(again)
}

fn version_line(version: Version) -> Vec<u8> {
    format!("VERSION\t{}\t{}\n", version.major, version.minor).into_bytes()
}

fn decoded(base64: Base64<'_>) -> Option<Vec<u8>> {
    base64.decode().ok().map(|bytes| bytes.to_vec())
}

/// What is given as it stands in the line, if it would be written so.
fn plain(text: &[u8]) -> Option<&[u8]> {
    (!text.iter().any(|byte| b"\x01\r\n".contains(byte))).then_some(text)
}
