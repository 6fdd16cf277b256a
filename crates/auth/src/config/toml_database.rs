//! `[database]` of our own configuration file.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use ispmail_accounts::settings::{Address, Endpoint, Server, Timeouts, Tls, TlsMode};
use zeroize::Zeroizing;

use super::connect::is_local;
use super::database_url::{DatabaseUrl, decode};
use super::error::ConfigError;
use super::toml_section::Section;

/// The keys of the section.
pub(super) const KEYS: &[&str] = &["url", "urls", "password", "connect_timeout", "query_timeout"];

/// The databases of `url` or `urls`, all of one kind, with `password` for all of them.
pub(super) fn endpoints(section: &Section<'_>) -> Result<Vec<Endpoint>, ConfigError> {
    let (key, urls) = match (section.string("url")?, section.strings("urls")?) {
        (Some(_), Some(_)) => {
            return Err(section.wrong("urls", "given twice; expected url or urls"));
        }
        (Some(url), None) => ("url", vec![(url, section.place("url"))]),
        (None, Some(urls)) if !urls.is_empty() => ("urls", urls),
        (None, Some(_)) => return Err(section.wrong("urls", "empty; expected at least one url")),
        (None, None) => {
            return Err(section.wrong("url", &format!("missing; expected {FORMS}")));
        }
    };
    let password = section.string("password")?.map(|text| Zeroizing::new(text.to_owned()));
    let mut endpoints = Vec::new();
    for (url, origin) in urls {
        let endpoint = endpoint(url, password.as_ref())
            .map_err(|problem| origin.invalid(format!("[{}] {problem}", section.name())))?;
        endpoints.push(endpoint);
    }
    let mut kinds = endpoints.iter().map(std::mem::discriminant);
    let first = kinds.next();
    if kinds.any(|kind| Some(kind) != first) {
        return Err(section.wrong(key, "different kinds of databases; expected one kind"));
    }
    Ok(endpoints)
}

