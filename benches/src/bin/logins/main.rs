//! Logins per second at 1, 8 and 64 at a time: Dovecot's own `passdb sql` against our front doors,
//! on Dovecot 2.3 and 2.4, over MariaDB and SQLite, all in one run; and the daemon's memory over
//! 200,000 logins.
//!
//! `scripts/build-release && cargo run --release -p ispmail-benches --bin logins`, as root;
//! `scripts/test --install` first. Rows are SHA256-CRYPT with 5,000 rounds. Requests go to
//! Dovecot's auth socket, as Postfix sends them, over one connection; its cache is off.

mod contestants;

use std::time::{Duration, Instant};

use ispmail_password::{New, Password, Prefix, SchemeName};
use ispmail_tests::database::{Database, Kind, Layout, Servers};

use contestants::Contestant;

type Any = Box<dyn std::error::Error>;

const PASSWORD: &[u8] = b"summersun";
const USERS: u32 = 500;
/// Rounds of doveadm's default.
const ROUNDS: u32 = 5_000;
const AT_ONCE: [usize; 3] = [1, 8, 64];
/// Contestants take turns, so that a busy moment of the machine hits all of them.
const TURNS: usize = 5;
/// How long each goes in each turn.
const SECONDS: f64 = 1.0;
/// Logins over which the daemon's memory is looked at.
const MANY: usize = 200_000;

fn main() -> Result<(), Any> {
    let servers = Servers::new();
    for kind in [Kind::MariaDb, Kind::Sqlite] {
        let database = Database::create(&servers, kind, Layout::default());
        let logins = add_users(&database)?;
        let mut contestants = contestants::all(&servers, &database);
        let speeds = race(&mut contestants, &logins);
        print(kind, &contestants, &speeds);
        if kind == Kind::MariaDb {
            memory(&contestants, &logins)?;
        }
    }
    Ok(())
}

/// Users with rows of their own, all with one password.
fn add_users(database: &Database) -> Result<Vec<String>, Any> {
    let scheme: SchemeName = "SHA256-CRYPT".parse()?;
    let password = Password::new(PASSWORD.to_vec())?;
    let new = New { rounds: Some(ROUNDS), ..New::default() };
    let jobs: Vec<_> = (0..USERS).map(|_| (&password, new)).collect();
    let mut rows = Vec::new();
    for (number, stored) in scheme.hash_many(&jobs).into_iter().enumerate() {
        let text = stored?.write(Prefix::Scheme);
        rows.push((format!("user{number}@example.org"), String::from_utf8(text.to_vec())?));
    }
    database.add_users(rows.iter().map(|(login, stored)| (&**login, Some(&**stored))));
    Ok(rows.into_iter().map(|(login, _)| login).collect())
}

/// For each contestant its logins per second at each number at once: the best of its turns.
fn race(contestants: &mut [Contestant], logins: &[String]) -> Vec<[f64; AT_ONCE.len()]> {
    let mut best = vec![[0.0; AT_ONCE.len()]; contestants.len()];
    for turn in 0..=TURNS {
        for (contestant, best) in contestants.iter_mut().zip(&mut best) {
            for (at_once, best) in AT_ONCE.into_iter().zip(best) {
                let speed = speed(contestant, logins, at_once);
                // The first turn warms everything up.
                if turn > 0 {
                    *best = f64::max(*best, speed);
                }
            }
        }
    }
    best
}

fn speed(contestant: &mut Contestant, logins: &[String], at_once: usize) -> f64 {
    let mut client = contestant.auth();
    let start = Instant::now();
    let mut count = 0_u32;
    let burst = if at_once == 1 { 50 } else { at_once * 8 };
    let mut requests = logins.iter().cycle().map(|login| (login.clone().into(), PASSWORD.to_vec()));
    while start.elapsed().as_secs_f64() < SECONDS {
        let some: Vec<(Vec<u8>, Vec<u8>)> = requests.by_ref().take(burst).collect();
        for answer in client.pipeline(&some, at_once) {
            assert!(answer.ok, "{}: {answer:?}", contestant.name);
            count += 1;
        }
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}

fn print(kind: Kind, contestants: &[Contestant], speeds: &[[f64; AT_ONCE.len()]]) {
    println!("\n{}, logins per second at 1 / 8 / 64 at a time (and × passdb sql):", kind.name());
    let mut sql = [f64::NAN; AT_ONCE.len()];
    for (contestant, speeds) in contestants.iter().zip(speeds) {
        if contestant.is_base {
            sql = *speeds;
        }
        let shown: Vec<_> = speeds
            .iter()
            .zip(sql)
            .map(|(speed, sql)| format!("{speed:>9.0} ({:>5.2} x)", speed / sql))
            .collect();
        println!("  {:<46}{}", contestant.name, shown.join(" "));
    }
}

/// The daemon's memory before, during and after many logins.
fn memory(contestants: &[Contestant], logins: &[String]) -> Result<(), Any> {
    let daemon = contestants.iter().find_map(|contestant| contestant.daemon.as_ref());
    let daemon = daemon.ok_or("no daemon")?;
    println!("\nThe daemon's resident memory:");
    let start = Instant::now();
    let mut client = daemon.auth();
    let requests: Vec<(Vec<u8>, Vec<u8>)> = logins
        .iter()
        .cycle()
        .take(MANY / 20)
        .map(|login| (login.clone().into(), PASSWORD.to_vec()))
        .collect();
    for step in 0..=20 {
        if step % 4 == 0 {
            println!("  after {:>7} logins {:>7} KiB", step * MANY / 20, resident(daemon.pid())?);
        }
        if step < 20 {
            assert!(client.pipeline(&requests, 64).iter().all(|answer| answer.ok));
        }
    }
    let per_second = f64::from(u32::try_from(MANY)?) / start.elapsed().as_secs_f64();
    println!("  ({per_second:.0} logins per second at its own socket, 64 at a time)");
    std::thread::sleep(Duration::from_millis(100));
    Ok(())
}

fn resident(pid: u32) -> Result<u64, Any> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("VmRSS")?;
    Ok(line.trim_end_matches("kB").trim().parse()?)
}
