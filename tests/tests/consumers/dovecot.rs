//! What Dovecot reads, by its own `passdb sql`.

use std::sync::Arc;

use ispmail_tests::auth_client::Decision::{Accepted, Refused};
use ispmail_tests::database::{Database, Kind, Servers};
use ispmail_tests::dovecot::{Dovecot, block};
use ispmail_tests::dovecot24::{Dovecot24, passdb_sql, userdb_static};
use ispmail_tests::layouts::Tables;
use ispmail_tests::scratch::write_configuration;
use ispmail_tests::shown;

const JOHN: &str = "john@example.org";
/// `summersun` as the guides store it.
const CRYPT: &str = "$5$M/GWzmtjsLroRWIf$0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL7";
const MD5: &str = "14cbfb845af1f030e372b1cb9275e6dd";

pub(crate) fn signs_in(servers: &Arc<Servers>, kind: Kind, tables: Tables) {
    let database = Database::create_with(servers, kind, tables);
    let (stored, home) = match tables {
        Tables::Ispmail | Tables::IspmailQuota => (prefixed(CRYPT), "/var/vmail/example.org/john"),
        Tables::Etch => (MD5.to_owned(), "/home/vmail/example.org/john"),
        Tables::Courier => (CRYPT.to_owned(), "/usr/local/virtual"),
        Tables::PostfixAdmin => (prefixed(CRYPT), "/var/vmail/example.org/john/"),
    };
    database.execute(&tables.add_user(kind, "john", &stored));
    let (table, quota, flags): (&str, bool, &[&str]) = match tables {
        Tables::Ispmail | Tables::Etch => ("virtual_users", false, &[]),
        Tables::IspmailQuota => ("virtual_users", true, &[]),
        Tables::Courier => ("users", false, &["imapok", "bool1", "bool2"]),
        Tables::PostfixAdmin => ("mailbox", true, &["active"]),
    };
    if quota {
        database.execute(&format!("UPDATE {table} SET quota = 5000000000;"));
    }
    // An account that lacks each of the flags.
    for flag in flags {
        database.execute(&tables.add_user(kind, flag, &stored));
        let address = if tables == Tables::Courier { "address" } else { "username" };
        database.execute(&format!(
            "UPDATE {table} SET {flag} = '0' WHERE {address} = '{flag}@example.org';"
        ));
    }

    let dovecot = dovecot(servers, &database, tables);
    assert_eq!(dovecot.doveadm().auth_test(JOHN, "summersun").code(), 0);
    let user = dovecot.doveadm().user(JOHN);
    let mut fields = vec!["uid\t5000".into(), "gid\t5000".into(), format!("home\t{home}")];
    if quota {
        fields.push("quota_rule\t*:bytes=5000000000".into());
    }
    for field in fields {
        assert!(user.out().lines().any(|line| line == field), "{field}: {user:?}");
    }
    assert_eq!(dovecot.doveadm().user("jane@example.org").code(), 67);

    let mut requests = vec![request(JOHN, "wintermoon"), request("jane@example.org", "summersun")];
    for flag in flags {
        requests.push(request(&format!("{flag}@example.org"), "summersun"));
    }
    expect_refused(&dovecot, &requests);
}

/// `{CRYPT}$!$` before what was stored locks the row: every password is wrong, and no row is out of
/// order, on both versions.
pub(crate) fn locked_rows(servers: &Arc<Servers>) {
    let (kind, tables) = (Kind::Sqlite, Tables::Ispmail);
    let database = Database::create_with(servers, kind, tables);
    let values =
        [CRYPT, &prefixed(CRYPT), MD5, &format!("{{PLAIN-MD5}}{MD5}"), "{PLAIN}summersun", ""];
    let logins: Vec<String> = (0..values.len()).map(|n| format!("l{n}@example.org")).collect();
    for (n, value) in values.iter().enumerate() {
        database.execute(&tables.add_user(kind, &format!("l{n}"), &format!("{{CRYPT}}$!${value}")));
    }
    database.execute(&tables.add_user(kind, "john", CRYPT));

    let passwords = ["summersun", "wintermoon", "$!$", CRYPT];
    let requests: Vec<_> = logins
        .iter()
        .flat_map(|login| passwords.iter().map(move |password| request(login, password)))
        .collect();
    let expect = |dovecot: &Dovecot| {
        assert_eq!(dovecot.auth().plain(JOHN.as_bytes(), b"summersun").decision(), Accepted);
        expect_refused(dovecot, &requests);
        let reply = dovecot.imap().authenticate_cram_md5(&logins[4], "summersun");
        assert!(reply.line.contains("[AUTHENTICATIONFAILED]"), "{}", reply.line);
        assert_eq!(dovecot.doveadm().auth_test(&logins[0], "summersun").code(), 77);
    };
    expect(&dovecot(servers, &database, tables));
    let homes = userdb_static(servers.scratch().path(), (5000, 5000));
    expect(&Dovecot24::start(servers, &(passdb_sql(&database, "SHA256-CRYPT") + &homes)));
}

fn dovecot(servers: &Arc<Servers>, database: &Database, tables: Tables) -> Dovecot {
    let path = servers.scratch().path().join(format!("sql{}.conf.ext", servers.next_number()));
    write_configuration(
        &path,
        &(database.dovecot_connect() + &tables.dovecot_queries(database.kind)),
    );
    let path = path.display().to_string();
    let settings = block("passdb", "sql", &path) + &block("userdb", "sql", &path);
    Dovecot::start(servers, &settings)
}

/// Wrong password or unknown, each of them; a refusal takes half a second, so all at once.
#[track_caller]
fn expect_refused(dovecot: &Dovecot, requests: &[(Vec<u8>, Vec<u8>)]) {
    for (request, answer) in requests.iter().zip(dovecot.auth().pipeline(requests, 64)) {
        let (login, password) = (shown(&request.0), shown(&request.1));
        assert_eq!(answer.decision(), Refused, "{login} {password}: {answer:?}");
    }
}

fn request(login: &str, password: &str) -> (Vec<u8>, Vec<u8>) {
    (login.as_bytes().to_vec(), password.as_bytes().to_vec())
}

fn prefixed(crypt: &str) -> String {
    format!("{{SHA256-CRYPT}}{crypt}")
}
