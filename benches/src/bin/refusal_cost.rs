//! What a refused login costs, by what its row holds, as a multiple of an unknown login's cost; all
//! in one run.

use std::time::{Duration, Instant};

use ispmail_password::{New, Password, Policy, SchemeName, StoredPassword, Verdict};

type Any = Box<dyn std::error::Error>;

/// The kinds take turns, so that a busy moment of the machine hits all of them.
const TURNS: u32 = 300;

fn main() -> Result<(), Any> {
    let policy = Policy::default();
    let (right, wrong) = (Password::new("summersun".into())?, Password::new("wintersun".into())?);
    let hash = |scheme: &str, rounds| -> Result<StoredPassword, Any> {
        let scheme: SchemeName = scheme.parse()?;
        Ok(scheme.hash(&right, New { rounds, ..New::default() })?)
    };
    let locked = StoredPassword::parse(b"!", "CRYPT".parse()?)?;
    let mut rows = vec![
        ("unknown login", None, Duration::ZERO),
        ("locked row", Some(locked), Duration::ZERO),
        ("PLAIN", Some(hash("PLAIN", None)?), Duration::ZERO),
        ("PLAIN-MD5", Some(hash("PLAIN-MD5", None)?), Duration::ZERO),
    ];
    for (name, rounds) in [
        ("SHA256-CRYPT, 1,000 rounds", 1_000),
        ("SHA256-CRYPT, 5,000 rounds", 5_000),
        ("SHA256-CRYPT, 20,000 rounds", 20_000),
        ("SHA256-CRYPT, 100,000 rounds (dearer than the target)", 100_000),
    ] {
        rows.push((name, Some(hash("SHA256-CRYPT", Some(rounds))?), Duration::ZERO));
    }
    for _ in 0..TURNS {
        for (name, stored, total) in &mut rows {
            let start = Instant::now();
            let verdict = policy.verify(stored.as_ref(), &wrong)?;
            *total += start.elapsed();
            if verdict == Verdict::Match {
                return Err(format!("{name}: accepted").into());
            }
        }
    }
    let unknown = rows.first().map_or(Duration::ZERO, |(_, _, total)| *total);
    for (name, _, total) in &rows {
        let ratio = total.as_secs_f64() / unknown.as_secs_f64();
        let each = (*total / TURNS).as_secs_f64() * 1e6;
        println!("{name:<55}{each:>9.1} us  {ratio:6.3} x");
    }
    Ok(())
}
