//! Look-ups and management on SQLite files, and servers that do not answer.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics has said what is wrong")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ispmail_accounts::settings::{Address, Endpoint, Server, Timeouts, Tls};
use ispmail_accounts::{
    Access, Account, Accounts, Dialect, Error, ISPMAIL, Lookups, Manager, NewUser, Removed, Values,
};
use tempfile::TempDir;

const LOGIN: &str = "john@example.org";
const STORED: &str = "{PLAIN}it's a secret";

/// A SQLite file with the ISPmail tables and one user.
async fn database() -> (TempDir, Endpoint) {
    let directory = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::Sqlite(directory.path().join("mail.sqlite"));
    let mut manager = manager(&endpoint, Access::Create).await;
    manager.init().await.unwrap();
    manager.add_domain("example.org").await.unwrap();
    manager.add_user(&new_user(LOGIN)).await.unwrap();
    manager.close().await;
    (directory, endpoint)
}

async fn manager(endpoint: &Endpoint, access: Access) -> Manager<'static> {
    let endpoints = std::slice::from_ref(endpoint);
    Manager::connect(endpoints, Timeouts::default(), access, &ISPMAIL).await.unwrap()
}

fn new_user(address: &str) -> NewUser<'_> {
    NewUser { address, stored: STORED, quota: None, enabled: true }
}

async fn users(manager: &mut Manager<'_>) -> Vec<String> {
    let mut users = Vec::new();
    let each = manager.each_user(|user| {
        users.push(user.address);
        Ok::<(), Error>(())
    });
    each.await.unwrap();
    users
}

async fn find(endpoint: &Endpoint, lookups: &Lookups) -> Result<Option<Account>, Error> {
    find_login(endpoint, lookups, LOGIN).await
}

async fn find_login(
    endpoint: &Endpoint,
    lookups: &Lookups,
    login: &str,
) -> Result<Option<Account>, Error> {
    let endpoints = std::slice::from_ref(endpoint);
    let mut accounts = Accounts::connect(endpoints, 0, Timeouts::default(), Access::Read).await?;
    let found = accounts.find(lookups, login, &Values::new(login)).await;
    accounts.close().await;
    found
}

fn own(query: &str) -> Lookups {
    Lookups::own(query, None, Dialect::Sqlite).unwrap()
}

fn text(fields: &[ispmail_accounts::Field]) -> Vec<(&str, &str)> {
    fields.iter().map(|field| (&*field.name, str::from_utf8(&field.value).unwrap())).collect()
}

#[tokio::test]
async fn an_account_of_the_ispmail_tables() {
    let (_directory, endpoint) = database().await;
    let lookups = Lookups::of_layout(&ISPMAIL, Dialect::Sqlite).unwrap();
    let account = find(&endpoint, &lookups).await.unwrap().unwrap();
    assert_eq!(account.user, LOGIN);
    assert_eq!(*account.stored.unwrap().text, STORED.as_bytes());
    for login in ["jane@example.org", "' OR '1'='1", "%", "", "john@example.org'--"] {
        assert!(find_login(&endpoint, &lookups, login).await.unwrap().is_none(), "{login}");
    }
}

#[tokio::test]
async fn columns_of_any_type_are_text() {
    let (_directory, endpoint) = database().await;
    let lookups =
        own("SELECT password, 'Jack' AS username, 5000 AS userdb_uid, NULL AS userdb_gid, \
         '/srv/%d/%n' AS userdb_home, 1.5 AS rate, x'6162' AS bytes, '' AS blank \
         FROM virtual_users WHERE email = '%u'");
    let account = find(&endpoint, &lookups).await.unwrap().unwrap();
    assert_eq!(account.user, "Jack@example.org");
    assert_eq!(text(&account.userdb), [("uid", "5000"), ("home", "/srv/example.org/john")]);
    assert_eq!(text(&account.extra), [("rate", "1.5"), ("bytes", "ab"), ("blank", "")]);
}

