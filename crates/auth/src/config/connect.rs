//! What the `connect` strings of all drivers have in common.

use std::net::IpAddr;
use std::path::PathBuf;

use ispmail_accounts::settings::{Address, Endpoint, Timeouts};

use zeroize::Zeroizing;

use super::NotUsed;
use super::error::{ConfigError, Origin};

/// What a connect string says.
pub(super) struct Connect {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) timeouts: Timeouts,
    pub(super) not_used: Vec<NotUsed>,
}

/// The `name=value` pairs of a connect string, in order; the last of a name counts.
pub(super) struct Pairs<'a> {
    pub(super) origin: &'a Origin,
    pub(super) values: Vec<(&'static str, Zeroizing<String>)>,
    pub(super) not_used: Vec<NotUsed>,
}

impl Pairs<'_> {
    /// The value of `name`; an empty one is as good as none.
    pub(super) fn last(&self, name: &str) -> Option<&str> {
        let last = self.values.iter().rev().find(|pair| pair.0 == name);
        last.map(|pair| pair.1.as_str()).filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, ConfigError> {
        let missing = || self.wrong(&format!("{name} is missing; expected {name}=…"));
        self.last(name).ok_or_else(missing)
    }

    /// The value of `name` as `convert` makes it.
    pub(super) fn converted<T>(
        &self,
        name: &str,
        convert: fn(&str) -> Option<T>,
        expected: &str,
    ) -> Result<Option<T>, ConfigError> {
        let wrong = || self.wrong(&format!("{name}: bad value; expected {expected}"));
        self.last(name).map(|value| convert(value).ok_or_else(wrong)).transpose()
    }

    /// The value of `name` as the path of a file.
    pub(super) fn path(&self, name: &str) -> Result<Option<PathBuf>, ConfigError> {
        let path = |value: &str| value.starts_with('/').then(|| PathBuf::from(value));
        self.converted(name, path, "the path of a file, from the root (/…)")
    }

    /// The word that comes next, described without quoting it: it may be part of a password.
    pub(super) fn next(&self) -> String {
        match self.values.last() {
            Some((name, _)) => format!("the word behind {name}=…"),
            None => "the first word".to_owned(),
        }
    }

    /// An error here; `problem` must not quote a value.
    pub(super) fn wrong(&self, problem: &str) -> ConfigError {
        self.origin.invalid(format!("connect: {problem}"))
    }

    pub(super) fn note(&mut self, name: &'static str, why: &'static str) {
        self.not_used.push(NotUsed { name, origin: self.origin.clone(), why });
    }
}

/// SQLite's connect string: all of it is the path of the file.
pub(super) fn sqlite(connect: &str, origin: &Origin) -> Result<Connect, ConfigError> {
    if !connect.starts_with('/') {
        return Err(origin.invalid(
            "connect: not a path from the root; expected the path of the SQLite file (/…)",
        ));
    }
    Ok(Connect {
        endpoints: vec![Endpoint::Sqlite(PathBuf::from(connect))],
        timeouts: Timeouts::default(),
        not_used: Vec::new(),
    })
}

/// A port, 1 to 65535, in plain digits.
pub(super) fn port(value: &str) -> Option<u16> {
    decimal(value).and_then(|port| u16::try_from(port).ok()).filter(|&port| port != 0)
}

/// A number in plain digits: no sign, no blanks.
pub(super) fn decimal(value: &str) -> Option<u32> {
    value.bytes().all(|b| b.is_ascii_digit()).then(|| value.parse().ok()).flatten()
}

/// Whether a connection cannot leave this machine.
pub(super) fn is_local(address: &Address) -> bool {
    match address {
        Address::Socket(..) => true,
        Address::Tcp(host, _) => {
            host.eq_ignore_ascii_case("localhost")
                || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
        }
    }
}

/// Whether `host` has a port behind it, which belongs elsewhere.
pub(super) fn has_port(host: &str) -> bool {
    host.contains(':') && host.parse::<IpAddr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn sqlite_takes_the_whole_string() {
        let origin = Origin::line(Path::new("sql"), 2);
        let connect = sqlite("/var/mail db/a=b.sqlite", &origin).ok().unwrap();
        assert!(matches!(connect.endpoints.as_slice(),
            [Endpoint::Sqlite(path)] if path == Path::new("/var/mail db/a=b.sqlite")));
        for connect in ["", "mail.sqlite", ":memory:", "host=/a dbname=b"] {
            assert_eq!(
                sqlite(connect, &origin).err().unwrap().to_string(),
                "sql:2: connect: not a path from the root; expected the path of the SQLite file \
                 (/…)",
            );
        }
    }

    #[test]
    fn numbers_and_hosts() {
        assert_eq!(["1", "3306", "65535"].map(port), [Some(1), Some(3306), Some(65535)]);
        assert!(["0", "65536", "+1", "", " 1", "1x"].map(port).iter().all(Option::is_none));
        assert_eq!(decimal("4294967295"), Some(u32::MAX));
        assert_eq!(decimal("4294967296"), None);
        for (host, local) in [
            ("127.0.0.1", true),
            ("127.9.9.9", true),
            ("::1", true),
            ("LocalHost", true),
            ("10.0.0.1", false),
            ("db.example.org", false),
        ] {
            assert_eq!(is_local(&Address::Tcp(host.to_owned(), 1)), local, "{host}");
            assert!(!has_port(host));
        }
        assert!(has_port("127.0.0.1:3306") && has_port("db:3306"));
    }
}
