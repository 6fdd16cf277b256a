//! What is written reads the same, and whatever is read can be written and read again.

mod again;
mod common;

use again::{client_command, client_reply, master_command, master_reply, with};
use common::{Pair, pairs};
use ispmail_auth_protocol::client::{self, FailCode};
use ispmail_auth_protocol::sasl::{self, Credentials};
use ispmail_auth_protocol::{Line, escape, master, unescape};
use proptest::collection::vec;
use proptest::prelude::*;

/// Bytes with many that matter.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let special = proptest::sample::select(&b"\0\x01\t\r\n= rtn01\xff"[..]);
    vec(prop_oneof![special, any::<u8>()], 0..40)
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    bytes().prop_map(|mut name| {
        name.retain(|&byte| byte != b'=');
        if name.is_empty() { b"name".to_vec() } else { name }
    })
}

fn fields() -> impl Strategy<Value = Vec<Pair>> {
    vec((name(), proptest::option::of(bytes())), 0..10)
}

const WORDS: &[&str] = &[
    "VERSION",
    "CPID",
    "AUTH",
    "CONT",
    "CANCEL",
    "MECH",
    "SPID",
    "CUID",
    "COOKIE",
    "DONE",
    "OK",
    "FAIL",
    "CANCELLED",
    "USER",
    "PASS",
    "LIST",
    "REQUEST",
    "CACHE-FLUSH",
    "NOTFOUND",
    "x",
    "",
];

/// Lines that look like some.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let parameter = prop_oneof![
        any::<u32>().prop_map(|number| number.to_string().into_bytes()),
        Just(b"1".to_vec()),
        Just(b"resp=AGEAYg==".to_vec()),
        Just(b"resp=".to_vec()),
        bytes(),
    ];
    (proptest::sample::select(WORDS), vec(parameter, 0..6)).prop_map(|(word, parameters)| {
        [vec![word.as_bytes().to_vec()], parameters].concat().join(&b'\t')
    })
}

/// The line without its LF.
fn body(line: &[u8]) -> &[u8] {
    let body = line.strip_suffix(b"\n").unwrap_or_default();
    assert!(!body.is_empty() && !body.iter().any(|byte| b"\0\r\n".contains(byte)));
    body
}

