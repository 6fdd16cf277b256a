//! AVX-512: sixteen lanes in 512-bit registers, or eight in 256-bit registers (AVX-512VL).

#![expect(unsafe_code, reason = "CPU instructions")]

use core::arch::x86_64::{
    __m256i, __m512i, _mm256_add_epi32, _mm256_loadu_si256, _mm256_or_si256, _mm256_ror_epi32,
    _mm256_set1_epi32, _mm256_sllv_epi32, _mm256_srli_epi32, _mm256_srlv_epi32,
    _mm256_storeu_si256, _mm256_ternarylogic_epi32, _mm512_add_epi32, _mm512_loadu_si512,
    _mm512_or_si512, _mm512_ror_epi32, _mm512_set1_epi32, _mm512_sllv_epi32, _mm512_srli_epi32,
    _mm512_srlv_epi32, _mm512_storeu_si512, _mm512_ternarylogic_epi32,
};

use crate::group::Group;
use crate::lanes::Lanes;
use crate::message::{KINDS, Shape};
use crate::plan::Plan;
use crate::rounds;
use crate::vector::Vector;

/// The CPU has AVX-512F, AVX-512VL and AVX2.
#[derive(Clone, Copy)]
pub(crate) struct Avx512(());

/// Made only from an [`Avx512`].
#[derive(Clone, Copy)]
struct Sixteen(__m512i);

/// Made only from an [`Avx512`].
#[derive(Clone, Copy)]
struct Eight(__m256i);

impl Avx512 {
    pub(crate) fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx2");
        has.then_some(Self(()))
    }

    pub(crate) fn sixteen(self, shapes: impl Iterator<Item = Shape>) -> Lanes<16, Self> {
        Lanes::new(self, sixteen, shapes)
    }

    pub(crate) fn eight(self, shapes: impl Iterator<Item = Shape>) -> Lanes<8, Self> {
        Lanes::new(self, eight, shapes)
    }
}

macro_rules! entry {
    ($safe:ident, $compiled:ident, $vector:ty, $lanes:literal) => {
        fn $safe(
            proof: Avx512,
            group: &mut Group<$lanes>,
            plans: &[Plan<$lanes>; KINDS],
            phase: usize,
            rounds: u32,
        ) {
            // SAFETY: `proof` says that the CPU has these features.
            unsafe { $compiled(proof, group, plans, phase, rounds) }
        }

        #[target_feature(enable = "avx512f,avx512vl")]
        fn $compiled(
            proof: Avx512,
            group: &mut Group<$lanes>,
            plans: &[Plan<$lanes>; KINDS],
            phase: usize,
            rounds: u32,
        ) {
            rounds::run::<$vector, $lanes>(proof, group, plans, phase, rounds);
        }
    };
}

entry!(sixteen, sixteen_compiled, Sixteen, 16);
entry!(eight, eight_compiled, Eight, 8);

/// Truth tables for vpternlogd, its operands being the bits 0xf0, 0xcc and 0xaa.
const XOR: i32 = 0x96;
const CHOOSE: i32 = 0xca;
const MAJORITY: i32 = 0xe8;

macro_rules! vector {
    (
        $vector:ident, $lanes:literal, $splat:ident, $load:ident, $store:ident, $add:ident,
        $or:ident, $sllv:ident, $srlv:ident, $srli:ident, $ror:ident, $ternary:ident
    ) => {
        impl Vector<$lanes> for $vector {
            type Proof = Avx512;
            const TURNS: bool = true;

            #[inline(always)]
            fn splat(_: Avx512, word: u32) -> Self {
                // SAFETY: the proof says that the CPU has AVX-512.
                Self(unsafe { $splat(word.cast_signed()) })
            }
            #[inline(always)]
            fn load(_: Avx512, from: &[u32; $lanes]) -> Self {
                // SAFETY: the proof says that the CPU has AVX-512; `from` is as long as the vector,
                // and need not be aligned.
                Self(unsafe { $load(from.as_ptr().cast()) })
            }
            #[inline(always)]
            fn store(self, to: &mut [u32; $lanes]) {
                // SAFETY: `self` exists, so the CPU has AVX-512; `to` is as long as the vector, and
                // need not be aligned.
                unsafe { $store(to.as_mut_ptr().cast(), self.0) }
            }
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                // SAFETY: `self` exists, so the CPU has AVX-512.
                Self(unsafe { $add(self.0, other.0) })
            }
            #[inline(always)]
            fn or(self, other: Self) -> Self {
                // SAFETY: `self` exists, so the CPU has AVX-512.
                Self(unsafe { $or(self.0, other.0) })
            }
            #[inline(always)]
            fn shift_left(self, by: Self) -> Self {
                // SAFETY: `self` exists, so the CPU has AVX-512.
                Self(unsafe { $sllv(self.0, by.0) })
            }
            #[inline(always)]
            fn shift_right(self, by: Self) -> Self {
                // SAFETY: `self` exists, so the CPU has AVX-512.
                Self(unsafe { $srlv(self.0, by.0) })
            }
            #[inline(always)]
            fn choose(self, yes: Self, no: Self) -> Self {
                // SAFETY: `self` exists, so the CPU has AVX-512.
                Self(unsafe { $ternary::<CHOOSE>(self.0, yes.0, no.0) })
            }
            #[inline(always)]
            fn majority(self, b: Self, c: Self) -> Self {
                // SAFETY: `self` exists, so the CPU has AVX-512.
                Self(unsafe { $ternary::<MAJORITY>(self.0, b.0, c.0) })
            }
            #[inline(always)]
            fn big0(self) -> Self {
                let x = self.0;
                // SAFETY: `self` exists, so the CPU has AVX-512.
                Self(unsafe { $ternary::<XOR>($ror::<2>(x), $ror::<13>(x), $ror::<22>(x)) })
            }
            #[inline(always)]
            fn big1(self) -> Self {
                let x = self.0;
                // SAFETY: `self` exists, so the CPU has AVX-512.
                Self(unsafe { $ternary::<XOR>($ror::<6>(x), $ror::<11>(x), $ror::<25>(x)) })
            }
            #[inline(always)]
            fn small0(self) -> Self {
                let x = self.0;
                // SAFETY: `self` exists, so the CPU has AVX-512.
                Self(unsafe { $ternary::<XOR>($ror::<7>(x), $ror::<18>(x), $srli::<3>(x)) })
            }
            #[inline(always)]
            fn small1(self) -> Self {
                let x = self.0;
                // SAFETY: `self` exists, so the CPU has AVX-512.
                Self(unsafe { $ternary::<XOR>($ror::<17>(x), $ror::<19>(x), $srli::<10>(x)) })
            }
        }
    };
}

vector!(
    Sixteen,
    16,
    _mm512_set1_epi32,
    _mm512_loadu_si512,
    _mm512_storeu_si512,
    _mm512_add_epi32,
    _mm512_or_si512,
    _mm512_sllv_epi32,
    _mm512_srlv_epi32,
    _mm512_srli_epi32,
    _mm512_ror_epi32,
    _mm512_ternarylogic_epi32
);
vector!(
    Eight,
    8,
    _mm256_set1_epi32,
    _mm256_loadu_si256,
    _mm256_storeu_si256,
    _mm256_add_epi32,
    _mm256_or_si256,
    _mm256_sllv_epi32,
    _mm256_srlv_epi32,
    _mm256_srli_epi32,
    _mm256_ror_epi32,
    _mm256_ternarylogic_epi32
);
