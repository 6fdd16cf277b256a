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
        ("MySQL://u@localhost/d", Some(""), "mysql u @ localhost 3306 / d Off"),
        (
            "mysql://u@localhost/d?socket=/run/mysqld/mysqld.sock",
            None,
            "mysql u @ /run/mysqld/mysqld.sock 3306 / d Off",
        ),
        ("mysql://u@/d?socket=/s&ssl-mode=off", None, "mysql u @ /s 3306 / d Off"),
        ("postgres://u@[::1]/d", None, "postgres u @ ::1 5432 / d Off"),
        ("postgresql://u@h/d", None, "postgres u @ h 5432 / d Prefer"),
        ("postgresql://u@/d?host=/run/pg", None, "postgres u @ /run/pg 5432 / d Off"),
        ("postgresql://u@%2Frun%2Fpg:5433/d", None, "postgres u @ /run/pg 5433 / d Off"),
        (
            "postgres://u@h/d?sslmode=verify-full&sslrootcert=/ca",
            None,
            "postgres u @ h 5432 / d VerifyFull ca=/ca",
        ),
        ("mysql://u@h/d?ssl-mode=VERIFY_IDENTITY", None, "mysql u @ h 3306 / d VerifyFull"),
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
        ("mysql://u@127.0.0.1/d?ssl-mode=require", None, "mysql u @ 127.0.0.1 3306 / d Require"),
        (
            "mysql://u@127.0.0.1/d?ssl-cert=/c&ssl-key=/k",
            None,
            "mysql u @ 127.0.0.1 3306 / d Prefer cert=/c key=/k",
        ),
        ("sqlite:///var/lib/mail.sqlite", None, "sqlite /var/lib/mail.sqlite"),
        ("sqlite:/a%20b", None, "sqlite /a b"),
    ] {
        assert_eq!(one(url, password).as_deref(), Ok(expected), "{url}");
    }
}

/// Each URL, with a password where there is one, has the error beside it.
fn assert_refused(table: &[(&str, &str, &str)]) {
    for &(url, password, expected) in table {
        let password = Some(password).filter(|text| !text.is_empty());
        assert_eq!(one(url, password), Err(expected.to_owned()), "{url}");
    }
}

#[test]
fn what_is_wrong_with_a_url() {
    let forms = "expected mysql://USER@HOST/DATABASE, postgres://USER@HOST/DATABASE or \
                 sqlite:///path/from/the/root";
    let sqlite = "url: not a path from the root; expected sqlite:///path/from/the/root";
    assert_refused(&[
        ("", "", &format!("url: unknown scheme; {forms}")),
        ("oracle://u@h/d", "", &format!("url: unknown scheme; {forms}")),
        ("mysql://h/d", "", &format!("url: no user; {forms}")),
        ("mysql://u@/d", "", &format!("url: no host; {forms}")),
        ("mysql://u@h", "", &format!("url: no database; {forms}")),
        ("mysql:u@h/d", "", "url: no '://'; expected SCHEME://…"),
        (
            "mysql://u:p@h/d",
            "q",
            "password: given twice; expected it in the url or as password = \"…\"",
        ),
        ("sqlite:mail.sqlite", "", sqlite),
        ("sqlite://mail.sqlite", "", sqlite),
        ("sqlite::memory:", "", sqlite),
        ("sqlite:///", "", sqlite),
        (
            "sqlite:///m?mode=ro",
            "",
            "url: SQLite has no parameters here; expected sqlite:///path/from/the/root",
        ),
        ("sqlite:///m", "p", "password: SQLite has none; expected no password"),
    ]);
}

#[test]
fn what_is_wrong_with_its_parameters() {
    let path = "expected a path from the root (/…)";
    assert_refused(&[
        ("mysql://u@h/d?socket=/s", "", "url: a host and a socket; expected one of them"),
        ("mysql://u@/d?socket=s", "", &format!("url: socket; {path}")),
        (
            "mysql://u@/d?host=/s",
            "",
            "url: the name of parameter 1 is not known; expected socket, ssl-mode, ssl-ca, \
             ssl-cert or ssl-key",
        ),
        (
            "postgres://u@h/d?ssl-mode=off&x=1",
            "",
            "url: the name of parameter 2 is not known; expected host, ssl-mode, ssl-ca, ssl-cert \
             or ssl-key",
        ),
        (
            "mysql://u@h/d?ssl-mode=on",
            "",
            "url: ssl-mode; expected off, prefer, require, verify-ca or verify-full",
        ),
        ("mysql://u@h/d?ssl-ca=ca.pem", "", &format!("url: ssl-ca; {path}")),
        (
            "mysql://u@h/d?ssl-ca=/ca&ssl-mode=require",
            "",
            "url: ssl-ca; expected ssl-mode=verify-ca or verify-full with it",
        ),
        ("mysql://u@h/d?ssl-cert=/c", "", "url: ssl-cert and ssl-key; expected both or neither"),
        (
            "mysql://u@h/d?ssl-cert=/c&ssl-key=/k&ssl-mode=off",
            "",
            "url: ssl-cert without encryption; expected another ssl-mode",
        ),
        (
            "mysql://u@/d?socket=/s&ssl-mode=require",
            "",
            "url: encryption over a socket; expected no ssl-… parameters",
        ),
    ]);
}
