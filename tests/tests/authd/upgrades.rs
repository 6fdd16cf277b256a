//! Stored passwords that give way to better ones at sign-in.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use ispmail_accounts::settings::{Address, Endpoint, Server, Timeouts, Tls};
use ispmail_accounts::{Access, ISPMAIL, Manager};
use ispmail_tests::authd::Authd;
use ispmail_tests::database::{DATABASE_PASSWORD, Database, Kind, Layout, Servers};
use ispmail_tests::random::{Random, seed};

use crate::fixture::{DEAR, GOOD, WRONG, expect_answers, fail, ok};
use crate::wire::{Wire, id_of, plain};

/// What becomes of a row.
#[derive(Clone, Copy, PartialEq)]
enum Becomes {
    /// `{SHA256-CRYPT}$5$rounds=20000$…`
    Prefixed,
    /// `$5$rounds=20000$…`
    Bare,
    Same,
}
use Becomes::{Bare, Prefixed, Same};

const BARE_MD5: &str = "14cbfb845af1f030e372b1cb9275e6dd";
const MD5: &str = "{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6dd";

/// Rows of summersun where the default is SHA256-CRYPT.
const ROWS: &[(&str, &str, Becomes)] = &[
    ("md5@example.org", MD5, Prefixed),
    ("md5-b64@example.org", "{PLAIN-MD5.b64}FMv7hFrx8DDjcrHLknXm3Q==", Prefixed),
    ("md5-crypt@example.org", "{MD5-CRYPT}$1$EvfedKzP$f/Cr/PS.DqGzemcKOMY.N.", Prefixed),
    ("md5-crypt-bare@example.org", "$1$EvfedKzP$f/Cr/PS.DqGzemcKOMY.N.", Bare),
    (
        "rounds-5000@example.org",
        "{SHA256-CRYPT}$5$M/GWzmtjsLroRWIf$0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL7",
        Prefixed,
    ),
    (
        "rounds-5000-bare@example.org",
        "$5$M/GWzmtjsLroRWIf$0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL7",
        Bare,
    ),
    ("plain@example.org", "{PLAIN}summersun", Same),
    ("plain-b64@example.org", "{PLAIN.b64}c3VtbWVyc3Vu", Same),
    (
        "cram@example.org",
        "{CRAM-MD5}4e3771a1a672bdc8bd8db861c1f2a29a8e043c99300ca203a1a92bbea7506691",
        Same,
    ),
    ("bcrypt@example.org", DEAR, Same),
];

/// Where the default is PLAIN-MD5, nothing else can be bare.
const MD5_ROWS: &[(&str, &str, Becomes)] =
    &[("md5@example.org", MD5, Prefixed), ("md5-bare@example.org", BARE_MD5, Prefixed)];

pub(crate) fn outdated_rows(servers: &Arc<Servers>, kind: Kind) {
    for (default_scheme, rows) in [("SHA256-CRYPT", ROWS), ("PLAIN-MD5", MD5_ROWS)] {
        let database = database(servers, kind);
        database.add_users(rows.iter().map(|&(login, stored, _)| (login, Some(stored))));
        let toml = database.toml().replace("SHA256-CRYPT", default_scheme) + &section(&database);
        let daemon = Authd::start(servers, &toml);
        let mut client = Wire::client(&daemon.client_socket());
        for (id, (login, ..)) in (1..).zip(rows) {
            assert_eq!(client.ask(plain(id, login, WRONG)), fail(id), "{login}");
        }
        for (id, (login, ..)) in (101..).zip(rows) {
            assert_eq!(client.ask(plain(id, login, GOOD)), ok(id, login));
        }
        let outdated = rows.iter().filter(|(.., becomes)| *becomes != Same).count();
        daemon.wait_for_log("stored password upgraded", outdated);
        for &(login, before, becomes) in rows {
            let now = stored(&database, login);
            let begin = match becomes {
                Prefixed => "{SHA256-CRYPT}$5$rounds=20000$",
                Bare => "$5$rounds=20000$",
                Same => before,
            };
            assert!(now.starts_with(begin), "{login} was {before}, is {now}");
            assert!(becomes != Same || now == before, "{login} was {before}, is {now}");
            assert_eq!(client.ask(plain(1, login, WRONG)), fail(1), "{login}: {now}");
            assert_eq!(client.ask(plain(2, login, GOOD)), ok(2, login), "{now}");
        }
        // It ends when everything is done: the new ones were not upgraded again.
        stop(daemon, "stored password upgraded", outdated);
    }
}

