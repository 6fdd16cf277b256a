//! What a refused login costs, by what its row holds, as a multiple of an unknown login's cost; all
//! in one run. Alone, and if it runs in lanes, also beside an unknown login and in a batch of 16 of
//! its kind.

use std::time::{Duration, Instant};

use ispmail_password::{New, Password, Policy, SchemeName, StoredPassword, Verdict};

type Any = Box<dyn std::error::Error>;

/// The kinds take turns, so that a busy moment of the machine hits all of them; the best turn of each
/// counts.
const TURNS: u32 = 100;
/// Jobs of a batch.
const BATCH: u32 = 16;

/// One kind of row.
struct Row {
    name: String,
    stored: Option<StoredPassword>,
    alone: Duration,
    pair: Duration,
    batch: Duration,
}

impl Row {
    fn new(name: impl Into<String>, stored: Option<StoredPassword>) -> Self {
        let most = Duration::MAX;
        Self { name: name.into(), stored, alone: most, pair: most, batch: most }
    }
}

fn main() -> Result<(), Any> {
    let policy = Policy::default();
    let (right, wrong) = (Password::new("summersun".into())?, Password::new("wintersun".into())?);
    let hash = |scheme: &str, rounds| -> Result<StoredPassword, Any> {
        let scheme: SchemeName = scheme.parse()?;
        Ok(scheme.hash(&right, New { rounds, ..New::default() })?)
    };
    let locked = StoredPassword::parse(b"!", "CRYPT".parse()?)?;
    let mut rows = vec![Row::new("unknown login", None), Row::new("locked row", Some(locked))];
    for (scheme, rounds) in [
        ("PLAIN", None),
        ("PLAIN-MD5", None),
        ("SSHA512", None),
        ("MD5-CRYPT", None),
        ("DES-CRYPT", None),
        ("SHA256-CRYPT", Some(1_000)),
        ("SHA256-CRYPT", Some(5_000)),
        ("SHA256-CRYPT", Some(20_000)),
        ("SHA512-CRYPT", Some(1_000)),
        ("BLF-CRYPT", Some(4)),
        ("PBKDF2", Some(2_000)),
        ("SCRAM-SHA-256", None),
        ("OTP", None),
        // dearer than the target
        ("SHA256-CRYPT", Some(100_000)),
        ("BLF-CRYPT", Some(8)),
        ("ARGON2ID", None),
    ] {
        let row = hash(scheme, rounds)?;
        rows.push(Row::new(format!("{scheme}, {}", row.cost()), Some(row)));
    }
    for _ in 0..TURNS {
        for row in &mut rows {
            let job = (row.stored.as_ref(), &wrong);
            row.alone = row.alone.min(refused(&policy, &[job])?);
            if policy.in_lanes(row.stored.as_ref()) {
                row.pair = row.pair.min(refused(&policy, &[job, (None, &wrong)])?);
                row.batch = row.batch.min(refused(&policy, &[job; BATCH as usize])?);
            }
        }
    }
    let unknown = rows.first().ok_or("no row")?;
    let figures = |spent: Duration, unknown: Duration, each: u32| {
        let ratio = spent.as_secs_f64() / unknown.as_secs_f64();
        format!("{:>9.1} us {ratio:7.3} x", (spent / each).as_secs_f64() * 1e6)
    };
    println!("{:<44}{:>22}{:>22}{:>22}", "", "alone", "two, one unknown", "each of 16");
    for row in &rows {
        print!("{:<44}{}", row.name, figures(row.alone, unknown.alone, 1));
        if policy.in_lanes(row.stored.as_ref()) {
            print!("{}", figures(row.pair, unknown.pair, 1));
            print!("{}", figures(row.batch, unknown.batch, BATCH));
        }
        println!();
    }
    Ok(())
}

/// The time that a batch takes in which everybody is refused.
fn refused(
    policy: &Policy,
    jobs: &[(Option<&StoredPassword>, &Password)],
) -> Result<Duration, Any> {
    let mut refused = 0;
    let start = Instant::now();
    policy.verify_batch(jobs, |_, answer| {
        refused += usize::from(answer == Ok(Verdict::Mismatch));
    });
    let spent = start.elapsed();
    if refused == jobs.len() { Ok(spent) } else { Err("somebody was not refused".into()) }
}
