use ispmail_accounts::{Account, Accounts, Error, Lookups, Pool, UserFields, Values};

/// What one request asks the database by: a connection of its own, or the pool.
pub(crate) enum Session<'a> {
    Own(Accounts),
    Pooled(&'a Pool),
}

impl Session<'_> {
    pub(crate) async fn find(
        &mut self,
        lookups: &Lookups,
        login: &str,
        values: &Values,
    ) -> Result<Option<Account>, Error> {
        match self {
            Self::Own(accounts) => accounts.find(lookups, login, values).await,
            Self::Pooled(pool) => pool.find(lookups, login, values).await,
        }
    }

    pub(crate) async fn find_user(
        &mut self,
        lookups: &Lookups,
        login: &str,
        values: &Values,
    ) -> Result<Option<UserFields>, Error> {
        match self {
            Self::Own(accounts) => accounts.find_user(lookups, login, values).await,
            Self::Pooled(pool) => pool.find_user(lookups, login, values).await,
        }
    }

    /// Says goodbye to the database, unless others go on using the connection.
    pub(crate) async fn close(self) {
        if let Self::Own(accounts) = self {
            accounts.close().await;
        }
    }
}
