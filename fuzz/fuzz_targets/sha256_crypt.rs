//! SHA256-CRYPT: every backend computes what the portable one computes, alone and in a batch.
//!
//! The data is a list of jobs: rounds, length of the password and length of the salt in a byte
//! each, then password and salt. The last job takes what there is.
#![no_main]

use ispmail_sha256_crypt::backends::Backend;
use ispmail_sha256_crypt::{Job, sha256_crypt, sha256_crypt_batch};
use libfuzzer_sys::fuzz_target;

/// Two cycles and a bit.
const MOST_ROUNDS: u8 = 90;
const MOST_JOBS: usize = 40;

fn take<'a>(data: &mut &'a [u8], length: u8) -> &'a [u8] {
    let (taken, rest) = data.split_at(data.len().min(usize::from(length)));
    *data = rest;
    taken
}

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let mut jobs = Vec::new();
    while let [rounds, password, salt, rest @ ..] = data {
        data = rest;
        let (password, salt) = (take(&mut data, *password), take(&mut data, *salt));
        jobs.push(Job { password, salt, rounds: u32::from(rounds % MOST_ROUNDS) });
        if jobs.len() == MOST_JOBS {
            break;
        }
    }
    let want = Backend::Portable.digests(&jobs).expect("portable");
    for backend in Backend::ALL {
        if let Some(digests) = backend.digests(&jobs) {
            assert!(digests == want, "{backend:?}");
        }
    }
    assert!(sha256_crypt_batch(&jobs) == want, "batch");
    if let [job, ..] = jobs[..] {
        assert!(sha256_crypt(job.password, job.salt, job.rounds) == want[0], "single");
    }
});
