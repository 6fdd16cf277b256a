//! One job at a time through the `sha2` crate's compression function, which knows the SHA-2
//! instructions of aarch64 and others.

#![expect(clippy::indexing_slicing, reason = "arrays of known length and indices below it")]

use sha2::block_api::compress256;
use zeroize::Zeroizing;

use crate::engine::Engine;
use crate::message::{BLOCK, CYCLE, KIND_OF_ROUND, KINDS, Start};
use crate::sha256::INITIAL;

#[derive(Default)]
pub(crate) struct OneJob {
    digest: Zeroizing<[u32; 8]>,
    messages: [Message; KINDS],
}

/// One kind of round.
#[derive(Default)]
struct Message {
    /// The state behind the blocks in front of A.
    state: Zeroizing<[u32; 8]>,
    /// The blocks from A's first byte to the end.
    blocks: Zeroizing<Vec<u8>>,
    offset: usize,
}

impl Engine for OneJob {
    fn lanes(&self) -> usize {
        1
    }

    fn load(&mut self, _: usize, start: &Start) {
        for (kind, message) in self.messages.iter_mut().enumerate() {
            let place = start.shape.place(kind);
            let mut all = start.buffer();
            start.message(kind, &mut all);
            let (skipped, blocks) = all.split_at(place.skipped * BLOCK);
            *message.state = INITIAL;
            compress256(&mut message.state, skipped.as_chunks().0);
            message.blocks = Zeroizing::new(blocks.to_vec());
            message.offset = place.offset;
        }
        *self.digest = *start.digest;
    }

    fn clear(&mut self, _: usize) {}

    fn run(&mut self, phase: usize, rounds: u32) {
        let mut kinds = KIND_OF_ROUND.iter().cycle().skip(phase % CYCLE);
        for _ in 0..rounds {
            let kind = kinds.next().copied().unwrap_or_default();
            let message = &mut self.messages[usize::from(kind)];
            let place = &mut message.blocks[message.offset..];
            for (to, word) in place.chunks_exact_mut(4).zip(*self.digest) {
                to.copy_from_slice(&word.to_be_bytes());
            }
            *self.digest = *message.state;
            compress256(&mut self.digest, message.blocks.as_chunks().0);
        }
    }

    fn digest(&self, _: usize) -> Zeroizing<[u32; 8]> {
        self.digest.clone()
    }
}
