use ispmail_password::{
    Disabled, ParseError, Password, Policy, SchemeName, StoredPassword, Verdict, VerifyError,
};

/// What came of checking a password.
pub(crate) enum Answer {
    Match { needs_upgrade: bool },
    Mismatch { needs_upgrade: bool, reason: Option<&'static str> },
    Malformed(String),
    CouldNotCheck(String),
}

impl Answer {
    pub(crate) const fn result(&self) -> &'static str {
        match self {
            Self::Match { .. } => "match",
            Self::Mismatch { .. } => "mismatch",
            Self::Malformed(_) => "malformed",
            Self::CouldNotCheck(_) => "could not check",
        }
    }

    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::Match { .. } => None,
            Self::Mismatch { reason, .. } => *reason,
            Self::Malformed(reason) | Self::CouldNotCheck(reason) => Some(reason),
        }
    }

    pub(crate) const fn needs_upgrade(&self) -> bool {
        matches!(
            self,
            Self::Match { needs_upgrade: true } | Self::Mismatch { needs_upgrade: true, .. }
        )
    }
}

/// Checks passwords for somebody who may know everything about the stored ones: a refusal need
/// not take as long as any other.
pub(crate) struct Checker {
    default_scheme: SchemeName,
    policy: Policy,
}

impl Checker {
    pub(crate) fn new(default_scheme: SchemeName) -> Self {
        Self { default_scheme, policy: Policy::default().offline() }
    }

    /// # Errors
    ///
    /// The answer, where no password is needed for it.
    pub(crate) fn read(&self, text: &[u8], login: Option<&[u8]>) -> Result<StoredPassword, Answer> {
        let stored = match StoredPassword::parse(text, self.default_scheme) {
            Ok(stored) => stored,
            Err(error @ ParseError::Unsupported { .. }) => {
                return Err(Answer::CouldNotCheck(error.to_string()));
            }
            Err(error) => return Err(Answer::Malformed(error.to_string())),
        };
        Ok(match login {
            Some(login) => stored.for_login(login),
            None => stored,
        })
    }

    pub(crate) fn check(&self, stored: &StoredPassword, password: &Password) -> Answer {
        self.answer(stored, self.policy.verify(Some(stored), password))
    }

    /// The answers are in the list's order.
    pub(crate) fn check_many(&self, jobs: &[(&StoredPassword, &Password)]) -> Vec<Answer> {
        let list: Vec<_> =
            jobs.iter().map(|&(stored, password)| (Some(stored), password)).collect();
        let verdicts = self.policy.verify_many(&list).into_iter();
        jobs.iter()
            .zip(verdicts)
            .map(|((stored, _), verdict)| self.answer(stored, verdict))
            .collect()
    }

    fn answer(&self, stored: &StoredPassword, verdict: Result<Verdict, VerifyError>) -> Answer {
        let needs_upgrade = self.policy.needs_upgrade(stored);
        match verdict {
            Ok(Verdict::Match) => Answer::Match { needs_upgrade },
            Ok(Verdict::Mismatch) => {
                let reason = stored.disabled().map(|why| match why {
                    Disabled::Locked => "the account is locked",
                    Disabled::Empty => "there is no stored password",
                });
                Answer::Mismatch { needs_upgrade, reason }
            }
            Err(error) => Answer::CouldNotCheck(error.to_string()),
        }
    }
}
