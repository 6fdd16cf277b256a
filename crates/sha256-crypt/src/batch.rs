//! Many jobs over the lanes of the backends.

#![expect(clippy::indexing_slicing, reason = "indices of jobs, and lanes below their number")]

use zeroize::Zeroize as _;

use crate::Job;
use crate::backends::Backend;
use crate::engine::Engine;
use crate::message::{CYCLE, Shape, Start};
use crate::setup;

/// How far apart the work per round of jobs may be that share lanes, in percent.
const SPREAD: usize = 125;

/// The digests of `jobs`, `choose` naming the backend for a number of jobs that are left.
pub(crate) fn digests(jobs: &[Job<'_>], choose: impl Fn(usize) -> Backend) -> Vec<[u8; 32]> {
    let mut digests = vec![[0; 32]; jobs.len()];
    let mut order: Vec<(usize, usize)> =
        jobs.iter().enumerate().map(|(index, job)| (job.shape().work(), index)).collect();
    // The dearest first, and of these the longest first, so that what is left at the end is short.
    order.sort_by_key(|&(work, index)| (work, jobs[index].rounds, index));
    while let Some(&(most, _)) = order.last() {
        let alike = order.partition_point(|&(work, _)| work * SPREAD < most * 100);
        let waiting = order.split_off(alike).into_iter().map(|(_, index)| index).collect();
        let mut queue =
            Queue { jobs, waiting, running: Vec::new(), phase: 0, digests: &mut digests };
        queue.finish(&choose);
    }
    burn_stack();
    digests
}

/// Overwrites where the backends had what did not fit into registers.
#[inline(never)]
fn burn_stack() {
    let mut burnt = [0_u64; 1024];
    burnt.zeroize();
}

/// Jobs of about the same work per round.
pub(crate) struct Queue<'a> {
    jobs: &'a [Job<'a>],
    /// The next one last.
    waiting: Vec<usize>,
    running: Vec<Running>,
    /// The round of a cycle that comes next for all that are running.
    phase: usize,
    digests: &'a mut [[u8; 32]],
}

struct Running {
    index: usize,
    lane: usize,
    left: u32,
    start: Start,
}

impl Queue<'_> {
    fn finish(&mut self, choose: &impl Fn(usize) -> Backend) {
        while self.left() != 0 {
            let backend = choose(self.left());
            backend.serve(self, |left, running| {
                let next = choose(left);
                next != backend && running <= next.lanes()
            });
        }
    }

    fn left(&self) -> usize {
        self.waiting.len() + self.running.len()
    }

    /// The shapes of all that is left.
    pub(crate) fn shapes(&self) -> impl Iterator<Item = Shape> {
        let waiting = self.waiting.iter().map(|&index| self.jobs[index].shape());
        waiting.chain(self.running.iter().map(|running| running.start.shape))
    }

    /// Lets `engine` do the rounds until nothing is left, or until `stop` says, from the number of
    /// jobs that are left and how many of these are running, that another would do better.
    pub(crate) fn serve<E: Engine>(&mut self, mut engine: E, stop: impl Fn(usize, usize) -> bool) {
        for (lane, running) in self.running.iter_mut().enumerate() {
            running.lane = lane;
            engine.load(lane, &running.start);
        }
        while self.left() != 0 && !stop(self.left(), self.running.len()) {
            if self.running.is_empty() {
                self.phase = 0;
            }
            self.fill(&mut engine);
            let mut rounds = self.running.iter().map(|running| running.left).min().unwrap_or(1);
            if self.running.len() < engine.lanes() && !self.waiting.is_empty() {
                // A lane can begin only with a cycle.
                rounds = rounds.min(u32::try_from(CYCLE - self.phase).unwrap_or(rounds));
            }
            engine.run(self.phase, rounds);
            self.phase = (self.phase + rounds as usize) % CYCLE;
            self.collect(&mut engine, rounds);
        }
        for running in &mut self.running {
            running.start.digest = engine.digest(running.lane);
        }
    }

    /// Puts jobs into free lanes.
    fn fill<E: Engine>(&mut self, engine: &mut E) {
        while self.phase == 0 && self.running.len() < engine.lanes() {
            let Some(index) = self.waiting.pop() else { break };
            let taken = |lane: &usize| self.running.iter().any(|running| running.lane == *lane);
            let Some(lane) = (0..engine.lanes()).find(|lane| !taken(lane)) else { break };
            let job = &self.jobs[index];
            let start = setup::start(job.password, job.salt);
            engine.load(lane, &start);
            self.running.push(Running { index, lane, left: job.rounds.max(1), start });
        }
    }

    /// Takes out the jobs that are done.
    fn collect<E: Engine>(&mut self, engine: &mut E, rounds: u32) {
        let digests = &mut *self.digests;
        self.running.retain_mut(|running| {
            running.left -= rounds;
            if running.left == 0 {
                digests[running.index] = bytes(&engine.digest(running.lane));
                engine.clear(running.lane);
            }
            running.left != 0
        });
    }
}

impl Job<'_> {
    fn shape(&self) -> Shape {
        setup::shape(self.password, self.salt)
    }
}

fn bytes(digest: &[u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (to, word) in bytes.chunks_exact_mut(4).zip(digest) {
        to.copy_from_slice(&word.to_be_bytes());
    }
    bytes
}
