use std::time::Duration;

use ispmail_password::{
    Ceilings, Cost, HashError, New, Password, Policy, SchemeName, StoredPassword,
};

use super::fatal;
use crate::{Exit, Failure, complain};

/// What new values are made of.
pub(crate) struct Recipe {
    name: SchemeName,
    /// `None` takes doveadm's.
    rounds: Option<u32>,
}

impl Recipe {
    /// By the options `-s`, `-r` and `--target-ms`.
    pub(crate) fn choose(
        scheme: Option<&str>,
        rounds: Option<u64>,
        target_ms: Option<u16>,
    ) -> Result<Self, Failure> {
        let usual = Policy::default();
        let name = match scheme {
            None => usual.target(),
            Some(name) => {
                name.parse().map_err(|error| fatal(format!("{}: {error}", name.to_uppercase())))?
            }
        };
        let rounds = match (target_ms, rounds) {
            (Some(millis), _) => Some(calibrated(name, millis)?),
            (None, Some(0)) => None,
            (None, Some(asked)) => in_range(name, asked)?,
            (None, None) => match usual.target_cost() {
                Cost::Rounds(rounds) if scheme.is_none() => Some(rounds),
                _ => None,
            },
        };
        let this = Self { name, rounds };
        if let Err(error @ HashError::OverCeiling { .. }) = usual.with_target(name, rounds) {
            complain(format_args!("{error}, beyond which ispmail's programs do not check it"));
        }
        Ok(this)
    }

    pub(crate) fn make(
        &self,
        password: &Password,
        login: Option<&[u8]>,
    ) -> Result<StoredPassword, HashError> {
        self.name.hash(password, self.new_for(login))
    }

    pub(crate) fn make_many(
        &self,
        jobs: &[(&Password, Option<&[u8]>)],
    ) -> Vec<Result<StoredPassword, HashError>> {
        let jobs = jobs.iter().map(|(password, login)| (*password, self.new_for(*login)));
        self.name.hash_many(&jobs.collect::<Vec<_>>())
    }

    const fn new_for<'a>(&self, login: Option<&'a [u8]>) -> New<'a> {
        New { rounds: self.rounds, login, salt: None }
    }
}

/// doveadm takes what is out of range for the nearest number, and 0 for its default.
fn in_range(name: SchemeName, asked: u64) -> Result<Option<u32>, Failure> {
    let asked =
        u32::try_from(asked).map_err(|_| fatal(format!("invalid number of rounds: {asked}")))?;
    let Some(range) = name.scheme().rounds() else { return Ok(None) };
    let rounds = asked.clamp(range.min, range.max);
    if rounds != asked {
        complain(format_args!("{asked} rounds are out of range, using {rounds}"));
    }
    Ok(Some(rounds))
}

/// The cost that takes so long here, said on standard error.
fn calibrated(name: SchemeName, millis: u16) -> Result<u32, Failure> {
    let rounds = name.calibrate(Duration::from_millis(millis.into()));
    let rounds = rounds.map_err(|error| fatal(error.to_string()))?;
    let (Some(rounds), Some(range)) = (rounds, name.scheme().rounds()) else {
        let message = format!("{name}: the cost is fixed, there is nothing to choose");
        return Err(Failure::new(Exit::Usage, message));
    };
    let cost = Policy::default()
        .with_ceilings(Ceilings::NONE)
        .and_then(|policy| policy.with_target(name, Some(rounds)))
        .map_err(|error| fatal(error.to_string()))?
        .target_cost();
    let least = if rounds == range.min { ", the least there is," } else { "" };
    complain(format_args!("{name}: {cost}{least} for {millis} ms on this machine"));
    Ok(rounds)
}
