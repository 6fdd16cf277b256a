//! SHA-256 with the SHA-NI instructions, on `M` blocks side by side.

#![expect(clippy::indexing_slicing, reason = "arrays of known length and indices below it")]
#![expect(clippy::inline_always, reason = "a call would pass vectors through memory")]

use super::quad::{Quad, ShaNi};
use super::state::State;
use crate::group::{Fixed, Row};
use crate::sha256::K;

/// Sixteen words.
pub(super) type Words = [Quad; 4];

/// Four rounds.
#[inline(always)]
pub(super) fn four<const M: usize>(state: &mut [State; M], plus_k: [Quad; M]) {
    for m in 0..M {
        state[m].cdgh = state[m].cdgh.two_rounds(state[m].abef, plus_k[m]);
    }
    for m in 0..M {
        state[m].abef = state[m].abef.two_rounds(state[m].cdgh, plus_k[m].high());
    }
}

/// Rounds 0 to 7 of a block that begins with A. Each pair of words is made on its own, so that the
/// first need not wait for the others.
#[inline(always)]
pub(super) fn begin<const M: usize>(proof: ShaNi, state: &mut [State; M], digest: &[State; M]) {
    let (k, _) = K.as_chunks();
    let (k0, k4) = (Quad::load_words(proof, &k[0]), Quad::load_words(proof, &k[1]));
    let (k2, k6) = (k0.high(), k4.high());
    for (state, digest) in state.iter_mut().zip(digest) {
        state.cdgh = state.cdgh.two_rounds(state.abef, digest.abef.reversed().add(k0));
    }
    for (state, digest) in state.iter_mut().zip(digest) {
        state.abef = state.abef.two_rounds(state.cdgh, digest.cdgh.reversed().add(k2));
    }
    for (state, digest) in state.iter_mut().zip(digest) {
        state.cdgh = state.cdgh.two_rounds(state.abef, digest.abef.exchanged().add(k4));
    }
    for (state, digest) in state.iter_mut().zip(digest) {
        state.abef = state.abef.two_rounds(state.cdgh, digest.cdgh.exchanged().add(k6));
    }
}

/// Four rounds with K from `AT` on and words that are there.
#[inline(always)]
pub(super) fn four_plus_k<const M: usize, const AT: usize>(
    proof: ShaNi,
    state: &mut [State; M],
    words: &[Words; M],
) {
    let k = Quad::load_words(proof, &K.as_chunks().0[AT / 4]);
    four(state, core::array::from_fn(|m| words[m][AT / 4 % 4].add(k)));
}

/// Four rounds with K from `AT` on and the next four words of the message schedule.
#[inline(always)]
pub(super) fn four_next<const M: usize, const AT: usize>(
    proof: ShaNi,
    state: &mut [State; M],
    words: &mut [Words; M],
    last: &mut [Quad; M],
) {
    let at = |further: usize| (AT / 4 + further) % 4;
    if M > 2 {
        for m in 0..M {
            let k = Quad::load_words(proof, &K.as_chunks().0[AT / 4]);
            match AT / 4 % 4 {
                0 => state[m].four_next::<0, 16, 32>(&mut words[m], &mut last[m], k),
                1 => state[m].four_next::<16, 32, 48>(&mut words[m], &mut last[m], k),
                2 => state[m].four_next::<32, 48, 0>(&mut words[m], &mut last[m], k),
                _ => state[m].four_next::<48, 0, 16>(&mut words[m], &mut last[m], k),
            }
        }
        return;
    }
    for words in words.iter_mut() {
        let [w0, w1, w2, w3] = [words[at(0)], words[at(1)], words[at(2)], words[at(3)]];
        words[at(0)] = w0.schedule_first(w1).add(w3.middle(w2)).schedule_second(w3);
    }
    four_plus_k::<M, AT>(proof, state, words);
    for (state, words) in state.iter_mut().zip(words.iter_mut()) {
        state.abef.before(&mut words[at(0)]);
    }
}

/// The rounds from `start` (0, 4, 8 or 12) on of a block.
#[inline(always)]
pub(super) fn from<const M: usize>(
    proof: ShaNi,
    state: &mut [State; M],
    start: usize,
    words: &mut [Words; M],
) {
    if start == 0 {
        four_plus_k::<M, 0>(proof, state, words);
    }
    if start <= 4 {
        four_plus_k::<M, 4>(proof, state, words);
    }
    if start <= 8 {
        four_plus_k::<M, 8>(proof, state, words);
    }
    four_plus_k::<M, 12>(proof, state, words);
    from_16(proof, state, words);
}

/// The rounds from 16 on of a block.
#[inline(always)]
pub(super) fn from_16<const M: usize>(
    proof: ShaNi,
    state: &mut [State; M],
    words: &mut [Words; M],
) {
    let last = &mut core::array::from_fn(|m| words[m][3]);
    four_next::<M, 16>(proof, state, words, last);
    four_next::<M, 20>(proof, state, words, last);
    four_next::<M, 24>(proof, state, words, last);
    four_next::<M, 28>(proof, state, words, last);
    four_next::<M, 32>(proof, state, words, last);
    four_next::<M, 36>(proof, state, words, last);
    four_next::<M, 40>(proof, state, words, last);
    four_next::<M, 44>(proof, state, words, last);
    four_next::<M, 48>(proof, state, words, last);
    four_next::<M, 52>(proof, state, words, last);
    four_next::<M, 56>(proof, state, words, last);
    four_next::<M, 60>(proof, state, words, last);
}

/// The rounds of a block that is constant altogether.
#[inline(always)]
pub(super) fn fixed<const M: usize>(proof: ShaNi, state: &mut [State; M], blocks: [&Fixed<1>; M]) {
    for at in 0..16 {
        let plus_k = core::array::from_fn(|m| {
            let chunks: &[[Row<1>; 4]] = blocks[m].0.as_chunks().0;
            Quad::load(proof, &chunks[at])
        });
        four(state, plus_k);
    }
}
