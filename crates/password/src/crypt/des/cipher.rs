//! DES (FIPS 46-3) with the salt of crypt(3), which swaps bits of what the E-box gives, and the
//! way from a password to a key and from a block to text.
//!
//! The rounds keep either half of the block as the E-box gives it: eight groups of six bits, the
//! first in the highest byte. [`ROUND`] has S-box, P and E in one look-up. As in every crypt(3),
//! the look-ups depend on the password, and so does the cache.

use zeroize::Zeroizing;

use super::tables::{FP, IP, PC1, PC2, ROTATIONS, ROUND, expand, groups, permute};
use crate::Malformed;
use crate::crypt::alphabet::{check_hash, symbol};

/// Length of a block as it is written, in characters.
pub(crate) const BLOCK_CHARS: usize = 11;

/// A key out of up to eight bytes of a password: seven bits of each, above the bit for parity.
pub(crate) fn pack(password: &[u8]) -> u64 {
    let bytes = password.iter().chain(&[0; 8]).take(8);
    bytes.fold(0, |key, byte| key << 8 | u64::from(byte << 1))
}

/// Appends a block, highest bits first; the last character has two bits to spare.
pub(crate) fn push_block(text: &mut Vec<u8>, block: u64) {
    let bits = u128::from(block) << 2;
    let six = |position: usize| (bits >> (6 * position) & 63) as u32;
    text.extend((0..BLOCK_CHARS).rev().map(|position| symbol(six(position))));
}

/// Makes sure that [`push_block`] could write this.
pub(crate) fn check_block(text: &[u8]) -> Result<(), Malformed> {
    check_hash(text, BLOCK_CHARS, 0b11_1100)
}

/// The salt that the first two characters of a written block would be.
pub(crate) fn salt_of(block: u64) -> u32 {
    ((block >> 58 | block >> 46 & 0xfc0) & 0xfff) as u32
}

/// The keys of the sixteen rounds, in groups of six bits.
pub(crate) struct Key(Zeroizing<[u64; 16]>);

impl Key {
    pub(crate) fn new(key: u64) -> Self {
        let halves = permute(key, 64, &PC1);
        let mut rounds = Zeroizing::new([0; 16]);
        let mut shift = 0;
        for (round, step) in rounds.iter_mut().zip(ROTATIONS) {
            shift += step;
            let rotate = |half: u64| (half << shift | half >> (28 - shift)) & HALF;
            let rotated = rotate(halves >> 28) << 28 | rotate(halves & HALF);
            *round = groups(permute(rotated, 56, &PC2));
        }
        Self(rounds)
    }

    /// Encrypts a block `count` times. The lowest of the 24 bits of the salt swaps the first bit
    /// of the E-box with its 25th, the next one the second with the 26th, and so on.
    pub(crate) fn encrypt(&self, block: u64, salt: u32, count: u32) -> u64 {
        let swap = groups(u64::from(salt.reverse_bits() >> 8));
        let block = permute(block, 64, &IP);
        let (mut left, mut right) = (expand(block >> 32), expand(block));
        for _ in 0..count {
            for round in self.0.iter() {
                let swapped = (right ^ right >> 32) & swap;
                let indices = right ^ swapped ^ swapped << 32 ^ round;
                (left, right) = (right, left ^ look_up(indices));
            }
            (left, right) = (right, left);
        }
        permute(contract(left) << 32 | contract(right), 64, &FP)
    }
}

const HALF: u64 = (1 << 28) - 1;

fn look_up(indices: u64) -> u64 {
    let pairs = ROUND.iter().zip(indices.to_be_bytes());
    pairs.fold(0, |bits, (row, index)| {
        bits ^ row.get(usize::from(index & 63)).copied().unwrap_or_default()
    })
}

/// Undoes [`expand`]: the middle four bits of each group.
fn contract(half: u64) -> u64 {
    half.to_be_bytes().iter().fold(0, |bits, group| bits << 4 | u64::from(group >> 1 & 15))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// J. Orlin Grabbe, "The DES Algorithm Illustrated".
    #[test]
    fn plain_des() {
        let key = Key::new(0x1334_5779_9bbc_dff1);
        assert_eq!(key.encrypt(0x0123_4567_89ab_cdef, 0, 1), 0x85e8_1354_0f0a_b405);
    }

    #[test]
    fn blocks_are_written_so_that_they_pass() {
        for block in [0, 1, 0x85e8_1354_0f0a_b405, u64::MAX] {
            let mut text = Vec::new();
            push_block(&mut text, block);
            assert_eq!(check_block(&text), Ok(()));
            assert_eq!(crate::crypt::alphabet::bits(&text[..2]), Some(salt_of(block)));
        }
    }
}
