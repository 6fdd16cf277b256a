use super::*;
use crate::config::tests::shown;
use std::path::Path;

fn read(connect: &str) -> Result<Connect, String> {
    let origin = Origin::line(Path::new("sql"), 3);
    parse(connect, &origin).map_err(|error| error.to_string())
}

#[test]
fn servers() {
    let tail = "user=u dbname=d password=p";
    let socket = format!("mysql u:p @ {} 3306 / d Off", local_socket().display());
    for (connect, expected) in [
        ("host=127.0.0.1", "mysql u:p @ 127.0.0.1 3306 / d Off"),
        ("host=db.example.org port=3307", "mysql u:p @ db.example.org 3307 / d Off"),
        ("hostaddr=10.0.0.1", "mysql u:p @ 10.0.0.1 3306 / d Off"),
        ("host=::1", "mysql u:p @ ::1 3306 / d Off"),
        ("host=/run/my.sock", "mysql u:p @ /run/my.sock 3306 / d Off"),
        ("host=localhost", &socket),
        ("host=a client_flags=2048", "mysql u:p @ a 3306 / d Prefer"),
        ("host=a ssl_ca=/ca", "mysql u:p @ a 3306 / d VerifyFull ca=/ca"),
        (
            "host=a ssl_ca=/ca ssl_verify_server_cert=yes",
            "mysql u:p @ a 3306 / d VerifyFull ca=/ca",
        ),
        ("host=a ssl_verify_server_cert=no ssl_ca=/ca", "mysql u:p @ a 3306 / d Require ca=/ca"),
        (
            "host=a ssl_ca=/ca ssl_cert=/c ssl_key=/k",
            "mysql u:p @ a 3306 / d VerifyFull ca=/ca cert=/c key=/k",
        ),
        (
            "host=a ssl_ca=/ca ssl_cert=/c",
            "mysql u:p @ a 3306 / d VerifyFull ca=/ca cert=/c key=/c",
        ),
        ("host=a password=q  port=5", "mysql u:q @ a 5 / d Off"),
        ("host=a password=a=b#;'\"", "mysql u:a=b#;'\" @ a 3306 / d Off"),
        ("host=a password=", "mysql u @ a 3306 / d Off"),
    ] {
        let connect = read(&format!("{tail} {connect}")).ok().unwrap();
        let [endpoint] = connect.endpoints.as_slice() else { panic!("{expected}") };
        assert_eq!(shown(endpoint), expected);
    }
}

#[test]
fn several_hosts_keep_their_order() {
    let connect = read("host=a host=/s dbname=d user=u ssl_ca=/ca host=b").ok().unwrap();
    let servers: Vec<_> = connect.endpoints.iter().map(shown).collect();
    let expected = [
        "mysql u @ a 3306 / d VerifyFull ca=/ca",
        "mysql u @ /s 3306 / d Off",
        "mysql u @ b 3306 / d VerifyFull ca=/ca",
    ];
    assert_eq!(servers, expected);
}

#[test]
fn timeouts_are_kept_and_the_rest_is_named() {
    let text = "host=/s user=u dbname=d port=1 connect_timeout=2 read_timeout=0 maxconns=3 \
                write_timeout=4 ssl_cipher=HIGH option_file=/o option_group=g client_flags=0 \
                ssl_cert=/c";
    let connect = read(text).ok().unwrap();
    let expected = Timeouts { connect: Duration::from_secs(2), query: Duration::from_secs(5) };
    assert_eq!(connect.timeouts, expected);
    let names: Vec<_> = connect.not_used.iter().map(|note| note.name).collect();
    let expected = [
        "ssl_cert",
        "read_timeout",
        "port",
        "maxconns",
        "write_timeout",
        "client_flags",
        "ssl_cipher",
        "option_file",
        "option_group",
    ];
    assert_eq!(names, expected);
    let connect = read("host=a hostaddr=1.2.3.4 user=u dbname=d read_timeout=7").ok().unwrap();
    assert_eq!(connect.timeouts.query, Duration::from_secs(7));
    assert_eq!(
        connect.not_used.first().unwrap().to_string(),
        "sql:3: host is not used: hostaddr replaces it",
    );
}

#[test]
fn what_is_wrong() {
    let seconds = "bad value; expected seconds as a whole number";
    let path = "bad value; expected the path of a file, from the root (/…)";
    for (connect, expected) in [
        (
            "host=a user=u dbname=d password=a b",
            "the word behind password=… has no '='; expected NAME=VALUE words without blanks around '=' or in a \
             value",
        ),
        ("host=a pass=b", "the word behind host=… has an unknown name; expected password"),
        ("socket=/a", "the first word has an unknown name; expected host=/path of the socket"),
        ("", "host is missing; expected host=NAME, or host=/path of a socket"),
        ("host= user=u", "host is empty; expected host=NAME, or host=/path of a socket"),
        ("option_file=/a", "host is missing, and option_file is not read; expected host=NAME"),
        ("host=a:3306", "host has a port behind it; expected host=NAME port=NUMBER"),
        ("host=a dbname=d", "user is missing; expected user=…"),
        ("host=a user=u dbname=", "dbname is missing; expected dbname=…"),
        ("host=a port=0", "port: bad value; expected 1 to 65535"),
        ("host=a port=65536", "port: bad value; expected 1 to 65535"),
        ("host=a client_flags=x", "client_flags: bad value; expected a whole number"),
        ("host=a maxconns=-1", "maxconns: bad value; expected a whole number"),
        ("host=a connect_timeout=1s", &format!("connect_timeout: {seconds}")),
        ("host=a read_timeout=+1", &format!("read_timeout: {seconds}")),
        ("host=a ssl_ca=ca.pem", &format!("ssl_ca: {path}")),
        (
            "host=a ssl_verify_server_cert=true",
            "ssl_verify_server_cert: bad value; expected yes or no",
        ),
        (
            "host=a ssl_ca_path=/etc/ssl/certs",
            "ssl_ca_path alone is not supported; expected ssl_ca=/path of one file with the \
             certificates of all trusted authorities",
        ),
        (
            "host=a option_file=/a",
            "option_file is not read, and it may ask for encryption; expected ssl_ca=/path, \
             or no option_file",
        ),
    ] {
        let error = read(connect).err().unwrap();
        assert_eq!(error, format!("sql:3: connect: {expected}"), "{connect}");
    }
    let names = read("host=a usr=b").err().unwrap();
    assert!(
        names.ends_with(
            "behind host=… has an unknown name; expected host, hostaddr, port, dbname, user, \
        password, connect_timeout, read_timeout, write_timeout, client_flags, ssl_ca, \
        ssl_ca_path, ssl_cert, ssl_key, ssl_cipher, ssl_verify_server_cert, option_file, \
        option_group, maxconns"
        ),
        "{names}"
    );
}
