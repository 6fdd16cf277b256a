//! The ways to do the rounds, by what the CPU has.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
pub(crate) mod portable;
pub(crate) mod sha2_crate;
#[cfg(target_arch = "x86_64")]
pub(crate) mod sha_ni;