#[tokio::test]
async fn answers_that_are_no_account() {
    let (_directory, endpoint) = database().await;
    let error = |query: &str| {
        let lookups = own(query);
        let endpoint = endpoint.clone();
        async move { find(&endpoint, &lookups).await.err().unwrap().to_string() }
    };
    for (query, want) in [
        ("SELECT email FROM virtual_users", "the password query gave no column named password"),
        (
            "SELECT 'a' AS password UNION ALL SELECT 'a'",
            "the password query gave more than one row for this login",
        ),
        ("SELECT password FROM users", "the database refused the password query: "),
        ("SELEC password", "the database refused the password query: "),
        ("SELECT 'x' AS password, '' AS user", "the column user holds nothing"),
    ] {
        let got = error(query).await;
        assert!(got.starts_with(want), "{got}");
        assert!(!got.contains("secret"), "{got}");
    }
    let null = find(&endpoint, &own("SELECT NULL AS password")).await.unwrap().unwrap();
    assert!(null.stored.is_none());
    let empty = find(&endpoint, &own("SELECT '' AS password_noscheme")).await.unwrap().unwrap();
    let stored = empty.stored.unwrap();
    assert!(stored.noscheme && stored.text.is_empty());
}

#[tokio::test]
async fn a_domain_takes_its_users_along() {
    let (_directory, endpoint) = database().await;
    let mut manager = manager(&endpoint, Access::Write).await;
    manager.add_domain("example.net").await.unwrap();
    manager.add_user(&new_user("Jane@Example.NET")).await.unwrap();
    assert!(matches!(manager.add_domain("Example.net").await, Err(Error::Exists(_))));
    assert!(matches!(manager.add_user(&new_user(LOGIN)).await, Err(Error::Exists(_))));
    assert!(matches!(manager.add_user(&new_user("x@nowhere.org")).await, Err(Error::NoDomain(_))));
    assert!(matches!(manager.set_password("x@y.org", STORED).await, Err(Error::NoUser(_))));
    assert_eq!(users(&mut manager).await, ["jane@example.net", LOGIN]);
    let removed = manager.remove_domain("example.org").await.unwrap();
    assert_eq!(removed, Removed { users: 1, aliases: 0 });
    let domains = manager.domains().await.unwrap();
    assert_eq!(domains.iter().map(|domain| &*domain.name).collect::<Vec<_>>(), ["example.net"]);
    assert_eq!(users(&mut manager).await, ["jane@example.net"]);
    assert!(matches!(manager.remove_domain("example.org").await, Err(Error::NoDomain(_))));
    manager.close().await;
}

fn silent_server(port: u16) -> Endpoint {
    Endpoint::MySql(Server {
        address: Address::Tcp("127.0.0.1".to_owned(), port),
        user: "mailuser".to_owned(),
        password: None,
        database: "mailserver".to_owned(),
        tls: Tls::default(),
    })
}

/// The kernel takes the connection; nobody ever says a word.
#[tokio::test]
async fn a_silent_server_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent_server(listener.local_addr().unwrap().port());
    let limit = Duration::from_millis(200);
    let timeouts = Timeouts { connect: limit, query: limit };
    let start = Instant::now();
    let error = Accounts::connect(&[silent], 0, timeouts, Access::Read).await.err().unwrap();
    assert!(error.to_string().ends_with("no answer within 0.2 s"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn the_next_one_of_the_list_answers() {
    let (_directory, endpoint) = database().await;
    let gone = Endpoint::Sqlite(PathBuf::from("/nonexistent/mail.sqlite"));
    for (endpoints, first) in
        [([gone.clone(), endpoint.clone()], 0), ([endpoint.clone(), gone.clone()], 7)]
    {
        let accounts = Accounts::connect(&endpoints, first, Timeouts::default(), Access::Read);
        accounts.await.unwrap().close().await;
    }
    let error = Accounts::connect(&[gone], 0, Timeouts::default(), Access::Read).await;
    assert!(error.err().unwrap().to_string().contains("/nonexistent/mail.sqlite"));
    assert!(!Path::new("/nonexistent").exists());
}

/// Somebody else's long transaction must not hold a sign-in longer than the limit.
#[tokio::test]
async fn a_locked_file_is_given_up() {
    let (_directory, endpoint) = database().await;
    let Endpoint::Sqlite(path) = &endpoint else { panic!() };
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut other = sqlx::ConnectOptions::connect(&options).await.unwrap();
    sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
    let timeouts = Timeouts { connect: Duration::from_secs(5), query: Duration::from_millis(300) };
    let start = Instant::now();
    let accounts = Accounts::connect(&[endpoint], 0, timeouts, Access::Read).await;
    let lookups = Lookups::of_layout(&ISPMAIL, Dialect::Sqlite).unwrap();
    let found = accounts.unwrap().find(&lookups, LOGIN, &Values::new(LOGIN)).await;
    assert!(found.is_err());
    assert!(start.elapsed() < Duration::from_secs(3));
}
