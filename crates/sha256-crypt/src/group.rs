//! The messages of up to `N` jobs, laid out once: everything that a round needs but A.
//!
//! A row holds the same word of all lanes. Dropped groups are wiped.

#![expect(clippy::indexing_slicing, reason = "arrays of known length and indices below it")]

use sha2::block_api::compress256;
use zeroize::{Zeroize, Zeroizing};

use crate::message::{KINDS, ODD, Place, Start, WORDS};
use crate::sha256::{INITIAL, K, small0, small1};
use crate::vector::round;

/// One word of each lane.
pub(crate) type Row<const N: usize> = [u32; N];

/// A block in which only words 0 to 7 vary.
#[derive(Clone, Zeroize)]
#[repr(C, align(64))]
pub(crate) struct Front<const N: usize> {
    /// W8 to W15.
    pub(crate) words: [Row<N>; 8],
    /// W8 to W15, K added.
    pub(crate) plus_k: [Row<N>; 8],
    /// What W8 to W15 add to each of W16 to W31.
    pub(crate) next: [Row<N>; WORDS],
}

/// A block that does not vary: W0 to W63, K added.
#[derive(Clone, Zeroize)]
#[repr(C, align(64))]
pub(crate) struct Fixed<const N: usize>(pub(crate) [Row<N>; 64]);

/// The one or two blocks of a round that ends with A.
#[derive(Clone, Zeroize)]
#[repr(C, align(64))]
pub(crate) struct Odd<const N: usize> {
    /// Both blocks, zeros in A's place.
    pub(crate) template: [Row<N>; 2 * WORDS],
    /// Both blocks with the last A in its place.
    pub(crate) message: [Row<N>; 2 * WORDS],
    /// The state before words 0, 4, 8 and 12 of the first block, as far as A does not matter, its
    /// words where [`round`] wants them: halves exchanged before words 4 and 12.
    pub(crate) states: [[Row<N>; 8]; 4],
    /// What W0 to W7 add to each of W16 to W23.
    pub(crate) back: [Row<N>; 8],
    /// The second block.
    pub(crate) tail: Front<N>,
    /// By how many bits A lies to the right of a word's beginning, and 32 less that.
    pub(crate) right: Row<N>,
    pub(crate) left: Row<N>,
}

/// Up to `N` jobs.
#[repr(C, align(64))]
pub(crate) struct Group<const N: usize> {
    /// A.
    pub(crate) digest: [Row<N>; 8],
    /// Rounds that begin with A: their first block.
    pub(crate) even: [Front<N>; KINDS / 2],
    pub(crate) odd: [Odd<N>; KINDS / 2],
    /// By kind, the constant blocks behind the first one.
    pub(crate) fixed: [Vec<Fixed<N>>; KINDS],
}

impl<const N: usize> Group<N> {
    const FRONT: Front<N> =
        Front { words: [[0; N]; 8], plus_k: [[0; N]; 8], next: [[0; N]; WORDS] };
    const FIXED: Fixed<N> = Fixed([[0; N]; 64]);
    const ODD: Odd<N> = Odd {
        template: [[0; N]; 2 * WORDS],
        message: [[0; N]; 2 * WORDS],
        states: [[[0; N]; 8]; 4],
        back: [[0; N]; 8],
        tail: Self::FRONT,
        right: [0; N],
        left: [0; N],
    };

    /// Room for jobs whose rounds have at most that many blocks by kind.
    pub(crate) fn new(blocks: &[usize; KINDS]) -> Box<Self> {
        Box::new(Self {
            digest: [[0; N]; 8],
            even: [Self::FRONT; KINDS / 2],
            odd: [Self::ODD; KINDS / 2],
            fixed: blocks.map(|blocks| vec![Self::FIXED; blocks - 1]),
        })
    }

    /// Lays a job out in a lane.
    pub(crate) fn load(&mut self, lane: usize, start: &Start) {
        let mut bytes = start.buffer();
        for kind in 0..KINDS {
            start.message(kind, &mut bytes);
            let (blocks, _) = bytes.as_chunks::<64>();
            let place = start.shape.place(kind);
            let (skipped, blocks) = blocks.split_at(place.skipped);
            if kind & ODD == 0 {
                self.even[kind / 2].load(lane, &words(&blocks[0]));
            } else {
                let mut state = Zeroizing::new(INITIAL);
                compress256(&mut state, skipped);
                self.odd[kind / 2].load(lane, place, &state, blocks);
            }
            if kind & ODD == 0 || !place.straddles() {
                for (fixed, block) in self.fixed[kind].iter_mut().zip(&blocks[1..]) {
                    fixed.load(lane, &words(block));
                }
            }
        }
        put(&mut self.digest, lane, &*start.digest);
    }

    fn wipe(&mut self) {
        self.digest.zeroize();
        self.even.zeroize();
        self.odd.zeroize();
        self.fixed.iter_mut().flatten().for_each(Zeroize::zeroize);
    }

