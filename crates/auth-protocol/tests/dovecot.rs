//! Lines recorded from the sockets of Dovecot 2.3.19.1: read as they were meant, and what clients
//! and masters send written as Dovecot took it.

mod common;

use common::{Pair, pairs};
use ispmail_auth_protocol::client::{self, FailCode, command, reply};
use ispmail_auth_protocol::sasl::{self, Mechanism};
use ispmail_auth_protocol::{ProtocolError, Version, master};

fn pair(name: &str, value: &str) -> Pair {
    (name.as_bytes().to_vec(), Some(value.as_bytes().to_vec()))
}

fn flag(name: &str) -> Pair {
    (name.as_bytes().to_vec(), None)
}

/// What a client is told about a request, in short.
#[derive(Debug, PartialEq)]
enum Told {
    Ok(u32, Vec<Pair>),
    Fail(u32, Vec<Pair>),
    Cont(u32, Vec<u8>),
}

fn told(line: &str) -> Option<Told> {
    Some(match client::Reply::parse(line.as_bytes()).ok()? {
        client::Reply::Ok { id, fields } => Told::Ok(id, pairs(fields)),
        client::Reply::Fail { id, fields } => Told::Fail(id, pairs(fields)),
        client::Reply::Continue { id, challenge } => {
            Told::Cont(id, challenge.decode().ok()?.to_vec())
        }
        _ => return None,
    })
}

#[test]
fn the_handshake_of_the_server() {
    let recorded = "VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\n\
                    MECH\tCRAM-MD5\tdictionary\tactive\nSPID\t18659\nCUID\t1\n\
                    COOKIE\t8cd3eee40c5cd0a0c269a1a77b9551af\nDONE\n";
    let mut lines = recorded.lines().map(|line| client::Reply::parse(line.as_bytes()).unwrap());
    let mut next = || lines.next().unwrap();
    assert!(matches!(next(), client::Reply::Version(Version { major: 1, minor: 2 })));
    for (want, want_flags) in [
        ("PLAIN", &["plaintext"][..]),
        ("LOGIN", &["plaintext"]),
        ("CRAM-MD5", &["dictionary", "active"]),
    ] {
        let client::Reply::Mechanism { name, flags } = next() else { panic!("{want}") };
        assert_eq!(name, want.as_bytes());
        assert_eq!(pairs(flags), want_flags.iter().map(|name| flag(name)).collect::<Vec<_>>());
    }
    assert!(matches!(next(), client::Reply::ServerPid(18659)));
    assert!(matches!(next(), client::Reply::ConnectionId(1)));
    let client::Reply::Cookie(cookie) = next() else { panic!("COOKIE") };
    assert_eq!(cookie, b"8cd3eee40c5cd0a0c269a1a77b9551af");
    assert!(matches!(next(), client::Reply::Done));
}

#[test]
fn our_handshake_is_in_the_same_order() {
    let mut ours = Vec::new();
    let cookie = 0x0cd3_eee4_0c5c_d0a0_c269_a1a7_7b95_51af_u128.to_be_bytes();
    let handshake = reply::Handshake {
        mechanisms: &Mechanism::ALL,
        server_pid: 18659,
        connection_id: 1,
        cookie: &cookie,
    };
    handshake.write(&mut ours);
    assert_eq!(
        String::from_utf8(ours).unwrap(),
        "VERSION\t1\t4\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\nSPID\t18659\nCUID\t1\n\
         COOKIE\t0cd3eee40c5cd0a0c269a1a77b9551af\nDONE\n"
    );
    let mut ours = Vec::new();
    command::hello(&mut ours, 7);
    assert_eq!(ours, b"VERSION\t1\t4\nCPID\t7\n");
}

#[test]
fn plain() {
    let mut ours = Vec::new();
    command::auth(&mut ours, 1, "PLAIN", "smtp")
        .flag("nologin")
        .field("lip", "127.0.0.1")
        .field("rip", "127.0.0.1")
        .flag("secured")
        .base64_field("resp", &sasl::plain(b"", b"john@example.org", b"summersun").unwrap())
        .end_within(client::MAX_LINE)
        .unwrap();
    assert_eq!(
        String::from_utf8(ours).unwrap(),
        "AUTH\t1\tPLAIN\tservice=smtp\tnologin\tlip=127.0.0.1\trip=127.0.0.1\tsecured\t\
         resp=AGpvaG5AZXhhbXBsZS5vcmcAc3VtbWVyc3Vu\n"
    );
    let john = vec![pair("user", "john@example.org")];
    // With the empty parameter that Dovecot appends.
    assert_eq!(told("OK\t1\tuser=john@example.org\t"), Some(Told::Ok(1, john.clone())));
    assert_eq!(told("FAIL\t2\tuser=john@example.org"), Some(Told::Fail(2, john)));
    let mut ours = Vec::new();
    reply::ok(&mut ours, 1, "john@example.org").end();
    reply::fail(&mut ours, 2, None).field("user", "john@example.org").end();
    assert_eq!(ours, b"OK\t1\tuser=john@example.org\nFAIL\t2\tuser=john@example.org\n");
}

