//! AVX2: eight lanes in 256-bit registers.

#![expect(unsafe_code, reason = "CPU instructions")]
#![expect(clippy::inline_always, reason = "a few instructions")]

use core::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_and_si256, _mm256_loadu_si256, _mm256_or_si256,
    _mm256_set1_epi32, _mm256_slli_epi32, _mm256_sllv_epi32, _mm256_srli_epi32, _mm256_srlv_epi32,
    _mm256_storeu_si256, _mm256_xor_si256,
};

use crate::group::Group;
use crate::lanes::Lanes;
use crate::message::{KINDS, Shape};
use crate::plan::Plan;
use crate::rounds;
use crate::vector::Vector;

/// The CPU has AVX2.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(());

/// Made only from an [`Avx2`].
#[derive(Clone, Copy)]
struct Eight(__m256i);

impl Avx2 {
    pub(crate) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    pub(crate) fn eight(self, shapes: impl Iterator<Item = Shape>) -> Lanes<8, Self> {
        Lanes::new(self, eight, shapes)
    }
}

fn eight(proof: Avx2, group: &mut Group<8>, plans: &[Plan<8>; KINDS], phase: usize, rounds: u32) {
    // SAFETY: `proof` says that the CPU has AVX2.
    unsafe { eight_compiled(proof, group, plans, phase, rounds) }
}

#[target_feature(enable = "avx2")]
fn eight_compiled(
    proof: Avx2,
    group: &mut Group<8>,
    plans: &[Plan<8>; KINDS],
    phase: usize,
    rounds: u32,
) {
    rounds::run::<Eight, 8>(proof, group, plans, phase, rounds);
}

impl Eight {
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX2.
        Self(unsafe { _mm256_and_si256(self.0, other.0) })
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX2.
        Self(unsafe { _mm256_xor_si256(self.0, other.0) })
    }
    #[inline(always)]
    fn shift<const RIGHT: i32>(self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX2.
        Self(unsafe { _mm256_srli_epi32::<RIGHT>(self.0) })
    }
    /// `LEFT` is 32 less `RIGHT`.
    #[inline(always)]
    fn rotate<const RIGHT: i32, const LEFT: i32>(self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX2.
        let left = Self(unsafe { _mm256_slli_epi32::<LEFT>(self.0) });
        left.xor(self.shift::<RIGHT>())
    }
}

impl Vector<8> for Eight {
    type Proof = Avx2;
    const TURNS: bool = false;

    #[inline(always)]
    fn splat(_: Avx2, word: u32) -> Self {
        // SAFETY: the proof says that the CPU has AVX2.
        Self(unsafe { _mm256_set1_epi32(word.cast_signed()) })
    }
    #[inline(always)]
    fn load(_: Avx2, from: &[u32; 8]) -> Self {
        // SAFETY: the proof says that the CPU has AVX2; `from` is as long as the vector, and need
        // not be aligned.
        Self(unsafe { _mm256_loadu_si256(from.as_ptr().cast()) })
    }
    #[inline(always)]
    fn store(self, to: &mut [u32; 8]) {
        // SAFETY: `self` exists, so the CPU has AVX2; `to` is as long as the vector, and need not
        // be aligned.
        unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), self.0) }
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX2.
        Self(unsafe { _mm256_add_epi32(self.0, other.0) })
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX2.
        Self(unsafe { _mm256_or_si256(self.0, other.0) })
    }
    #[inline(always)]
    fn shift_left(self, by: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX2.
        Self(unsafe { _mm256_sllv_epi32(self.0, by.0) })
    }
    #[inline(always)]
    fn shift_right(self, by: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has AVX2.
        Self(unsafe { _mm256_srlv_epi32(self.0, by.0) })
    }
    #[inline(always)]
    fn choose(self, yes: Self, no: Self) -> Self {
        self.and(yes.xor(no)).xor(no)
    }
    #[inline(always)]
    fn majority(self, b: Self, c: Self) -> Self {
        // In the next round `self` is `b` and `b` is `c`: one of the two differences is there.
        self.xor(b).and(b.xor(c)).xor(b)
    }
    #[inline(always)]
    fn big0(self) -> Self {
        self.rotate::<2, 30>().xor(self.rotate::<13, 19>()).xor(self.rotate::<22, 10>())
    }
    #[inline(always)]
    fn big1(self) -> Self {
        self.rotate::<6, 26>().xor(self.rotate::<11, 21>()).xor(self.rotate::<25, 7>())
    }
    #[inline(always)]
    fn small0(self) -> Self {
        self.rotate::<7, 25>().xor(self.rotate::<18, 14>()).xor(self.shift::<3>())
    }
    #[inline(always)]
    fn small1(self) -> Self {
        self.rotate::<17, 15>().xor(self.rotate::<19, 13>()).xor(self.shift::<10>())
    }
}