    pub(crate) fn digest(&self, lane: usize) -> Zeroizing<[u32; 8]> {
        Zeroizing::new(self.digest.map(|row| row[lane]))
    }
}

impl<const N: usize> Drop for Group<N> {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl<const N: usize> Front<N> {
    fn load(&mut self, lane: usize, w: &[u32; WORDS]) {
        for i in 0..8 {
            self.words[i][lane] = w[8 + i];
            self.plus_k[i][lane] = w[8 + i].wrapping_add(K[8 + i]);
        }
        for i in 0..WORDS {
            let mut next = 0_u32;
            if i < 2 {
                next = next.wrapping_add(small1(w[14 + i]));
            }
            if i < 7 {
                next = next.wrapping_add(w[9 + i]);
            }
            if (7..15).contains(&i) {
                next = next.wrapping_add(small0(w[i + 1]));
            }
            if i >= 8 {
                next = next.wrapping_add(w[i]);
            }
            self.next[i][lane] = next;
        }
    }
}

impl<const N: usize> Fixed<N> {
    fn load(&mut self, lane: usize, block: &[u32; WORDS]) {
        let mut w = Zeroizing::new(*block);
        for (i, row) in self.0.iter_mut().enumerate() {
            let word = w[i % 16];
            row[lane] = word.wrapping_add(K[i]);
            w[i % 16] = word
                .wrapping_add(small0(w[(i + 1) % 16]))
                .wrapping_add(w[(i + 9) % 16])
                .wrapping_add(small1(w[(i + 14) % 16]));
        }
    }
}

impl<const N: usize> Odd<N> {
    fn load(&mut self, lane: usize, place: Place, state: &[u32; 8], blocks: &[[u8; 64]]) {
        let first = words(&blocks[0]);
        let mut both = Zeroizing::new([0; 2 * WORDS]);
        both[..WORDS].copy_from_slice(&*first);
        if let Some(second) = blocks.get(1) {
            let second = words(second);
            both[WORDS..].copy_from_slice(&*second);
            self.tail.load(lane, &second);
        }
        put(&mut self.template, lane, &*both);
        put(&mut self.message, lane, &*both);

        let mut state = Zeroizing::new(*state);
        let plus_k = |i: usize| first[i].wrapping_add(K[i]);
        for (i, states) in self.states.iter_mut().enumerate() {
            put(states, lane, &*state);
            if i % 2 == 0 {
                round::<u32, 1, 0>(&mut state, plus_k(4 * i));
                round::<u32, 1, 1>(&mut state, plus_k(4 * i + 1));
                round::<u32, 1, 2>(&mut state, plus_k(4 * i + 2));
                round::<u32, 1, 3>(&mut state, plus_k(4 * i + 3));
            } else {
                round::<u32, 1, 4>(&mut state, plus_k(4 * i));
                round::<u32, 1, 5>(&mut state, plus_k(4 * i + 1));
                round::<u32, 1, 6>(&mut state, plus_k(4 * i + 2));
                round::<u32, 1, 7>(&mut state, plus_k(4 * i + 3));
            }
        }
        for i in 0..8 {
            let own = if i < 7 { small0(first[i + 1]) } else { 0 };
            self.back[i][lane] = own.wrapping_add(first[i]);
        }
        self.right[lane] = [0, 8, 16, 24][place.offset % 4];
        self.left[lane] = 32 - self.right[lane];
    }
}

fn words(block: &[u8; 64]) -> Zeroizing<[u32; WORDS]> {
    let (words, _) = block.as_chunks();
    Zeroizing::new(core::array::from_fn(|i| u32::from_be_bytes(words[i])))
}

fn put<const N: usize>(rows: &mut [Row<N>], lane: usize, words: &[u32]) {
    for (row, word) in rows.iter_mut().zip(words) {
        row[lane] = *word;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::most_blocks;
    use crate::setup;

    /// All words, `N` of each kind of row.
    fn words_of<const N: usize>(group: &Group<N>) -> Vec<u32> {
        let mut rows: Vec<Row<N>> = group.digest.to_vec();
        for even in &group.even {
            rows.extend(even.words.iter().chain(&even.plus_k).chain(&even.next));
        }
        for odd in &group.odd {
            rows.extend(odd.template.iter().chain(&odd.message).chain(&odd.back));
            rows.extend(odd.states.iter().flatten().chain([&odd.right, &odd.left]));
            let tail = &odd.tail;
            rows.extend(tail.words.iter().chain(&tail.plus_k).chain(&tail.next));
        }
        rows.extend(group.fixed.iter().flatten().flat_map(|fixed| fixed.0));
        rows.concat()
    }

    #[test]
    fn wiped() {
        let start = setup::start(b"a password of some length", b"salt");
        let mut group = Group::<2>::new(&most_blocks([start.shape].into_iter()));
        group.load(1, &start);
        assert!(words_of(&group).iter().filter(|&&word| word != 0).count() > 500);
        group.wipe();
        assert!(words_of(&group).iter().all(|&word| word == 0));
    }
}
