//! The pool on SQLite files, on either of tokio's runtimes. Real servers: the workspace's `tests`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics has said what is wrong")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ispmail_accounts::settings::{Endpoint, Timeouts};
use ispmail_accounts::{Access, Dialect, Error, ISPMAIL, Lookups, Manager, NewUser, Pool, Values};
use tempfile::TempDir;
use tokio::sync::mpsc;

const LOGIN: &str = "john@example.org";

/// A SQLite file with the ISPmail tables and one user, who has this stored password.
async fn file(directory: &TempDir, name: &str, stored: &str) -> PathBuf {
    let path = directory.path().join(name);
    let endpoint = Endpoint::Sqlite(path.clone());
    let endpoints = [endpoint];
    let manager = Manager::connect(&endpoints, Timeouts::default(), Access::Create, &ISPMAIL);
    let mut manager = manager.await.unwrap();
    manager.init().await.unwrap();
    manager.add_domain("example.org").await.unwrap();
    let user = NewUser { address: LOGIN, stored, quota: None, enabled: true };
    manager.add_user(&user).await.unwrap();
    manager.close().await;
    path
}

fn pool(files: &[&Path], connections: usize) -> (Arc<Pool>, Arc<Mutex<Vec<String>>>) {
    let endpoints = files.iter().map(|path| Endpoint::Sqlite(path.to_path_buf())).collect();
    let events = Arc::<Mutex<Vec<String>>>::default();
    let timeouts = Timeouts { query: Duration::from_millis(500), ..Timeouts::default() };
    let pool = Pool::new(endpoints, timeouts, connections).on_change({
        let events = Arc::clone(&events);
        move |event| events.lock().unwrap().push(event.to_string())
    });
    (Arc::new(pool), events)
}

fn lookups() -> Lookups {
    Lookups::of_layout(&ISPMAIL, Dialect::Sqlite).unwrap()
}

async fn stored(pool: &Pool) -> Result<String, Error> {
    let account = pool.find(&lookups(), LOGIN, &Values::new(LOGIN)).await?.unwrap();
    Ok(String::from_utf8(account.stored.unwrap().text.to_vec()).unwrap())
}

