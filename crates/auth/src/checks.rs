use std::sync::Arc;

use ispmail_password::{Policy, StoredPassword, Verdict, VerifyError};

use crate::verifier::{Attempt, Overloaded, Verifier};

/// Where passwords are checked: on the caller's thread, or on threads for it.
pub(crate) enum Checks {
    Here(Policy),
    Threads(Verifier),
}

impl Checks {
    pub(crate) fn policy(&self) -> &Policy {
        match self {
            Self::Here(policy) => policy,
            Self::Threads(verifier) => verifier.policy(),
        }
    }

    pub(crate) async fn check(
        &self,
        attempt: &Arc<Attempt>,
    ) -> Result<Result<Verdict, VerifyError>, Overloaded> {
        match self {
            Self::Here(policy) => Ok(policy.verify(attempt.stored.as_ref(), &attempt.password)),
            Self::Threads(verifier) => verifier.check(attempt).await,
        }
    }

    /// A new stored password of what was typed.
    pub(crate) async fn make(&self, attempt: &Arc<Attempt>) -> Result<StoredPassword, Overloaded> {
        match self {
            Self::Here(policy) => policy.hash(&attempt.password).map_err(|_| Overloaded),
            Self::Threads(verifier) => verifier.make(attempt).await,
        }
    }
}
