//! What comes before the rounds: steps 1 to 20 of Drepper's "Unix crypt using SHA-256 and SHA-512".

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::message::{Shape, Start};

/// Longest salt in bytes; what is longer is cut.
pub(crate) const MAX_SALT: usize = 16;

/// Repeats of the salt that are hashed in one go.
const REPEATS: usize = 64;

pub(crate) fn cut(salt: &[u8]) -> &[u8] {
    salt.get(..MAX_SALT).unwrap_or(salt)
}

pub(crate) fn shape(password: &[u8], salt: &[u8]) -> Shape {
    Shape { password: password.len(), salt: cut(salt).len() }
}

pub(crate) fn start(password: &[u8], salt: &[u8]) -> Start {
    let salt = cut(salt);
    let first = first_digest(password, salt);

    let mut hash = Sha256::new();
    for _ in 0..password.len() {
        hash.update(password);
    }
    let password_digest = finish(hash);

    let [first_byte, ..] = *first;
    let salt_digest = repeated(salt, 16 + usize::from(first_byte));

    let (words, _) = first.as_chunks();
    let mut digest = Zeroizing::new([0; 8]);
    for (to, from) in digest.iter_mut().zip(words) {
        *to = u32::from_be_bytes(*from);
    }
    Start { shape: shape(password, salt), password: password_digest, salt: salt_digest, digest }
}

/// Steps 1 to 12: digest A.
fn first_digest(password: &[u8], salt: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut hash = Sha256::new();
    hash.update(password);
    hash.update(salt);
    hash.update(password);
    let second = finish(hash);

    let mut hash = Sha256::new();
    hash.update(password);
    hash.update(salt);
    for _ in 0..password.len() / second.len() {
        hash.update(*second);
    }
    hash.update(second.get(..password.len() % second.len()).unwrap_or_default());
    let mut bits = password.len();
    while bits != 0 {
        if bits & 1 == 0 {
            hash.update(password);
        } else {
            hash.update(*second);
        }
        bits >>= 1;
    }
    finish(hash)
}

/// Steps 17 to 19: the digest of `times` salts.
fn repeated(salt: &[u8], times: usize) -> Zeroizing<[u8; 32]> {
    let mut many = [0; REPEATS * MAX_SALT];
    let mut filled = 0;
    if !salt.is_empty() {
        for (to, from) in
            many.chunks_exact_mut(salt.len()).take(REPEATS).zip(std::iter::repeat(salt))
        {
            to.copy_from_slice(from);
            filled += to.len();
        }
    }
    let many = many.get(..filled).unwrap_or_default();
    let mut hash = Sha256::new();
    let mut left = times * salt.len();
    while left != 0 {
        let now = many.get(..left.min(many.len())).unwrap_or_default();
        hash.update(now);
        left -= now.len();
    }
    finish(hash)
}

fn finish(hash: Sha256) -> Zeroizing<[u8; 32]> {
    let mut digest = Zeroizing::new([0; 32]);
    hash.finalize_into((&mut *digest).into());
    digest
}
