//! One sign-in, from what the client typed to accepted, refused or could not check.

use std::sync::Arc;

use ispmail_accounts::{Login, LoginError, StoredColumn, Values};
use ispmail_password::{Disabled, ParseError, Password, PasswordError, Verdict, VerifyError};
use thiserror::Error;

use crate::session::Session;
use crate::verifier::Attempt;
use crate::{Authenticator, Outdated, Reply, Request};

/// The decision. Outside, all refusals look alike; the reasons are for the administrator's log.
pub enum SignIn {
    /// The password is the right one.
    Accepted {
        /// What Dovecot is told.
        reply: Reply,
        /// If the stored password ought to be [replaced](Authenticator::upgrade).
        outdated: Option<Box<Outdated>>,
    },
    /// It is not, or nobody is let in.
    Refused(Refusal),
    /// Nothing can be said.
    CouldNotCheck(Cause),
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The login cannot be one.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// Empty, too long, or with a NUL byte.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// No account has this login.
    #[error("unknown login")]
    UnknownLogin,
    /// The usual case.
    #[error("wrong password")]
    WrongPassword,
    /// The stored password is marked as locked (`!…` or `*…`).
    #[error("locked account")]
    Locked,
    /// The column is NULL or empty.
    #[error("no password set")]
    NoPassword,
}

/// Why nothing can be said.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Cause {
    /// The database did not answer, or not usefully.
    #[error(transparent)]
    Accounts(#[from] ispmail_accounts::Error),
    /// The stored password cannot be checked.
    #[error("stored password: {0}")]
    Stored(#[from] ParseError),
    /// The stored password was not checked, for instance because it would take too long.
    #[error("stored password: {0}")]
    Verify(#[from] VerifyError),
    /// The user query knows nobody whom the password query knows.
    #[error("the user query found no such user")]
    NoUserRow,
    /// More is asked than can be done, or the check broke off.
    #[error("too much to do")]
    Overloaded,
    /// A column that would let in any password.
    #[error("the column nopassword is not supported: it would accept any password")]
    NoPasswordNeeded,
    /// Home directory or login name cannot be handed on.
    #[error("{0}")]
    Reply(&'static str),
}

impl Authenticator {
    /// Decides a sign-in. A refusal costs the same whether the login exists or not and whatever
    /// its row holds.
    pub async fn sign_in(&self, request: Request) -> SignIn {
        match self.decide(request).await {
            Ok(Ok((reply, outdated))) => SignIn::Accepted { reply, outdated },
            Ok(Err(refusal)) => SignIn::Refused(refusal),
            Err(cause) => SignIn::CouldNotCheck(cause),
        }
    }

    async fn decide(
        &self,
        request: Request,
    ) -> Result<Result<(Reply, Option<Box<Outdated>>), Refusal>, Cause> {
        let Request { login, mut password, values } = request;
        let password = match Password::new(std::mem::take(&mut *password)) {
            Ok(password) => password,
            Err(error) => return Ok(Err(error.into())),
        };
        let login = match Login::new(&login, &self.login) {
            Ok(login) => login,
            Err(error) => return Ok(Err(self.refuse(password, error.into()).await?)),
        };
        let values = values.with_user(login.as_str());
        let mut session = self.session().await?;
        let decided = self.decide_at(&mut session, password, login.as_str(), &values).await;
        session.close().await;
        decided
    }

    async fn decide_at(
        &self,
        session: &mut Session<'_>,
        password: Password,
        login: &str,
        values: &Values,
    ) -> Result<Result<(Reply, Option<Box<Outdated>>), Refusal>, Cause> {
        let Some(mut account) = session.find(&self.lookups, login, values).await? else {
            return Ok(Err(self.refuse(password, Refusal::UnknownLogin).await?));
        };
        if account.extra.iter().any(|field| field.name == "nopassword") {
            return Err(Cause::NoPasswordNeeded);
        }
        let Some(column) = account.stored.take() else {
            return Ok(Err(self.refuse(password, Refusal::NoPassword).await?));
        };
        let stored = self.default_scheme.parse(&column)?.for_login(login.as_bytes());
        let disabled = stored.disabled();
        let attempt = Arc::new(Attempt { stored: Some(stored), password });
        match (self.check(&attempt).await?, disabled) {
            (Verdict::Match, _) => {}
            (Verdict::Mismatch, None) => return Ok(Err(Refusal::WrongPassword)),
            (Verdict::Mismatch, Some(Disabled::Locked)) => return Ok(Err(Refusal::Locked)),
            (Verdict::Mismatch, Some(Disabled::Empty)) => return Ok(Err(Refusal::NoPassword)),
        }
        if !self.add_user_fields(session, &mut account, login, values).await? {
            return Err(Cause::NoUserRow);
        }
        let reply = Reply::new(account, &self.defaults, values).map_err(Cause::Reply)?;
        Ok(Ok((reply, self.outdated(login, values, column, attempt))))
    }

    /// Refuses where there is no stored password to check, at the price of a check.
    async fn refuse(&self, password: Password, why: Refusal) -> Result<Refusal, Cause> {
        // Without a stored value there is nothing that could match or be over the ceiling.
        let _ = self.check(&Arc::new(Attempt { stored: None, password })).await?;
        Ok(why)
    }

    async fn check(&self, attempt: &Arc<Attempt>) -> Result<Verdict, Cause> {
        Ok(self.checks.check(attempt).await.map_err(|_| Cause::Overloaded)??)
    }

    fn outdated(
        &self,
        login: &str,
        values: &Values,
        column: StoredColumn,
        attempt: Arc<Attempt>,
    ) -> Option<Box<Outdated>> {
        self.upgrades.as_ref()?;
        let stored = attempt.stored.as_ref()?;
        self.checks.policy().needs_upgrade(stored).then(|| {
            Box::new(Outdated {
                login: login.to_owned(),
                values: values.clone(),
                column: column.text,
                noscheme: column.noscheme,
                attempt,
            })
        })
    }
}
