//! One lane in ordinary registers.

use crate::group::Group;
use crate::lanes::Lanes;
use crate::message::{KINDS, Shape};
use crate::plan::Plan;
use crate::rounds;
use crate::sha256::{small0, small1};
use crate::vector::Vector;

pub(crate) fn engine(shapes: impl Iterator<Item = Shape>) -> Lanes<1, ()> {
    Lanes::new((), run, shapes)
}

fn run(_: (), group: &mut Group<1>, plans: &[Plan<1>; KINDS], phase: usize, rounds: u32) {
    rounds::run::<u32, 1>((), group, plans, phase, rounds);
}

#[expect(clippy::inline_always, reason = "single instructions")]
impl Vector<1> for u32 {
    type Proof = ();
    const TURNS: bool = false;

    #[inline(always)]
    fn splat((): (), word: u32) -> Self {
        word
    }
    #[inline(always)]
    fn load((): (), &[word]: &[u32; 1]) -> Self {
        word
    }
    #[inline(always)]
    fn store(self, to: &mut [u32; 1]) {
        *to = [self];
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self | other
    }
    #[inline(always)]
    fn shift_left(self, by: Self) -> Self {
        self.checked_shl(by).unwrap_or_default()
    }
    #[inline(always)]
    fn shift_right(self, by: Self) -> Self {
        self.checked_shr(by).unwrap_or_default()
    }
    #[inline(always)]
    fn choose(self, yes: Self, no: Self) -> Self {
        (self & (yes ^ no)) ^ no
    }
    #[inline(always)]
    fn majority(self, b: Self, c: Self) -> Self {
        ((self ^ b) & (b ^ c)) ^ b
    }
    #[inline(always)]
    fn big0(self) -> Self {
        self.rotate_right(2) ^ self.rotate_right(13) ^ self.rotate_right(22)
    }
    #[inline(always)]
    fn big1(self) -> Self {
        self.rotate_right(6) ^ self.rotate_right(11) ^ self.rotate_right(25)
    }
    #[inline(always)]
    fn small0(self) -> Self {
        small0(self)
    }
    #[inline(always)]
    fn small1(self) -> Self {
        small1(self)
    }
}
