//! What one sign-in costs as a process, against the smallest checkpassword in static C that accepts
//! everything, all in one run; and where our part of it goes.
//!
//! `sign-in-cost PROGRAM…`: the programs are builds of ispmail-checkpassword. Needs root (it starts
//! a `MariaDB` as user mysql) and gcc.

use std::fmt::Display;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use command_fds::{CommandFdExt as _, FdMapping};
use ispmail_accounts::{Access, Accounts, ISPMAIL, Lookups, Values};
use ispmail_auth::Authenticator;
use ispmail_auth::config::{Config, Source};
use ispmail_password::{Password, Policy, SchemeName, StoredPassword, Verdict};
use ispmail_tests::database::{Database, Kind, Layout, Servers};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

type Any = Box<dyn std::error::Error>;

const LOGIN: &str = "john@example.org";
const PASSWORD: &str = "summersun";
/// SHA256-CRYPT with 5,000 rounds, as most rows are.
const STORED: &str =
    "{SHA256-CRYPT}$5$M/GWzmtjsLroRWIf$0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL7";
/// The programs take turns, so that a busy moment of the machine hits all of them.
const TURNS: u32 = 10;
const PER_TURN: u32 = 50;
const STEPS: u32 = 300;

/// Processor and elapsed time.
#[derive(Clone, Copy, Default)]
struct Cost {
    cpu: Duration,
    wall: Duration,
}

/// One kind of process to be measured.
struct Contestant {
    name: String,
    program: PathBuf,
    arguments: Vec<String>,
    cost: Cost,
}

fn main() -> Result<(), Any> {
    let programs: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if programs.is_empty() {
        return Err("usage: sign-in-cost PROGRAM… (builds of ispmail-checkpassword)".into());
    }
    let directory = tempfile::tempdir()?;
    let floor = build_floor(directory.path())?;
    let servers = Servers::new();
    for kind in [Kind::Sqlite, Kind::MariaDb] {
        let database = Database::create(&servers, kind, Layout::default());
        database.add_user(LOGIN, Some(STORED));
        let config = directory.path().join(format!("{}.toml", kind.name()));
        std::fs::write(&config, database.toml())?;
        println!("\n{}", kind.name());
        processes(&floor, &programs, &config)?;
        steps(&config)?;
    }
    Ok(())
}

fn build_floor(directory: &Path) -> Result<PathBuf, Any> {
    let program = directory.join("accept-all");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("accept_all.c");
    let built =
        Command::new("gcc").args(["-O2", "-static", "-o"]).arg(&program).arg(source).status()?;
    if built.success() { Ok(program) } else { Err("gcc failed".into()) }
}

/// The table of processes: time each, and as a multiple of the first.
fn processes(floor: &Path, programs: &[PathBuf], config: &Path) -> Result<(), Any> {
    let mut contestants = vec![contestant("accepts everything, static C", floor, Vec::new())];
    for program in programs {
        let size = std::fs::metadata(program)?.len();
        let name = format!("{} ({size} bytes)", program.display());
        let arguments = vec!["--config".to_owned(), config.display().to_string()];
        contestants.push(contestant(&name, program, arguments));
    }
    for _ in 0..TURNS {
        for contestant in &mut contestants {
            let before = Cost::now(Instant::now())?;
            let start = Instant::now();
            for _ in 0..PER_TURN {
                sign_in(contestant)?;
            }
            let after = Cost::now(start)?;
            contestant.cost.cpu += after.cpu.saturating_sub(before.cpu);
            contestant.cost.wall += after.wall;
        }
    }
    let runs = TURNS * PER_TURN;
    let first = contestants.first().map(|first| first.cost).unwrap_or_default();
    for Contestant { name, cost, .. } in &contestants {
        row(name, cost.cpu / runs, ratio(cost.cpu, first.cpu), "cpu");
        row("", cost.wall / runs, ratio(cost.wall, first.wall), "wall");
    }
    Ok(())
}

