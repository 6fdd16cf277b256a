use std::collections::VecDeque;

use super::{Check, Dear, Overloaded};

/// Fewest checks worth a batch of their own: with these the lanes are as good as full.
const BATCH: usize = 4;
/// Most checks of one batch, so that nobody in it waits for long.
const LARGEST_BATCH: usize = 16;
/// Most dear ones that wait.
const DEAR: usize = 64;

/// What waits to be done.
pub(super) struct Queues {
    /// Checks that run in lanes, many at once.
    lanes: VecDeque<Check>,
    /// Checks that run one by one.
    alone: VecDeque<Check>,
    dear: VecDeque<Dear>,
    /// Most of `lanes` and `alone` together.
    waiting: usize,
    /// Whose turn it is.
    lanes_next: bool,
    closed: bool,
}

impl Queues {
    pub(super) const fn new(waiting: usize) -> Self {
        Self {
            lanes: VecDeque::new(),
            alone: VecDeque::new(),
            dear: VecDeque::new(),
            waiting,
            lanes_next: true,
            closed: false,
        }
    }

    pub(super) fn put(&mut self, check: Check, in_lanes: bool) -> Result<(), Overloaded> {
        if self.closed || self.lanes.len() + self.alone.len() >= self.waiting {
            return Err(Overloaded);
        }
        let queue = if in_lanes { &mut self.lanes } else { &mut self.alone };
        queue.push_back(check);
        Ok(())
    }

    pub(super) fn put_dear(&mut self, dear: Dear) -> Result<(), Overloaded> {
        if self.closed || self.dear.len() >= DEAR {
            return Err(Overloaded);
        }
        self.dear.push_back(dear);
        Ok(())
    }

    /// The next batch for one of so many threads; empty where nothing waits.
    pub(super) fn next_batch(&mut self, threads: usize) -> Vec<Check> {
        let lanes = !self.lanes.is_empty() && (self.lanes_next || self.alone.is_empty());
        self.lanes_next = !lanes;
        if !lanes {
            return self.alone.pop_front().into_iter().collect();
        }
        let share = self.lanes.len().div_ceil(threads).clamp(BATCH, LARGEST_BATCH);
        self.lanes.drain(..share.min(self.lanes.len())).collect()
    }

    pub(super) fn next_dear(&mut self) -> Option<Dear> {
        self.dear.pop_front()
    }

    /// Whether something is left for another thread.
    pub(super) fn is_empty(&self) -> bool {
        self.lanes.is_empty() && self.alone.is_empty()
    }

    pub(super) const fn close(&mut self) {
        self.closed = true;
    }

    pub(super) const fn is_closed(&self) -> bool {
        self.closed
    }
}
