//! Four words in a 128-bit register, and the SHA-NI instructions on them.

#![expect(unsafe_code, reason = "CPU instructions")]
#![expect(clippy::inline_always, reason = "single instructions")]

use core::arch::asm;
use core::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_load_si128, _mm_loadu_si128, _mm_or_si128, _mm_sha256msg1_epu32,
    _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi8, _mm_shuffle_epi32,
    _mm_storeu_si128, _mm_unpackhi_epi64, _mm_unpacklo_epi64,
};

use crate::group::Row;

/// The CPU has the SHA instructions and AVX, and so all of SSE.
#[derive(Clone, Copy)]
pub(crate) struct ShaNi(());

impl ShaNi {
    pub(crate) fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("sha") && is_x86_feature_detected!("avx");
        has.then_some(Self(()))
    }
}

/// Four words. Made only from a [`ShaNi`].
#[derive(Clone, Copy)]
pub(super) struct Quad(__m128i);

/// Bytes on a 16-byte boundary.
#[derive(Clone, Copy)]
#[repr(align(16))]
pub(super) struct Aligned(pub(super) [u8; 16]);

impl Quad {
    #[inline(always)]
    pub(super) fn load(_: ShaNi, rows: &[Row<1>; 4]) -> Self {
        // SAFETY: the proof says that the CPU has SSE; 16 bytes, which need not be aligned.
        Self(unsafe { _mm_loadu_si128(rows.as_ptr().cast()) })
    }

    #[inline(always)]
    pub(super) fn load_words(_: ShaNi, words: &[u32; 4]) -> Self {
        // SAFETY: the proof says that the CPU has SSE; 16 bytes, which need not be aligned.
        Self(unsafe { _mm_loadu_si128(words.as_ptr().cast()) })
    }

    #[inline(always)]
    pub(super) fn store(self, rows: &mut [Row<1>; 4]) {
        // SAFETY: `self` exists, so the CPU has SSE; 16 bytes, which need not be aligned.
        unsafe { _mm_storeu_si128(rows.as_mut_ptr().cast(), self.0) }
    }

    #[inline(always)]
    pub(super) fn add(self, other: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has SSE2.
        Self(unsafe { _mm_add_epi32(self.0, other.0) })
    }

    #[inline(always)]
    pub(super) fn or(self, other: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has SSE2.
        Self(unsafe { _mm_or_si128(self.0, other.0) })
    }

    /// The bytes that `mask` names, zero where it is 0x80.
    #[inline(always)]
    pub(super) fn pick(self, mask: &Aligned) -> Self {
        // SAFETY: `self` exists, so the CPU has SSSE3; an `Aligned` is 16 bytes and aligned.
        Self(unsafe { _mm_shuffle_epi8(self.0, _mm_load_si128(mask.0.as_ptr().cast())) })
    }

    /// The words in the opposite order.
    #[inline(always)]
    pub(super) fn reversed(self) -> Self {
        // SAFETY: `self` exists, so the CPU has SSE2.
        Self(unsafe { _mm_shuffle_epi32::<0x1b>(self.0) })
    }

    /// The lower two words in the opposite order.
    #[inline(always)]
    pub(super) fn exchanged(self) -> Self {
        // SAFETY: `self` exists, so the CPU has SSE2.
        Self(unsafe { _mm_shuffle_epi32::<0xe1>(self.0) })
    }

    /// The upper two words below.
    #[inline(always)]
    pub(super) fn high(self) -> Self {
        // SAFETY: `self` exists, so the CPU has SSE2.
        Self(unsafe { _mm_shuffle_epi32::<0x0e>(self.0) })
    }

    #[inline(always)]
    pub(super) fn low_halves(self, other: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has SSE2.
        Self(unsafe { _mm_unpacklo_epi64(self.0, other.0) })
    }

    #[inline(always)]
    pub(super) fn high_halves(self, other: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has SSE2.
        Self(unsafe { _mm_unpackhi_epi64(self.0, other.0) })
    }

    /// The last three words of `before`, then the first of `self`.
    #[inline(always)]
    pub(super) fn middle(self, before: Self) -> Self {
        // By its intrinsic the compiler makes two instructions of it.
        let middle;
        // SAFETY: `self` exists, so the CPU has AVX. Registers only.
        unsafe {
            asm!("vpalignr {}, {}, {}, 4", out(xmm_reg) middle, in(xmm_reg) self.0, in(xmm_reg) before.0,
                options(pure, nomem, nostack, preserves_flags));
        }
        Self(middle)
    }

    /// Two rounds on CDGH with ABEF, or the other way round.
    #[inline(always)]
    pub(super) fn two_rounds(self, other: Self, plus_k: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has SHA-NI.
        Self(unsafe { _mm_sha256rnds2_epu32(self.0, other.0, plus_k.0) })
    }

    #[inline(always)]
    pub(super) fn schedule_first(self, next: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has SHA-NI.
        Self(unsafe { _mm_sha256msg1_epu32(self.0, next.0) })
    }

    #[inline(always)]
    pub(super) fn schedule_second(self, last: Self) -> Self {
        // SAFETY: `self` exists, so the CPU has SHA-NI.
        Self(unsafe { _mm_sha256msg2_epu32(self.0, last.0) })
    }

    /// Keeps the compiler from moving what makes `self` behind, or what uses `other` before, this
    /// place. No instruction.
    #[inline(always)]
    pub(super) fn before(&mut self, other: &mut Self) {
        // SAFETY: nothing is executed.
        unsafe {
            asm!("/* {0} {1} */", inout(xmm_reg) self.0, inout(xmm_reg) other.0,
                options(pure, nomem, nostack, preserves_flags));
        }
    }

    /// Four rounds with `k` and the next four words of the message schedule, which go to the byte
    /// offset `W0` of `words` and to `last`.
    #[inline(always)]
    pub(super) fn four_next<const W0: usize, const W1: usize, const W2: usize>(
        abef: &mut Self,
        cdgh: &mut Self,
        words: &mut [Self; 4],
        last: &mut Self,
        k: Self,
    ) {
        const { assert!(W0 <= 48 && W1 <= 48 && W2 <= 48) };
        // SAFETY: `abef` exists, so the CPU has SHA-NI and AVX. Reads and writes 16 bytes at
        // offsets of `words` that are at most 48, multiples of 16, and `words` is aligned.
        unsafe {
            asm!(
                "vmovdqa {next}, [{words} + {w0}]",
                "vpalignr {middle}, {last}, [{words} + {w2}], 4",
                "sha256msg1 {next}, [{words} + {w1}]",
                "vpaddd {next}, {next}, {middle}",
                "sha256msg2 {next}, {last}",
                "vmovdqa [{words} + {w0}], {next}",
                "vpaddd xmm0, {next}, {k}",
                "sha256rnds2 {cdgh}, {abef}",
                "vpshufd xmm0, xmm0, 14",
                "sha256rnds2 {abef}, {cdgh}",
                words = in(reg) words.as_mut_ptr(),
                w0 = const W0,
                w1 = const W1,
                w2 = const W2,
                k = in(xmm_reg) k.0,
                last = in(xmm_reg) last.0,
                next = out(xmm_reg) last.0,
                middle = out(xmm_reg) _,
                abef = inout(xmm_reg) abef.0,
                cdgh = inout(xmm_reg) cdgh.0,
                out("xmm0") _,
                options(nostack, preserves_flags),
            );
        }
    }
}
