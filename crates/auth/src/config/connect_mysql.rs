//! `connect` of Dovecot's driver mysql (`lib-sql/driver-mysql.c`, `driver-sqlpool.c`).
//!
//! No error quotes a word or a value: a password with a blank in it falls apart into words.

use std::path::PathBuf;
use std::time::Duration;

use ispmail_accounts::settings::{Address, Endpoint, Server, Timeouts, Tls, TlsMode};
use zeroize::Zeroizing;

use super::connect::{Connect, Pairs, decimal, has_port, is_local, port};
use super::error::{ConfigError, Origin};

/// Reads a connect string: `name=value` words between spaces; each `host=` is one server more.
///
/// As for libmysqlclient, host `localhost` is the server's socket, and encryption is on only with
/// `ssl_ca`.
pub(super) fn parse(connect: &str, origin: &Origin) -> Result<Connect, ConfigError> {
    let mut pairs = Pairs { origin, values: Vec::new(), not_used: Vec::new() };
    let words = connect.split(' ').filter(|word| !word.is_empty());
    for word in words {
        let Some((name, value)) = word.split_once('=') else {
            return Err(pairs.wrong(&format!(
                "{} has no '='; expected NAME=VALUE words without blanks around '=' or in a value",
                pairs.next()
            )));
        };
        let Some(name) = NAMES.iter().find(|known| **known == name) else {
            let meant = MISTAKEN.iter().find(|mistaken| mistaken.0 == name);
            let expected = meant.map_or_else(|| NAMES.join(", "), |(_, name)| (*name).to_owned());
            let word = pairs.next();
            return Err(pairs.wrong(&format!("{word} has an unknown name; expected {expected}")));
        };
        pairs.values.push((name, Zeroizing::new(value.to_owned())));
    }
    resolve(pairs)
}

fn resolve(mut pairs: Pairs<'_>) -> Result<Connect, ConfigError> {
    let port = pairs.converted("port", port, "1 to 65535")?;
    let addresses = addresses(&mut pairs, port.unwrap_or(PORT))?;
    let tls = tls(&mut pairs, addresses.iter().all(is_local))?;
    let timeouts = timeouts(&mut pairs)?;
    if port.is_some() && addresses.iter().all(|at| matches!(at, Address::Socket(..))) {
        pairs.note("port", "the connection goes over a socket, as always with host=localhost");
    }
    for name in ["maxconns", "write_timeout"] {
        pairs.converted(name, decimal, "a whole number")?;
    }
    for (name, why) in NOT_USED {
        if pairs.last(name).is_some() {
            pairs.note(name, why);
        }
    }
    let endpoint = |address: Address| {
        let tls = match address {
            Address::Tcp(..) => tls.clone(),
            Address::Socket(..) => Tls::default(),
        };
        Ok(Endpoint::MySql(Server {
            address,
            user: pairs.required("user")?.to_owned(),
            password: pairs.last("password").map(|text| Zeroizing::new(text.to_owned())),
            database: pairs.required("dbname")?.to_owned(),
            tls,
        }))
    };
    let endpoints = addresses.into_iter().map(endpoint).collect::<Result<_, _>>()?;
    Ok(Connect { endpoints, timeouts, not_used: pairs.not_used })
}

fn addresses(pairs: &mut Pairs<'_>, port: u16) -> Result<Vec<Address>, ConfigError> {
    if pairs.last("hostaddr").is_some() && pairs.last("host").is_some() {
        // They are one setting, and Dovecot puts host= in front.
        pairs.note("host", "hostaddr replaces it");
        pairs.values.retain(|pair| pair.0 != "host");
    }
    let given = |name| pairs.values.iter().filter(move |pair| pair.0 == name);
    let hosts: Vec<&str> = match pairs.last("hostaddr") {
        Some(address) => vec![address],
        None => given("host").map(|pair| pair.1.as_str()).collect(),
    };
    if hosts.is_empty() {
        return Err(pairs.wrong(match pairs.last("option_file") {
            Some(_) => "host is missing, and option_file is not read; expected host=NAME",
            None => "host is missing; expected host=NAME, or host=/path of a socket",
        }));
    }
    let address = |host: &str| match host {
        "" => Err(pairs.wrong("host is empty; expected host=NAME, or host=/path of a socket")),
        "localhost" => Ok(Address::Socket(local_socket(), port)),
        socket if socket.starts_with('/') => Ok(Address::Socket(PathBuf::from(socket), port)),
        host if has_port(host) => {
            Err(pairs.wrong("host has a port behind it; expected host=NAME port=NUMBER"))
        }
        host => Ok(Address::Tcp(host.to_owned(), port)),
    };
    hosts.into_iter().map(address).collect()
}

