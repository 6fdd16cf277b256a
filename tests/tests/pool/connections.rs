//! Connections stay open, are replaced unnoticed, and never answer somebody else's question.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use ispmail_accounts::{Access, Accounts, Error, Lookups, Values};
use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::random::{Random, seed};

use crate::fixture::{Fixture, JOHN, STORED, TIMEOUTS, find};
use crate::lookers::Lookers;

pub(crate) fn connections_are_reused(servers: &Arc<Servers>, kind: Kind) {
    let fixture = Fixture::new(servers, kind);
    let (pool, events) = fixture.pool(4);
    let prepared = prepared_statements(&fixture);
    let lookers = Lookers::start(&fixture, &pool);
    let mut seen = BTreeSet::new();
    for _ in 0..5 {
        sleep(Duration::from_millis(100));
        seen.extend(connections(&fixture));
    }
    let looks = lookers.stop(&fixture);
    assert!(looks.len() > 100 && looks.iter().all(|look| look.gave(&[STORED])));
    assert!(!seen.is_empty() && seen.len() <= 4, "{seen:?}");
    assert_eq!(connections(&fixture).len(), seen.len());
    if let (Some(before), Some(after)) = (prepared, prepared_statements(&fixture)) {
        assert_eq!(after - before, seen.len(), "prepared more than once on a connection");
    }
    events.expect_none();
    fixture.runtime.block_on(pool.close());
    sleep(Duration::from_millis(300));
    assert!(connections(&fixture).is_empty());
    fixture.expect(&pool, STORED);
    // No goodbye, but no connection left either.
    drop(pool);
    sleep(Duration::from_millis(300));
    assert!(connections(&fixture).is_empty());
}

pub(crate) fn idle_connections_are_killed(servers: &Arc<Servers>, kind: Kind) {
    let fixture = Fixture::new(servers, kind);
    let (pool, events) = fixture.pool(4);
    for _ in 0..5 {
        let looks = {
            let lookers = Lookers::start(&fixture, &pool);
            sleep(Duration::from_millis(100));
            lookers.stop(&fixture)
        };
        assert!(looks.iter().all(|look| look.gave(&[STORED])));
        let idle = connections(&fixture);
        assert!(!idle.is_empty());
        for id in idle {
            fixture.database.execute(&match kind {
                Kind::Postgres => format!("SELECT pg_terminate_backend({id});"),
                _ => format!("KILL {id};"),
            });
        }
    }
    fixture.expect(&pool, STORED);
    events.expect_none();
}

pub(crate) fn no_connection_is_free(servers: &Arc<Servers>, kind: Kind) {
    let fixture = Fixture::new(servers, kind);
    let (pool, events) = fixture.pool(1);
    let slow = match kind {
        Kind::Postgres => "SELECT 'x' AS password, pg_sleep(0.8)::text AS s",
        _ => "SELECT 'x' AS password, SLEEP(0.8) AS s",
    };
    let slow = Arc::new(Lookups::own(slow, None, fixture.dialect()).unwrap());
    let tasks: Vec<_> = (0..3)
        .map(|_| {
            let (pool, slow) = (Arc::clone(&pool), Arc::clone(&slow));
            fixture.runtime.spawn(async move { find(&pool, &slow, JOHN).await })
        })
        .collect();
    let found = tasks.into_iter().map(|task| fixture.runtime.block_on(task).expect("task"));
    let (good, bad): (Vec<_>, Vec<_>) = found.partition(Result::is_ok);
    assert_eq!((good.len(), bad.len()), (2, 1));
    let error = bad[0].as_ref().unwrap_err();
    assert_eq!(error.to_string(), "no database connection became free within 1 s");
    fixture.expect(&pool, STORED);
    events.expect_none();
}

/// The server allows fewer connections than the pool: those that there are go on working, and only
/// if others have them all the host counts as down.
pub(crate) fn too_many_connections(servers: &Arc<Servers>, kind: Kind) {
    let fixture = Fixture::new(servers, kind);
    let limit = Limit::to_one(&fixture);
    let (others, _) = fixture.pool(1);
    let (pool, events) = fixture.pool(4);
    fixture.expect(&others, STORED);
    let error = fixture.find(&pool).unwrap_err();
    assert!(error.is_temporary(), "{error}");
    fixture.expect(&others, STORED);
    drop(others);
    sleep(Duration::from_secs(2));
    let lookers = Lookers::start(&fixture, &pool);
    sleep(Duration::from_millis(500));
    let looks = lookers.stop(&fixture);
    drop(limit);
    for look in &looks {
        assert!(look.gave(&[STORED]), "{:?}", look.found);
    }
    assert!(looks.len() > 100, "{}", looks.len());
    assert_eq!(events.all().len(), 2, "{:?}", events.all());
}