/// Gives the time it took.
async fn wait_for(pool: &Pool, want: &str) -> Duration {
    let start = Instant::now();
    loop {
        match stored(pool).await {
            Ok(found) if found == want => return start.elapsed(),
            other => assert!(start.elapsed() < Duration::from_secs(10), "{other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_share_a_pool() {
    let directory = tempfile::tempdir().unwrap();
    let (pool, events) = pool(&[&file(&directory, "a", "{PLAIN}a").await], 3);
    let tasks = (0..50).map(|_| {
        let pool = Arc::clone(&pool);
        tokio::spawn(async move { stored(&pool).await })
    });
    for task in tasks.collect::<Vec<_>>() {
        assert_eq!(task.await.unwrap().unwrap(), "{PLAIN}a");
    }
    pool.check(&lookups()).await.unwrap();
    pool.close().await;
    assert_eq!(stored(&pool).await.unwrap(), "{PLAIN}a");
    assert!(events.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_file_that_is_replaced_is_read_anew() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory, "a", "{PLAIN}a").await;
    let newer = file(&directory, "b", "{PLAIN}b").await;
    let (pool, events) = pool(&[&path], 2);
    assert_eq!(stored(&pool).await.unwrap(), "{PLAIN}a");
    std::fs::rename(newer, path).unwrap();
    assert_eq!(stored(&pool).await.unwrap(), "{PLAIN}b");
    assert!(events.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_file_that_is_gone_and_comes_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory, "a", "{PLAIN}a").await;
    let away = path.with_extension("away");
    let (pool, events) = pool(&[&path], 2);
    assert_eq!(stored(&pool).await.unwrap(), "{PLAIN}a");
    std::fs::rename(&path, &away).unwrap();
    let error = stored(&pool).await.err().unwrap();
    assert!(matches!(error, Error::Connect { .. }), "{error}");
    let start = Instant::now();
    let error = stored(&pool).await.err().unwrap();
    assert!(matches!(error, Error::Down { .. }), "{error}");
    assert!(error.to_string().contains("unable to open database file"), "{error}");
    assert!(start.elapsed() < Duration::from_millis(50));
    std::fs::rename(away, path).unwrap();
    assert!(wait_for(&pool, "{PLAIN}a").await < Duration::from_secs(2));
    let events = events.lock().unwrap();
    assert!(events[0].contains("/a is down: ") && events[1].ends_with("/a is up again"));
    assert_eq!(events.len(), 2);
}

#[tokio::test]
async fn the_next_host_stands_in() {
    let directory = tempfile::tempdir().unwrap();
    let first = file(&directory, "a", "{PLAIN}a").await;
    let second = file(&directory, "b", "{PLAIN}b").await;
    let away = first.with_extension("away");
    let (pool, events) = pool(&[&first, &second], 2);
    assert_eq!(stored(&pool).await.unwrap(), "{PLAIN}a");
    std::fs::rename(&first, &away).unwrap();
    assert_eq!(stored(&pool).await.unwrap(), "{PLAIN}b");
    std::fs::rename(&away, &first).unwrap();
    assert!(wait_for(&pool, "{PLAIN}a").await < Duration::from_secs(2));
    // It answers, but not to this query, which no host would answer.
    let own = Lookups::own("SELECT password FROM nowhere", None, Dialect::Sqlite).unwrap();
    let error = pool.find(&own, LOGIN, &Values::new(LOGIN)).await.err().unwrap();
    assert!(matches!(error, Error::Query { .. }), "{error}");
    assert_eq!(events.lock().unwrap().len(), 2);
}

/// A daemon may hand its pool from one runtime to the next, and one that only runs while a request
/// is answered leaves no time to the task in the background.
#[test]
fn a_runtime_of_its_own_for_each_request() {
    let directory = tempfile::tempdir().unwrap();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let path = runtime().block_on(file(&directory, "a", "{PLAIN}a"));
    let away = path.with_extension("away");
    let (pool, _) = pool(&[&path], 1);
    for _ in 0..3 {
        assert_eq!(runtime().block_on(stored(&pool)).unwrap(), "{PLAIN}a");
    }
    std::fs::rename(&path, &away).unwrap();
    for _ in 0..2 {
        assert!(runtime().block_on(stored(&pool)).is_err());
    }
    std::fs::rename(&away, &path).unwrap();
    std::thread::sleep(Duration::from_millis(3100));
    assert_eq!(runtime().block_on(stored(&pool)).unwrap(), "{PLAIN}a");
}

#[tokio::test]
async fn all_connections_are_busy() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory, "a", "{PLAIN}a").await;
    let (pool, _) = pool(&[&path], 1);
    // A list whose receiver stands still keeps the only connection.
    let endless = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) \
                   SELECT 'user' || n AS user FROM n";
    let endless = lookups().with_iterate(endless, Dialect::Sqlite).unwrap();
    let (sender, mut receiver) = mpsc::channel(1);
    let list = tokio::spawn({
        let pool = Arc::clone(&pool);
        async move { pool.list(&endless, sender).await }
    });
    assert_eq!(receiver.recv().await.unwrap(), "user1");
    let error = stored(&pool).await.err().unwrap();
    assert_eq!(error.to_string(), "no database connection became free within 0.5 s");
    for _ in 0..10_000 {
        receiver.recv().await.unwrap();
    }
    drop(receiver);
    list.await.unwrap().unwrap();
    assert_eq!(stored(&pool).await.unwrap(), "{PLAIN}a");
}

#[tokio::test]
async fn all_logins() {
    let directory = tempfile::tempdir().unwrap();
    let (pool, _) = pool(&[&file(&directory, "a", "{PLAIN}a").await], 2);
    let (sender, mut receiver) = mpsc::channel(1);
    let lookups = lookups();
    let list = pool.list(&lookups, sender);
    let (listed, first) = futures_util::future::join(list, receiver.recv()).await;
    listed.unwrap();
    assert_eq!(first.as_deref(), Some(LOGIN));
    assert!(receiver.recv().await.is_none());
    let none = Lookups::own("SELECT 1 AS password", None, Dialect::Sqlite).unwrap();
    let (sender, _receiver) = mpsc::channel(1);
    assert!(matches!(pool.list(&none, sender).await, Err(Error::NoIterateQuery)));
}
