use super::*;
use crate::config::tests::shown;

fn one(url: &str, password: Option<&str>) -> Result<String, String> {
    let password = password.map(|text| Zeroizing::new(text.to_owned()));
    endpoint(url, password.as_ref()).map(|endpoint| shown(&endpoint))
}

#[test]
fn databases() {
    for (url, password, expected) in [
        (
            "mysql://mailuser@127.0.0.1/mailserver",
            Some("p"),
            "mysql mailuser:p @ 127.0.0.1 3306 / mailserver Off",
        ),
        (
            "mariadb://u:p%40@db.example.org:3307/d",
            None,
            "mysql u:p@ @ db.example.org 3307 / d Prefer",
        ),
        (
            "MySQL://u@localhost/d",
            Some(""),
            "mysql u @ localhost 3306 / d Off",
        ),
        (
            "mysql://u@localhost/d?socket=/run/mysqld/mysqld.sock",
            None,
            "mysql u @ /run/mysqld/mysqld.sock 3306 / d Off",
        ),
        (
            "mysql://u@/d?socket=/s&ssl-mode=off",
            None,
            "mysql u @ /s 3306 / d Off",
        ),
        (
            "postgres://u@[::1]/d",
            None,
            "postgres u @ ::1 5432 / d Off",
        ),
        ("postgresql://u@h/d", None, "postgres u @ h 5432 / d Prefer"),
        (
            "postgresql://u@/d?host=/run/pg",
            None,
            "postgres u @ /run/pg 5432 / d Off",
        ),
        (
            "postgresql://u@%2Frun%2Fpg:5433/d",
            None,
            "postgres u @ /run/pg 5433 / d Off",
        ),
        (
            "postgres://u@h/d?sslmode=verify-full&sslrootcert=/ca",
            None,
            "postgres u @ h 5432 / d VerifyFull ca=/ca",
        ),
        (
            "mysql://u@h/d?ssl-mode=VERIFY_IDENTITY",
            None,
            "mysql u @ h 3306 / d VerifyFull",
        ),
        (
            "mysql://u@h/d?ssl-mode=verify-ca&ssl-ca=/a%20b",
            None,
            "mysql u @ h 3306 / d VerifyCa ca=/a b",
        ),
        (
            "mysql://u@127.0.0.1/d?ssl-ca=/ca",
            None,
            "mysql u @ 127.0.0.1 3306 / d VerifyFull ca=/ca",
        ),
        (
            "mysql://u@127.0.0.1/d?ssl-mode=require",
            None,
            "mysql u @ 127.0.0.1 3306 / d Require",
        ),
        (
            "mysql://u@127.0.0.1/d?ssl-cert=/c&ssl-key=/k",
            None,
            "mysql u @ 127.0.0.1 3306 / d Prefer cert=/c key=/k",
        ),
        (
            "sqlite:///var/lib/mail.sqlite",
            None,
            "sqlite /var/lib/mail.sqlite",
        ),
        ("sqlite:/a%20b", None, "sqlite /a b"),
    ] {
        assert_eq!(one(url, password).as_deref(), Ok(expected), "{url}");
    }
}

#[test]
fn what_is_wrong_with_a_url() {
    let forms = "mysql://USER@HOST/DATABASE, postgres://USER@HOST/DATABASE or \
                 sqlite:///path/from/the/root";
    let path = "expected a path from the root (/…)";
    let sqlite = "url: not a path from the root; expected sqlite:///path/from/the/root";
    for (url, password, expected) in [
        ("", None, format!("url: unknown scheme; expected {forms}")),
        (
            "oracle://u@h/d",
            None,
            format!("url: unknown scheme; expected {forms}"),
        ),
        (
            "mysql://h/d",
            None,
            format!("url: no user; expected {forms}"),
        ),
        (
            "mysql://u@/d",
            None,
            format!("url: no host; expected {forms}"),
        ),
        (
            "mysql://u@h",
            None,
            format!("url: no database; expected {forms}"),
        ),
        (
            "mysql:u@h/d",
            None,
            "url: no '://'; expected SCHEME://…".into(),
        ),
        (
            "mysql://u:p@h/d",
            Some("q"),
            "password: given twice; expected it in the url or as password = \"…\"".into(),
        ),
        (
            "mysql://u@h/d?socket=/s",
            None,
            "url: a host and a socket; expected one of them".into(),
        ),
        (
            "mysql://u@/d?socket=s",
            None,
            format!("url: socket; {path}"),
        ),
        (
            "mysql://u@/d?host=/s",
            None,
            "url: the name of parameter 1 is not known; expected socket, ssl-mode, ssl-ca, \
             ssl-cert or ssl-key"
                .into(),
        ),
        (
            "postgres://u@h/d?ssl-mode=off&x=1",
            None,
            "url: the name of parameter 2 is not known; expected host, ssl-mode, ssl-ca, ssl-cert \
             or ssl-key"
                .into(),
        ),
        (
            "mysql://u@h/d?ssl-mode=on",
            None,
            "url: ssl-mode; expected off, prefer, require, verify-ca or verify-full".into(),
        ),
        (
            "mysql://u@h/d?ssl-ca=ca.pem",
            None,
            format!("url: ssl-ca; {path}"),
        ),
        (
            "mysql://u@h/d?ssl-ca=/ca&ssl-mode=require",
            None,
            "url: ssl-ca; expected ssl-mode=verify-ca or verify-full with it".into(),
        ),
        (
            "mysql://u@h/d?ssl-cert=/c",
            None,
            "url: ssl-cert and ssl-key; expected both or neither".into(),
        ),
        (
            "mysql://u@h/d?ssl-cert=/c&ssl-key=/k&ssl-mode=off",
            None,
            "url: ssl-cert without encryption; expected another ssl-mode".into(),
        ),
        (
            "mysql://u@/d?socket=/s&ssl-mode=require",
            None,
            "url: encryption over a socket; expected no ssl-… parameters".into(),
        ),
        ("sqlite:mail.sqlite", None, sqlite.into()),
        ("sqlite://mail.sqlite", None, sqlite.into()),
        ("sqlite::memory:", None, sqlite.into()),
        ("sqlite:///", None, sqlite.into()),
        (
            "sqlite:///m?mode=ro",
            None,
            "url: SQLite has no parameters here; expected sqlite:///path/from/the/root".into(),
        ),
        (
            "sqlite:///m",
            Some("p"),
            "password: SQLite has none; expected no password".into(),
        ),
    ] {
        assert_eq!(one(url, password), Err(expected), "{url}");
    }
}
