//! Published vectors, with every backend.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::crypt_base64;
use ispmail_sha256_crypt::backends::Backend;
use ispmail_sha256_crypt::{Job, sha256_crypt, sha256_crypt_batch};

/// Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512", section "Test vectors": password, salt as
/// given, rounds as they are counted (crypt(3) raises 10 to 1,000), hash.
const DREPPER: [(&str, &str, u32, &str); 7] = [
    ("Hello world!", "saltstring", 5000, "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"),
    ("Hello world!", "saltstringsaltstring", 10_000, "3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA"),
    (
        "This is just a test",
        "toolongsaltstring",
        5000,
        "Un/5jzAHMgOGZ5.mWJpuVolil07guHPvOW8mGRcvxa5",
    ),
    (
        "a very much longer text to encrypt.  This one even stretches over morethan one line.",
        "anotherlongsaltstring",
        1400,
        "Rx.j8H.h8HjEDGomFU8bDkXm3XIUnzyxf12oP84Bnq1",
    ),
    (
        "we have a short salt string but not a short password",
        "short",
        77_777,
        "JiO1O3ZpDAxGJeaDIuqCoEFysAe1mZNJRs3pw0KQRd/",
    ),
    ("a short string", "asaltof16chars..", 123_456, "gP3VQ/6X7UUEW3HkBn2w1/Ptq2jxPyzV/cZKmF/wJvD"),
    (
        "the minimum number is still observed",
        "roundstoolow",
        1000,
        "yfvwcWrQ8l/K0DAWyuPMDNHpIVlTQebY9l/gL972bIC",
    ),
];

#[test]
fn published() {
    let jobs = DREPPER.map(|(password, salt, rounds, _)| Job {
        password: password.as_bytes(),
        salt: salt.as_bytes(),
        rounds,
    });
    let compare = |name: &str, digests: &[[u8; 32]]| {
        for ((_, salt, _, want), digest) in DREPPER.iter().zip(digests) {
            assert_eq!(crypt_base64(digest), *want, "{name}: {salt}");
        }
    };
    for backend in Backend::ALL.iter().filter(|backend| backend.is_available()) {
        compare(&format!("{backend:?}"), &backend.digests(&jobs).unwrap());
    }
    compare("batch", &sha256_crypt_batch(&jobs));
    compare("single", &jobs.map(|job| sha256_crypt(job.password, job.salt, job.rounds)));
}
