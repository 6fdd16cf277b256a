use super::*;
use crate::config::tests::shown;
use std::path::Path;

fn read(connect: &str) -> Result<Connect, String> {
    let origin = Origin::line(Path::new("sql"), 3);
    parse(connect, &origin).map_err(|error| error.to_string())
}

fn servers(connect: &str) -> String {
    let connect = read(connect).unwrap_or_else(|error| panic!("{connect}: {error}"));
    connect.endpoints.iter().map(shown).collect::<Vec<_>>().join("; ")
}

#[test]
fn connections() {
    for (connect, expected) in [
        ("user=u", "postgres u @ /var/run/postgresql 5432 / u Off"),
        ("user=u dbname=d", "postgres u @ /var/run/postgresql 5432 / d Off"),
        ("user=u host=h dbname=d password=p", "postgres u:p @ h 5432 / d Prefer"),
        ("host=/run/pg port=5433 user=u sslmode=require", "postgres u @ /run/pg 5433 / u Off"),
        ("user=u host=h maxconns=5 sslmode=disable", "postgres u @ h 5432 / u Off"),
        ("user=u host=h sslmode=allow", "postgres u @ h 5432 / u Prefer"),
        ("user=u host=h sslmode=require", "postgres u @ h 5432 / u Require"),
        (
            "user=u host=h sslmode=require sslrootcert=/ca",
            "postgres u @ h 5432 / u VerifyCa ca=/ca",
        ),
        (
            "user=u host=h sslmode=verify-full sslcert=/c sslkey=/k",
            "postgres u @ h 5432 / u VerifyFull cert=/c key=/k",
        ),
        // Several hosts, Dovecot's way and libpq's.
        ("host=a user=u host=b", "postgres u @ a 5432 / u Prefer; postgres u @ b 5432 / u Prefer"),
        ("host=a,/s port=1,2 user=u", "postgres u @ a 1 / u Prefer; postgres u @ /s 2 / u Off"),
        ("host=a,b port=1 user=u", "postgres u @ a 1 / u Prefer; postgres u @ b 1 / u Prefer"),
        ("hostaddr=10.0.0.1 user=u", "postgres u @ 10.0.0.1 5432 / u Prefer"),
        ("hostaddr=::1 host=h user=u", "postgres u @ ::1 5432 / u Prefer"),
        ("hostaddr=::1 host=h user=u sslmode=verify-full", "postgres u @ h 5432 / u VerifyFull"),
        // Quotes, blanks and backslashes.
        ("user = u password = 'a b' host=h", "postgres u:a b @ h 5432 / u Prefer"),
        (r"user=u password='it\'s \\' host=h", r"postgres u:it's \ @ h 5432 / u Prefer"),
        (r"user=u password=a\'b host=h", "postgres u:a'b @ h 5432 / u Prefer"),
        ("user=u password='' host=h", "postgres u @ h 5432 / u Prefer"),
        ("user='u'dbname='d' host=h", "postgres u @ h 5432 / d Prefer"),
        // As an address.
        ("postgresql://u:p%40@h:5433/d", "postgres u:p@ @ h 5433 / d Prefer"),
        ("postgres://u@%2Frun%2Fpg/d", "postgres u @ /run/pg 5432 / d Off"),
        ("postgres://u@/d?host=/run/pg&port=1", "postgres u @ /run/pg 1 / d Off"),
        ("postgres://u@[::1]/d?sslmode=require", "postgres u @ ::1 5432 / d Require"),
    ] {
        assert_eq!(servers(connect), expected, "{connect}");
    }
}

#[test]
fn what_is_not_used_is_named() {
    let text = "host=h user=u application_name='a b' sslcrl='' gssencmode=prefer passfile=/p \
                connect_timeout=0 maxconns=1 options='-c statement_timeout=5s'";
    let connect = read(text).ok().unwrap();
    let mut names: Vec<_> = connect.not_used.iter().map(|note| note.name).collect();
    names.sort_unstable();
    let expected =
        ["application_name", "connect_timeout", "gssencmode", "maxconns", "options", "passfile"];
    assert_eq!(names, expected);
    assert_eq!(connect.timeouts, Timeouts::default());
    let connect = read("user=u connect_timeout=' 9 '").ok().unwrap();
    assert_eq!(connect.timeouts.connect, Duration::from_secs(9));
}

#[test]
fn what_is_wrong() {
    for (connect, expected) in [
        ("host=h", "user is missing; expected user=…"),
        ("host= user=u", "host is empty; expected host=NAME, or none for the socket"),
        ("host = h user=u", "blanks around the '=' of host; expected host=NAME"),
        (
            "user=u password=a b",
            "the word behind password=… has no '='; expected NAME=VALUE words, a value with blanks in single quotes",
        ),
        (
            "user=u password='a",
            "the word behind user=… has a quote that is not closed; expected a ' at its end",
        ),
        ("user=u port=x", "port: bad value; expected 1 to 65535"),
        ("user=u port=1,2", "port; expected one, or as many as there are hosts"),
        (
            "user=u host=a,b hostaddr=1.2.3.4",
            "host and hostaddr; expected lists of the same length",
        ),
        ("user=u host=a:5432", "host has a port behind it; expected host=NAME port=NUMBER"),
        ("user=u host=@a", "host: abstract sockets are not supported; expected host=/path"),
        (
            "user=u hostaddr=1.2.3.4 sslmode=verify-full",
            "sslmode=verify-full without host; expected the host's name as well",
        ),
        (
            "user=u host=a sslmode=on",
            "sslmode: bad value; expected disable, allow, prefer, require, verify-ca or \
             verify-full",
        ),
        ("user=u host=a sslcert=/c", "sslcert and sslkey; expected both or neither"),
        (
            "user=u host=a sslrootcert=system",
            "sslrootcert: bad value; expected the path of a file, from the root (/…)",
        ),
        ("user=u maxconns=x", "maxconns: bad value; expected a whole number"),
        (
            "user=u connect_timeout=1s",
            "connect_timeout: bad value; expected seconds as a whole number",
        ),
        (
            "user=u service=mail",
            "service is not supported here; expected host, dbname and user themselves",
        ),
        (
            "user=u options=-csearch_path=mail",
            "options is not supported here; expected names with their schema in the queries \
             (FROM mail.virtual_users)",
        ),
        (
            "user=u gssencmode=require",
            "gssencmode is not supported here; expected sslmode=verify-full",
        ),
        (
            "user=u usr=b",
            "the word behind user=… has an unknown name; expected host, hostaddr, port, dbname, user, \
             password, connect_timeout, sslmode, sslrootcert, sslcert, sslkey or another \
             keyword of PostgreSQL's",
        ),
        (
            "postgres://u:p#q@h/d",
            "url: a blank, control character or '#'; expected it percent-encoded in a user or \
             password, such as %40 for '@'",
        ),
    ] {
        let error = read(connect).err().unwrap();
        assert_eq!(error, format!("sql:3: connect: {expected}"), "{connect}");
    }
}
