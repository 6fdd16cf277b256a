use crate::scheme::Algorithm;
use crate::{Cost, Scheme, VerifyError};

/// The most work that a stored password may ask for. A value over its ceiling is refused before
/// anything is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceilings {
    /// Rounds of SHA256-CRYPT, SHA512-CRYPT and everything else that counts rounds or iterations,
    /// PBKDF2 and SCRAM aside.
    pub rounds: u32,
    /// Iterations of PBKDF2 and SCRAM, each a fraction of a round of SHA256-CRYPT.
    pub iterations: u32,
    /// bcrypt's cost, the binary logarithm of its rounds.
    pub bcrypt: u8,
    /// Memory of argon2, scrypt and yescrypt, in KiB.
    pub kib: u64,
    /// Memory in KiB times passes, for the same.
    pub kib_passes: u64,
}

impl Default for Ceilings {
    /// 1,000,000 rounds, 4,000,000 iterations, bcrypt 14, 1 GiB, 8 GiB of memory gone through.
    fn default() -> Self {
        Self {
            rounds: 1_000_000,
            iterations: 4_000_000,
            bcrypt: 14,
            kib: 1 << 20,
            kib_passes: 8 << 20,
        }
    }
}

impl Ceilings {
    /// No ceilings at all: for values that nobody but the caller can have written.
    pub const NONE: Self = Self {
        rounds: u32::MAX,
        iterations: u32::MAX,
        bcrypt: u8::MAX,
        kib: u64::MAX,
        kib_passes: u64::MAX,
    };

    /// Whether a value of this scheme and cost is within them.
    ///
    /// # Errors
    ///
    /// [`VerifyError::CostTooHigh`].
    pub fn allow(&self, scheme: &Scheme, cost: Cost) -> Result<(), VerifyError> {
        let iterates = matches!(scheme.algorithm, Algorithm::Pbkdf2 | Algorithm::Scram(_));
        let (over, ceiling) = match cost {
            Cost::Fixed => return Ok(()),
            Cost::Rounds(rounds) => {
                let most = if iterates { self.iterations } else { self.rounds };
                (rounds > most, Cost::Rounds(most))
            }
            Cost::Log2Rounds(log2) => (log2 > self.bcrypt, Cost::Log2Rounds(self.bcrypt)),
            Cost::Memory { kib, passes, lanes } => {
                let passes = passes.max(1);
                let most = self.kib.min(self.kib_passes / u64::from(passes));
                (kib > most, Cost::Memory { kib: most, passes, lanes })
            }
        };
        if over { Err(VerifyError::CostTooHigh { cost, ceiling }) } else { Ok(()) }
    }
}
