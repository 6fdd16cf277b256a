//! Connections stay open, are replaced unnoticed, and never answer somebody else's question.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use ispmail_accounts::{Error, Lookups};
use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::random::{Random, seed};

use crate::fixture::{Fixture, JOHN, STORED, find};
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
    let tasks: Vec<_> = (0..1000)
        .map(|_| {
            let (login, stored) = random.one_of(&users).clone();
            let patience = Duration::from_micros(random.below(300_000) as u64);
            let (pool, lookups) = (Arc::clone(&pool), fixture.lookups());
            fixture.runtime.spawn(async move {
                let found = tokio::time::timeout(patience, find(&pool, &lookups, &login)).await;
                found.is_ok_and(|found| {
                    assert_eq!(found.unwrap().as_deref(), Some(stored.as_str()));
                    true
                })
            })
        })
        .collect();
    let outcomes: Vec<bool> =
        tasks.into_iter().map(|task| fixture.runtime.block_on(task).expect("task")).collect();
    let answered = outcomes.iter().filter(|answered| **answered).count();
    eprintln!("{answered} of {} were answered", outcomes.len());
    assert!((1..outcomes.len()).contains(&answered));
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

pub(crate) fn zz_measure(servers: &Arc<Servers>, kind: Kind) {
    use ispmail_accounts::{Access, Accounts, Values};
    let fixture = Fixture::new(servers, kind);
    let (pool, _) = fixture.pool(4);
    let lookups = fixture.lookups();
    let endpoint = [fixture.endpoint()];
    fixture.runtime.block_on(async {
        for round in 0..2 {
            let n = 3000;
            let t = Instant::now();
            for _ in 0..n { find(&pool, &lookups, JOHN).await.unwrap(); }
            let pooled = t.elapsed() / n;
            let t = Instant::now();
            let n = 500;
            for _ in 0..n {
                let mut a = Accounts::connect(&endpoint, 0, crate::fixture::TIMEOUTS, Access::Read).await.unwrap();
                a.find(&lookups, JOHN, &Values::new(JOHN)).await.unwrap();
                a.close().await;
            }
            let oneshot = t.elapsed() / n;
            let mut a = Accounts::connect(&endpoint, 0, crate::fixture::TIMEOUTS, Access::Read).await.unwrap();
            let n = 3000;
            let t = Instant::now();
            for _ in 0..n { a.find(&lookups, JOHN, &Values::new(JOHN)).await.unwrap(); }
            eprintln!("{round} {kind:?} pooled {pooled:?} one-shot {oneshot:?} same connection, not prepared {:?}", t.elapsed() / n);
        }
        let t = Instant::now();
        let tasks: Vec<_> = (0..4).map(|_| { let pool = Arc::clone(&pool); let lookups = Arc::clone(&lookups);
            tokio::spawn(async move { for _ in 0..3000 { find(&pool, &lookups, JOHN).await.unwrap(); } }) }).collect();
        for task in tasks { task.await.unwrap(); }
        eprintln!("{kind:?} 4 tasks: {:.0}/s", 12000.0 / t.elapsed().as_secs_f64());
    });
}
