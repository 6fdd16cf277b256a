//! Checks on one thread, many at a time, and how refusals are made to cost the same.

#[cfg(test)]
mod tests;

use std::hint::black_box;
use std::time::{Duration, Instant};

use ispmail_sha256_crypt::Job;

use crate::crypt::MAX_PASSWORD;
use crate::crypt::sha2::MIN_ROUNDS;
use crate::crypt::sha256::{Sha256Crypt, digests, to_spend};
use crate::policy::TopUp;
use crate::stored::Hashed;
use crate::verify::compare;
use crate::{Password, Policy, StoredPassword, Verdict, VerifyError};

impl Policy {
    /// [`verify`](Self::verify) for a batch, on the calling thread alone. SHA256-CRYPT is computed
    /// in SIMD lanes, and so is what refusals are topped up with if new values are SHA256-CRYPT:
    /// many cost much less than one after the other. Rows that are not
    /// [for lanes](Self::in_lanes) are checked, too, one by one.
    ///
    /// `tell` gets each answer once, with the job's index and as early as may be: errors and
    /// matches of what is quick before there is any work in lanes, then matches of SHA256-CRYPT,
    /// then what comes of slow schemes. All refusals come last, together and in the jobs' order.
    pub fn verify_batch(
        &self,
        jobs: &[(Option<&StoredPassword>, &Password)],
        tell: impl FnMut(usize, Result<Verdict, VerifyError>),
    ) {
        let mut batch = Batch { policy: self, tell, refusals: Vec::new() };
        let (mut sha256, mut slow) = (Vec::new(), Vec::new());
        for (index, &(stored, password)) in jobs.iter().enumerate() {
            if let Some(Err(error)) = stored.map(|stored| self.allow(stored)) {
                (batch.tell)(index, Err(error));
                continue;
            }
            let hashed = stored.and_then(|stored| stored.to_compute(password));
            let check = Check { index, hashed, password };
            match hashed.and_then(|hashed| Some((hashed, hashed.as_sha256()?))) {
                Some((hashed, crypt)) => sha256.push((check, hashed, crypt)),
                None if self.in_lanes(stored) => batch.check_alone(check),
                None => slow.push(check),
            }
        }
        batch.weigh();
        batch.check_in_lanes(sha256);
        for check in slow {
            batch.check_alone(check);
        }
        batch.weigh();
        batch.pay(u32::MAX);
        batch.refuse();
    }
}

/// What comes before the rounds is worth about so many of them.
const SETUP: u32 = 100;

/// One job that is not an error from the start.
struct Check<'a> {
    index: usize,
    /// `None` where there is nothing to compute: it is refused.
    hashed: Option<&'a Hashed>,
    password: &'a Password,
}

/// A check that came out as a mismatch, which is not told yet.
struct Refusal<'a> {
    check: Check<'a>,
    /// Rounds of SHA256-CRYPT that it lacks.
    rounds: u32,
    /// Time that its own check took, not yet counted as rounds.
    spent: Duration,
}

struct Batch<'a, T> {
    policy: &'a Policy,
    tell: T,
    refusals: Vec<Refusal<'a>>,
}

impl<'a, T: FnMut(usize, Result<Verdict, VerifyError>)> Batch<'a, T> {
    fn check_alone(&mut self, check: Check<'a>) {
        let Some(hashed) = check.hashed else { return self.owe(check, 0, Duration::ZERO) };
        let start = Instant::now();
        match hashed.check(check.password) {
            Ok(Verdict::Mismatch) => {
                let instant =
                    hashed.kind.is_instant() && check.password.bytes().len() <= MAX_PASSWORD;
                let spent = if instant { Duration::ZERO } else { start.elapsed() };
                self.owe(check, 0, spent);
            }
            answer => (self.tell)(check.index, answer),
        }
    }

    /// Those that are refused already go along for as many rounds as the cheapest value has: an
    /// unknown login fills a lane just as if it had such a value, in this pass and in the next.
    fn check_in_lanes(&mut self, checks: Vec<(Check<'a>, &'a Hashed, &'a Sha256Crypt)>) {
        let cheapest = checks.iter().map(|(.., crypt)| crypt.rounds()).min().unwrap_or_default();
        let mut jobs: Vec<_> =
            checks.iter().map(|(check, _, crypt)| crypt.job(check.password.bytes())).collect();
        jobs.extend(self.refusals.iter_mut().filter_map(|refusal| refusal.instalment(cheapest)));
        let digests = digests(&jobs);
        for ((check, hashed, crypt), digest) in checks.into_iter().zip(&*digests) {
            match compare(&hashed.expected, &crypt.text(digest)) {
                Verdict::Match => (self.tell)(check.index, Ok(Verdict::Match)),
                Verdict::Mismatch => self.owe(check, crypt.rounds(), Duration::ZERO),
            }
        }
    }

    /// Takes note of a mismatch after so many rounds of SHA256-CRYPT, or so much time.
    fn owe(&mut self, check: Check<'a>, rounds: u32, spent: Duration) {
        let target = match self.policy.top_up() {
            TopUp::Rounds(target) => target,
            TopUp::Nothing | TopUp::NewValue => 0,
        };
        self.refusals.push(Refusal { check, rounds: target.saturating_sub(rounds), spent });
    }

    /// Counts the time that was spent on values other than SHA256-CRYPT as rounds. The first
    /// thousand that all refusals lack tell how many it was worth.
    fn weigh(&mut self) {
        if self.refusals.iter().all(|refusal| refusal.spent.is_zero()) {
            return;
        }
        let start = Instant::now();
        let rounds = self.pay(MIN_ROUNDS);
        let unit = start.elapsed().as_nanos().max(1);
        for refusal in &mut self.refusals {
            let worth = refusal.spent.as_nanos().saturating_mul(rounds) / unit;
            let worth = u32::try_from(worth).unwrap_or(u32::MAX);
            refusal.rounds = refusal.rounds.saturating_sub(worth);
            refusal.spent = Duration::ZERO;
        }
    }

    /// Does the rounds that refusals lack, in lanes and up to `most` for each. Gives their sum, with
    /// what comes before the rounds.
    fn pay(&mut self, most: u32) -> u128 {
        let jobs: Vec<_> =
            self.refusals.iter_mut().filter_map(|refusal| refusal.instalment(most)).collect();
        black_box(digests(&jobs));
        jobs.iter().map(|job| u128::from(job.rounds + SETUP)).sum()
    }

    /// Tells the refusals, whose order must not show which came to be one early.
    fn refuse(mut self) {
        if self.policy.top_up() == TopUp::NewValue {
            for refusal in &self.refusals {
                refusal.make_new(self.policy);
            }
        }
        self.refusals.sort_unstable_by_key(|refusal| refusal.check.index);
        for refusal in &self.refusals {
            (self.tell)(refusal.check.index, Ok(Verdict::Mismatch));
        }
    }
}

impl<'a> Refusal<'a> {
    /// Up to `most` of the rounds that it lacks, which it lacks no more.
    fn instalment(&mut self, most: u32) -> Option<Job<'a>> {
        let rounds = self.rounds.min(most);
        self.rounds -= rounds;
        (rounds != 0).then(|| to_spend(self.check.password, rounds))
    }

    /// Makes a new value to throw away, unless a value of the same cost has been checked.
    fn make_new(&self, policy: &Policy) {
        let same = self.check.hashed.filter(|hashed| policy.makes(hashed.scheme));
        if same.map(|hashed| hashed.kind.cost()) != Some(policy.target_cost()) {
            black_box(policy.hash(&self.check.password.shortened()).is_ok());
        }
    }
}
