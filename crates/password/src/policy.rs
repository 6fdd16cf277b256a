use thiserror::Error;

use crate::sha256_crypt::{MAX_ROUNDS, MIN_ROUNDS, spend};
use crate::verify::rounds_worked;
use crate::{Password, StoredPassword, Verdict};

/// How strong new values are, how much work a stored value may ask for, and how much a refused
/// login costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    rounds: u32,
    max_rounds: u32,
}

/// A stored value asks for more work than the policy allows. Nothing was computed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("{rounds} rounds are over the ceiling of {ceiling}")]
pub struct CostTooHigh {
    /// Rounds of the stored value.
    pub rounds: u32,
    /// Most rounds allowed.
    pub ceiling: u32,
}

impl Default for Policy {
    /// 20,000 rounds for new values, and at most 1,000,000 in stored ones.
    fn default() -> Self {
        Self { rounds: 20_000, max_rounds: 1_000_000 }
    }
}

impl Policy {
    /// A policy of `rounds` for new values and `max_rounds` as the ceiling, each 1,000 to
    /// 999,999,999; `None` if one is outside or the ceiling is below the target.
    pub fn new(rounds: u32, max_rounds: u32) -> Option<Self> {
        let range = MIN_ROUNDS..=MAX_ROUNDS;
        let sound = range.contains(&rounds) && range.contains(&max_rounds) && rounds <= max_rounds;
        sound.then_some(Self { rounds, max_rounds })
    }

    /// Rounds of new SHA256-CRYPT values, and what a refused login costs.
    pub const fn rounds(self) -> u32 {
        self.rounds
    }

    /// Most rounds a stored value may ask for.
    pub const fn max_rounds(self) -> u32 {
        self.max_rounds
    }

    /// Checks a password against the stored value of an account, or against nothing where there
    /// is no such account. A mismatch costs the same in every case: what the value itself did not
    /// cost is topped up to the target, to within 500 rounds. (A value dearer than the target
    /// costs what it costs.)
    ///
    /// # Errors
    ///
    /// [`CostTooHigh`] before any work.
    pub fn verify(
        self,
        stored: Option<&StoredPassword>,
        password: &Password,
    ) -> Result<Verdict, CostTooHigh> {
        let rounds = stored.and_then(StoredPassword::rounds).unwrap_or(0);
        if rounds > self.max_rounds {
            return Err(CostTooHigh { rounds, ceiling: self.max_rounds });
        }
        let verdict = stored.map_or(Verdict::Mismatch, |stored| stored.verify(password));
        if verdict == Verdict::Mismatch {
            let worked = stored.map_or(0, |stored| rounds_worked(stored, password));
            spend(password, self.rounds.saturating_sub(worked));
        }
        Ok(verdict)
    }
}