#[test]
fn login() {
    assert_eq!(told("CONT\t3\tVXNlcm5hbWU6"), Some(Told::Cont(3, b"Username:".to_vec())));
    assert_eq!(told("CONT\t3\tUGFzc3dvcmQ6"), Some(Told::Cont(3, b"Password:".to_vec())));
    assert_eq!(told("CONT\t6\t"), Some(Told::Cont(6, Vec::new())));
    let mut ours = Vec::new();
    reply::cont(&mut ours, 3, b"Username:");
    reply::cont(&mut ours, 6, b"");
    command::cont(&mut ours, 3, b"john@example.org").end();
    command::cont(&mut ours, 5, b"").end();
    assert_eq!(
        String::from_utf8(ours).unwrap(),
        "CONT\t3\tVXNlcm5hbWU6\nCONT\t6\t\nCONT\t3\tam9obkBleGFtcGxlLm9yZw==\nCONT\t5\t\n"
    );
}

#[test]
fn failures() {
    let code = |line: &str| match client::Reply::parse(line.as_bytes()) {
        Ok(client::Reply::Fail { fields, .. }) => FailCode::of(fields),
        _ => panic!("{line:?}"),
    };
    let recorded = "FAIL\t10\tcode=invalid_base64\treason=Invalid base64 data in initial response";
    assert_eq!(code(recorded), Some(FailCode::InvalidBase64));
    for (line, want) in [
        ("FAIL\t7", None),
        ("FAIL\t5\tuser=\toriginal_user=", None),
        ("FAIL\t99\treason=Authentication request timed out", None),
        ("FAIL\t1\tuser=x\tcode=temp_fail", Some(FailCode::TemporaryFailure)),
        ("FAIL\t1\tcode=authz_fail", Some(FailCode::AuthorizationFailed)),
        ("FAIL\t1\tcode=user_disabled", Some(FailCode::UserDisabled)),
        ("FAIL\t1\tcode=pass_expired", Some(FailCode::PasswordExpired)),
        ("FAIL\t1\tcode=new", None),
        // Before 2.3.
        ("FAIL\t1\tuser=x\ttemp", Some(FailCode::TemporaryFailure)),
        ("FAIL\t1\tauthz", Some(FailCode::AuthorizationFailed)),
        ("FAIL\t1\tuser_disabled", Some(FailCode::UserDisabled)),
        ("FAIL\t1\tpass_expired", Some(FailCode::PasswordExpired)),
    ] {
        assert_eq!(code(line), want, "{line}");
    }
    let mut ours = Vec::new();
    reply::fail(&mut ours, 10, Some(FailCode::InvalidBase64))
        .field("reason", "Invalid base64 data in initial response")
        .end();
    assert_eq!(String::from_utf8(ours).unwrap(), format!("{recorded}\n"));
}

/// What an `AUTH` line has as its initial response, and what Dovecot did: `CONT` if it found none,
/// `FAIL` for an empty PLAIN message or bad base64.
#[test]
fn initial_responses() {
    let response = |line: &str, minor| match client::Command::parse(line.as_bytes()) {
        Ok(client::Command::Auth(auth)) => auth
            .initial_response(Version { major: 1, minor })
            .map(|response| response.map(|response| response.to_vec())),
        _ => panic!("{line:?}"),
    };
    for (parameters, minor, want) in [
        ("", 2, Ok(None)),
        ("\tresp=", 2, Ok(Some(&b""[..]))),
        ("\tresp==", 2, Ok(Some(b""))),
        ("\tresp", 2, Ok(Some(b""))),
        ("\tresp=", 1, Ok(None)),
        ("\tresp==", 1, Ok(Some(b""))),
        ("\tresp=?!", 2, Err(())),
        ("\tresp=YQ==", 0, Ok(Some(b"a"))),
        ("\tsecured=tls\t\tfoo\tresp= AGpvaG5A\x01nAGE=", 2, Ok(Some(b"\0john@\0a"))),
    ] {
        let line = format!("AUTH\t16\tPLAIN\tservice=smtp{parameters}");
        let want = want.map(|want| want.map(<[u8]>::to_vec));
        assert_eq!(response(&line, minor).map_err(|_| ()), want, "{line:?}");
    }
}

