//! `connect` of Dovecot's driver pgsql: PostgreSQL's own connection string, libpq's
//! `conninfo_parse`, with Dovecot's `host=` lists and `maxconns=` (`lib-sql/driver-sqlpool.c`).
//!
//! No error quotes a word or a value.

use std::path::PathBuf;
use std::time::Duration;

use ispmail_accounts::settings::{Address, Endpoint, Server, Timeouts, Tls, TlsMode};
use zeroize::Zeroizing;

use super::connect::{Connect, Pairs, decimal, has_port, port};
use super::connect_pgsql_words::{self as words, Keyword};
use super::error::{ConfigError, Origin};

/// Reads a connect string; each `host=` is one server more, and so is each name in a `host=a,b`.
///
/// As for libpq, the default host is the socket, the default database has the name of the user,
/// and encryption is used where the server offers it (`sslmode=prefer`).
pub(super) fn parse(connect: &str, origin: &Origin) -> Result<Connect, ConfigError> {
    let mut pairs = Pairs { origin, values: Vec::new(), not_used: Vec::new() };
    let mut hosts = Vec::new();
    let mut rest = Vec::new();
    // Dovecot takes its own words out first, without regard to libpq's quotes, and then gives
    // libpq each host with all of the rest.
    for word in connect.split(' ').filter(|word| !word.is_empty()) {
        if word == "host=" {
            return Err(pairs.wrong("host is empty; expected host=NAME, or none for the socket"));
        } else if word.starts_with("host=") {
            hosts.push(word);
        } else if word == "host" {
            return Err(pairs.wrong("blanks around the '=' of host; expected host=NAME"));
        } else if let Some(limit) = word.strip_prefix("maxconns=") {
            decimal(limit)
                .ok_or_else(|| pairs.wrong("maxconns: bad value; expected a whole number"))?;
            pairs.note("maxconns", "every sign-in has a connection of its own");
        } else {
            rest.push(word);
        }
    }
    let rest = Zeroizing::new(rest.join(" "));
    let Some((first, others)) = hosts.split_first() else {
        words::split(&rest, &mut pairs)?;
        return resolve(pairs);
    };
    words::split(&Zeroizing::new(format!("{first} {}", *rest)), &mut pairs)?;
    let mut all = resolve(pairs)?;
    for host in others {
        let mut pairs = Pairs { origin, values: Vec::new(), not_used: Vec::new() };
        words::split(&Zeroizing::new(format!("{host} {}", *rest)), &mut pairs)?;
        all.endpoints.append(&mut resolve(pairs)?.endpoints);
    }
    Ok(all)
}

fn resolve(mut pairs: Pairs<'_>) -> Result<Connect, ConfigError> {
    for keyword in words::KEYWORDS {
        let Some(value) = pairs.last(keyword.name()) else { continue };
        match *keyword {
            Keyword::Used(_) => {}
            Keyword::NotUsed(name, why) => pairs.note(name, why),
            Keyword::Refused(name, refused, why) if refused(value) => {
                return Err(pairs.wrong(&format!("{name} is not supported here; {why}")));
            }
            Keyword::Refused(name, ..) => pairs.note(name, "it asks for nothing special here"),
        }
    }
    let tls = tls(&pairs)?;
    let timeouts = timeouts(&mut pairs)?;
    let mut endpoints = Vec::new();
    for address in addresses(&pairs, tls.mode)? {
        let user = pairs.required("user")?;
        let tls = match address {
            Address::Tcp(..) => tls.clone(),
            Address::Socket(..) => Tls::default(),
        };
        endpoints.push(Endpoint::Postgres(Server {
            address,
            user: user.to_owned(),
            password: pairs.last("password").map(|text| Zeroizing::new(text.to_owned())),
            database: pairs.last("dbname").unwrap_or(user).to_owned(),
            tls,
        }));
    }
    Ok(Connect { endpoints, timeouts, not_used: pairs.not_used })
}

