use crate::scheme::{Algorithm, NewCrypt};
use crate::table::default_scheme;
use crate::{
    Ceilings, Cost, HashError, New, Password, Scheme, SchemeName, StoredPassword, Verdict,
    VerifyError,
};

/// What new values are like, what stored ones may be like, and how much a refused login costs.
///
/// ```
/// use ispmail_password::{Password, Policy, Prefix, SchemeName, StoredPassword, Verdict};
///
/// let policy = Policy::default();
/// let md5: SchemeName = "PLAIN-MD5".parse()?;
/// let stored = StoredPassword::parse(b"14cbfb845af1f030e372b1cb9275e6dd", md5)?;
/// let checked = policy.verify_and_upgrade(Some(&stored), &Password::new(b"summersun".to_vec())?)?;
/// assert_eq!(checked.verdict, Verdict::Match);
/// let better = checked.replacement.ok_or("upgraded")?.write(Prefix::Scheme);
/// assert!(better.starts_with(b"{SHA256-CRYPT}$5$rounds=20000$"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    target: SchemeName,
    rounds: Option<u32>,
    ceilings: Ceilings,
    /// `None` allows all.
    allowed: Option<Vec<&'static Scheme>>,
    /// Whether all refusals cost the same.
    alike: bool,
}

/// What came of [`Policy::verify_and_upgrade`].
pub struct Checked {
    /// Whether the password is the right one.
    pub verdict: Verdict,
    /// After a match: the value that ought to be stored from now on, if the old one is out of
    /// date.
    pub replacement: Option<StoredPassword>,
}

impl Default for Policy {
    /// New values are SHA256-CRYPT with 20,000 rounds, the ceilings are
    /// [`Ceilings::default`], all schemes are allowed.
    fn default() -> Self {
        Self {
            target: default_scheme().as_name(),
            rounds: Some(20_000),
            ceilings: Ceilings::default(),
            allowed: None,
            alike: true,
        }
    }
}

impl Policy {
    /// Makes new values of this scheme, with these rounds or else with `doveadm pw`'s
    /// ([`Scheme::rounds`]).
    ///
    /// # Errors
    ///
    /// [`HashError::Rounds`] outside the scheme's range, [`HashError::OverCeiling`] for more than
    /// the policy itself would check, and [`HashError::LoginNeeded`] for DIGEST-MD5.
    pub fn with_target(self, target: SchemeName, rounds: Option<u32>) -> Result<Self, HashError> {
        Self { target, rounds, ..self }.sound()
    }

    /// Refuses to check what is dearer.
    ///
    /// # Errors
    ///
    /// [`HashError::OverCeiling`] if new values would be.
    pub fn with_ceilings(self, ceilings: Ceilings) -> Result<Self, HashError> {
        Self { ceilings, ..self }.sound()
    }

    /// Checks values of these schemes only. The content counts, not the name in the prefix.
    #[must_use]
    pub fn with_allowed(self, schemes: &[&'static Scheme]) -> Self {
        Self { allowed: Some(schemes.to_vec()), ..self }
    }

    /// Lets a refusal cost what the stored value costs: for lists that are worked through where
    /// nobody waits at a login prompt.
    #[must_use]
    pub fn offline(self) -> Self {
        Self { alike: false, ..self }
    }

    fn sound(self) -> Result<Self, HashError> {
        if self.target.scheme().needs_login() {
            return Err(HashError::LoginNeeded);
        }
        let cost = self.target.cost_of_new(self.rounds)?;
        match self.ceilings.allow(self.target.scheme(), cost) {
            Err(VerifyError::CostTooHigh { cost, ceiling }) => {
                Err(HashError::OverCeiling { cost, ceiling })
            }
            _ => Ok(self),
        }
    }

    /// The scheme of new values.
    pub const fn target(&self) -> SchemeName {
        self.target
    }

    /// What new values cost to check, and so what a refused login costs.
    pub fn target_cost(&self) -> Cost {
        self.target.cost_of_new(self.rounds).unwrap_or(Cost::Fixed)
    }

    /// The most work that a stored value may ask for.
    pub const fn ceilings(&self) -> Ceilings {
        self.ceilings
    }

    /// Makes a new stored value.
    ///
    /// # Errors
    ///
    /// [`HashError`].
    pub fn hash(&self, password: &Password) -> Result<StoredPassword, HashError> {
        self.target.hash(password, self.new_value())
    }

    /// What new values are made with.
    pub(crate) fn new_value(&self) -> New<'static> {
        New { rounds: self.rounds, ..New::default() }
    }

