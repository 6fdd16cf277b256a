//! The choice of a backend. Public only so that tests and benchmarks can force one.

#[cfg(target_arch = "x86_64")]
use std::sync::OnceLock;
#[cfg(target_arch = "x86_64")]
use std::time::Instant;

use crate::Job;
#[cfg(target_arch = "x86_64")]
use crate::backend::{
    avx2::Avx2,
    avx512::Avx512,
    sha_ni::{ShaNi, Streams},
};
use crate::backend::{portable, sha2_crate::OneJob};
use crate::batch::{self, Queue};

/// A way to do the rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backend {
    /// One job in ordinary registers.
    Portable,
    /// One job with the `sha2` crate's compression function.
    Sha2Crate,
    /// One job with SHA-NI.
    #[cfg(target_arch = "x86_64")]
    ShaNi,
    /// Two jobs with SHA-NI.
    #[cfg(target_arch = "x86_64")]
    ShaNi2,
    /// Three jobs with SHA-NI.
    #[cfg(target_arch = "x86_64")]
    ShaNi3,
    /// Four jobs with SHA-NI.
    #[cfg(target_arch = "x86_64")]
    ShaNi4,
    /// Eight jobs with AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Eight jobs with AVX-512VL.
    #[cfg(target_arch = "x86_64")]
    Avx512Half,
    /// Sixteen jobs with AVX-512.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Backend {
    /// All that this architecture may have.
    pub const ALL: &[Self] = &[
        Self::Portable,
        Self::Sha2Crate,
        #[cfg(target_arch = "x86_64")]
        Self::ShaNi,
        #[cfg(target_arch = "x86_64")]
        Self::ShaNi2,
        #[cfg(target_arch = "x86_64")]
        Self::ShaNi3,
        #[cfg(target_arch = "x86_64")]
        Self::ShaNi4,
        #[cfg(target_arch = "x86_64")]
        Self::Avx2,
        #[cfg(target_arch = "x86_64")]
        Self::Avx512Half,
        #[cfg(target_arch = "x86_64")]
        Self::Avx512,
    ];

    /// Whether this CPU has it.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable | Self::Sha2Crate => true,
            #[cfg(target_arch = "x86_64")]
            Self::ShaNi | Self::ShaNi2 | Self::ShaNi3 | Self::ShaNi4 => ShaNi::detect().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => Avx2::detect().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Half | Self::Avx512 => Avx512::detect().is_some(),
        }
    }

    /// Jobs that it does at a time.
    #[must_use]
    pub fn lanes(self) -> usize {
        match self {
            Self::Portable | Self::Sha2Crate => 1,
            #[cfg(target_arch = "x86_64")]
            Self::ShaNi => 1,
            #[cfg(target_arch = "x86_64")]
            Self::ShaNi2 => 2,
            #[cfg(target_arch = "x86_64")]
            Self::ShaNi3 => 3,
            #[cfg(target_arch = "x86_64")]
            Self::ShaNi4 => 4,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 | Self::Avx512Half => 8,
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => 16,
        }
    }

    /// [`crate::sha256_crypt_batch`] with this backend alone; `None` if the CPU lacks it.
    #[must_use]
    pub fn digests(self, jobs: &[Job<'_>]) -> Option<Vec<[u8; 32]>> {
        self.is_available().then(|| batch::digests(jobs, |_| self))
    }

    /// [`Queue::serve`] with this backend. Without the CPU's support for it the portable one does
    /// all that is left.
    pub(crate) fn serve(self, queue: &mut Queue<'_>, stop: impl Fn(usize, usize) -> bool) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::ShaNi | Self::ShaNi2 | Self::ShaNi3 | Self::ShaNi4 => {
                if let Some(proof) = ShaNi::detect() {
                    return match self.lanes() {
                        1 => queue.serve(Streams::<1>::new(proof, queue.shapes()), stop),
                        2 => queue.serve(Streams::<2>::new(proof, queue.shapes()), stop),
                        3 => queue.serve(Streams::<3>::new(proof, queue.shapes()), stop),
                        _ => queue.serve(Streams::<4>::new(proof, queue.shapes()), stop),
                    };
                }
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                if let Some(proof) = Avx2::detect() {
                    return queue.serve(proof.eight(queue.shapes()), stop);
                }
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Half => {
                if let Some(proof) = Avx512::detect() {
                    return queue.serve(proof.eight(queue.shapes()), stop);
                }
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                if let Some(proof) = Avx512::detect() {
                    return queue.serve(proof.sixteen(queue.shapes()), stop);
                }
            }
            Self::Sha2Crate => return queue.serve(OneJob::default(), stop),
            Self::Portable => {}
        }
        queue.serve(portable::engine(queue.shapes()), |_, _| false);
    }
}

/// The best for so many jobs. Where to change is measured on Zen 4: of the time that one job takes
/// with SHA-NI, 2 to 4 take 1.1, 1.5 and 1.7 times as much, 16 with AVX-512 6.9 times, 8 with
/// AVX-512VL 4.9 and with AVX2 7.5 times.
pub(crate) fn best(jobs: usize) -> Backend {
    #[cfg(target_arch = "x86_64")]
    let best = {
        let (sha, avx2, avx512) =
            (ShaNi::detect().is_some(), Avx2::detect().is_some(), Avx512::detect().is_some());
        match jobs {
            16.. if avx512 && (!sha || lanes_beat_streams()) => Backend::Avx512,
            0 | 1 if sha => Backend::ShaNi,
            2 if sha => Backend::ShaNi2,
            // 3 and 2 are better than 4 and 1.
            3 | 5 if sha => Backend::ShaNi3,
            4.. if sha => Backend::ShaNi4,
            9.. if avx512 => Backend::Avx512,
            2.. if avx512 => Backend::Avx512Half,
            2.. if avx2 => Backend::Avx2,
            _ => Backend::Portable,
        }
    };
    #[cfg(not(target_arch = "x86_64"))]
    let best = {
        let _ = jobs;
        Backend::Sha2Crate
    };
    best
}

/// Whether 16 jobs are faster with AVX-512 than with SHA-NI, which differs between CPUs that have
/// both: tried once, in less than a millisecond. Four streams waste less on jobs that differ, so
/// they win if it is close.
#[cfg(target_arch = "x86_64")]
fn lanes_beat_streams() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let jobs = [Job { password: b"summersun", salt: b"M/GWzmtjsLroRWIf", rounds: 126 }; 16];
        let best_time = |backend: Backend| {
            let time = |_| {
                let start = Instant::now();
                std::hint::black_box(backend.digests(&jobs));
                start.elapsed()
            };
            (0..4).map(time).min().unwrap_or_default()
        };
        best_time(Backend::Avx512) * 20 < best_time(Backend::ShaNi4) * 19
    })
}
