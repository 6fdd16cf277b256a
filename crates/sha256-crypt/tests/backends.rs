//! Every backend against the definition and the `sha-crypt` crate, alone and in batches.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{Owned, Random, by_definition};
use ispmail_sha256_crypt::backends::Backend;
use ispmail_sha256_crypt::{Job, sha256_crypt, sha256_crypt_batch};

fn available() -> impl Iterator<Item = Backend> {
    Backend::ALL.iter().copied().filter(|backend| {
        let available = backend.is_available();
        if !available {
            println!("NOT TESTED: {backend:?} (not on this CPU)");
        }
        available
    })
}

/// All backends, one job at a time and all at once, and the public functions.
fn check(owned: &[Owned]) {
    let jobs: Vec<Job<'_>> = owned.iter().map(Owned::job).collect();
    let want: Vec<[u8; 32]> = jobs.iter().map(by_definition).collect();
    for backend in available() {
        for (owned, want) in owned.iter().zip(&want) {
            let digest = backend.digests(&[owned.job()]).unwrap();
            assert!(digest == [*want], "{backend:?}: {}", owned.describe());
        }
    }
    check_batch(owned, &want);
}

/// All backends with all jobs at once, and the public functions.
fn check_batch(owned: &[Owned], want: &[[u8; 32]]) {
    let jobs: Vec<Job<'_>> = owned.iter().map(Owned::job).collect();
    let compare = |name: &str, digests: Vec<[u8; 32]>| {
        assert_eq!(digests.len(), want.len());
        for ((digest, want), owned) in digests.iter().zip(want).zip(owned) {
            assert!(digest == want, "{name}, batch of {}: {}", jobs.len(), owned.describe());
        }
    };
    for backend in available() {
        compare(&format!("{backend:?}"), backend.digests(&jobs).unwrap());
    }
    compare("batch", sha256_crypt_batch(&jobs));
    compare(
        "single",
        jobs.iter().map(|job| sha256_crypt(job.password, job.salt, job.rounds)).collect(),
    );
}

#[test]
fn every_password_length_to_1000() {
    let mut random = Random::new();
    let owned: Vec<Owned> = (0..=1000)
        .map(|length| Owned { password: random.bytes(length), salt: random.bytes(16), rounds: 43 })
        .collect();
    check(&owned);
}

#[test]
fn every_salt_length_with_every_place_of_the_digest() {
    let mut random = Random::new();
    for salt in 0..=18 {
        let owned: Vec<Owned> = (0..=66)
            .map(|length| Owned {
                password: random.bytes(length),
                salt: random.bytes(salt),
                rounds: 42,
            })
            .collect();
        check(&owned);
    }
}

#[test]
fn long_passwords() {
    let mut random = Random::new();
    let owned: Vec<Owned> = [1001, 1024, 4095, 5000]
        .into_iter()
        .map(|length| Owned {
            password: random.bytes(length),
            salt: random.bytes(8),
            rounds: 1 + u32::try_from(length % 50).unwrap(),
        })
        .collect();
    check(&owned);
}

#[test]
fn any_number_of_rounds() {
    let mut random = Random::new();
    let owned: Vec<Owned> = (0..=130)
        .map(|rounds| Owned { password: random.bytes(9), salt: random.bytes(16), rounds })
        .collect();
    check(&owned);
}

#[test]
fn batches_of_0_to_100_with_mixed_lengths_and_rounds() {
    let mut random = Random::new();
    for size in 0..=100 {
        let owned: Vec<Owned> = (0..size)
            .map(|_| {
                let longest = [12, 24, 64, 300][random.below(4)];
                let (password, salt) = (random.below(longest), random.below(18));
                let most = [3, 100, 500][random.below(3)];
                Owned {
                    password: random.bytes(password),
                    salt: random.bytes(salt),
                    rounds: u32::try_from(random.below(most)).unwrap(),
                }
            })
            .collect();
        let want: Vec<[u8; 32]> = owned.iter().map(|owned| by_definition(&owned.job())).collect();
        check_batch(&owned, &want);
    }
}

#[test]
fn the_sha_crypt_crate() {
    let mut random = Random::new();
    let owned: Vec<Owned> = (0..60)
        .map(|_| {
            let (password, salt) = (random.below(100), random.below(20));
            Owned {
                password: random.bytes(password),
                salt: random.bytes(salt),
                rounds: 1000 + u32::try_from(random.below(200)).unwrap(),
            }
        })
        .collect();
    let want: Vec<[u8; 32]> = owned
        .iter()
        .map(|Owned { password, salt, rounds }| {
            sha_crypt::sha256_crypt(password, salt, sha_crypt::Params::new(*rounds).unwrap())
        })
        .collect();
    check_batch(&owned, &want);
}
