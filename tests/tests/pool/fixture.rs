use std::sync::{Arc, Mutex};
use std::time::Duration;

use ispmail_accounts::settings::{Address, Endpoint, Server, Timeouts, Tls};
use ispmail_accounts::{
    Dialect, Error, ISPMAIL, Lookups, Pool, UpgradeStatement, Upgrades, Values,
};
use ispmail_tests::database::{DATABASE_PASSWORD, Database, Kind, Layout, Servers, Which};
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

pub(crate) const JOHN: &str = "john@example.org";
pub(crate) const STORED: &str = "{PLAIN}summersun";

/// Short enough that a test can wait for them, long enough for a busy machine.
pub(crate) const TIMEOUTS: Timeouts =
    Timeouts { connect: Duration::from_secs(1), query: Duration::from_secs(1) };

/// A database with one account, and a runtime of two threads.
pub(crate) struct Fixture {
    pub(crate) database: Database,
    pub(crate) runtime: Runtime,
}

/// What a pool said of its hosts.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<String>>>);

impl Events {
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn expect_none(&self) {
        assert_eq!(self.all(), Vec::<String>::new());
    }
}

impl Fixture {
    pub(crate) fn new(servers: &Arc<Servers>, kind: Kind) -> Self {
        Self::with(servers, kind, Which::First, STORED)
    }

    /// On one of two servers, with this stored password.
    pub(crate) fn with(servers: &Arc<Servers>, kind: Kind, which: Which, stored: &str) -> Self {
        let database = Database::create_on(servers, kind, which, Layout::default());
        database.add_user(JOHN, Some(stored));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("runtime");
        Self { database, runtime }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self.database.kind {
            Kind::Sqlite => Dialect::Sqlite,
            Kind::MariaDb => Dialect::MySql,
            Kind::Postgres => Dialect::Postgres,
        }
    }

    /// The database by an account of it, over TCP.
    pub(crate) fn endpoint_of(&self, account: &str) -> Endpoint {
        let server = || Server {
            address: Address::Tcp("127.0.0.1".to_owned(), self.database.port()),
            user: account.to_owned(),
            password: Some(Zeroizing::new(DATABASE_PASSWORD.to_owned())),
            database: self.database.name().to_owned(),
            tls: Tls::default(),
        };
        match self.database.kind {
            Kind::Sqlite => Endpoint::Sqlite(self.database.file()),
            Kind::MariaDb => Endpoint::MySql(server()),
            Kind::Postgres => Endpoint::Postgres(server()),
        }
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        self.endpoint_of("mailuser")
    }

    pub(crate) fn pool(&self, connections: usize) -> (Arc<Pool>, Events) {
        pool(vec![self.endpoint()], connections)
    }

    pub(crate) fn lookups(&self) -> Arc<Lookups> {
        Arc::new(Lookups::of_layout(&ISPMAIL, self.dialect()).unwrap())
    }

    /// The stored password that the pool finds for john.
    pub(crate) fn find(&self, pool: &Pool) -> Result<Option<String>, Error> {
        self.runtime.block_on(find(pool, &self.lookups(), JOHN))
    }

    pub(crate) fn expect(&self, pool: &Pool, stored: &str) {
        assert_eq!(self.find(pool).unwrap().as_deref(), Some(stored));
    }

    /// Makes an account that may change passwords and nothing else.
    pub(crate) fn upgrades(&self) -> Upgrades {
        let database = &self.database;
        match database.kind {
            Kind::Sqlite => {}
            Kind::MariaDb => drop(database.execute(&format!(
                "CREATE USER IF NOT EXISTS mailupgrade@'127.0.0.1'
                     IDENTIFIED BY '{DATABASE_PASSWORD}';
                 GRANT SELECT, UPDATE (password) ON {}.virtual_users TO mailupgrade@'127.0.0.1';",
                database.name()
            ))),
            Kind::Postgres => drop(database.execute(&format!(
                "DO $$ BEGIN CREATE ROLE mailupgrade LOGIN PASSWORD '{DATABASE_PASSWORD}';
                 EXCEPTION WHEN duplicate_object THEN NULL; END $$;
                 GRANT SELECT, UPDATE (password) ON virtual_users TO mailupgrade;"
            ))),
        }
        self.upgrades_by("mailupgrade")
    }

    pub(crate) fn upgrades_by(&self, account: &str) -> Upgrades {
        let statement = UpgradeStatement::of_layout(&ISPMAIL, self.dialect()).unwrap();
        Upgrades::new(vec![self.endpoint_of(account)], TIMEOUTS, statement)
    }

    /// The column as it is, byte for byte.
    pub(crate) fn stored(&self) -> String {
        let hex = if self.database.kind == Kind::Postgres {
            "encode(convert_to(password, 'UTF8'), 'hex')"
        } else {
            "hex(password)"
        };
        let sql = format!("SELECT {hex} FROM virtual_users WHERE email = '{JOHN}';");
        let bytes = hex::decode(self.database.execute(&sql).trim()).expect("hex");
        String::from_utf8(bytes).expect("text")
    }
}

pub(crate) fn pool(endpoints: Vec<Endpoint>, connections: usize) -> (Arc<Pool>, Events) {
    let events = Events::default();
    let pool = Pool::new(endpoints, TIMEOUTS, connections).on_change({
        let events = events.clone();
        move |event| events.0.lock().unwrap().push(event.to_string())
    });
    (Arc::new(pool), events)
}

pub(crate) async fn find(
    pool: &Pool,
    lookups: &Lookups,
    login: &str,
) -> Result<Option<String>, Error> {
    let account = pool.find(lookups, login, &Values::new(login)).await?;
    Ok(account.map(|account| {
        let stored = account.stored.expect("not NULL").text;
        String::from_utf8(stored.to_vec()).expect("text")
    }))
}
