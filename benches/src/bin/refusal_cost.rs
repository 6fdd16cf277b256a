//! What a refused login costs, by what its row holds, as a multiple of an unknown login's cost; all
//! in one run.

use std::time::{Duration, Instant};

use ispmail_password::{New, Password, Policy, SchemeName, StoredPassword, Verdict};

type Any = Box<dyn std::error::Error>;

/// The kinds take turns, so that a busy moment of the machine hits all of them.
const TURNS: u32 = 100;

fn main() -> Result<(), Any> {
    let policy = Policy::default();
    let (right, wrong) = (Password::new("summersun".into())?, Password::new("wintersun".into())?);
    let hash = |scheme: &str, rounds| -> Result<StoredPassword, Any> {
        let scheme: SchemeName = scheme.parse()?;
        Ok(scheme.hash(&right, New { rounds, ..New::default() })?)
    };
    let locked = StoredPassword::parse(b"!", "CRYPT".parse()?)?;
    let mut rows = vec![
        ("unknown login".to_owned(), None, Duration::ZERO),
        ("locked row".to_owned(), Some(locked), Duration::ZERO),
    ];
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
        rows.push((format!("{scheme}, {}", row.cost()), Some(row), Duration::ZERO));
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
