//! Connections for a long-running daemon: kept open, replaced when they go stale, spread over the
//! hosts that are up.

mod event;
mod health;
mod host;
mod idle;
mod list;

use std::future::Future;
use std::sync::Arc;

pub use event::HostEvent;
pub(crate) use host::{Host, Listener, Purpose};
pub(crate) use list::login_of;

use crate::database::Database;
use crate::settings::{Endpoint, Timeouts};
use crate::{Account, Error, Lookups, UserFields, Values};

/// Look-ups for many requests at once, over connections that stay open.
///
/// A look-up goes to the first host of the list that is up. What fails there because of the
/// connection is tried on the next host within the same call; what the database itself refuses
/// (no such table, no grant) is an error at once. A host that is down is left alone: a task in the
/// background asks it at least every 1.5 s, and look-ups come back to it as soon as it answers.
/// While all hosts are down, look-ups fail at once.
///
/// Every method is safe to cancel: a connection in the middle of something is closed with the
/// future that used it. The background tasks are spawned on the tokio runtime of the look-up that
/// wanted them, and end with the pool.
pub struct Pool {
    hosts: Vec<Arc<Host>>,
    timeouts: Timeouts,
}

impl Pool {
    /// A pool of at most `connections` (at least 1) connections to each endpoint, and one more
    /// while the endpoint is asked whether it is up. A server that allows fewer gets fewer.
    /// Connects to nothing yet.
    pub fn new(endpoints: Vec<Endpoint>, timeouts: Timeouts, connections: usize) -> Self {
        let host = |endpoint| Host::new(endpoint, timeouts, connections, Purpose::Read);
        Self { hosts: endpoints.into_iter().map(host).collect(), timeouts }
    }

    /// Has `listener` hear of hosts that go down and come back. It is called from whatever task
    /// noticed, so it must be quick. Only one listener can be set.
    #[must_use]
    pub fn on_change(self, listener: impl Fn(&HostEvent) + Send + Sync + 'static) -> Self {
        let listener: Listener = Arc::new(listener);
        for host in &self.hosts {
            host.listen(&listener);
        }
        self
    }

    /// Finds the account of a login; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`Error`] for everything that keeps the answer from being sure: [`Error::Down`] while no
    /// host is up, [`Error::Exhausted`] if no connection became free within the time-out of a
    /// query.
    pub async fn find(
        &self,
        lookups: &Lookups,
        login: &str,
        values: &Values,
    ) -> Result<Option<Account>, Error> {
        self.read(&Find { lookups, login, values }).await
    }

    /// Runs the user query; `None` where it finds nothing or there is no such query.
    ///
    /// # Errors
    ///
    /// As [`Self::find`].
    pub async fn find_user(
        &self,
        lookups: &Lookups,
        login: &str,
        values: &Values,
    ) -> Result<Option<UserFields>, Error> {
        self.read(&FindUser { lookups, login, values }).await
    }

    /// Has the first host that is up prepare the statements; see [`Accounts::check`].
    ///
    /// # Errors
    ///
    /// [`Error::Query`] and [`Error::NoPasswordColumn`], and as [`Self::find`].
    ///
    /// [`Accounts::check`]: crate::Accounts::check
    pub async fn check(&self, lookups: &Lookups) -> Result<(), Error> {
        self.read(&Check { lookups }).await
    }

    /// Says goodbye to the databases on the connections that are idle. The pool remains usable.
    pub async fn close(&self) {
        for host in &self.hosts {
            host.idle.close().await;
        }
    }

    /// Goes from host to host until one can be asked at all.
    async fn read<R: Reading>(&self, reading: &R) -> Result<R::Found, Error> {
        let mut failures = Failures::default();
        for host in &self.hosts {
            if let Some(answer) = failures.unless(host.read(reading).await) {
                return answer;
            }
        }
        Err(failures.into_error())
    }
}

/// Something to be read over one connection, as often as need be. (Not an async closure: the
/// compiler cannot tell that its futures are `Send`.)
pub(crate) trait Reading: Sync {
    type Found: Send;

    fn over(
        &self,
        database: &mut Database,
    ) -> impl Future<Output = Result<Self::Found, Error>> + Send;
}

struct Find<'a> {
    lookups: &'a Lookups,
    login: &'a str,
    values: &'a Values,
}

struct FindUser<'a> {
    lookups: &'a Lookups,
    login: &'a str,
    values: &'a Values,
}

struct Check<'a> {
    lookups: &'a Lookups,
}

impl Reading for Find<'_> {
    type Found = Option<Account>;

    async fn over(&self, database: &mut Database) -> Result<Self::Found, Error> {
        self.lookups.find(database, self.login, self.values).await
    }
}

impl Reading for FindUser<'_> {
    type Found = Option<UserFields>;

    async fn over(&self, database: &mut Database) -> Result<Self::Found, Error> {
        self.lookups.find_user(database, self.login, self.values).await
    }
}

impl Reading for Check<'_> {
    type Found = ();

    async fn over(&self, database: &mut Database) -> Result<(), Error> {
        self.lookups.check(database).await
    }
}

/// Why the hosts tried so far could not be asked.
#[derive(Default)]
struct Failures(Option<Error>);

impl Failures {
    /// The result, unless it only says that this host could not be asked.
    fn unless<T>(&mut self, result: Result<T, Error>) -> Option<Result<T, Error>> {
        match result {
            Err(error) if error.is_temporary() => {
                // A host that was tried just now says more than one that was left alone.
                let was_down = matches!(self.0, None | Some(Error::Down { .. }));
                if was_down || !matches!(error, Error::Down { .. }) {
                    self.0 = Some(error);
                }
                None
            }
            answer => Some(answer),
        }
    }

    fn into_error(self) -> Error {
        self.0.unwrap_or_else(Error::no_endpoint)
    }
}
