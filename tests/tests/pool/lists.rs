//! Listing all logins.

use std::fs;
use std::sync::Arc;

use ispmail_accounts::{Error, Lookups, Pool};
use ispmail_tests::database::{Kind, Servers};
use tokio::sync::mpsc;

use crate::fixture::{Fixture, JOHN, STORED};

const LOGINS: usize = 100_000;

/// However many there are, they are never all in memory.
pub(crate) fn a_hundred_thousand_logins(servers: &Arc<Servers>, kind: Kind) {
    let fixture = Fixture::new(servers, kind);
    let padding = "x".repeat(70);
    let (numbers, email) = match kind {
        Kind::Postgres => (
            format!("generate_series(1, {LOGINS}) AS n(n)"),
            format!("'u' || n || '-{padding}@a.org'"),
        ),
        Kind::MariaDb => (
            format!("(SELECT seq AS n FROM seq_1_to_{LOGINS}) AS s"),
            format!("CONCAT('u', n, '-{padding}@a.org')"),
        ),
        Kind::Sqlite => (
            format!(
                "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {LOGINS}) SELECT n FROM c)"
            ),
            format!("'u' || n || '-{padding}@a.org'"),
        ),
    };
    fixture.database.execute(&format!(
        "INSERT INTO virtual_users (domain_id, email, password) SELECT 1, {email}, 'x' FROM {numbers};"
    ));
    let (pool, events) = fixture.pool(2);
    let (sender, mut receiver) = mpsc::channel(16);
    fixture.expect(&pool, STORED);
    let list = fixture.runtime.spawn({
        let (pool, lookups) = (Arc::clone(&pool), fixture.lookups());
        async move { pool.list(&lookups, sender).await }
    });
    let mut count = 0;
    let mut early = 0;
    let mut most = 0;
    while let Some(login) = receiver.blocking_recv() {
        assert!(login == JOHN || login.ends_with("@a.org"), "{login}");
        count += 1;
        if count % 1000 == 0 {
            most = most.max(resident());
        }
        if count == 1000 {
            early = resident();
            // A list is no reason for a sign-in to wait.
            fixture.expect(&pool, STORED);
        }
    }
    fixture.runtime.block_on(list).expect("task").unwrap();
    assert_eq!(count, LOGINS + 1);
    let grown = most.saturating_sub(early);
    eprintln!("{early} kB and never {grown} kB more");
    assert!(grown < 4096, "grew by {grown} kB");
    events.expect_none();
}

pub(crate) fn logins_of_own_queries(servers: &Arc<Servers>, kind: Kind) {
    let fixture = Fixture::new(servers, kind);
    let (pool, events) = fixture.pool(1);
    let list = |query: &str| {
        let lookups = Lookups::own("SELECT 1 AS password", None, fixture.dialect()).unwrap();
        let lookups = lookups.with_iterate(query, fixture.dialect()).unwrap();
        fixture.runtime.block_on(collect(&pool, &lookups))
    };
    for (query, want) in [
        ("SELECT email AS username FROM virtual_users", &[JOHN][..]),
        ("SELECT 'a' AS username, 'b.org' AS domain", &["a@b.org"]),
        ("SELECT email AS user FROM virtual_users WHERE email = 'x'", &[]),
    ] {
        assert_eq!(list(query).unwrap(), want, "{query}");
    }
    assert!(matches!(list("SELECT email FROM virtual_users"), Err(Error::NoUserColumn)));
    assert!(matches!(list("SELECT NULL AS user"), Err(Error::Column { .. })));
    assert!(matches!(list("SELECT user FROM nowhere"), Err(Error::Query { .. })));
    fixture.expect(&pool, STORED);
    events.expect_none();
}

async fn collect(pool: &Pool, lookups: &Lookups) -> Result<Vec<String>, Error> {
    let (sender, mut receiver) = mpsc::channel(100);
    pool.list(lookups, sender).await?;
    let mut logins = Vec::new();
    while let Some(login) = receiver.recv().await {
        logins.push(login);
    }
    Ok(logins)
}

/// Memory of this process in kB.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("status");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("VmRSS");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("kB")
}
