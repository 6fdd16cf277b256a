//! The rounds of SHA256-CRYPT on vectors.

#![expect(clippy::indexing_slicing, reason = "arrays of known length and indices below it")]
#![expect(clippy::inline_always, reason = "a call would pass vectors through memory")]

use crate::group::{Group, Odd};
use crate::message::{CYCLE, KIND_OF_ROUND, KINDS, ODD, WORDS};
use crate::plan::{Active, Insert, Plan};
use crate::sha256::INITIAL;
use crate::vector::{Vector, add, fixed, from, front, load, select, store};

/// Does `rounds` rounds in all lanes, the first being round `phase` of a cycle.
#[inline(always)]
pub(crate) fn run<V: Vector<N>, const N: usize>(
    proof: V::Proof,
    group: &mut Group<N>,
    plans: &[Plan<N>; KINDS],
    phase: usize,
    rounds: u32,
) {
    let initial = INITIAL.map(|word| V::splat(proof, word));
    let mut digest: [V; 8] = load(proof, &group.digest);
    let mut phase = phase;
    for _ in 0..rounds {
        let kind = usize::from(KIND_OF_ROUND[phase]);
        phase = if phase + 1 == CYCLE { 0 } else { phase + 1 };
        let plan = &plans[kind];
        if kind & ODD == 0 {
            let mut state = initial;
            front(proof, &mut state, digest, &group.even[kind / 2]);
            digest = add(initial, state);
        } else {
            digest = odd(proof, &mut group.odd[kind / 2], plan, digest);
        }
        for (block, active) in group.fixed[kind].iter().zip(&plan.fixed) {
            let mut state = digest;
            fixed(proof, &mut state, block);
            digest = join(proof, active, add(digest, state), digest);
        }
    }
    store(digest, &mut group.digest);
}

/// The blocks of a round that ends with A.
#[inline(always)]
fn odd<V: Vector<N>, const N: usize>(
    proof: V::Proof,
    odd: &mut Odd<N>,
    plan: &Plan<N>,
    digest: [V; 8],
) -> [V; 8] {
    let shifted = shift(proof, odd, digest);
    for insert in &plan.inserts {
        drop_in(proof, odd, insert, &shifted);
    }
    let (blocks, _) = odd.message.as_chunks::<WORDS>();
    let mut state = load(proof, &odd.states[plan.start / 4]);
    from(proof, &mut state, plan.start, &blocks[0], &odd.back);
    let first = add(load(proof, &odd.states[0]), state);
    let Some(active) = &plan.tail else { return first };
    let mut state = first;
    let varying = core::array::from_fn(|i| V::load(proof, &blocks[1][i]));
    front(proof, &mut state, varying, &odd.tail);
    join(proof, active, add(first, state), first)
}

/// A, moved to the right by bytes within words.
#[inline(always)]
fn shift<V: Vector<N>, const N: usize>(proof: V::Proof, odd: &Odd<N>, digest: [V; 8]) -> [V; 9] {
    let (right, left) = (V::load(proof, &odd.right), V::load(proof, &odd.left));
    core::array::from_fn(|i| match i {
        0 => digest[0].shift_right(right),
        8 => digest[7].shift_left(left),
        _ => digest[i - 1].shift_left(left).or(digest[i].shift_right(right)),
    })
}

/// Puts A into the message in the lanes of `insert`.
#[inline(always)]
fn drop_in<V: Vector<N>, const N: usize>(
    proof: V::Proof,
    odd: &mut Odd<N>,
    insert: &Insert<N>,
    shifted: &[V; 9],
) {
    let mask = V::load(proof, &insert.mask);
    let template = &odd.template[insert.word..][..9];
    let message = &mut odd.message[insert.word..][..9];
    for (i, row) in message.iter_mut().enumerate() {
        let mut word = shifted[i];
        if i == 0 || i == 8 {
            word = word.or(V::load(proof, &template[i]));
        }
        mask.choose(word, V::load(proof, row)).store(row);
    }
}

/// The new state where the block was theirs, the old one in the other lanes.
#[inline(always)]
fn join<V: Vector<N>, const N: usize>(
    proof: V::Proof,
    active: &Active<N>,
    new: [V; 8],
    old: [V; 8],
) -> [V; 8] {
    if active.all { new } else { select(V::load(proof, &active.mask), new, old) }
}