proptest! {
    #[test]
    fn escapes(value in bytes(), before in bytes()) {
        let mut text = before.clone();
        escape(&value, &mut text);
        let (front, text) = text.split_at(before.len());
        prop_assert_eq!(front, &before[..]);
        prop_assert!(!text.iter().any(|byte| b"\0\t\r\n".contains(byte)));
        prop_assert!(*unescape(text) == value);
        prop_assert!(unescape(&value).len() <= value.len());
    }

    #[test]
    fn auth(
        id in 1_u32..,
        given in fields(),
        response in proptest::option::of(bytes()),
    ) {
        let mut line = Vec::new();
        let begun = client::command::auth(&mut line, id, "PLAIN", "smtp");
        let begun = with(begun, &given);
        match &response {
            Some(response) => begun.base64_field("resp", response).end(),
            None => begun.end(),
        }
        let Ok(client::Command::Auth(auth)) = client::Command::parse(body(&line)) else {
            // A field named resp before the end is no line that anybody may send.
            prop_assert!(given.iter().any(|(name, _)| name == b"resp"));
            return Ok(());
        };
        prop_assert_eq!((auth.id, auth.mechanism), (id, &b"PLAIN"[..]));
        let Some(((first, service), rest)) = pairs(auth.fields).split_first().map(|(first, rest)| {
            (first.clone(), rest.to_vec())
        }) else {
            panic!("no fields")
        };
        prop_assert_eq!((&first[..], service.as_deref()), (&b"service"[..], Some(&b"smtp"[..])));
        if given.last().is_some_and(|(name, _)| name == b"resp") && response.is_none() {
            return Ok(());
        }
        prop_assert_eq!(rest, given);
        let read = auth.initial_response(client::VERSION).unwrap();
        prop_assert!(read.map(|read| read.to_vec()) == response);
    }

    #[test]
    fn ok_and_fail(id: u32, user in bytes(), given in fields()) {
        let mut line = Vec::new();
        with(client::reply::ok(&mut line, id, &user), &given).end();
        let Ok(client::Reply::Ok { id: read, fields }) = client::Reply::parse(body(&line)) else {
            panic!("not OK")
        };
        prop_assert_eq!(read, id);
        let mut want = vec![(b"user".to_vec(), Some(user))];
        want.extend(given.clone());
        prop_assert_eq!(pairs(fields), want);

        line.clear();
        with(client::reply::fail(&mut line, id, Some(FailCode::TemporaryFailure)), &given).end();
        let Ok(client::Reply::Fail { fields, .. }) = client::Reply::parse(body(&line)) else {
            panic!("not FAIL")
        };
        let code = given.iter().any(|(name, _)| name == b"code");
        prop_assert!(code || FailCode::of(fields) == Some(FailCode::TemporaryFailure));
    }

    #[test]
    fn cont(id: u32, data in bytes()) {
        let mut line = Vec::new();
        client::command::cont(&mut line, id, &data).end();
        let Ok(client::Command::Continue { id: read, response }) =
            client::Command::parse(body(&line))
        else {
            panic!("not CONT")
        };
        prop_assert!(read == id && response.decode().is_ok_and(|read| *read == data));
        line.clear();
        client::reply::cont(&mut line, id, &data);
        let Ok(client::Reply::Continue { id: read, challenge }) =
            client::Reply::parse(body(&line))
        else {
            panic!("not CONT")
        };
        prop_assert!(read == id && challenge.decode().is_ok_and(|read| *read == data));
    }

    #[test]
    fn look_ups(id: u32, user in bytes(), given in fields()) {
        let mut line = Vec::new();
        with(master::command::user(&mut line, id, &user, "x"), &given).end();
        let Ok(master::Command::User(look_up)) = master::Command::parse(body(&line)) else {
            panic!("not USER")
        };
        prop_assert!(look_up.id == id && *look_up.user == user);
        prop_assert_eq!(&pairs(look_up.fields)[1..], &given[..]);
        line.clear();
        with(master::reply::user(&mut line, id, &user), &given).end();
        let Ok(master::Reply::User { id: read, user: name, fields }) =
            master::Reply::parse(body(&line))
        else {
            panic!("not USER")
        };
        prop_assert!(read == id && *name == user);
        prop_assert_eq!(pairs(fields), given);
    }

    #[test]
    fn plain(authorization in bytes(), login in bytes(), password in bytes()) {
        let nul = [&authorization, &login, &password].iter().any(|part| part.contains(&0));
        match sasl::plain(&authorization, &login, &password) {
            Err(_) => prop_assert!(nul),
            Ok(message) => match Credentials::from_plain(&message) {
                Err(_) => prop_assert!(login.is_empty()),
                Ok(read) => {
                    prop_assert!(*read.login == login && *read.password == password);
                    let other = !authorization.is_empty() && authorization != login;
                    prop_assert!(
                        read.authorization.map(|read| read.to_vec())
                            == other.then_some(authorization)
                    );
                }
            },
        }
        let _ = Credentials::from_plain(&login);
    }

    #[test]
    fn any_line(line in prop_oneof![line(), vec(any::<u8>(), 0..100)]) {
        for again in [client_command, client_reply, master_command, master_reply] {
            if let Some(written) = again(&line) {
                prop_assert_eq!(again(body(&written)), Some(written));
            }
        }
    }

    #[test]
    fn a_limit(value in bytes(), max in 0_usize..80) {
        let mut free = Vec::new();
        Line::new(&mut free, "X").text(&value).end();
        let mut bound = b"before\n".to_vec();
        let result = Line::new(&mut bound, "X").text(&value).end_within(max);
        prop_assert_eq!(result.is_ok(), free.len() <= max);
        let written = if result.is_ok() { &free[..] } else { b"" };
        prop_assert_eq!(&bound[b"before\n".len()..], written);
    }
}
