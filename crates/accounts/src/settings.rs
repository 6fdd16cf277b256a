//! Where the accounts are: one or several database servers, or a SQLite file.

use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::database::Dialect;

/// Where one database is and how to sign in to it.
///
/// There is no `Debug`: the password of a database account is a secret too.
#[derive(Clone)]
#[non_exhaustive]
pub enum Endpoint {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A MariaDB or MySQL server.
    MySql(Server),
    /// A PostgreSQL server.
    Postgres(Server),
}

impl Endpoint {
    /// The SQL it speaks.
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::MySql(_) => Dialect::MySql,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Where it is, for messages: no account and no password.
    pub fn place(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::MySql(Server { address, .. }) | Self::Postgres(Server { address, .. }) => {
                match address {
                    Address::Tcp(host, port) => format!("{host}:{port}"),
                    Address::Socket(path, _) => path.display().to_string(),
                }
            }
        }
    }
}

/// A database server and the account used on it.
#[derive(Clone)]
pub struct Server {
    /// Where it listens.
    pub address: Address,
    /// Name of the database account.
    pub user: String,
    /// Its password; `None` where the server asks for none.
    pub password: Option<Zeroizing<String>>,
    /// Name of the database.
    pub database: String,
    /// Whether and how the connection is encrypted.
    pub tls: Tls,
}

/// Where a database server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Host name or address, and port.
    Tcp(String, u16),
    /// UNIX socket. For PostgreSQL the directory that holds it, and the port that names it.
    Socket(PathBuf, u16),
}

/// Encryption of the connection to a database server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// How much is asked of the server.
    pub mode: TlsMode,
    /// File with the certificates of the authorities to trust (PEM).
    pub ca: Option<PathBuf>,
    /// File with our own certificate (PEM).
    pub cert: Option<PathBuf>,
    /// File with the key of our own certificate (PEM).
    pub key: Option<PathBuf>,
}

/// How much encryption is asked of a database server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsMode {
    /// None. What Dovecot does for MariaDB unless `ssl_ca` is set.
    #[default]
    Off,
    /// Encrypted if the server offers it.
    Prefer,
    /// Encrypted, whoever the server is.
    Require,
    /// Encrypted, and the server's certificate comes from a trusted authority.
    VerifyCa,
    /// Encrypted, and the certificate also names the host connected to.
    VerifyFull,
}

/// Longest waits for a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For connecting to one server.
    pub connect: Duration,
    /// For one query.
    pub query: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), query: Duration::from_secs(5) }
    }
}
