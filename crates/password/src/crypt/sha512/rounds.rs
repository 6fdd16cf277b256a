//! The hash function of SHA512-CRYPT (Drepper, "Unix crypt using SHA-256 and SHA-512").
//!
//! Each round hashes the last digest, the password's sequence P and the salt's sequence S, in one
//! of eight orders. Everything but the digest stays the same, so the padded blocks of each order
//! are laid out once, and the state behind those in front of the digest is kept.

use std::array;

use sha2::block_api::compress512;
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::Digest;

const BLOCK: usize = 128;
const DIGEST: usize = 64;
/// FIPS 180-4, section 5.3.5.
const START: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

/// The digest of a password of at most some hundred bytes.
pub(super) fn sha512_crypt(password: &[u8], salt: &[u8], rounds: u32) -> Zeroizing<[u8; DIGEST]> {
    let hash = |parts: &[&[u8]]| Digest::Sha512.of(parts);
    let inner = hash(&[password, salt, password]);
    let mut parts = vec![password, salt];
    parts.extend(password.chunks(DIGEST).filter_map(|chunk| inner.get(..chunk.len())));
    // One part for each bit of the length, the lowest first.
    let mut length = password.len();
    while length > 0 {
        parts.push(if length & 1 == 1 { &inner } else { password });
        length >>= 1;
    }
    let first = hash(&parts);
    let repeated = |part, times: usize, length: usize| -> Zeroizing<Vec<u8>> {
        let digest = hash(&vec![part; times]);
        Zeroizing::new(digest.iter().copied().cycle().take(length).collect())
    };
    let p = repeated(password, password.len(), password.len());
    let times = 16 + usize::from(first.first().copied().unwrap_or_default());
    let s = repeated(salt, times, salt.len());

    let mut orders: [Order; 8] = array::from_fn(|kind| Order::new(kind, &p, &s));
    let mut digest = Zeroizing::new([0; DIGEST]);
    digest.iter_mut().zip(&*first).for_each(|(to, from)| *to = *from);
    for round in 0..rounds {
        let bits = [round % 2 != 0, round % 3 != 0, round % 7 != 0];
        let kind = bits.iter().rev().fold(0, |kind, &bit| kind << 1 | usize::from(bit));
        if let Some(order) = orders.get_mut(kind) {
            order.hash(&mut digest);
        }
    }
    digest
}

/// The blocks of one order, from the one on in which the digest begins.
#[derive(ZeroizeOnDrop)]
struct Order {
    /// Behind the blocks that are left out.
    state: [u64; 8],
    blocks: Vec<u8>,
    /// Where the digest goes.
    at: usize,
}

impl Order {
    /// Bit 0 of `kind`: the round is odd; bit 1: S is in it; bit 2: P is in it once more.
    fn new(kind: usize, p: &[u8], s: &[u8]) -> Self {
        let gap = [0; DIGEST];
        let [odd, with_s, with_p] = [1, 2, 4].map(|bit| kind & bit != 0);
        let parts: [&[u8]; 4] = [
            if odd { p } else { &gap },
            if with_s { s } else { &[] },
            if with_p { p } else { &[] },
            if odd { &gap } else { p },
        ];
        // One allocation, so that no copy stays behind.
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let size = (length + 1 + 16).next_multiple_of(BLOCK);
        let mut blocks = Vec::with_capacity(size);
        for part in parts {
            blocks.extend_from_slice(part);
        }
        blocks.push(0x80);
        blocks.resize(size - 16, 0);
        blocks.extend_from_slice(&(8 * length as u128).to_be_bytes());

        let at = if odd { length - DIGEST } else { 0 };
        let mut state = START;
        let (before, _) = blocks.split_at(at - at % BLOCK);
        compress512(&mut state, before.as_chunks().0);
        let skipped = before.len();
        blocks.copy_within(skipped.., 0);
        blocks.truncate(blocks.len() - skipped);
        Self { state, blocks, at: at - skipped }
    }

    fn hash(&mut self, digest: &mut [u8; DIGEST]) {
        if let Some(gap) = self.blocks.get_mut(self.at..self.at + DIGEST) {
            gap.copy_from_slice(digest);
        }
        let mut state = self.state;
        compress512(&mut state, self.blocks.as_chunks().0);
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(&state) {
            *bytes = word.to_be_bytes();
        }
        state.zeroize();
    }
}