    /// Whether new values are of a scheme that the policy checks.
    pub fn allows_new(&self) -> bool {
        let allowed = self.allowed.as_ref();
        allowed.is_none_or(|allowed| allowed.iter().any(|scheme| self.makes(scheme)))
    }

    /// Whether the policy checks such a value at all.
    ///
    /// # Errors
    ///
    /// [`VerifyError::NotAllowed`] and [`VerifyError::CostTooHigh`].
    pub fn allow(&self, stored: &StoredPassword) -> Result<(), VerifyError> {
        if stored.disabled().is_some() {
            // Nobody is let in, by whatever name.
            return Ok(());
        }
        if self.allowed.as_ref().is_some_and(|allowed| !allowed.contains(&stored.scheme())) {
            return Err(VerifyError::NotAllowed(stored.scheme()));
        }
        self.ceilings.allow(stored.scheme(), stored.cost())
    }

    /// Checks a password against the stored value of an account, or against nothing where there
    /// is no such account. A mismatch costs the same in every case: what the value itself did not
    /// cost is topped up to the cost of a new value. (What is dearer costs what it costs. If new
    /// values are not SHA256-CRYPT, a slow value of another kind costs both.)
    ///
    /// # Errors
    ///
    /// [`VerifyError`]: nothing can be said.
    pub fn verify(
        &self,
        stored: Option<&StoredPassword>,
        password: &Password,
    ) -> Result<Verdict, VerifyError> {
        // Told exactly once.
        let mut answer = Ok(Verdict::Mismatch);
        self.verify_batch(&[(stored, password)], |_, told| answer = told);
        answer
    }

    /// [`verify`](Self::verify), and after a match a new value if the old one
    /// [needs it](Self::needs_upgrade). Should making it fail, there is none: the sign-in stands.
    ///
    /// # Errors
    ///
    /// [`VerifyError`]: nothing can be said.
    pub fn verify_and_upgrade(
        &self,
        stored: Option<&StoredPassword>,
        password: &Password,
    ) -> Result<Checked, VerifyError> {
        let verdict = self.verify(stored, password)?;
        let outdated =
            verdict == Verdict::Match && stored.is_some_and(|stored| self.needs_upgrade(stored));
        let replacement = outdated.then(|| self.hash(password).ok()).flatten();
        Ok(Checked { verdict, replacement })
    }

    /// Whether a value ought to be replaced by a new one as soon as the password is known: if it
    /// is weak, if Dovecot 2.4 refuses it, or if it is of the target's own scheme and cheaper.
    ///
    /// Only digests and values of the crypt(3) family and argon2 are: a mechanism such as CRAM-MD5
    /// or SCRAM may live on the others. Slow hashes of another scheme are left alone.
    pub fn needs_upgrade(&self, stored: &StoredPassword) -> bool {
        let Some(hashed) = stored.hashed() else { return false };
        if !hashed.kind.is_digest_or_crypt() {
            return false;
        }
        let outdated = stored.weak() || stored.refused_by_dovecot_2_4();
        let cheaper = match (stored.cost(), self.target_cost()) {
            (Cost::Rounds(old), Cost::Rounds(new)) => old < new,
            (Cost::Log2Rounds(old), Cost::Log2Rounds(new)) => old < new,
            (
                Cost::Memory { kib: old_kib, passes: old, .. },
                Cost::Memory { kib: new_kib, passes: new, .. },
            ) => old_kib < new_kib || old < new,
            _ => false,
        };
        if self.makes(stored.scheme()) { cheaper } else { outdated }
    }

    /// Whether new values are of this scheme. (CRYPT and BLF-CRYPT both make bcrypt.)
    pub(crate) fn makes(&self, scheme: &Scheme) -> bool {
        let bcrypt =
            |algorithm| matches!(algorithm, Algorithm::Bcrypt | Algorithm::Crypt(NewCrypt::Bcrypt));
        let target = self.target.scheme();
        target == scheme || (bcrypt(target.algorithm) && bcrypt(scheme.algorithm))
    }

    /// What refusals are topped up with.
    pub(crate) fn top_up(&self) -> TopUp {
        match (self.target.scheme().algorithm, self.target_cost()) {
            _ if !self.alike => TopUp::Nothing,
            (Algorithm::Crypt(NewCrypt::Sha256), Cost::Rounds(target)) => TopUp::Rounds(target),
            _ => TopUp::NewValue,
        }
    }
}

/// How refusals are made to cost the same.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TopUp {
    /// They are not.
    Nothing,
    /// Each is topped up to so many rounds of SHA256-CRYPT.
    Rounds(u32),
    /// A new value is made for each, unless one like it has been checked.
    NewValue,
}
