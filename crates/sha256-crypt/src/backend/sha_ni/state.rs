//! States in the order of the SHA-NI instructions, and how A gets from there into a message.

#![expect(clippy::indexing_slicing, reason = "arrays of known length and indices below it")]
#![expect(clippy::inline_always, reason = "a call would pass vectors through memory")]

use zeroize::Zeroizing;

use super::quad::{Aligned, Quad, ShaNi};
use super::rounds::Words;
use crate::group::Row;

/// The words of a state in the order in which the instructions take them: F E B A, H G D C.
const ORDER: [usize; 8] = [5, 4, 1, 0, 7, 6, 3, 2];

/// The words of a state or digest, put into that order.
pub(super) fn in_order(words: &[Row<1>; 8]) -> [Row<1>; 8] {
    ORDER.map(|word| words[word])
}

#[derive(Clone, Copy)]
pub(super) struct State {
    pub(super) abef: Quad,
    pub(super) cdgh: Quad,
}

impl State {
    #[inline(always)]
    pub(super) fn load(proof: ShaNi, rows: &[Row<1>; 8]) -> Self {
        let (halves, _) = rows.as_chunks();
        Self { abef: Quad::load(proof, &halves[0]), cdgh: Quad::load(proof, &halves[1]) }
    }

    /// Writes the words in their natural order.
    #[inline(always)]
    pub(super) fn store(&self, words: &mut [Row<1>; 8]) {
        let mut ordered = Zeroizing::new([[0]; 8]);
        let (halves, _) = ordered.as_chunks_mut();
        self.abef.store(&mut halves[0]);
        self.cdgh.store(&mut halves[1]);
        for (from, to) in ORDER.into_iter().enumerate() {
            words[to] = ordered[from];
        }
    }

    /// Four rounds with `k` and the next four words, which go to offset `W0` and to `last`. The
    /// words stay in memory but for the last four: there are not registers enough for all.
    #[inline(always)]
    pub(super) fn four_next<const W0: usize, const W1: usize, const W2: usize>(
        &mut self,
        words: &mut Words,
        last: &mut Quad,
        k: Quad,
    ) {
        Quad::four_next::<W0, W1, W2>(&mut self.abef, &mut self.cdgh, words, last, k);
    }

    #[inline(always)]
    pub(super) fn add(self, other: Self) -> Self {
        Self { abef: self.abef.add(other.abef), cdgh: self.cdgh.add(other.cdgh) }
    }

    /// A B C D, E F G H.
    #[inline(always)]
    pub(super) fn words(self) -> [Quad; 2] {
        let (abef, cdgh) = (self.abef.reversed(), self.cdgh.reversed());
        [abef.low_halves(cdgh), abef.high_halves(cdgh)]
    }

    /// Four words of a message with this digest in its place.
    #[inline(always)]
    pub(super) fn dropped_in(
        self,
        proof: ShaNi,
        template: &[Row<1>; 4],
        masks: &[Aligned; 2],
    ) -> Quad {
        let (left, right) = (self.abef.pick(&masks[0]), self.cdgh.pick(&masks[1]));
        Quad::load(proof, template).or(left.or(right))
    }
}

/// For each four words of two blocks in which A may be, which bytes come from ABEF and which from CDGH.
pub(super) type Masks = [[Aligned; 2]; 6];

/// By the offset of A's first byte.
pub(super) static MASKS: [Masks; 64] = masks();

const fn masks() -> [Masks; 64] {
    let mut all = [[[Aligned([0x80; 16]); 2]; 6]; 64];
    let mut offset = 0;
    while offset < 64 {
        let mut byte = 0;
        while byte < 32 {
            let at = offset + byte;
            // Message bytes are the most significant first, a vector's the least.
            let to = at % 16 / 4 * 4 + 3 - at % 4;
            let mut place = 0;
            while ORDER[place] != byte / 4 {
                place += 1;
            }
            let from = place % 4 * 4 + 3 - byte % 4;
            #[expect(clippy::cast_possible_truncation, reason = "below 16")]
            {
                all[offset][at / 16][place / 4].0[to] = from as u8;
            }
            byte += 1;
        }
        offset += 1;
    }
    all
}