/// Everybody gets the own answer, whoever gave up on the same connection before.
pub(crate) fn cancelled_look_ups(servers: &Arc<Servers>, kind: Kind) {
    let fixture = Fixture::new(servers, kind);
    let users: Vec<(String, String)> = (0..10)
        .map(|number| (format!("u{number}@example.org"), format!("{{PLAIN}}{number}")))
        .collect();
    let rows = users.iter().map(|(login, stored)| (login.as_str(), Some(stored.as_str())));
    fixture.database.add_users(rows);
    let (pool, events) = fixture.pool(3);
    let mut random = Random::new(seed());
    for _ in 0..40 {
        let tasks: Vec<_> = (0..24)
            .map(|number| {
                let (login, stored) = random.one_of(&users).clone();
                let (pool, lookups) = (Arc::clone(&pool), fixture.lookups());
                // Some wait for the answer, or else no connection might live to give one.
                let patience = if number % 6 == 0 { 5_000_000 } else { random.below(4000) };
                let patience = Duration::from_micros(patience as u64);
                fixture.runtime.spawn(async move {
                    let find = find(&pool, &lookups, &login);
                    match tokio::time::timeout(patience, find).await {
                        Ok(found) => found.unwrap().as_deref() == Some(stored.as_str()),
                        // Nothing is wrong with it.
                        Err(_) => true,
                    }
                })
            })
            .collect();
        for task in tasks {
            assert!(fixture.runtime.block_on(task).expect("task"), "somebody else's answer");
        }
    }
    for (login, stored) in &users {
        let found = fixture.runtime.block_on(find(&pool, &fixture.lookups(), login));
        assert_eq!(found.unwrap().as_deref(), Some(stored.as_str()));
    }
    events.expect_none();
}

/// Statements are prepared once; the tables may change after that.
pub(crate) fn tables_change(servers: &Arc<Servers>, kind: Kind) {
    let fixture = Fixture::new(servers, kind);
    let (pool, events) = fixture.pool(1);
    let query = "SELECT * FROM virtual_users WHERE email = '%u'";
    let lookups = Lookups::own(query, None, fixture.dialect()).unwrap();
    let expect = |want: &str| {
        let found = fixture.runtime.block_on(find(&pool, &lookups, JOHN));
        assert_eq!(found.unwrap().as_deref(), Some(want));
    };
    expect(STORED);
    fixture.database.execute("ALTER TABLE virtual_users ADD COLUMN nick varchar(9) DEFAULT 'x';");
    expect(STORED);
    fixture.database.execute(
        "ALTER TABLE virtual_users RENAME COLUMN password TO older;
         ALTER TABLE virtual_users ADD COLUMN password varchar(150) DEFAULT '{PLAIN}new';",
    );
    expect("{PLAIN}new");
    fixture.database.execute("ALTER TABLE virtual_users DROP COLUMN nick;");
    expect("{PLAIN}new");
    fixture.database.execute("ALTER TABLE virtual_users DROP COLUMN password;");
    let found = fixture.runtime.block_on(find(&pool, &lookups, JOHN));
    assert!(matches!(found, Err(Error::NoPasswordColumn)), "{found:?}");
    fixture.database.execute("ALTER TABLE virtual_users RENAME TO elsewhere;");
    let start = Instant::now();
    let found = fixture.runtime.block_on(find(&pool, &lookups, JOHN));
    assert!(matches!(found, Err(Error::Query { .. })), "{found:?}");
    assert!(start.elapsed() < Duration::from_millis(500));
    events.expect_none();
}

/// Not even over one connection for one request is there anything to wait for but the answers: a
/// packet too many and TCP would make every second one wait for 40 ms.
pub(crate) fn one_query_after_the_other(servers: &Arc<Servers>, kind: Kind) {
    let fixture = Fixture::new(servers, kind);
    let (endpoints, lookups) = ([fixture.endpoint()], fixture.lookups());
    fixture.runtime.block_on(async {
        let accounts = Accounts::connect(&endpoints, 0, TIMEOUTS, Access::Read);
        let mut accounts = accounts.await.unwrap();
        let start = Instant::now();
        for _ in 0..50 {
            assert!(accounts.find(&lookups, JOHN, &Values::new(JOHN)).await.unwrap().is_some());
        }
        let took = start.elapsed();
        assert!(took < Duration::from_secs(1), "{took:?}");
        accounts.close().await;
    });
}

/// The server's numbers of the connections that mailuser has to this database.
fn connections(fixture: &Fixture) -> BTreeSet<String> {
    let name = fixture.database.name();
    let sql = match fixture.database.kind {
        Kind::Postgres => format!(
            "SELECT pid FROM pg_stat_activity WHERE usename = 'mailuser' AND datname = '{name}';"
        ),
        _ => format!(
            "SELECT id FROM information_schema.processlist \
             WHERE user = 'mailuser' AND db = '{name}';"
        ),
    };
    fixture.database.execute(&sql).lines().map(str::to_owned).collect()
}

/// How many statements the server has prepared so far, where it counts them.
fn prepared_statements(fixture: &Fixture) -> Option<usize> {
    if fixture.database.kind != Kind::MariaDb {
        return None;
    }
    let line = fixture.database.execute("SHOW GLOBAL STATUS LIKE 'Com_stmt_prepare';");
    line.split_whitespace().last()?.parse().ok()
}

/// One connection for mailuser and no more, until this is dropped.
struct Limit<'a>(&'a Fixture);

impl<'a> Limit<'a> {
    fn to_one(fixture: &'a Fixture) -> Self {
        let this = Self(fixture);
        this.set("1");
        this
    }

    fn set(&self, number: &str) {
        self.0.database.execute(&match self.0.database.kind {
            Kind::Postgres => format!("ALTER ROLE mailuser CONNECTION LIMIT {number};"),
            _ => format!("ALTER USER mailuser@'127.0.0.1' WITH MAX_USER_CONNECTIONS {number};"),
        });
    }
}

impl Drop for Limit<'_> {
    fn drop(&mut self) {
        self.set(if self.0.database.kind == Kind::Postgres { "-1" } else { "0" });
    }
}
