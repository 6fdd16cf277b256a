//! Handshake, exchanges, and what ends a connection.

use std::collections::BTreeSet;
use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};

use crate::fixture::{DEAR, GOOD, JOHN, Mail, WRONG, fail, ok};
use crate::wire::{HELLO, MASTER_HELLO, Wire, base64, plain};

/// The server speaks first.
pub(crate) fn handshakes(servers: &Arc<Servers>) {
    let mail = Mail::new(servers, Kind::Sqlite);
    let mut numbers = BTreeSet::new();
    for _ in 0..3 {
        let mut client = Wire::open(&mail.daemon.client_socket());
        let lines = client.handshake();
        let [version, plain, login, pid, number, cookie, done] = &*lines else {
            panic!("{lines:?}");
        };
        assert!(version.starts_with("VERSION\t1\t"), "{version}");
        assert_eq!([plain, login], ["MECH\tPLAIN\tplaintext", "MECH\tLOGIN\tplaintext"]);
        assert_eq!(*pid, format!("SPID\t{}", mail.daemon.pid()));
        assert!(number.starts_with("CUID\t") && numbers.insert(number.clone()), "{number}");
        let digits = cookie.strip_prefix("COOKIE\t").expect("COOKIE");
        assert!(digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(done, "DONE");
    }
    let mut master = Wire::open(&mail.daemon.master_socket());
    assert!(master.line().starts_with("VERSION\t1\t"));
    assert_eq!(master.line(), format!("SPID\t{}", mail.daemon.pid()));
}

/// Everything that clients out there say first, in one go with a request.
pub(crate) fn other_peoples_handshakes(servers: &Arc<Servers>) {
    let mail = Mail::new(servers, Kind::Sqlite);
    for hello in [
        // Postfix, Exim, Dovecot 2.3 and 2.4; and lines that end as 2.4's do.
        "VERSION\t1\t1\nCPID\t1\n",
        "CPID\t4294967295\nVERSION\t1\t1\n",
        HELLO,
        "VERSION\t1\t4\nCPID\t2\n",
        "VERSION\t1\t99\r\nCPID\t2\r\n",
    ] {
        let mut client = Wire::open(&mail.daemon.client_socket());
        client.send(hello.to_owned() + &plain(1, JOHN, GOOD));
        client.handshake();
        assert_eq!(client.line(), ok(1, JOHN), "{hello:?}");
    }
}

/// PLAIN and LOGIN, with and without an initial response.
pub(crate) fn exchanges(servers: &Arc<Servers>) {
    let mail = Mail::new(servers, Kind::Sqlite);
    let mut client = mail.client();
    let (username, password) = ("CONT\t1\tVXNlcm5hbWU6", "CONT\t1\tUGFzc3dvcmQ6");
    let sent = |text: &str| format!("CONT\t1\t{}\n", base64(text));
    for (typed, answer) in [(GOOD, ok(1, JOHN)), (WRONG, fail(1)), ("", fail(1))] {
        assert_eq!(client.ask("AUTH\t1\tLOGIN\tservice=smtp\n"), username);
        assert_eq!(client.ask(sent(JOHN)), password);
        assert_eq!(client.ask(sent(typed)), answer);

        let initial = format!("AUTH\t1\tlogin\tservice=smtp\tresp={}\n", base64(JOHN));
        assert_eq!(client.ask(initial), password);
        assert_eq!(client.ask(sent(typed)), answer);

        assert_eq!(client.ask("AUTH\t1\tplain\tservice=smtp\n"), "CONT\t1\t");
        assert_eq!(client.ask(sent(&format!("\0{JOHN}\0{typed}"))), answer);
    }
    // Several at a time, each with its own login.
    client.send("AUTH\t8\tLOGIN\tservice=smtp\nAUTH\t9\tLOGIN\tservice=smtp\n");
    assert_eq!(client.lines(2), ["CONT\t8\tVXNlcm5hbWU6", "CONT\t9\tVXNlcm5hbWU6"]);
    client.send(format!("CONT\t9\t{}\n", base64("plain@example.org")));
    client.send(format!("CONT\t8\t{}\n", base64(JOHN)));
    assert_eq!(client.lines(2), ["CONT\t9\tUGFzc3dvcmQ6", "CONT\t8\tUGFzc3dvcmQ6"]);
    assert_eq!(client.ask(format!("CONT\t9\t{}\n", base64(GOOD))), ok(9, "plain@example.org"));
    assert_eq!(client.ask(format!("CONT\t8\t{}\n", base64(GOOD))), ok(8, JOHN));
}

/// What makes one request fail and leaves the connection.
pub(crate) fn bad_requests(servers: &Arc<Servers>) {
    let mail = Mail::new(servers, Kind::Sqlite);
    let mut client = mail.client();
    let auth = |resp: &str| format!("AUTH\t1\tPLAIN\tservice=smtp\tresp={resp}\n");
    for (request, answer) in [
        ("AUTH\t1\tCRAM-MD5\tservice=smtp\n".to_owned(), "FAIL\t1"),
        ("AUTH\t1\tNO-SUCH\tservice=smtp\tresp=eA==\n".to_owned(), "FAIL\t1"),
        ("CONT\t1\teA==\n".to_owned(), "FAIL\t1"),
        (auth("!"), "FAIL\t1\tcode=invalid_base64"),
        (auth("eA"), "FAIL\t1\tcode=invalid_base64"),
        (auth(""), "FAIL\t1"),
        (auth("="), "FAIL\t1"),
        (auth(&base64("no NUL at all")), "FAIL\t1"),
        (auth(&base64("\0\0summersun")), "FAIL\t1"),
        (auth(&base64("\0john@example.org\0summersun\0")), "FAIL\t1"),
        (auth(&base64(b"\0j\xf6hn@example.org\0summersun")), "FAIL\t1"),
        (auth(&base64([b"\0john@example.org\0".to_vec(), vec![b'x'; 9000]].concat())), "FAIL\t1"),
    ] {
        assert_eq!(client.ask(request.clone()), answer, "{request:?}");
    }
    let unknown = "AUTH\t1\tPLAIN\tservice=smtp\tlip=\tno-penalty\tx=y\t=\tcert_username=a\x01tb";
    client.send(format!("{unknown}\tresp={}\n", base64(format!("\0{JOHN}\0{GOOD}"))));
    assert_eq!(client.line(), ok(1, JOHN));
}

/// A request that nobody wants any more, before and while it is decided.
pub(crate) fn cancelled(servers: &Arc<Servers>) {
    let mail = Mail::new(servers, Kind::Sqlite);
    mail.database.add_user("dear@example.org", Some(DEAR));
    let mut client = mail.client();
    client.send("CANCEL\t5\n");
    assert_eq!(client.ask("AUTH\t1\tLOGIN\tservice=smtp\n"), "CONT\t1\tVXNlcm5hbWU6");
    client.send("CANCEL\t1\n");
    // Its number is free again.
    assert_eq!(client.ask("AUTH\t1\tLOGIN\tservice=smtp\n"), "CONT\t1\tVXNlcm5hbWU6");
    // The dear ones are decided one after the other.
    let dear = |id| plain(id, "dear@example.org", GOOD);
    client.send(dear(2) + "CANCEL\t2\nCANCEL\t2\n" + &dear(3));
    assert_eq!(client.line(), ok(3, "dear@example.org"));
    assert_eq!(client.ask(dear(4)), ok(4, "dear@example.org"));
    client.expect_silence();

    // Clients of 1.4 are told.
    let mut client = Wire::open(&mail.daemon.client_socket());
    client.send("VERSION\t1\t4\nCPID\t1\n");
    client.handshake();
    client.send(dear(2) + "CANCEL\t2\n" + &dear(3));
    assert_eq!(client.lines(2), ["CANCELLED\t2".to_owned(), ok(3, "dear@example.org")]);
}

/// What cannot be understood ends the connection, and only that one.
pub(crate) fn protocol_errors(servers: &Arc<Servers>) {
    let mail = Mail::new(servers, Kind::Sqlite);
    mail.database.add_user("dear@example.org", Some(DEAR));
    let request = plain(1, JOHN, GOOD);
    let before = |text: &str| text.to_owned() + &request;
    for sent in [
        request.clone(),
        before("VERSION\t1\t2\n"),
        before("CPID\t1\n"),
        "CPID\t1\nCONT\t1\t\n".to_owned(),
        before("VERSION\t2\t0\nCPID\t1\n"),
        before("VERSION\t0\t2\nCPID\t1\n"),
        before("VERSION\t1\nCPID\t1\n"),
        before("VERSION\t1\tx\nCPID\t1\n"),
        before("VERSION\t1\t2\nCPID\t0\n"),
        before("VERSION\t1\t2\nCPID\t4294967296\n"),
        before(MASTER_HELLO),
        before("\n"),
        before("HELO\n"),
        "GET / HTTP/1.1\r\n\r\n".to_owned(),
    ] {
        let mut client = Wire::open(&mail.daemon.client_socket());
        client.send(&sent);
        client.handshake();
        assert_eq!(client.rest(), Vec::<String>::new(), "{sent:?}");
    }
    for sent in [
        "AUTH\n",
        "AUTH\t1\n",
        "AUTH\t0\tPLAIN\tservice=smtp\n",
        "AUTH\t-1\tPLAIN\tservice=smtp\n",
        "AUTH\t4294967296\tPLAIN\tservice=smtp\n",
        "AUTH\t1\tPLAIN\n",
        "AUTH\t1\tPLAIN\tresp=eA==\tservice=smtp\n",
        "CONT\t1\n",
        "CANCEL\n",
        "CPID\t1\t2\n",
        "USER\t1\tjohn@example.org\tservice=smtp\n",
        "LIST\t1\tservice=smtp\n",
        "OK\t1\n",
        "\n",
    ] {
        let mut client = mail.client();
        client.send(sent);
        assert_eq!(client.rest(), Vec::<String>::new(), "{sent:?}");
    }
    // One number for two requests.
    let mut client = mail.client();
    let dear = plain(1, "dear@example.org", GOOD);
    client.send(dear.clone() + &dear);
    client.expect_closed();
    let mut client = mail.client();
    assert_eq!(client.ask("AUTH\t1\tLOGIN\tservice=smtp\n"), "CONT\t1\tVXNlcm5hbWU6");
    client.send("AUTH\t1\tLOGIN\tservice=smtp\n");
    client.expect_closed();
    // After the answer it is free.
    let mut client = mail.client();
    for _ in 0..3 {
        assert_eq!(client.ask(plain(1, JOHN, GOOD)), ok(1, JOHN));
    }
}
