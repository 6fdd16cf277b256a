//! SHA256-CRYPT (`$5$` of crypt(3)) as fast as the CPU allows, one password or many at once.
//!
//! What is computed is the digest that Drepper's "Unix crypt using SHA-256 and SHA-512" defines,
//! before it is written in crypt(3)'s own base64. Strings are not this crate's business.
//!
//! ```
//! use ispmail_sha256_crypt::{Job, sha256_crypt, sha256_crypt_batch};
//!
//! let digest = sha256_crypt(b"summersun", b"M/GWzmtjsLroRWIf", 5000);
//! assert_eq!(digest[..4], [0xe4, 0xc5, 0x0e, 0x95]);
//!
//! let job = |password| Job { password, salt: b"M/GWzmtjsLroRWIf", rounds: 5000 };
//! let digests = sha256_crypt_batch(&[job(b"wintersun"), job(b"summersun")]);
//! assert_ne!(digests[0], digest);
//! assert_eq!(digests[1], digest);
//! ```
//!
//! The instructions are chosen at run time: SHA-NI, AVX-512, AVX2, or whatever the `sha2` crate
//! knows. A batch is spread over SIMD lanes, so that its jobs cost much less than one after the
//! other; it may mix lengths and rounds, and does best if they are about the same.
//!
//! Time depends on lengths and rounds, which are public, and on nothing else. What is derived from
//! a password lies in memory that is wiped at the end; the digests are the caller's to wipe.

#![deny(unsafe_code)]

mod backend;
#[doc(hidden)]
pub mod backends;
mod batch;
mod engine;
mod group;
mod lanes;
mod message;
mod plan;
mod rounds;
mod setup;
mod sha256;
mod vector;

/// One password to be hashed with one salt.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// Any bytes, also none. The work before the rounds grows with the square of their number:
    /// callers bound it, as crypt(3) does at 511.
    pub password: &'a [u8],
    /// Any bytes. Only the first 16 count, as in crypt(3).
    pub salt: &'a [u8],
    /// How many rounds; crypt(3) has 1,000 to 999,999,999. 0 counts as 1.
    pub rounds: u32,
}

/// The digest of one password. The arguments are those of [`Job`].
///
/// ```
/// # use ispmail_sha256_crypt::sha256_crypt;
/// assert_eq!(sha256_crypt(b"", b"", 1)[..4], [0x5d, 0xf6, 0xe0, 0xe2]);
/// ```
#[must_use]
pub fn sha256_crypt(password: &[u8], salt: &[u8], rounds: u32) -> [u8; 32] {
    let digests = sha256_crypt_batch(&[Job { password, salt, rounds }]);
    digests.first().copied().unwrap_or_default()
}

/// The digests of any number of jobs, in the order of the jobs.
///
/// Runs on the calling thread alone and returns when the last job is done.
#[must_use]
pub fn sha256_crypt_batch(jobs: &[Job<'_>]) -> Vec<[u8; 32]> {
    batch::digests(jobs, backends::best)
}

/// The example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