fn contestant(name: &str, program: &Path, mut arguments: Vec<String>) -> Contestant {
    arguments.push("/usr/lib/dovecot/checkpassword-reply".to_owned());
    Contestant {
        name: name.to_owned(),
        program: program.to_owned(),
        arguments,
        cost: Cost::default(),
    }
}

fn sign_in(contestant: &Contestant) -> Result<(), Any> {
    let (request_out, mut request_in) = std::io::pipe()?;
    let (mut reply_out, reply_in) = std::io::pipe()?;
    let mut command = Command::new(&contestant.program);
    command
        .args(&contestant.arguments)
        .env("ORIG_UID", nix::unistd::getuid().to_string())
        .stdin(Stdio::null())
        .fd_mappings(vec![
            FdMapping { parent_fd: request_out.into(), child_fd: 3 },
            FdMapping { parent_fd: reply_in.into(), child_fd: 4 },
        ])?;
    let mut child = command.spawn()?;
    drop(command);
    request_in.write_all(format!("{LOGIN}\0{PASSWORD}\0\0").as_bytes())?;
    drop(request_in);
    let mut reply = Vec::new();
    reply_out.read_to_end(&mut reply)?;
    let status = child.wait()?;
    if status.success() && !reply.is_empty() { Ok(()) } else { Err("not accepted".into()) }
}

impl Cost {
    fn now(start: Instant) -> Result<Self, Any> {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        let microseconds =
            usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
        let cpu = Duration::from_micros(u64::try_from(microseconds)?);
        Ok(Self { cpu, wall: start.elapsed() })
    }
}

/// Where our part of a sign-in goes, measured inside one process.
fn steps(config: &Path) -> Result<(), Any> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let source = Source::Toml(config.to_owned());
    let (mut configuration, mut connection, mut query, mut hash, mut goodbye) = Default::default();
    for _ in 0..STEPS {
        let loaded = timed(&mut configuration, || {
            let loaded = Config::load(&source).map_err(|error| error.to_string())?;
            // What a sign-in makes of it belongs to the configuration.
            let again = Config::load(&source).map_err(|error| error.to_string())?;
            Authenticator::new(again).map_err(|error| error.to_string())?;
            Ok::<_, String>(loaded)
        })?;
        runtime.block_on(async {
            let dialect = loaded.endpoints.first().ok_or("no endpoint")?.dialect();
            let lookups = Lookups::of_layout(&ISPMAIL, dialect)?;
            let start = Instant::now();
            let accounts = Accounts::connect(&loaded.endpoints, 0, loaded.timeouts, Access::Read);
            let mut accounts = accounts.await?;
            connection += start.elapsed();
            let start = Instant::now();
            let found = accounts.find(&lookups, LOGIN, &Values::new(LOGIN)).await?;
            query += start.elapsed();
            let start = Instant::now();
            accounts.close().await;
            goodbye += start.elapsed();
            let column = found.and_then(|account| account.stored).ok_or("no row")?;
            let start = Instant::now();
            let scheme: SchemeName = "SHA256-CRYPT".parse()?;
            let stored = StoredPassword::parse(&column.text, scheme)?;
            let password = Password::new(PASSWORD.into())?;
            let verdict = Policy::default().verify(Some(&stored), &password)?;
            hash += start.elapsed();
            if verdict == Verdict::Match { Ok::<(), Any>(()) } else { Err("mismatch".into()) }
        })?;
    }
    println!("  of which, inside one process:");
    for (name, time) in [
        ("configuration (read twice here)", configuration),
        ("connection", connection),
        ("query", query),
        ("goodbye to the database", goodbye),
        ("hash, 5000 rounds", hash),
    ] {
        row(name, time / STEPS, "", "wall");
    }
    Ok(())
}

fn timed<T>(total: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    *total += start.elapsed();
    result
}

fn ratio(time: Duration, of: Duration) -> String {
    format!("{:5.2} x", time.as_secs_f64() / of.as_secs_f64())
}

fn row(name: &str, time: Duration, ratio: impl Display, kind: &str) {
    println!("  {name:<70}{:>9.1} us {kind:<5}{ratio}", time.as_secs_f64() * 1e6);
}
