//! Jobs in the lanes of vectors.

#![expect(clippy::indexing_slicing, reason = "lanes are below N")]

use zeroize::Zeroizing;

use crate::engine::{Engine, most_blocks};
use crate::group::Group;
use crate::message::{KINDS, Shape, Start};
use crate::plan::Plan;

/// Does some rounds, the first being round `phase` of a cycle.
pub(crate) type Run<const N: usize, P> =
    fn(proof: P, group: &mut Group<N>, plans: &[Plan<N>; KINDS], phase: usize, rounds: u32);

pub(crate) struct Lanes<const N: usize, P> {
    proof: P,
    run: Run<N, P>,
    group: Box<Group<N>>,
    shapes: [Option<Shape>; N],
    /// What the shapes come to; `None` if they have changed since.
    plans: Option<Box<[Plan<N>; KINDS]>>,
}

impl<const N: usize, P: Copy> Lanes<N, P> {
    pub(crate) fn new(proof: P, run: Run<N, P>, shapes: impl Iterator<Item = Shape>) -> Self {
        let group = Group::new(&most_blocks(shapes));
        Self { proof, run, group, shapes: [None; N], plans: None }
    }
}

impl<const N: usize, P: Copy> Engine for Lanes<N, P> {
    fn lanes(&self) -> usize {
        N
    }

    fn load(&mut self, lane: usize, start: &Start) {
        self.group.load(lane, start);
        self.shapes[lane] = Some(start.shape);
        self.plans = None;
    }

    fn clear(&mut self, lane: usize) {
        self.shapes[lane] = None;
        self.plans = None;
    }

    fn run(&mut self, phase: usize, rounds: u32) {
        let plans = self.plans.get_or_insert_with(|| Box::new(Plan::all(&self.shapes)));
        (self.run)(self.proof, &mut self.group, plans, phase, rounds);
    }

    fn digest(&self, lane: usize) -> Zeroizing<[u32; 8]> {
        self.group.digest(lane)
    }
}
