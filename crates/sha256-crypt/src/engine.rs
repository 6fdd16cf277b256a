//! What the batch needs of a backend.

use zeroize::Zeroizing;

use crate::message::{KINDS, Shape, Start};

/// Some lanes that go through the rounds together.
pub(crate) trait Engine {
    fn lanes(&self) -> usize;
    /// Puts a job into a lane.
    fn load(&mut self, lane: usize, start: &Start);
    /// Takes the job out of a lane.
    fn clear(&mut self, lane: usize);
    /// Does `rounds` rounds in all lanes, the first being round `phase` of a cycle.
    fn run(&mut self, phase: usize, rounds: u32);
    /// A of a lane.
    fn digest(&self, lane: usize) -> Zeroizing<[u32; 8]>;
}

/// For every kind of round the most blocks that a job of one of these shapes has.
pub(crate) fn most_blocks(shapes: impl Iterator<Item = Shape>) -> [usize; KINDS] {
    let mut most = [1; KINDS];
    for shape in shapes {
        for (kind, most) in most.iter_mut().enumerate() {
            *most = shape.place(kind).blocks.max(*most);
        }
    }
    most
}
