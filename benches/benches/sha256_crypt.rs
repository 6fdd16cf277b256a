//! SHA256-CRYPT, one at a time and in batches, over lengths and rounds.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ispmail_sha256_crypt::{Job, sha256_crypt, sha256_crypt_batch};

const ROUNDS: u32 = 5000;
const SALT: &[u8] = b"M/GWzmtjsLroRWIf";
const PASSWORD_LENGTHS: [usize; 7] = [1, 8, 9, 16, 32, 64, 128];
const SALT_LENGTHS: [usize; 3] = [0, 8, 16];
const BATCHES: [usize; 7] = [2, 3, 4, 8, 12, 16, 64];

/// The case of all that vary something else.
const PASSWORD: &[u8] = b"summersun";

fn single(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("one, by password length");
    for length in PASSWORD_LENGTHS {
        let password = vec![b'x'; length];
        group.bench_function(BenchmarkId::from_parameter(length), |bencher| {
            bencher.iter(|| sha256_crypt(black_box(&password), SALT, ROUNDS));
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("one, by salt length");
    for length in SALT_LENGTHS {
        let salt = vec![b'x'; length];
        group.bench_function(BenchmarkId::from_parameter(length), |bencher| {
            bencher.iter(|| sha256_crypt(black_box(PASSWORD), &salt, ROUNDS));
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("one, by rounds");
    for rounds in [1000, 5000, 20_000] {
        group.throughput(Throughput::Elements(u64::from(rounds)));
        group.bench_function(BenchmarkId::from_parameter(rounds), |bencher| {
            bencher.iter(|| sha256_crypt(black_box(PASSWORD), SALT, rounds));
        });
    }
    group.finish();
}

fn batch(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("batch, by number of jobs");
    for size in BATCHES {
        let jobs = vec![Job { password: PASSWORD, salt: SALT, rounds: ROUNDS }; size];
        group.throughput(Throughput::Elements(size as u64));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter(|| sha256_crypt_batch(black_box(&jobs)));
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("batch of 16, by password length");
    group.throughput(Throughput::Elements(16));
    for length in PASSWORD_LENGTHS {
        let password = vec![b'x'; length];
        let jobs = [Job { password: &password, salt: SALT, rounds: ROUNDS }; 16];
        group.bench_function(BenchmarkId::from_parameter(length), |bencher| {
            bencher.iter(|| sha256_crypt_batch(black_box(&jobs)));
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("batch of 32, mixed");
    group.throughput(Throughput::Elements(32));
    let passwords: Vec<Vec<u8>> = (0..32).map(|job| vec![b'x'; 8 + job % 13]).collect();
    let jobs = |rounds: fn(usize) -> u32| -> Vec<Job<'_>> {
        let number = passwords.iter().enumerate();
        number.map(|(at, password)| Job { password, salt: SALT, rounds: rounds(at) }).collect()
    };
    for (name, jobs) in [
        ("lengths 8 to 20", jobs(|_| ROUNDS)),
        ("lengths 8 to 20, half with 1000 rounds", jobs(|at| [1000, ROUNDS][at % 2])),
    ] {
        group.bench_function(name, |bencher| bencher.iter(|| sha256_crypt_batch(black_box(&jobs))));
    }
    group.finish();
}

criterion_group!(benches, single, batch);
criterion_main!(benches);