/// Encryption for connections over TCP. What Dovecot would encrypt and we would not is an error.
fn tls(pairs: &mut Pairs<'_>, local: bool) -> Result<Tls, ConfigError> {
    let flags = pairs.converted("client_flags", decimal, "a whole number")?.unwrap_or(0);
    let yes_no = |value: &str| match value {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let verify = pairs.converted("ssl_verify_server_cert", yes_no, "yes or no")?.unwrap_or(true);
    let (cert, key) = (pairs.path("ssl_cert")?, pairs.path("ssl_key")?);
    if let Some(ca) = pairs.path("ssl_ca")? {
        if pairs.last("ssl_ca_path").is_some() {
            pairs.note("ssl_ca_path", "ssl_ca says whom to trust");
        }
        // If only one of these is given, the client library takes it for both.
        let (cert, key) = (cert.clone().or_else(|| key.clone()), key.or(cert));
        let mode = if verify { TlsMode::VerifyFull } else { TlsMode::Require };
        return Ok(Tls { mode, ca: Some(ca), cert, key });
    }
    if pairs.last("ssl_ca_path").is_some() {
        return Err(pairs.wrong(
            "ssl_ca_path alone is not supported; expected ssl_ca=/path of one file with the \
             certificates of all trusted authorities",
        ));
    }
    if pairs.last("option_file").is_some() && !local {
        return Err(pairs.wrong(
            "option_file is not read, and it may ask for encryption; expected ssl_ca=/path, or \
             no option_file",
        ));
    }
    for name in ["ssl_cert", "ssl_key", "ssl_verify_server_cert"] {
        if pairs.last(name).is_some() {
            pairs.note(name, "as in Dovecot, only ssl_ca turns encryption on");
        }
    }
    let wanted = flags & CLIENT_SSL != 0;
    Ok(Tls { mode: if wanted { TlsMode::Prefer } else { TlsMode::Off }, ..Tls::default() })
}

fn timeouts(pairs: &mut Pairs<'_>) -> Result<Timeouts, ConfigError> {
    let mut timeouts = Timeouts::default();
    for (name, timeout) in
        [("connect_timeout", &mut timeouts.connect), ("read_timeout", &mut timeouts.query)]
    {
        match pairs.converted(name, decimal, "seconds as a whole number")? {
            Some(0) => pairs.note(name, "0 means no limit; the limit here is 5 seconds"),
            Some(seconds) => *timeout = Duration::from_secs(seconds.into()),
            None => {}
        }
    }
    Ok(timeouts)
}

/// The socket that `localhost` means: the first of the usual places where there is something.
fn local_socket() -> PathBuf {
    let there = SOCKETS.iter().find(|path| std::fs::symlink_metadata(path).is_ok());
    PathBuf::from(there.unwrap_or(&DEBIAN_SOCKET))
}

const PORT: u16 = 3306;
/// The client flag that asks for encryption.
const CLIENT_SSL: u32 = 0x800;
const DEBIAN_SOCKET: &str = "/run/mysqld/mysqld.sock";
const SOCKETS: [&str; 3] = [DEBIAN_SOCKET, "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock"];

const NAMES: [&str; 19] = [
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "connect_timeout",
    "read_timeout",
    "write_timeout",
    "client_flags",
    "ssl_ca",
    "ssl_ca_path",
    "ssl_cert",
    "ssl_key",
    "ssl_cipher",
    "ssl_verify_server_cert",
    "option_file",
    "option_group",
    "maxconns",
];

const NOT_USED: [(&str, &str); 6] = [
    ("maxconns", "every sign-in has a connection of its own"),
    ("write_timeout", "read_timeout limits the whole query"),
    ("client_flags", "the client library chooses them"),
    ("ssl_cipher", "the TLS library offers safe ciphers only"),
    ("option_file", "only what stands in connect counts"),
    ("option_group", "option files are not read"),
];

/// Names that get written for another, and what is meant.
const MISTAKEN: [(&str, &str); 10] = [
    ("pass", "password"),
    ("passwd", "password"),
    ("pwd", "password"),
    ("username", "user"),
    ("db", "dbname"),
    ("database", "dbname"),
    ("hostname", "host"),
    ("server", "host"),
    ("socket", "host=/path of the socket"),
    ("unix_socket", "host=/path of the socket"),
];

#[cfg(test)]
mod tests;
