//! Upgrades that cannot be: the row stays as it is, the sign-in stands, and the log says why.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ispmail_tests::authd::{Authd, Start};
use ispmail_tests::database::{Database, Kind, Layout, Servers, Which};
use ispmail_tests::process::free_port;

use crate::faults::Halt;
use crate::fixture::{GOOD, JOHN, ok};
use crate::upgrades::{database, section, section_as, stored};
use crate::wire::{Wire, plain};

const MD5: &str = "{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6dd";

/// A column that would cut the new value, on a server that says so and on one that does not.
pub(crate) fn narrow_column(servers: &Arc<Servers>, kind: Kind) {
    let database = database(servers, kind);
    let column = if kind == Kind::Postgres { "ALTER password TYPE" } else { "MODIFY password" };
    database.execute(&format!("ALTER TABLE virtual_users {column} varchar(60);"));
    database.add_user(JOHN, Some(MD5));
    let modes: &[&str] = match kind {
        Kind::MariaDb => &["''", "'STRICT_TRANS_TABLES'"],
        _ => &[""],
    };
    for mode in modes {
        if !mode.is_empty() {
            database.execute(&format!("SET GLOBAL sql_mode = {mode};"));
        }
        let why = "the column password is too narrow for the new value; nothing was changed";
        expect_failure(servers, &database, &section(&database), why);
    }
    if kind == Kind::MariaDb {
        database.execute("SET GLOBAL sql_mode = DEFAULT;");
    }
}

/// An account that may only read, or a file that only root may write.
pub(crate) fn no_grant(servers: &Arc<Servers>, kind: Kind) {
    let database = database(servers, kind);
    database.add_user(JOHN, Some(MD5));
    let why = match kind {
        Kind::Sqlite => {
            ispmail_tests::database::make_readable_for_dovecot(&database.file());
            "readonly database"
        }
        Kind::MariaDb => "UPDATE command denied",
        Kind::Postgres => "permission denied",
    };
    expect_failure(servers, &database, &section_as(&database, "mailuser"), why);
}

/// Nobody at the place that takes changes; nobody waits for it either.
pub(crate) fn no_primary(servers: &Arc<Servers>, kind: Kind) {
    let database = database(servers, kind);
    database.add_user(JOHN, Some(MD5));
    let section = section(&database);
    let elsewhere = match kind {
        Kind::Sqlite => section.replace(".sqlite", ".nowhere"),
        Kind::MariaDb | Kind::Postgres => {
            section.replace(&database.port().to_string(), &free_port().to_string())
        }
    };
    let begin = Instant::now();
    expect_failure(servers, &database, &elsewhere, "");
    assert!(begin.elapsed() < Duration::from_secs(10));
}

/// A primary that says nothing: the sign-in was answered before.
pub(crate) fn hung_primary(servers: &Arc<Servers>, kind: Kind) {
    let [primary, replica] = [Which::First, Which::Second].map(|which| {
        let database = Database::create_on(servers, kind, which, Layout::default());
        database.add_user(JOHN, Some(MD5));
        database
    });
    let toml = replica.toml() + &section(&primary) + "connect_timeout = 1\nquery_timeout = 1\n";
    let daemon = Authd::start(servers, &toml);
    let mut client = Wire::client(&daemon.client_socket());
    let halt = Halt::of(&primary);
    for id in 1..=20 {
        assert_eq!(client.ask(plain(id, JOHN, GOOD)), ok(id, JOHN));
    }
    assert_eq!(daemon.log_lines("stored password not upgraded"), 0, "they waited for it");
    daemon.wait_for_log("stored password not upgraded: ", 1);
    drop(halt);
    daemon.wait_for_log("is up again", 1);
    assert_eq!(client.ask(plain(1, JOHN, GOOD)), ok(1, JOHN));
    daemon.wait_for_log("stored password upgraded", 1);
    assert!(stored(&primary, JOHN).starts_with("{SHA256-CRYPT}$5$rounds=20000$"));
    assert_eq!(stored(&replica, JOHN), MD5);
}

/// An administrator's own statement: it has to compare bytes, and then it works.
pub(crate) fn own_statement(servers: &Arc<Servers>) {
    let database = database(servers, Kind::MariaDb);
    database.add_user(JOHN, Some(MD5));
    let query = "\n[query]\npassword = \"SELECT email AS user, password FROM virtual_users WHERE email = '%u'\"\n";
    let toml = |statement: &str| database.toml() + query + &section(&database) + statement;
    let update = "UPDATE virtual_users SET password = '%{new_password}' WHERE email = '%u'";
    let own = |rest: &str| toml(&format!("statement = \"{update}{rest}\"\n"));
    for (toml, said) in [
        (toml(""), "expected statement = \"UPDATE …\" in [upgrade]"),
        (own(""), "'%{old_password}' is missing"),
        (own(" AND password = '%{old_password}'"), "AND BINARY password = '%{old_password}'"),
    ] {
        let output = Authd::fail_to_start(servers, &toml, Start::default());
        assert_eq!(output.code(), 1, "{output:?}");
        assert!(output.err().contains(said), "expected {said:?}: {output:?}");
    }
    let daemon = Authd::start(servers, &own(" AND BINARY password = '%{old_password}'"));
    let mut client = Wire::client(&daemon.client_socket());
    assert_eq!(client.ask(plain(1, JOHN, GOOD)), ok(1, JOHN));
    daemon.wait_for_log("stored password upgraded", 1);
    assert!(stored(&database, JOHN).starts_with("{SHA256-CRYPT}$5$rounds=20000$"));
    assert_eq!(client.ask(plain(2, JOHN, GOOD)), ok(2, JOHN));
}

/// John signs in twice; both times there is a line in the log that says why his row stays.
fn expect_failure(servers: &Arc<Servers>, database: &Database, section: &str, why: &str) {
    let daemon = Authd::start(servers, &(database.toml() + section));
    let mut client = Wire::client(&daemon.client_socket());
    for times in 1..=2 {
        assert_eq!(client.ask(plain(1, JOHN, GOOD)), ok(1, JOHN));
        daemon.wait_for_log("stored password not upgraded: ", times);
        assert_eq!(stored(database, JOHN), MD5);
    }
    let log = daemon.whole_log();
    let lines = log.lines().filter(|line| line.contains("stored password not upgraded: "));
    for line in lines {
        assert!(line.contains(" WARN ") && line.contains(why) && line.contains(JOHN), "{line}");
    }
}
