//! SHA-256 on vectors of 32-bit words, one lane per job. A plain `u32` is the vector of one lane.

#![expect(clippy::indexing_slicing, reason = "arrays of known length and indices below it")]
#![expect(clippy::inline_always, reason = "a call would pass vectors through memory")]

use crate::group::{Fixed, Front};
use crate::message::WORDS;
use crate::sha256::K;

/// A word in each of `N` lanes.
///
/// A value of a type that needs a CPU feature can be had only with a `Proof` that the CPU has it.
/// All methods are inlined into a function that is compiled for that feature.
pub(crate) trait Vector<const N: usize>: Copy {
    type Proof: Copy;

    /// Whether rounds and message schedule take turns word by word: with registers for both it
    /// gives the CPU something to do while a round waits for the one before.
    const TURNS: bool;

    fn splat(proof: Self::Proof, word: u32) -> Self;
    fn load(proof: Self::Proof, from: &[u32; N]) -> Self;
    fn store(self, to: &mut [u32; N]);
    fn add(self, other: Self) -> Self;
    fn or(self, other: Self) -> Self;
    /// Shifts each lane left by the bits in `by`'s lane, 0 to 32.
    fn shift_left(self, by: Self) -> Self;
    /// Shifts each lane right by the bits in `by`'s lane, 0 to 32.
    fn shift_right(self, by: Self) -> Self;
    /// `yes` where the mask `self` is all ones, `no` where it is zero; FIPS 180-4's Ch.
    fn choose(self, yes: Self, no: Self) -> Self;
    /// FIPS 180-4's Maj.
    fn majority(self, b: Self, c: Self) -> Self;
    /// FIPS 180-4's Σ0.
    fn big0(self) -> Self;
    /// FIPS 180-4's Σ1.
    fn big1(self) -> Self;
    /// FIPS 180-4's σ0.
    fn small0(self) -> Self;
    /// FIPS 180-4's σ1.
    fn small1(self) -> Self;
}

#[inline(always)]
pub(crate) fn load<V: Vector<N>, const N: usize, const M: usize>(
    proof: V::Proof,
    from: &[[u32; N]; M],
) -> [V; M] {
    core::array::from_fn(|i| V::load(proof, &from[i]))
}

#[inline(always)]
pub(crate) fn store<V: Vector<N>, const N: usize, const M: usize>(
    vectors: [V; M],
    to: &mut [[u32; N]; M],
) {
    for (vector, row) in vectors.into_iter().zip(to) {
        vector.store(row);
    }
}

#[inline(always)]
pub(crate) fn add<V: Vector<N>, const N: usize>(a: [V; 8], b: [V; 8]) -> [V; 8] {
    core::array::from_fn(|i| a[i].add(b[i]))
}

#[inline(always)]
pub(crate) fn select<V: Vector<N>, const N: usize>(mask: V, yes: [V; 8], no: [V; 8]) -> [V; 8] {
    core::array::from_fn(|i| mask.choose(yes[i], no[i]))
}

/// Round `I` (of any 16) on a `state` whose words move by one place with each round.
#[expect(clippy::many_single_char_names, reason = "FIPS 180-4's names")]
#[inline(always)]
pub(crate) fn round<V: Vector<N>, const N: usize, const I: usize>(state: &mut [V; 8], plus_k: V) {
    let at = |name: usize| (name + 16 - I) % 8;
    let [a, b, c, d] = [state[at(0)], state[at(1)], state[at(2)], state[at(3)]];
    let [e, f, g, h] = [state[at(4)], state[at(5)], state[at(6)], state[at(7)]];
    let t1 = h.add(plus_k).add(e.choose(f, g)).add(e.big1());
    let t2 = a.big0().add(a.majority(b, c));
    state[at(3)] = d.add(t1);
    state[at(7)] = t1.add(t2);
}

/// Calls `$do::<…, I>` with `$arguments` for each `I`, in this order.
macro_rules! each {
    ($do:ident<$V:ident, $N:ident>, [$($i:literal)*], $arguments:tt) => {
        $($do::<$V, $N, $i> $arguments;)*
    };
}