/// The servers of `host`, which may be a list, as `hostaddr` and `port` may be.
fn addresses(pairs: &Pairs<'_>, mode: TlsMode) -> Result<Vec<Address>, ConfigError> {
    let names: Vec<&str> = pairs.last("host").unwrap_or_default().split(',').collect();
    let numbers: Vec<&str> = pairs.last("hostaddr").unwrap_or_default().split(',').collect();
    let ports: Vec<&str> = pairs.last("port").unwrap_or_default().split(',').collect();
    let count = names.len().max(numbers.len());
    let fits = |list: &[&str], empty: bool| list.len() == count || (list.len() == 1 && empty);
    if !fits(&names, names.concat().is_empty()) || !fits(&numbers, numbers.concat().is_empty()) {
        return Err(pairs.wrong("host and hostaddr; expected lists of the same length"));
    }
    if !fits(&ports, true) {
        return Err(pairs.wrong("port; expected one, or as many as there are hosts"));
    }
    let at = |list: &[&str], index: usize| -> String {
        list.get(index).or(list.first()).copied().unwrap_or_default().trim().to_owned()
    };
    (0..count)
        .map(|index| {
            let port = match at(&ports, index).as_str() {
                "" => PORT,
                text => {
                    port(text).ok_or_else(|| pairs.wrong("port: bad value; expected 1 to 65535"))?
                }
            };
            let (name, number) = (at(&names, index), at(&numbers, index));
            match (name.as_str(), number.as_str()) {
                ("", "") => Ok(Address::Socket(PathBuf::from(SOCKETS), port)),
                ("", _) if mode == TlsMode::VerifyFull => Err(pairs
                    .wrong("sslmode=verify-full without host; expected the host's name as well")),
                // The name is what the certificate has to hold, so it must be what is connected to.
                (name, number) if number.is_empty() || mode == TlsMode::VerifyFull => {
                    named(pairs, name, port)
                }
                (_, number) => named(pairs, number, port),
            }
        })
        .collect()
}

fn named(pairs: &Pairs<'_>, host: &str, port: u16) -> Result<Address, ConfigError> {
    if host.starts_with('@') {
        return Err(pairs.wrong("host: abstract sockets are not supported; expected host=/path"));
    }
    if host.starts_with('/') {
        return Ok(Address::Socket(PathBuf::from(host), port));
    }
    if has_port(host) {
        return Err(pairs.wrong("host has a port behind it; expected host=NAME port=NUMBER"));
    }
    Ok(Address::Tcp(host.to_owned(), port))
}

/// Encryption for connections over TCP.
fn tls(pairs: &Pairs<'_>) -> Result<Tls, ConfigError> {
    let ca = pairs.path("sslrootcert")?;
    let (cert, key) = (pairs.path("sslcert")?, pairs.path("sslkey")?);
    if cert.is_some() != key.is_some() {
        return Err(pairs.wrong("sslcert and sslkey; expected both or neither"));
    }
    let mode = |value: &str| match value {
        "disable" => Some(TlsMode::Off),
        "allow" | "prefer" => Some(TlsMode::Prefer),
        "require" => Some(TlsMode::Require),
        "verify-ca" => Some(TlsMode::VerifyCa),
        "verify-full" => Some(TlsMode::VerifyFull),
        _ => None,
    };
    let expected = "disable, allow, prefer, require, verify-ca or verify-full";
    let mode = match pairs.converted("sslmode", mode, expected)?.unwrap_or(TlsMode::Prefer) {
        // As in libpq: who names authorities wants them asked.
        TlsMode::Require if ca.is_some() => TlsMode::VerifyCa,
        mode => mode,
    };
    Ok(if mode == TlsMode::Off { Tls::default() } else { Tls { mode, ca, cert, key } })
}

fn timeouts(pairs: &mut Pairs<'_>) -> Result<Timeouts, ConfigError> {
    let mut timeouts = Timeouts::default();
    let seconds = |value: &str| value.trim().parse::<i32>().ok();
    match pairs.converted("connect_timeout", seconds, "seconds as a whole number")? {
        Some(seconds @ 1..) => {
            timeouts.connect = Duration::from_secs(seconds.unsigned_abs().into());
        }
        Some(_) => pairs.note("connect_timeout", "0 means no limit; the limit here is 5 seconds"),
        None => {}
    }
    Ok(timeouts)
}

const PORT: u16 = 5432;
/// The directory of the server's socket where libpq of Debian looks for it.
const SOCKETS: &str = "/var/run/postgresql";

#[cfg(test)]
mod tests;
