use std::time::{Duration, Instant};

use crate::scheme::{Algorithm, NewCrypt};
use crate::{HashError, New, Password, SchemeName};

/// Fewer rounds than this are done so fast that their time says little.
const TELLING: Duration = Duration::from_millis(10);
/// Passes of argon2 beyond which more memory would be the better way to spend the time.
const MOST_PASSES: u32 = 32;

impl SchemeName {
    /// The most rounds with which checking a password takes no longer than `target` on this
    /// machine, now; at least the scheme's fewest. `None` for schemes of fixed cost. It takes a few
    /// times as long as `target`.
    ///
    /// # Errors
    ///
    /// [`HashError`] as for [`hash`](Self::hash).
    pub fn calibrate(self, target: Duration) -> Result<Option<u32>, HashError> {
        let Some(range) = self.scheme().rounds() else { return Ok(None) };
        let password = Password::for_measuring();
        let time = |rounds| {
            let start = Instant::now();
            let made = self.hash(&password, New { rounds: Some(rounds), ..New::default() })?;
            std::hint::black_box(made);
            Ok::<_, HashError>(start.elapsed())
        };
        let mut rounds = range.min;
        match self.scheme().algorithm {
            Algorithm::Bcrypt | Algorithm::Crypt(NewCrypt::Bcrypt) => {
                while rounds < range.max && time(rounds)? * 2 <= target {
                    rounds += 1;
                }
            }
            Algorithm::Argon2(_) => {
                while rounds < MOST_PASSES && time(rounds + 1)? <= target {
                    rounds += 1;
                }
            }
            _ => {
                let mut taken = time(rounds)?;
                while taken < TELLING.min(target / 4) && rounds < range.max / 4 {
                    rounds *= 4;
                    taken = time(rounds)?;
                }
                let exact = target.as_secs_f64() / taken.as_secs_f64() * f64::from(rounds);
                let within = exact.clamp(range.min.into(), range.max.into());
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "clamped to the scheme's range, which is one of u32"
                )]
                {
                    rounds = within as u32;
                }
            }
        }
        Ok(Some(rounds))
    }
}
