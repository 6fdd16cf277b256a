//! Many plain passwords into a database by `ispmail-pw import`, beside a shell's loop of `doveadm
//! pw` with the same rounds, which only makes the stored passwords; and what `user list` and
//! `export` take for many rows; all in one run.
//!
//! `import [USERS [ROWS]]`: 100,000 and 1,000,000 if not given. Needs root, doveadm, the database
//! servers, and ispmail-pw beside this program or in `ISPMAIL_BIN_DIR`.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ispmail_tests::binaries::{PW, install};
use ispmail_tests::database::{Database, Kind, Layout, Servers};
use ispmail_tests::doveadm;
use ispmail_tests::process::must;

type Any = Box<dyn std::error::Error>;

/// Calls of doveadm for each line of the table: half of them before the import, half behind, so
/// that a busy moment of the machine hits both.
const CALLS: u32 = 50;
const ROUNDS: [u32; 2] = [5000, 20_000];
/// Rows beside which the memory for many is shown.
const FEW: usize = 10_000;
/// Rows that are filled in by one statement.
const AT_A_TIME: usize = 100_000;
/// Lines between two looks at the memory.
const LOOK: usize = 1000;

fn main() -> Result<(), Any> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<usize>());
    let mut next = |default| arguments.next().unwrap_or(Ok(default));
    let (users, rows) = (next(100_000)?, next(1_000_000)?);
    let servers = Servers::new();
    let load = fs::read_to_string("/proc/loadavg")?;
    println!("load of the machine before the run: {}", load.trim());

    let file = servers.scratch().path().join("users.csv");
    fs::write(&file, plain(users))?;
    println!(
        "\n{:<10}{:<8}{:>8}{:>11}{:>10}{:>16}{:>18}{:>8}",
        "database",
        "rounds",
        "users",
        "import",
        "users/s",
        "doveadm, one",
        "doveadm, loop",
        "ratio"
    );
    for rounds in ROUNDS {
        for kind in Kind::ALL {
            import(&servers, kind, rounds, users, &file)?;
        }
    }

    println!(
        "\n{:<10}{:<12}{:>10}{:>14}{:>11}{:>11}{:>13}",
        "database", "command", "rows", "first line", "total", "rows/s", "peak memory"
    );
    for kind in [Kind::Sqlite, Kind::MariaDb] {
        for count in [FEW, rows] {
            let pw = Pw::new(&servers, kind, "");
            fill(&pw.database, count);
            for arguments in [&["user", "list"][..], &["export"]] {
                list(&pw, arguments, count)?;
            }
        }
    }
    Ok(())
}

/// A line of the first table.
fn import(
    servers: &Arc<Servers>,
    kind: Kind,
    rounds: u32,
    users: usize,
    file: &Path,
) -> Result<(), Any> {
    let pw = Pw::new(servers, kind, &format!("[policy]\nrounds = {rounds}\n"));
    let mut doveadm = doveadm_loop(rounds);
    let start = Instant::now();
    // It takes longer than a test may.
    let status = pw.command(&["import"]).arg(file).stdout(Stdio::null()).status()?;
    let ours = start.elapsed();
    if !status.success() {
        return Err("the import failed".into());
    }
    doveadm += doveadm_loop(rounds);
    let count = pw.database.execute("SELECT count(*) FROM virtual_users;");
    if count.trim() != users.to_string() {
        return Err(format!("{count} users are there").into());
    }
    let one = doveadm / CALLS;
    let users = u32::try_from(users)?;
    println!(
        "{:<10}{rounds:<8}{users:>8}{:>9.1} s{:>10.0}{:>13.2} ms{:>16.0} s{:>7.1}x",
        kind.name(),
        ours.as_secs_f64(),
        f64::from(users) / ours.as_secs_f64(),
        one.as_secs_f64() * 1e3,
        (one * users).as_secs_f64(),
        (one * users).as_secs_f64() / ours.as_secs_f64(),
    );
    Ok(())
}

/// The time of half the calls.
fn doveadm_loop(rounds: u32) -> Duration {
    let rounds = rounds.to_string();
    let start = Instant::now();
    for number in 0..CALLS / 2 {
        let password = format!("correct horse {number}");
        let arguments = ["-s", "SHA256-CRYPT", "-r", &rounds, "-p", &password];
        must(&mut doveadm::pw(&arguments), b"");
    }
    start.elapsed()
}

/// A line of the second table.
fn list(pw: &Pw, arguments: &[&str], count: usize) -> Result<(), Any> {
    let start = Instant::now();
    let mut child = pw.command(arguments).stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().ok_or("no output")?;
    let status = format!("/proc/{}/status", child.id());
    let (mut first, mut lines, mut peak) = (Duration::ZERO, 0, 0);
    for line in BufReader::new(output).split(b'\n') {
        line?;
        if lines == 0 {
            first = start.elapsed();
        }
        lines += 1;
        if lines % LOOK == 0 {
            peak = peak.max(high_water(&status));
        }
    }
    let total = start.elapsed();
    if !child.wait()?.success() || lines < count {
        return Err(format!("{lines} lines").into());
    }
    println!(
        "{:<10}{:<12}{count:>10}{:>11.1} ms{:>9.2} s{:>11.0}{:>9} KiB",
        pw.database.kind.name(),
        arguments.join(" "),
        first.as_secs_f64() * 1e3,
        total.as_secs_f64(),
        f64::from(u32::try_from(count)?) / total.as_secs_f64(),
        peak,
    );
    Ok(())
}

/// The most memory that a process has had so far, in KiB; 0 when it has ended.
fn high_water(status: &str) -> u64 {
    let status = fs::read_to_string(status).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Users with a password each that is on no list.
fn plain(users: usize) -> String {
    let mut text = "address,password\n".to_owned();
    for number in 0..users {
        // Numbers all over the place, the same in every run.
        let word = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "user{number}@example.org,{word:016x}");
    }
    text
}

fn fill(database: &Database, count: usize) {
    let stored = "{SHA256-CRYPT}$5$rounds=20000$M/GWzmtjsLroRWIf$\
                  0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL7";
    let address = match database.kind {
        Kind::MariaDb => "CONCAT('user', n, '@example.org')",
        Kind::Sqlite | Kind::Postgres => "'user' || n || '@example.org'",
    };
    for first in (1..=count).step_by(AT_A_TIME) {
        let last = count.min(first + AT_A_TIME - 1);
        let from = match database.kind {
            Kind::MariaDb => format!("(SELECT seq AS n FROM seq_{first}_to_{last}) s"),
            Kind::Sqlite | Kind::Postgres => format!(
                "(WITH RECURSIVE s (n) AS (SELECT {first} UNION ALL \
                 SELECT n + 1 FROM s WHERE n < {last}) SELECT n FROM s) s"
            ),
        };
        database.execute(&format!(
            "INSERT INTO virtual_users (domain_id, email, password) \
             SELECT 1, {address}, '{stored}' FROM {from};"
        ));
    }
}

/// The program with a database of its own.
struct Pw {
    database: Database,
    program: PathBuf,
    configuration: PathBuf,
}

impl Pw {
    fn new(servers: &Arc<Servers>, kind: Kind, policy: &str) -> Self {
        let database = Database::create(servers, kind, Layout::default());
        let configuration = servers.scratch().path().join(format!("{}.toml", database.name()));
        ispmail_tests::scratch::write_configuration(
            &configuration,
            &(database.toml_over_socket() + policy),
        );
        Self { database, program: install(servers.scratch(), PW), configuration }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(&self.configuration).args(arguments);
        command
    }
}
