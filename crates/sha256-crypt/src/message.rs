//! The messages that the rounds hash: which parts, where, how many blocks.
//!
//! Round i hashes P? S? P? and the running digest A in an order that depends only on i mod 2, mod 3
//! and mod 7: eight kinds of round in a cycle of 42. Within one job only A changes.

use zeroize::Zeroizing;

/// Rounds after which the sequence of kinds begins again.
pub(crate) const CYCLE: usize = 42;

/// Bytes of a block.
pub(crate) const BLOCK: usize = 64;

/// Words of a block.
pub(crate) const WORDS: usize = 16;

/// Bytes of the running digest.
const DIGEST: usize = 32;

/// The byte 0x80 and the 64-bit length behind a message.
const PADDING: usize = 9;

/// Kinds of round.
pub(crate) const KINDS: usize = 8;

/// The kind of each round of a cycle.
pub(crate) static KIND_OF_ROUND: [u8; CYCLE] = kinds();

/// Set in kinds whose message ends with A; in the others it begins with A.
pub(crate) const ODD: usize = 1;
const WITH_SALT: usize = 2;
const WITH_SECOND_PASSWORD: usize = 4;

#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "constant; < 8")]
const fn kinds() -> [u8; CYCLE] {
    let mut kinds = [0; CYCLE];
    let mut round = 0;
    while round < CYCLE {
        let odd = (round % 2 != 0) as usize * ODD;
        let salt = (!round.is_multiple_of(3)) as usize * WITH_SALT;
        let second = (!round.is_multiple_of(7)) as usize * WITH_SECOND_PASSWORD;
        kinds[round] = (odd | salt | second) as u8;
        round += 1;
    }
    kinds
}

/// The lengths in bytes that fix where everything lies in the messages of a job.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) password: usize,
    pub(crate) salt: usize,
}

/// Where A lies in the messages of one kind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Whole blocks in front of A's first byte: their state never changes.
    pub(crate) skipped: usize,
    /// Blocks from A's first byte to the end. At least one; at most two if A is at the end.
    pub(crate) blocks: usize,
    /// A's first byte in the first of these blocks.
    pub(crate) offset: usize,
}

impl Place {
    /// Whether the second block holds bytes of A too.
    pub(crate) fn straddles(self) -> bool {
        self.offset + DIGEST > BLOCK
    }

    /// Words in front of A in its first block.
    pub(crate) fn words_before(self) -> usize {
        self.offset / 4
    }
}

impl Shape {
    /// Bytes in front of and behind A.
    fn around(self, kind: usize) -> (usize, usize) {
        let salt = if kind & WITH_SALT == 0 { 0 } else { self.salt };
        let second = if kind & WITH_SECOND_PASSWORD == 0 { 0 } else { self.password };
        let all = self.password + salt + second;
        if kind & ODD == 0 { (0, all) } else { (all, 0) }
    }

    pub(crate) fn place(self, kind: usize) -> Place {
        let (before, behind) = self.around(kind);
        let all = (before + DIGEST + behind + PADDING).div_ceil(BLOCK);
        let skipped = before / BLOCK;
        Place { skipped, blocks: all - skipped, offset: before % BLOCK }
    }

    /// Blocks that a cycle of 42 rounds has to hash: the measure of a job's work.
    pub(crate) fn work(self) -> usize {
        KIND_OF_ROUND.iter().map(|&kind| self.place(usize::from(kind)).blocks).sum()
    }
}

/// What the loop starts from. Wiped on drop.
pub(crate) struct Start {
    pub(crate) shape: Shape,
    /// P is this repeated to the password's length.
    pub(crate) password: Zeroizing<[u8; DIGEST]>,
    /// S is this, cut to the salt's length.
    pub(crate) salt: Zeroizing<[u8; DIGEST]>,
    /// A.
    pub(crate) digest: Zeroizing<[u32; 8]>,
}

impl Start {
    /// Replaces `out` by the padded message of one kind with zeros in A's place. Never longer than
    /// [`Self::longest`], and `out` is wiped before.
    pub(crate) fn message(&self, kind: usize, out: &mut Zeroizing<Vec<u8>>) {
        out.fill(0);
        out.clear();
        if kind & ODD == 0 {
            out.extend_from_slice(&[0; DIGEST]);
        } else {
            self.push_password(out);
        }
        if kind & WITH_SALT != 0 {
            out.extend(self.salt.iter().take(self.shape.salt));
        }
        if kind & WITH_SECOND_PASSWORD != 0 {
            self.push_password(out);
        }
        if kind & ODD == 0 {
            self.push_password(out);
        } else {
            out.extend_from_slice(&[0; DIGEST]);
        }
        let bits = 8 * out.len() as u64;
        out.push(0x80);
        let end = (out.len() + PADDING - 1).next_multiple_of(BLOCK);
        out.resize(end - 8, 0);
        out.extend_from_slice(&bits.to_be_bytes());
    }

    /// A buffer for [`Self::message`] that never has to move.
    pub(crate) fn buffer(&self) -> Zeroizing<Vec<u8>> {
        let most = DIGEST + 2 * self.shape.password + self.shape.salt + PADDING;
        Zeroizing::new(Vec::with_capacity(most.next_multiple_of(BLOCK)))
    }

    fn push_password(&self, out: &mut Vec<u8>) {
        let whole = self.shape.password / DIGEST;
        for _ in 0..whole {
            out.extend_from_slice(&*self.password);
        }
        out.extend(self.password.iter().take(self.shape.password % DIGEST));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_a_cycle() {
        // 5,000 rounds of this shape are the 8,333 blocks of the literature, all to be done.
        assert_eq!(Shape { password: 9, salt: 16 }.work(), 70);
        // 120 by the definition, but all in front of A is done beforehand.
        assert_eq!(Shape { password: 64, salt: 16 }.work(), 81);
    }
}