/// `connect_timeout` and `query_timeout`.
pub(super) fn timeouts(section: &Section<'_>) -> Result<Timeouts, ConfigError> {
    let defaults = Timeouts::default();
    Ok(Timeouts {
        connect: section.seconds("connect_timeout", SECONDS)?.unwrap_or(defaults.connect),
        query: section.seconds("query_timeout", SECONDS)?.unwrap_or(defaults.query),
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    MySql,
    Postgres,
}

/// One database. Errors say what was expected and quote nothing.
fn endpoint(url: &str, password: Option<&Zeroizing<String>>) -> Result<Endpoint, String> {
    let scheme = url.split(':').next().unwrap_or_default();
    let kind = match scheme.to_ascii_lowercase().as_str() {
        "sqlite" => return sqlite(url, password.is_some()),
        "mysql" | "mariadb" => Kind::MySql,
        "postgres" | "postgresql" => Kind::Postgres,
        _ => return Err(format!("url: unknown scheme; expected {FORMS}")),
    };
    let url = DatabaseUrl::parse(url)?;
    if url.password.is_some() && password.is_some() {
        return Err("password: given twice; expected it in the url or as password = \"…\"".into());
    }
    let parameters = Parameters::collect(kind, &url)?;
    let port = url.port.unwrap_or(if kind == Kind::MySql { 3306 } else { 5432 });
    let address = match parameters.socket {
        Some(_) if !["", "localhost"].contains(&url.host.as_str()) => {
            return Err("url: a host and a socket; expected one of them".into());
        }
        Some(socket) => Address::Socket(socket, port),
        None if url.host.is_empty() => return Err(format!("url: no host; expected {FORMS}")),
        // A directory that holds a socket, percent-encoded as libpq has it.
        None if url.host.starts_with('/') => {
            Address::Socket(PathBuf::from(url.host.as_str()), port)
        }
        None => Address::Tcp(url.host.to_string(), port),
    };
    let user = url.user.ok_or_else(|| format!("url: no user; expected {FORMS}"))?;
    if url.database.is_empty() {
        return Err(format!("url: no database; expected {FORMS}"));
    }
    let server = Server {
        tls: tls(parameters.mode, parameters.tls, &address)?,
        address,
        user: user.to_string(),
        password: url.password.or_else(|| password.cloned()).filter(|text| !text.is_empty()),
        database: url.database.to_string(),
    };
    Ok(match kind {
        Kind::MySql => Endpoint::MySql(server),
        Kind::Postgres => Endpoint::Postgres(server),
    })
}

fn sqlite(url: &str, has_password: bool) -> Result<Endpoint, String> {
    let expected = "expected sqlite:///path/from/the/root";
    let path = url.split_once(':').map_or("", |(_, path)| path);
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.contains(['?', '#']) {
        return Err(format!("url: SQLite has no parameters here; {expected}"));
    }
    let path = decode(path)?;
    if !path.starts_with('/') || path.ends_with('/') {
        return Err(format!("url: not a path from the root; {expected}"));
    }
    if has_password {
        return Err("password: SQLite has none; expected no password".into());
    }
    Ok(Endpoint::Sqlite(PathBuf::from(path.as_str())))
}

/// What stands behind the `?`.
#[derive(Default)]
struct Parameters {
    socket: Option<PathBuf>,
    mode: Option<TlsMode>,
    tls: Tls,
}

impl Parameters {
    fn collect(kind: Kind, url: &DatabaseUrl) -> Result<Self, String> {
        let mut found = Self::default();
        for (number, (name, value)) in (1..).zip(&url.parameters) {
            let path = |what: &str| {
                let path = value.starts_with('/').then(|| PathBuf::from(value.as_str()));
                path.map(Some).ok_or(format!("url: {what}; expected a path from the root (/…)"))
            };
            match (name.as_str(), kind) {
                ("socket", Kind::MySql) => found.socket = path("socket")?,
                ("host", Kind::Postgres) => found.socket = path("host")?,
                ("ssl-ca" | "sslrootcert", _) => found.tls.ca = path("ssl-ca")?,
                ("ssl-cert" | "sslcert", _) => found.tls.cert = path("ssl-cert")?,
                ("ssl-key" | "sslkey", _) => found.tls.key = path("ssl-key")?,
                ("ssl-mode" | "sslmode", _) => {
                    let mode = value.to_ascii_lowercase().replace('_', "-");
                    found.mode = Some(match mode.as_str() {
                        "off" | "disable" | "disabled" => TlsMode::Off,
                        "prefer" | "preferred" => TlsMode::Prefer,
                        "require" | "required" => TlsMode::Require,
                        "verify-ca" => TlsMode::VerifyCa,
                        "verify-full" | "verify-identity" => TlsMode::VerifyFull,
                        _ => return Err(format!("url: ssl-mode; expected {MODES}")),
                    });
                }
                (_, kind) => {
                    let socket = if kind == Kind::MySql { "socket" } else { "host" };
                    return Err(format!(
                        "url: the name of parameter {number} is not known; expected {socket}, \
                         ssl-mode, ssl-ca, ssl-cert or ssl-key"
                    ));
                }
            }
        }
        Ok(found)
    }
}

/// Encryption: off where nobody can listen, else used where offered, unless the URL says more.
fn tls(mode: Option<TlsMode>, files: Tls, address: &Address) -> Result<Tls, String> {
    let asked = mode.is_some_and(|mode| mode != TlsMode::Off) || files != Tls::default();
    if asked && matches!(address, Address::Socket(..)) {
        return Err("url: encryption over a socket; expected no ssl-… parameters".into());
    }
    if files.cert.is_some() != files.key.is_some() {
        return Err("url: ssl-cert and ssl-key; expected both or neither".into());
    }
    let mode = match mode {
        Some(mode) => mode,
        None if files.ca.is_some() => TlsMode::VerifyFull,
        None if is_local(address) && files.cert.is_none() => TlsMode::Off,
        None => TlsMode::Prefer,
    };
    let verifies = matches!(mode, TlsMode::VerifyCa | TlsMode::VerifyFull);
    if files.ca.is_some() && !verifies {
        return Err("url: ssl-ca; expected ssl-mode=verify-ca or verify-full with it".into());
    }
    if mode == TlsMode::Off && files.cert.is_some() {
        return Err("url: ssl-cert without encryption; expected another ssl-mode".into());
    }
    Ok(Tls { mode, ..files })
}

/// How long a time-out may be.
const SECONDS: RangeInclusive<f64> = 0.1..=300.0;
const FORMS: &str = "mysql://USER@HOST/DATABASE, postgres://USER@HOST/DATABASE or \
                     sqlite:///path/from/the/root";
const MODES: &str = "off, prefer, require, verify-ca or verify-full";

#[cfg(test)]
mod tests;