/// Round `I` of 16 with W from `words` and K from `k`.
#[inline(always)]
fn plain<V: Vector<N>, const N: usize, const I: usize>(
    proof: V::Proof,
    state: &mut [V; 8],
    words: &[V; WORDS],
    k: &[u32; WORDS],
) {
    round::<V, N, I>(state, words[I].add(V::splat(proof, k[I])));
}

/// Word `I` of 16 becomes the one 16 further on.
#[inline(always)]
fn next<V: Vector<N>, const N: usize, const I: usize>(words: &mut [V; WORDS]) {
    let near = words[(I + 14) % 16].small1().add(words[(I + 9) % 16]);
    words[I] = words[I].add(words[(I + 1) % 16].small0()).add(near);
}

/// Both.
#[inline(always)]
fn both<V: Vector<N>, const N: usize, const I: usize>(
    proof: V::Proof,
    state: &mut [V; 8],
    words: &mut [V; WORDS],
    k: &[u32; WORDS],
) {
    plain::<V, N, I>(proof, state, words, k);
    next::<V, N, I>(words);
}

/// Rounds 16 to 63. `words` are W16 to W31.
#[inline(always)]
fn last_rounds<V: Vector<N>, const N: usize>(
    proof: V::Proof,
    state: &mut [V; 8],
    words: &mut [V; WORDS],
) {
    let (k, _) = K.as_chunks();
    for k in &k[1..3] {
        if V::TURNS {
            each!(both<V, N>, [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15], (proof, state, words, k));
        } else {
            each!(plain<V, N>, [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15], (proof, state, words, k));
            each!(next<V, N>, [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15], (words));
        }
    }
    each!(plain<V, N>, [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15], (proof, state, words, &k[3]));
}

/// The rounds of a block whose words 0 to 7 are `varying` and the others constant.
#[inline(always)]
pub(crate) fn front<V: Vector<N>, const N: usize>(
    proof: V::Proof,
    state: &mut [V; 8],
    varying: [V; 8],
    constant: &Front<N>,
) {
    let w = varying;
    let (k, _) = K.as_chunks();
    let k: &[u32; WORDS] = &k[0];
    let c = |i: usize| V::load(proof, &constant.next[i]);
    let plus_k = |i: usize| V::load(proof, &constant.plus_k[i]);
    let mut n = [w[0]; WORDS];
    round::<V, N, 0>(state, w[0].add(V::splat(proof, k[0])));
    n[0] = c(0).add(w[1].small0()).add(w[0]);
    round::<V, N, 1>(state, w[1].add(V::splat(proof, k[1])));
    n[1] = c(1).add(w[2].small0()).add(w[1]);
    round::<V, N, 2>(state, w[2].add(V::splat(proof, k[2])));
    n[2] = c(2).add(w[3].small0()).add(w[2]).add(n[0].small1());
    round::<V, N, 3>(state, w[3].add(V::splat(proof, k[3])));
    n[3] = c(3).add(w[4].small0()).add(w[3]).add(n[1].small1());
    round::<V, N, 4>(state, w[4].add(V::splat(proof, k[4])));
    n[4] = c(4).add(w[5].small0()).add(w[4]).add(n[2].small1());
    round::<V, N, 5>(state, w[5].add(V::splat(proof, k[5])));
    n[5] = c(5).add(w[6].small0()).add(w[5]).add(n[3].small1());
    round::<V, N, 6>(state, w[6].add(V::splat(proof, k[6])));
    n[6] = c(6).add(w[7].small0()).add(w[6]).add(n[4].small1());
    round::<V, N, 7>(state, w[7].add(V::splat(proof, k[7])));
    n[7] = c(7).add(n[0]).add(w[7]).add(n[5].small1());
    round::<V, N, 8>(state, plus_k(0));
    n[8] = c(8).add(n[1]).add(n[6].small1());
    round::<V, N, 9>(state, plus_k(1));
    n[9] = c(9).add(n[2]).add(n[7].small1());
    round::<V, N, 10>(state, plus_k(2));
    n[10] = c(10).add(n[3]).add(n[8].small1());
    round::<V, N, 11>(state, plus_k(3));
    n[11] = c(11).add(n[4]).add(n[9].small1());
    round::<V, N, 12>(state, plus_k(4));
    n[12] = c(12).add(n[5]).add(n[10].small1());
    round::<V, N, 13>(state, plus_k(5));
    n[13] = c(13).add(n[6]).add(n[11].small1());
    round::<V, N, 14>(state, plus_k(6));
    n[14] = c(14).add(n[7]).add(n[12].small1());
    round::<V, N, 15>(state, plus_k(7));
    n[15] = c(15).add(n[8]).add(n[0].small0()).add(n[13].small1());
    last_rounds(proof, state, &mut n);
}