/// Whatever an administrator stores while somebody signs in is there in the end.
pub(crate) fn the_administrator_wins(servers: &Arc<Servers>, kind: Kind) {
    const AT_ONCE: usize = 50;
    let database = database(servers, kind);
    let mut daemon = Authd::start(servers, &(database.toml() + &section(&database)));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("runtime");
    let endpoint = administrator(&database);
    let mut random = Random::new(seed());
    for round in 0..2 {
        let logins: Vec<_> = (0..AT_ONCE).map(|n| format!("user{n}-{round}@example.org")).collect();
        database.add_users(logins.iter().map(|login| (&**login, Some(MD5))));
        let mut client = Wire::client(&daemon.client_socket());
        client.send(
            logins
                .iter()
                .enumerate()
                .map(|(n, login)| plain(n + 1, login, GOOD))
                .collect::<String>(),
        );
        let pauses: Vec<_> = logins.iter().map(|_| random.below(3000)).collect();
        runtime.block_on(async {
            let access = Access::Write;
            let manager = Manager::connect(
                std::slice::from_ref(&endpoint),
                Timeouts::default(),
                access,
                &ISPMAIL,
            );
            let mut manager = manager.await.expect("administrator");
            for (login, pause) in logins.iter().zip(pauses) {
                let pause = u64::try_from(pause).expect("little");
                tokio::time::sleep(std::time::Duration::from_micros(pause)).await;
                manager.set_password(login, &administrators(login)).await.expect("change");
            }
            manager.close().await;
        });
        let answers = client.lines(AT_ONCE);
        assert!(answers.iter().all(|line| *line == fail(id_of(line)) || line.starts_with("OK\t")));
    }
    let accepted = daemon.log_lines("accepted login=");
    daemon.stop();
    let [upgraded, not] = ["stored password upgraded", "stored password not upgraded"]
        .map(|outcome| daemon.log_lines(outcome));
    assert_eq!(upgraded + not, accepted);
    eprintln!("{upgraded} upgraded before they were changed, {not} not");
    let wrong = "email <> SUBSTR(password, 18)";
    let sql = format!("SELECT email, password FROM virtual_users WHERE {wrong};");
    assert_eq!(database.execute(&sql), "");
    assert_eq!(database.execute("SELECT COUNT(*) FROM virtual_users;").trim(), "100");
}

/// Several sign-ins of one user at once: all are accepted, and one of them upgrades.
pub(crate) fn at_once(servers: &Arc<Servers>, kind: Kind) {
    let database = database(servers, kind);
    let logins: Vec<_> = (0..10).map(|number| format!("user{number}@example.org")).collect();
    database.add_users(logins.iter().map(|login| (&**login, Some(MD5))));
    let daemon = Authd::start(servers, &(database.toml() + &section(&database)));
    let mut client = Wire::client(&daemon.client_socket());
    let login = |id: usize| &*logins[(id - 1) / 5];
    client.send((1..=50).map(|id| plain(id, login(id), GOOD)).collect::<String>());
    expect_answers(client.lines(50), (1..=50).map(|id| ok(id, login(id))));
    daemon.wait_for_log("stored password upgraded", logins.len());
    for login in &logins {
        assert_eq!(client.ask(plain(1, login, GOOD)), ok(1, login));
    }
    stop(daemon, "stored password upgraded", logins.len());
}

/// An empty database that the daemon's user may write, should it be a file.
pub(crate) fn database(servers: &Arc<Servers>, kind: Kind) -> Database {
    let database = Database::create(servers, kind, Layout::default());
    if kind == Kind::Sqlite {
        fs::set_permissions(database.file(), Permissions::from_mode(0o660)).expect("chmod");
        // SQLite makes its journal beside the file.
        fs::set_permissions(servers.scratch().path(), Permissions::from_mode(0o1777))
            .expect("chmod");
    }
    database
}

/// `[upgrade]` with an account that has the rights of the documentation.
pub(crate) fn section(database: &Database) -> String {
    match database.kind {
        Kind::Sqlite => {}
        Kind::MariaDb => drop(database.execute(&format!(
            "CREATE USER IF NOT EXISTS 'ispmail-upgrade'@'127.0.0.1'
                 IDENTIFIED BY '{DATABASE_PASSWORD}';
             GRANT SELECT (email, password), UPDATE (password) ON {}.virtual_users
                 TO 'ispmail-upgrade'@'127.0.0.1';",
            database.name()
        ))),
        Kind::Postgres => drop(database.execute(&format!(
            "DO $$ BEGIN CREATE ROLE \"ispmail-upgrade\" LOGIN PASSWORD '{DATABASE_PASSWORD}';
             EXCEPTION WHEN duplicate_object THEN NULL; END $$;
             GRANT SELECT (email, password), UPDATE (password) ON virtual_users
                 TO \"ispmail-upgrade\";"
        ))),
    }
    section_as(database, "ispmail-upgrade")
}

/// `[upgrade]` with this account of the database.
pub(crate) fn section_as(database: &Database, account: &str) -> String {
    let toml = database.toml().replace("mailuser@", &format!("{account}@"));
    let (_, lines) = toml.split_once("[database]").expect("[database]");
    format!("\n[upgrade]{lines}")
}

/// The column as it is.
pub(crate) fn stored(database: &Database, login: &str) -> String {
    let sql = format!("SELECT password FROM virtual_users WHERE email = '{login}';");
    database.execute(&sql).trim_end().to_owned()
}

fn administrators(login: &str) -> String {
    format!("{{PLAIN}}springsun-{login}")
}

/// Somebody who may change everything, over the UNIX socket as in the guides.
fn administrator(database: &Database) -> Endpoint {
    let toml = database.toml_over_socket();
    let path_after = |name: &str| {
        let (_, rest) = toml.split_once(name).expect(name);
        rest.split('"').next().map(PathBuf::from).expect(name)
    };
    let server = |address| Server {
        address,
        user: "mailadmin".to_owned(),
        password: Some(DATABASE_PASSWORD.to_owned().into()),
        database: database.name().to_owned(),
        tls: Tls::default(),
    };
    let port = || database.port();
    match database.kind {
        Kind::Sqlite => Endpoint::Sqlite(database.file()),
        Kind::MariaDb => Endpoint::MySql(server(Address::Socket(path_after("?socket="), port()))),
        Kind::Postgres => Endpoint::Postgres(server(Address::Socket(path_after("?host="), port()))),
    }
}

/// Stops the daemon, which finishes what it does, and compares the number of such lines.
fn stop(mut daemon: Authd, text: &str, lines: usize) {
    daemon.stop();
    assert_eq!(daemon.log_lines(text), lines, "{}", daemon.log());
}
