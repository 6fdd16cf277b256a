//! What one SHA256-CRYPT costs, by who computes it, against the floor of one job at a time; all in
//! one run.
//!
//! `hash-cost [PASSWORD_LENGTH [SALT_LENGTH [ROUNDS]]]`: 9, 16 and 5000 if not given. To be run on
//! one core: `taskset -c 1 hash-cost`.

use std::ffi::{CStr, CString, c_char, c_void};
use std::hint::black_box;
use std::time::{Duration, Instant};

use ispmail_sha256_crypt::backends::Backend;
use ispmail_sha256_crypt::{Job, sha256_crypt, sha256_crypt_batch};
use sha2::{Digest as _, Sha256};

type Any = Box<dyn std::error::Error>;

/// The contestants take turns, so that a busy moment of the machine hits all of them; the best turn
/// of each counts.
const TURNS: u32 = 40;
/// Hashes that are computed one after the other in a turn.
const FEW: u32 = 4;
/// Jobs of a batch that keeps all lanes of any backend busy.
const MANY: usize = 48;
/// Blocks of the long buffer.
const LONG: u32 = 8192;

/// Somebody who hashes.
struct Contestant<'a> {
    name: String,
    /// Hashes, or blocks, of one turn.
    count: u32,
    turn: Box<dyn Fn() + 'a>,
    best: Duration,
}

impl<'a> Contestant<'a> {
    fn new(name: impl Into<String>, count: u32, turn: impl Fn() + 'a) -> Self {
        Self { name: name.into(), count, turn: Box::new(turn), best: Duration::MAX }
    }

    fn each(&self) -> f64 {
        self.best.as_secs_f64() / f64::from(self.count)
    }
}

fn main() -> Result<(), Any> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<usize>());
    let mut next = |default| arguments.next().unwrap_or(Ok(default));
    let (password_length, salt_length, rounds) = (next(9)?, next(16)?, u32::try_from(next(5000)?)?);

    let passwords: Vec<Vec<u8>> = (0..MANY).map(|job| text(password_length, job)).collect();
    let salts: Vec<Vec<u8>> = (0..MANY).map(|job| text(salt_length, job + 31)).collect();
    let jobs: Vec<Job<'_>> = passwords
        .iter()
        .zip(&salts)
        .map(|(password, salt)| Job { password, salt, rounds })
        .collect();
    let one = *jobs.first().ok_or("no job")?;
    let many = u32::try_from(jobs.len())?;

    let long = vec![0x5a; 64 * usize::try_from(LONG)?];
    let crypt = Crypt::new(&one)?;
    let parameters = sha_crypt::Params::new(rounds)?;
    let mut contestants = vec![
        Contestant::new("sha2 crate, long buffer", LONG, || {
            black_box(Sha256::digest(black_box(&long)));
        }),
        Contestant::new("libxcrypt's crypt_r", FEW, || {
            for _ in 0..FEW {
                black_box(crypt.run());
            }
        }),
        Contestant::new("sha-crypt crate", FEW, || {
            for _ in 0..FEW {
                let password = black_box(one.password);
                black_box(sha_crypt::sha256_crypt(password, one.salt, parameters));
            }
        }),
        Contestant::new("ours, one", FEW, || {
            for _ in 0..FEW {
                black_box(sha256_crypt(black_box(one.password), one.salt, rounds));
            }
        }),
    ];
    for size in [2, 3, 4, 8, 12, 16, jobs.len()] {
        let jobs = jobs.get(..size).ok_or("too few jobs")?;
        let name = format!("ours, batch of {size}");
        contestants.push(Contestant::new(name, u32::try_from(size)?, || {
            black_box(sha256_crypt_batch(black_box(jobs)));
        }));
    }
    for backend in Backend::ALL.iter().filter(|backend| backend.is_available()) {
        let name = format!("ours, batch of {many}, {backend:?}");
        contestants.push(Contestant::new(name, many, || {
            black_box(backend.digests(black_box(&jobs)));
        }));
    }

    for _ in 0..TURNS {
        for contestant in &mut contestants {
            let start = Instant::now();
            (contestant.turn)();
            contestant.best = contestant.best.min(start.elapsed());
        }
    }

    let [long, libxcrypt, sha_crypt, ..] = contestants.as_slice() else { return Ok(()) };
    let blocks = loop_blocks(password_length, salt_length, rounds);
    let floor = long.each() * f64::from(blocks);
    let (libxcrypt, sha_crypt) = (libxcrypt.each(), sha_crypt.each());
    println!(
        "password {password_length} B, salt {salt_length} B, {rounds} rounds: {blocks} blocks"
    );
    println!(
        "{:<38}{:>11}{:>10}{:>13}{:>13}",
        "", "us/hash", "x floor", "x libxcrypt", "x sha-crypt"
    );
    let row = |name: &str, each: f64| {
        println!(
            "{name:<38}{:>11.1}{:>10.3}{:>13.2}{:>13.2}",
            each * 1e6,
            each / floor,
            libxcrypt / each,
            sha_crypt / each
        );
    };
    row(&format!("floor: {:.2} ns per block", long.each() * 1e9), floor);
    for contestant in contestants.iter().skip(1) {
        row(&contestant.name, contestant.each());
    }
    Ok(())
}

fn text(length: usize, seed: usize) -> Vec<u8> {
    (0..length)
        .map(|at| b'a' + u8::try_from((at * 7 + seed * 3) % 26).unwrap_or_default())
        .collect()
}

/// SHA-256 blocks of the rounds alone, from the definition.
fn loop_blocks(password: usize, salt: usize, rounds: u32) -> u32 {
    (0..rounds)
        .map(|round| {
            let salt = if round % 3 == 0 { 0 } else { salt };
            let second = if round % 7 == 0 { 0 } else { password };
            let message = 32 + password + salt + second;
            u32::try_from((message + 9).div_ceil(64)).unwrap_or_default()
        })
        .sum()
}

/// A call of libxcrypt.
struct Crypt {
    phrase: CString,
    setting: CString,
}

/// Bytes of `struct crypt_data` of libxcrypt's crypt.h.
const CRYPT_DATA: usize = 32768;

#[link(name = "crypt")]
unsafe extern "C" {
    fn crypt_r(phrase: *const c_char, setting: *const c_char, data: *mut c_void) -> *const c_char;
}

impl Crypt {
    fn new(job: &Job<'_>) -> Result<Self, Any> {
        let setting = format!("$5$rounds={}${}", job.rounds, str::from_utf8(job.salt)?);
        let crypt = Self { phrase: CString::new(job.password)?, setting: CString::new(setting)? };
        // A refusal is two characters long.
        if crypt.run() < 43 { Err("crypt(3) refuses the setting".into()) } else { Ok(crypt) }
    }

    /// The length of what crypt(3) gives.
    fn run(&self) -> usize {
        let mut data = vec![0_u128; CRYPT_DATA / size_of::<u128>()];
        // SAFETY: both strings are NUL-terminated; `data` is as large as crypt.h says, zeroed as it
        // asks; all three live through the call. The result is null or points into `data`.
        unsafe {
            let value =
                crypt_r(self.phrase.as_ptr(), self.setting.as_ptr(), data.as_mut_ptr().cast());
            if value.is_null() { 0 } else { CStr::from_ptr(value).count_bytes() }
        }
    }
}