/// The rounds from `start` (0, 4, 8 or 12) on of a block, the words before it being constant.
/// From 8 on, `constant` is what W0 to W7 add to W16 to W23.
#[inline(always)]
pub(crate) fn from<V: Vector<N>, const N: usize>(
    proof: V::Proof,
    state: &mut [V; 8],
    start: usize,
    message: &[[u32; N]; WORDS],
    constant: &[[u32; N]; 8],
) {
    let (k, _) = K.as_chunks();
    let k: &[u32; WORDS] = &k[0];
    let mut words: [V; WORDS];
    if start < 8 {
        words = load(proof, message);
        let words = &mut words;
        if start == 0 {
            each!(plain<V, N>, [0 1 2 3], (proof, state, words, k));
        }
        each!(next<V, N>, [0 1 2 3], (words));
        each!(both<V, N>, [4 5 6 7 8 9 10 11 12 13 14 15], (proof, state, words, k));
    } else {
        let w: [V; 8] = core::array::from_fn(|i| V::load(proof, &message[8 + i]));
        let c = |i: usize| V::load(proof, &constant[i]);
        words = [
            w[0], w[0], w[0], w[0], w[0], w[0], w[0], w[0], w[0], w[1], w[2], w[3], w[4], w[5],
            w[6], w[7],
        ];
        let words = &mut words;
        if start == 8 {
            each!(plain<V, N>, [8 9 10 11], (proof, state, words, k));
        }
        words[0] = c(0).add(w[1]).add(w[6].small1());
        words[1] = c(1).add(w[2]).add(w[7].small1());
        plain::<V, N, 12>(proof, state, words, k);
        words[2] = c(2).add(w[3]).add(words[0].small1());
        words[3] = c(3).add(w[4]).add(words[1].small1());
        plain::<V, N, 13>(proof, state, words, k);
        words[4] = c(4).add(w[5]).add(words[2].small1());
        words[5] = c(5).add(w[6]).add(words[3].small1());
        plain::<V, N, 14>(proof, state, words, k);
        words[6] = c(6).add(w[7]).add(words[4].small1());
        words[7] = c(7).add(w[0].small0()).add(words[0]).add(words[5].small1());
        plain::<V, N, 15>(proof, state, words, k);
        each!(next<V, N>, [8 9 10 11 12 13 14 15], (words));
    }
    last_rounds(proof, state, &mut words);
}

/// The rounds of a block that is constant altogether.
#[inline(always)]
pub(crate) fn fixed<V: Vector<N>, const N: usize>(
    proof: V::Proof,
    state: &mut [V; 8],
    plus_k: &Fixed<N>,
) {
    let (chunks, _) = plus_k.0.as_chunks();
    for chunk in chunks {
        each!(loaded<V, N>, [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15], (proof, state, chunk));
    }
}

/// Round `I` of 16 with W + K from memory.
#[inline(always)]
fn loaded<V: Vector<N>, const N: usize, const I: usize>(
    proof: V::Proof,
    state: &mut [V; 8],
    plus_k: &[[u32; N]; WORDS],
) {
    round::<V, N, I>(state, V::load(proof, &plus_k[I]));
}