/// Dovecot closes the connection at these.
#[test]
fn refused_client_commands() {
    use ProtocolError::{AfterResponse, Missing, Number, OtherSocket, TooMany, UnknownCommand};
    let (auth, cont, cancel) = ("AUTH", "CONT", "CANCEL");
    for (line, want) in [
        ("AUTH\t0\tPLAIN\tservice=x", Number { command: auth }),
        ("AUTH\t4294967296\tPLAIN\tservice=x", Number { command: auth }),
        ("AUTH", Missing { command: auth }),
        ("AUTH\t1", Missing { command: auth }),
        ("AUTH\t1\tPLAIN\tservice=x\tresp=\tx", AfterResponse),
        ("AUTH\t1\tPLAIN\tservice=x\tresp=\t", AfterResponse),
        ("AUTH\t1\tPLAIN\tservice=x\tresp=YQ==\tresp=YQ==", AfterResponse),
        ("CONT\t1", Missing { command: cont }),
        ("CONT\t\t", Number { command: cont }),
        ("CANCEL\tx", Number { command: cancel }),
        ("CANCEL", Missing { command: cancel }),
        ("CANCEL\t1\tx", TooMany { command: cancel }),
        ("VERSION\t1", Missing { command: "VERSION" }),
        ("VERSION\t1\t2\tx", TooMany { command: "VERSION" }),
        ("CPID\t0", Number { command: "CPID" }),
        ("CPID\t7\tx", TooMany { command: "CPID" }),
        ("FOO", UnknownCommand),
        ("", UnknownCommand),
        ("auth\t1\tPLAIN", UnknownCommand),
        ("USER\t1\tx", OtherSocket),
    ] {
        assert_eq!(client::Command::parse(line.as_bytes()).err(), Some(want), "{line:?}");
    }
    let nul = client::Command::parse(b"AUTH\t1\tPLAIN\tservice=x\0y");
    assert_eq!(nul.err(), Some(ProtocolError::Nul), "Dovecot cuts the line there");
    for line in ["AUTH\t0019\tPLAIN\tservice=smtp", "AUTH\t4294967295\tPLAIN\t", "AUTH\t1\tplain"] {
        assert!(client::Command::parse(line.as_bytes()).is_ok(), "{line:?}");
    }
    assert_eq!(Version { major: 1, minor: 99 }.check(), Ok(()));
    assert_eq!(Version { major: 2, minor: 0 }.check(), Err(ProtocolError::Version { major: 2 }));
}

/// As Dovecot 2.4's sources write and read them.
#[test]
fn dovecot_2_4() {
    let line = b"AUTH\t1\tPLAIN\tprotocol=imap\tfinal-resp-ok\tsecured=tls\tresp=AGEAYg==";
    let Ok(client::Command::Auth(auth)) = client::Command::parse(line) else { panic!("AUTH") };
    assert!(auth.service().is_some_and(|service| *service == b"imap"));
    let cancelled = client::Reply::parse(b"CANCELLED\t1");
    assert!(matches!(cancelled, Ok(client::Reply::Cancelled { id: 1 })));
    let line = b"CONT\t1\tYQ==\tchannel_binding=YQ==";
    let Ok(client::Command::Continue { response, .. }) = client::Command::parse(line) else {
        panic!("CONT")
    };
    assert!(response.decode().is_ok_and(|response| *response == b"a"));
    // With two tabs.
    let Ok(master::Command::List { id: 3, fields }) =
        master::Command::parse(b"LIST\t3\t\tuser=j*\tprotocol=doveadm")
    else {
        panic!("LIST")
    };
    assert_eq!(pairs(fields), [pair("user", "j*"), pair("protocol", "doveadm")]);
}

