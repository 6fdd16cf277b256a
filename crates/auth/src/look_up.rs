//! Look-ups without a password: userdb, and credentials for CRAM-MD5 and its kin.

use ispmail_accounts::{Account, Login, StoredColumn};
use ispmail_password::Written;

use crate::reply::Credentials;
use crate::{Authenticator, Cause, Reply, Request};

/// What a look-up is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Home, uid, gid and what else a userdb gives.
    User,
    /// Also the stored password, if it is one that the caller can use: plain text, or of this
    /// scheme. Any scheme will do where it is empty.
    Credentials {
        /// Name of the scheme, such as `CRAM-MD5`.
        scheme: String,
    },
}

/// The answer to a look-up.
pub enum LookUp {
    /// There is such a user.
    Found(Reply),
    /// There is none.
    Unknown,
    /// Nothing can be said.
    CouldNotLook(Cause),
}

impl Authenticator {
    /// Answers a look-up. Locked accounts are found: their mail is still delivered.
    pub async fn look_up(&self, request: Request, wanted: &Wanted) -> LookUp {
        match self.find(request, wanted).await {
            Ok(Some(reply)) => LookUp::Found(reply),
            Ok(None) => LookUp::Unknown,
            Err(cause) => LookUp::CouldNotLook(cause),
        }
    }

    async fn find(&self, request: Request, wanted: &Wanted) -> Result<Option<Reply>, Cause> {
        let Ok(login) = Login::new(&request.login, &self.login) else { return Ok(None) };
        let login = login.as_str();
        let values = request.values.with_user(login);
        let mut accounts = self.session().await?;
        let account = if *wanted == Wanted::User && self.lookups.has_user_query() {
            let found = accounts.find_user(&self.lookups, login, &values).await?;
            found.map(|found| Account {
                user: found.user,
                stored: None,
                userdb: found.fields,
                extra: Vec::new(),
            })
        } else {
            let lookups = match wanted {
                Wanted::User => &self.lookups,
                // Any scheme will do: that is what a sign-in goes by.
                Wanted::Credentials { scheme } if scheme.is_empty() => &self.lookups,
                Wanted::Credentials { .. } => self.lookups.for_credentials(),
            };
            accounts.find(lookups, login, &values).await?
        };
        let Some(mut account) = account else {
            accounts.close().await;
            return Ok(None);
        };
        let mut credentials = None;
        if let Wanted::Credentials { scheme } = wanted {
            credentials = self.credentials(account.stored.as_ref(), scheme)?;
            let added = self.add_user_fields(&mut accounts, &mut account, login, &values).await?;
            if !added {
                return Err(Cause::NoUserRow);
            }
        }
        accounts.close().await;
        let reply = Reply::new(account, &self.defaults, &values).map_err(Cause::Reply)?;
        Ok(Some(reply.with_credentials(credentials)))
    }

    /// The stored password, if the caller can make use of it and anybody is let in by it.
    fn credentials(
        &self,
        column: Option<&StoredColumn>,
        wanted: &str,
    ) -> Result<Option<Credentials>, Cause> {
        let Some(column) = column else { return Ok(None) };
        if self.default_scheme.parse(column)?.disabled().is_some() {
            return Ok(None);
        }
        let text = self.default_scheme.with_prefix(column);
        let Some(written) = Written::split(&text) else { return Ok(None) };
        let usable = wanted.is_empty() || written.is_plain() || written.has_name(wanted);
        Ok(usable.then_some(Credentials(text)))
    }
}
