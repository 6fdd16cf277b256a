//! SHA-NI: one to four jobs side by side, since each instruction of a job waits for the one before.

#![expect(unsafe_code, reason = "CPU instructions")]
#![expect(clippy::indexing_slicing, reason = "arrays of known length and indices below it")]
#![expect(clippy::inline_always, reason = "a call would pass vectors through memory")]

mod quad;
mod rounds;
mod state;

use zeroize::Zeroizing;

use self::quad::Quad;
pub(crate) use self::quad::ShaNi;
use self::rounds::{Words, begin, fixed, four, from, from_16};
use self::state::{MASKS, Masks, State, in_order};
use crate::engine::{Engine, most_blocks};
use crate::group::{Front, Group, Odd};
use crate::message::{CYCLE, KIND_OF_ROUND, KINDS, ODD, Shape, Start};
use crate::plan::{Active, Plan};
use crate::sha256::INITIAL;

/// `M` jobs.
pub(crate) struct Streams<const M: usize> {
    proof: ShaNi,
    groups: [Box<Group<1>>; M],
    shapes: [Option<Shape>; M],
    /// A's first byte, by kind and job.
    offsets: [[usize; M]; KINDS],
    /// What the shapes come to; `None` if they have changed since.
    plans: Option<Box<[Plan<M>; KINDS]>>,
}

impl<const M: usize> Streams<M> {
    pub(crate) fn new(proof: ShaNi, shapes: impl Iterator<Item = Shape>) -> Self {
        let blocks = most_blocks(shapes);
        let groups = core::array::from_fn(|_| Group::new(&blocks));
        Self { proof, groups, shapes: [None; M], offsets: [[0; M]; KINDS], plans: None }
    }
}

impl<const M: usize> Engine for Streams<M> {
    fn lanes(&self) -> usize {
        M
    }

    fn load(&mut self, lane: usize, start: &Start) {
        let group = &mut self.groups[lane];
        group.load(0, start);
        for odd in &mut group.odd {
            for (i, states) in odd.states.iter_mut().enumerate() {
                states.rotate_left(4 * i % 8);
                *states = in_order(states);
            }
        }
        for (kind, offsets) in self.offsets.iter_mut().enumerate() {
            offsets[lane] = start.shape.place(kind).offset;
        }
        self.shapes[lane] = Some(start.shape);
        self.plans = None;
    }

    fn clear(&mut self, lane: usize) {
        self.shapes[lane] = None;
        self.plans = None;
    }

    fn run(&mut self, phase: usize, rounds: u32) {
        let plans = self.plans.get_or_insert_with(|| Box::new(Plan::all(&self.shapes)));
        // SAFETY: `self.proof` says that the CPU has these features.
        unsafe { run(self.proof, &mut self.groups, plans, &self.offsets, phase, rounds) }
    }

    fn digest(&self, lane: usize) -> Zeroizing<[u32; 8]> {
        self.groups[lane].digest(0)
    }
}

/// `rounds` rounds of all jobs, the first being round `phase` of a cycle.
#[target_feature(enable = "sha,avx")]
fn run<const M: usize>(
    proof: ShaNi,
    groups: &mut [Box<Group<1>>; M],
    plans: &[Plan<M>; KINDS],
    offsets: &[[usize; M]; KINDS],
    phase: usize,
    rounds: u32,
) {
    let mut digest: [State; M] =
        core::array::from_fn(|m| State::load(proof, &Zeroizing::new(in_order(&groups[m].digest))));
    let mut phase = phase;
    for _ in 0..rounds {
        let kind = usize::from(KIND_OF_ROUND[phase]);
        phase = if phase + 1 == CYCLE { 0 } else { phase + 1 };
        let plan = &plans[kind];
        digest = if kind & ODD == 0 {
            even(proof, core::array::from_fn(|m| &groups[m].even[kind / 2]), &digest)
        } else {
            let blocks = core::array::from_fn(|m| &groups[m].odd[kind / 2]);
            odd(proof, blocks, &offsets[kind], plan, &digest)
        };
        for (block, active) in plan.fixed.iter().enumerate() {
            let mut state = digest;
            fixed(proof, &mut state, core::array::from_fn(|m| &groups[m].fixed[kind][block]));
            digest = join(active, &state, &digest);
        }
    }
    for (digest, group) in digest.iter().zip(groups) {
        digest.store(&mut group.digest);
    }
}

/// The first block of a round that begins with A.
#[inline(always)]
fn even<const M: usize>(proof: ShaNi, blocks: [&Front<1>; M], digest: &[State; M]) -> [State; M] {
    let initial = State::load(proof, &in_order(&INITIAL.map(|word| [word])));
    let mut words: [Words; M] = core::array::from_fn(|m| {
        let [first, second] = digest[m].words();
        let template = blocks[m].words.as_chunks().0;
        [first, second, Quad::load(proof, &template[0]), Quad::load(proof, &template[1])]
    });
    let mut state = [initial; M];
    begin(proof, &mut state, digest);
    let plus_k = |half: usize| {
        core::array::from_fn(|m| Quad::load(proof, &blocks[m].plus_k.as_chunks().0[half]))
    };
    four(&mut state, plus_k(0));
    four(&mut state, plus_k(1));
    from_16(proof, &mut state, &mut words);
    core::array::from_fn(|m| state[m].add(initial))
}

/// The one or two blocks of a round that ends with A, whose first byte is at `offsets`.
#[inline(always)]
fn odd<const M: usize>(
    proof: ShaNi,
    blocks: [&Odd<1>; M],
    offsets: &[usize; M],
    plan: &Plan<M>,
    digest: &[State; M],
) -> [State; M] {
    let masks: [&Masks; M] = core::array::from_fn(|m| &MASKS[offsets[m] % MASKS.len()]);
    let mut state: [State; M] =
        core::array::from_fn(|m| State::load(proof, &blocks[m].states[plan.start / 4]));
    let mut words: [Words; M] = core::array::from_fn(|m| {
        let template = blocks[m].template.as_chunks().0;
        core::array::from_fn(|i| digest[m].dropped_in(proof, &template[i], &masks[m][i]))
    });
    from(proof, &mut state, plan.start, &mut words);
    let first: [State; M] =
        core::array::from_fn(|m| state[m].add(State::load(proof, &blocks[m].states[0])));
    let Some(active) = &plan.tail else { return first };
    let mut words: [Words; M] = core::array::from_fn(|m| {
        let template = blocks[m].template.as_chunks().0;
        core::array::from_fn(|i| match i {
            0 | 1 => digest[m].dropped_in(proof, &template[4 + i], &masks[m][4 + i]),
            _ => Quad::load(proof, &template[4 + i]),
        })
    });
    let mut last = first;
    from(proof, &mut last, 0, &mut words);
    join(active, &last, &first)
}

/// The new state plus the old one where the block was theirs, the old one for the other jobs.
#[inline(always)]
fn join<const M: usize>(active: &Active<M>, new: &[State; M], old: &[State; M]) -> [State; M] {
    core::array::from_fn(|m| {
        if active.all || active.mask[m] != 0 { new[m].add(old[m]) } else { old[m] }
    })
}
