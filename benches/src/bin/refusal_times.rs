//! Whether the time of a refusal tells anything: 20,000 attempts each of unknown login, wrong
//! password and disabled account at the daemon's socket, in random order, and what Welch's t-test
//! makes of their times.
//!
//! `scripts/build-release && cargo run --release -p ispmail-benches --bin refusal-times`, as root. Rows are of MD5, SHA256-CRYPT and bcrypt, a third each. It is run
//! twice: as the daemon comes, and with `refuse_after = 0`, where only the equal work protects.

use std::thread;
use std::time::Instant;

use ispmail_password::{New, Password, Prefix, SchemeName};
use ispmail_tests::authd::Authd;
use ispmail_tests::database::{Database, Kind, Layout, Servers};
use ispmail_tests::random::{Random, seed};

type Any = Box<dyn std::error::Error>;

const ATTEMPTS: usize = 20_000;
/// Rows of each kind.
const ROWS: usize = 30;
/// |t| above this has a probability of 1 in 20 if there is no difference.
const CRITICAL: f64 = 1.96;

/// Why somebody is refused.
const KINDS: [&str; 3] = ["unknown", "wrong", "disabled"];

fn main() -> Result<(), Any> {
    let servers = Servers::new();
    let database = Database::create(&servers, Kind::MariaDb, Layout::default());
    let schemes = ["PLAIN-MD5", "SHA256-CRYPT", "BLF-CRYPT"];
    add_users(&database, &schemes)?;
    for (title, settings, clients) in [
        ("as it comes (refuse_after = 0.01), 8 clients", "", 8),
        ("by equal work alone (refuse_after = 0), 1 client", "[daemon]\nrefuse_after = 0\n", 1),
    ] {
        let daemon = Authd::start(&servers, &format!("{}{settings}", database.toml()));
        println!("\n{title}:");
        report(&attempts(&daemon, clients));
    }
    Ok(())
}

/// Users with rows of each scheme as doveadm makes them, and the same locked.
fn add_users(database: &Database, schemes: &[&str]) -> Result<(), Any> {
    let password = Password::new(b"summersun".to_vec())?;
    let mut rows = Vec::new();
    for number in 0..ROWS {
        let scheme: SchemeName = schemes[number % schemes.len()].parse()?;
        let stored = scheme.hash(&password, New::default())?.write(Prefix::Scheme);
        let stored = String::from_utf8(stored.to_vec())?;
        rows.push((format!("disabled{number}@example.org"), format!("{{CRYPT}}!{stored}")));
        rows.push((format!("wrong{number}@example.org"), stored));
    }
    database.add_users(rows.iter().map(|(login, stored)| (&**login, Some(&**stored))));
    Ok(())
}

/// The times of each kind, in milliseconds.
fn attempts(daemon: &Authd, clients: usize) -> [Vec<f64>; 3] {
    let mut times = [const { Vec::new() }; 3];
    thread::scope(|scope| {
        let clients: Vec<_> = (0..clients)
            .map(|number| scope.spawn(move || attempts_of_one(daemon, number, ATTEMPTS / clients)))
            .collect();
        for client in clients {
            for (kind, time) in client.join().expect("a client") {
                times[kind].push(time);
            }
        }
    });
    times
}

/// What one client measures: so many attempts of each kind.
fn attempts_of_one(daemon: &Authd, number: usize, each: usize) -> Vec<(usize, f64)> {
    let mut random = Random::new(seed().wrapping_add(number as u64));
    let mut left = [each; KINDS.len()];
    let mut client = daemon.auth();
    let mut times = Vec::with_capacity(KINDS.len() * each);
    while left.iter().any(|&left| left > 0) {
        let kind = random.below(KINDS.len());
        if left[kind] == 0 {
            continue;
        }
        left[kind] -= 1;
        let login = format!("{}{}@example.org", KINDS[kind], random.below(ROWS));
        let start = Instant::now();
        let answer = client.plain(login.as_bytes(), b"wintersun");
        times.push((kind, start.elapsed().as_secs_f64() * 1e3));
        assert!(!answer.ok);
    }
    times
}

fn report(times: &[Vec<f64>; 3]) {
    let moments: Vec<_> = times.iter().map(|times| Moments::of(times)).collect();
    for (kind, (times, moments)) in KINDS.iter().zip(times.iter().zip(&moments)) {
        let mut sorted = times.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        println!(
            "  {kind:<9} {:>6} attempts, mean {:.4} ms, median {:.4} ms, deviation {:.4} ms",
            times.len(),
            moments.mean,
            sorted[sorted.len() / 2],
            moments.variance.sqrt()
        );
    }
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        let t = moments[one].t(&moments[other]);
        let verdict = if t.abs() < CRITICAL { "no difference" } else { "they differ" };
        println!("  {} against {}: t = {t:+.2}, {verdict}", KINDS[one], KINDS[other]);
    }
}

struct Moments {
    count: f64,
    mean: f64,
    variance: f64,
}

impl Moments {
    #[allow(clippy::cast_precision_loss, reason = "some ten thousand attempts")]
    fn of(times: &[f64]) -> Self {
        let count = times.len() as f64;
        let mean = times.iter().sum::<f64>() / count;
        let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
        Self { count, mean, variance }
    }

    /// Welch's t of the difference of two means.
    fn t(&self, other: &Self) -> f64 {
        (self.mean - other.mean)
            / (self.variance / self.count + other.variance / other.count).sqrt()
    }
}
