//! One sign-in, from what the client typed to accepted, refused or could not check.

use ispmail_accounts::{Account, Login, LoginError};
use ispmail_password::{Disabled, ParseError, Password, PasswordError, Verdict, VerifyError};
use thiserror::Error;

use crate::{Authenticator, Reply, Request};

/// The decision. Outside, all refusals look alike; the reasons are for the administrator's log.
pub enum SignIn {
    /// The password is the right one.
    Accepted(Reply),
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
            Ok(Ok(reply)) => SignIn::Accepted(reply),
            Ok(Err(refusal)) => SignIn::Refused(refusal),
            Err(cause) => SignIn::CouldNotCheck(cause),
        }
    }

    async fn decide(&self, request: Request) -> Result<Result<Reply, Refusal>, Cause> {
        let Request { login, mut password, values } = request;
        let password = match Password::new(std::mem::take(&mut *password)) {
            Ok(password) => password,
            Err(error) => return Ok(Err(error.into())),
        };
        let login = match Login::new(&login, &self.login) {
            Ok(login) => login,
            Err(error) => return self.refuse(&password, error.into()),
        };
        let values = values.with_user(login.as_str());
        let mut accounts = self.connect().await?;
        let found = accounts.find(&self.lookups, login.as_str(), &values).await;
        let Some(mut account) = found? else {
            accounts.close().await;
            return self.refuse(&password, Refusal::UnknownLogin);
        };
        match self.verify(&account, login.as_str(), &password) {
            Ok(Ok(())) => {}
            Ok(Err(refusal)) => {
                accounts.close().await;
                return Ok(Err(refusal));
            }
            Err(cause) => {
                accounts.close().await;
                return Err(cause);
            }
        }
        let added =
            self.add_user_fields(&mut accounts, &mut account, login.as_str(), &values).await;
        accounts.close().await;
        if !added? {
            return Err(Cause::NoUserRow);
        }
        Reply::new(account, &self.defaults, &values).map(Ok).map_err(Cause::Reply)
    }

    fn verify(
        &self,
        account: &Account,
        login: &str,
        password: &Password,
    ) -> Result<Result<(), Refusal>, Cause> {
        if account.extra.iter().any(|field| field.name == "nopassword") {
            return Err(Cause::NoPasswordNeeded);
        }
        let Some(column) = &account.stored else {
            return self.refuse(password, Refusal::NoPassword);
        };
        let stored = self.default_scheme.parse(column)?.for_login(login.as_bytes());
        Ok(match (self.policy.verify(Some(&stored), password)?, stored.disabled()) {
            (Verdict::Match, _) => Ok(()),
            (Verdict::Mismatch, None) => Err(Refusal::WrongPassword),
            (Verdict::Mismatch, Some(Disabled::Locked)) => Err(Refusal::Locked),
            (Verdict::Mismatch, Some(Disabled::Empty)) => Err(Refusal::NoPassword),
        })
    }

    /// Refuses where there is no stored password to check, at the price of a check.
    fn refuse<T>(&self, password: &Password, why: Refusal) -> Result<Result<T, Refusal>, Cause> {
        // Without a stored value there is nothing that could match or be over the ceiling.
        let _ = self.policy.verify(None, password)?;
        Ok(Err(why))
    }
}