#[test]
fn master_replies() {
    use master::Reply;
    let parse = |line: &'static str| Reply::parse(line.as_bytes()).unwrap();
    assert!(matches!(parse("VERSION\t1\t1"), Reply::Version(master::VERSION)));
    assert!(matches!(parse("SPID\t18659"), Reply::ServerPid(18659)));
    let Reply::User { id: 1, user, fields } = parse(
        "USER\t1\tjohn@example.org\tuid=5000\tgid=5000\thome=/var/vmail/example.org/john\t\
         quota_rule=*:bytes=1000",
    ) else {
        panic!("USER")
    };
    assert!(*user == b"john@example.org");
    let want = [
        pair("uid", "5000"),
        pair("gid", "5000"),
        pair("home", "/var/vmail/example.org/john"),
        pair("quota_rule", "*:bytes=1000"),
    ];
    assert_eq!(pairs(fields), want);
    let Reply::User { id: 3, fields, .. } = parse("USER\t3\tbare@example.org\t") else {
        panic!("USER")
    };
    assert!(fields.is_empty());
    let Reply::Pass { id: 6, fields } = parse("PASS\t6\tuser=jane2@example.org\tnologin") else {
        panic!("PASS")
    };
    assert_eq!(pairs(fields), [pair("user", "jane2@example.org"), flag("nologin")]);
    assert!(matches!(parse("NOTFOUND\t2"), Reply::NotFound { id: 2 }));
    let Reply::List { id: 7, user } = parse("LIST\t7\tjohn@example.org") else { panic!("LIST") };
    assert!(*user == b"john@example.org");
    assert!(matches!(parse("DONE\t7\t"), Reply::Done { id: 7, complete: true }));
    assert!(matches!(parse("DONE\t7\tfail"), Reply::Done { id: 7, complete: false }));
    assert!(matches!(parse("OK\t9\t0"), Reply::Flushed { id: 9, count: 0 }));
    assert!(matches!(parse("FAIL\t11"), Reply::Fail { id: 11, fields } if fields.is_empty()));
    assert_eq!(Reply::parse(b"CUID\t1").err(), Some(ProtocolError::OtherSocket));
}

#[test]
fn master_commands() {
    use master::{SignIn, command};
    let mut ours = Vec::new();
    command::hello(&mut ours);
    command::user(&mut ours, 1, b"john@example.org", "doveadm").end();
    command::user(&mut ours, 13, b"a\tb", "doveadm").end();
    command::pass(&mut ours, 4, b"john@example.org", "doveadm").end();
    command::list(&mut ours, 7, "doveadm").field("user", "*@example.org").end();
    command::cache_flush(&mut ours, 9);
    let cookie = b"5eca4339aa06b42c73b39de2c6f25f8c";
    command::request(&mut ours, 8, SignIn { client_pid: 4711, id: 1, cookie }).end();
    assert_eq!(
        String::from_utf8(ours).unwrap(),
        "VERSION\t1\t1\nUSER\t1\tjohn@example.org\tservice=doveadm\n\
         USER\t13\ta\x01tb\tservice=doveadm\nPASS\t4\tjohn@example.org\tservice=doveadm\n\
         LIST\t7\tservice=doveadm\tuser=*@example.org\nCACHE-FLUSH\t9\n\
         REQUEST\t8\t4711\t1\t5eca4339aa06b42c73b39de2c6f25f8c\n"
    );
    let mut ours = Vec::new();
    master::reply::handshake(&mut ours, 18659);
    master::reply::user(&mut ours, 3, "bare@example.org").end();
    master::reply::pass(&mut ours, 6, "jane2@example.org").flag("nologin").end();
    master::reply::list(&mut ours, 7, "john@example.org").end();
    master::reply::done(&mut ours, 7, true);
    master::reply::done(&mut ours, 8, false);
    master::reply::flushed(&mut ours, 9, 0);
    master::reply::not_found(&mut ours, 2);
    master::reply::fail(&mut ours, 11).end();
    assert_eq!(
        String::from_utf8(ours).unwrap(),
        "VERSION\t1\t1\nSPID\t18659\nUSER\t3\tbare@example.org\n\
         PASS\t6\tuser=jane2@example.org\tnologin\nLIST\t7\tjohn@example.org\nDONE\t7\t\n\
         DONE\t8\tfail\nOK\t9\t0\nNOTFOUND\t2\nFAIL\t11\n"
    );
    let error = |line: &str| master::Command::parse(line.as_bytes()).err();
    assert_eq!(error("USER\t1"), Some(ProtocolError::Missing { command: "USER" }));
    assert_eq!(error("LIST"), Some(ProtocolError::Missing { command: "LIST" }));
    assert_eq!(error("REQUEST\t1\t2\t3"), Some(ProtocolError::Missing { command: "REQUEST" }));
    assert_eq!(error("CPID\t1"), Some(ProtocolError::OtherSocket));
    assert_eq!(error("AUTH\t1\tPLAIN"), Some(ProtocolError::OtherSocket));
    assert_eq!(error("FOO"), Some(ProtocolError::UnknownCommand));
    assert_eq!(error(""), Some(ProtocolError::UnknownCommand));
}
