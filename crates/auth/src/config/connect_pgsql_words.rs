//! libpq's keywords, and the two forms in which they are written: `name = 'value'` words and a
//! `postgresql://` address.

use zeroize::Zeroizing;

use super::connect::Pairs;
use super::database_url::DatabaseUrl;
use super::error::ConfigError;

/// What becomes of a keyword.
pub(super) enum Keyword {
    Used(&'static str),
    /// Listed as not used, with the reason.
    NotUsed(&'static str, &'static str),
    /// An error if it has a value that must not be lost in silence, with what was expected.
    Refused(&'static str, fn(&str) -> bool, &'static str),
}

impl Keyword {
    pub(super) fn name(&self) -> &'static str {
        match *self {
            Self::Used(name) | Self::NotUsed(name, _) | Self::Refused(name, ..) => name,
        }
    }
}

/// Splits a connection string into known keywords and their values.
pub(super) fn split(text: &str, pairs: &mut Pairs<'_>) -> Result<(), ConfigError> {
    if ["postgresql://", "postgres://"].iter().any(|scheme| text.starts_with(scheme)) {
        return from_url(text, pairs);
    }
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(is_space);
        if rest.is_empty() {
            break;
        }
        let end = rest.find(|c| c == '=' || is_space(c)).unwrap_or(rest.len());
        let (name, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let Some(tail) = tail.trim_start_matches(is_space).strip_prefix('=') else {
            return Err(pairs.wrong(&format!(
                "{} has no '='; expected NAME=VALUE words, a value with blanks in single quotes",
                pairs.next()
            )));
        };
        let (value, tail) = value(tail.trim_start_matches(is_space)).ok_or_else(|| {
            pairs.wrong(&format!(
                "{} has a quote that is not closed; expected a ' at its end",
                pairs.next()
            ))
        })?;
        add(name, value, &pairs.next(), pairs)?;
        rest = tail;
    }
    Ok(())
}

/// One value and what is behind it; `None` if its quote is not closed.
fn value(text: &str) -> Option<(Zeroizing<String>, &str)> {
    let mut value = Zeroizing::new(String::with_capacity(text.len()));
    let quoted = text.starts_with('\'');
    let mut characters = text.strip_prefix('\'').unwrap_or(text).chars();
    loop {
        let behind = characters.as_str();
        match characters.next() {
            None if quoted => return None,
            None => return Some((value, "")),
            Some('\'') if quoted => return Some((value, characters.as_str())),
            Some(space) if !quoted && is_space(space) => return Some((value, behind)),
            Some('\\') => value.extend(characters.next()),
            Some(character) => value.push(character),
        }
    }
}

fn from_url(text: &str, pairs: &mut Pairs<'_>) -> Result<(), ConfigError> {
    let url = DatabaseUrl::parse(text).map_err(|problem| pairs.wrong(&problem))?;
    let port = url.port.map(|port| port.to_string());
    let parts = [
        ("user", url.user),
        ("password", url.password),
        ("host", Some(url.host)),
        ("port", port.map(Zeroizing::new)),
        ("dbname", Some(url.database)),
    ];
    for (name, value) in parts {
        pairs.values.extend(value.map(|value| (name, value)));
    }
    for (number, (name, value)) in (1..).zip(url.parameters) {
        add(&name, value, &format!("parameter {number}"), pairs)?;
    }
    Ok(())
}

/// Takes a keyword that is known. `what` it is goes into the error, not its text, which may be
/// part of a password.
fn add(
    name: &str,
    value: Zeroizing<String>,
    what: &str,
    pairs: &mut Pairs<'_>,
) -> Result<(), ConfigError> {
    let Some(known) = KEYWORDS.iter().map(Keyword::name).find(|known| *known == name) else {
        let used = KEYWORDS.iter().filter_map(|keyword| match keyword {
            Keyword::Used(name) => Some(*name),
            _ => None,
        });
        let used = used.collect::<Vec<_>>().join(", ");
        return Err(pairs.wrong(&format!(
            "{what} has an unknown name; expected {used} or another keyword of PostgreSQL's"
        )));
    };
    pairs.values.push((known, value));
    Ok(())
}

/// C's `isspace`.
fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
}

/// libpq's keywords up to version 18.
pub(super) const KEYWORDS: &[Keyword] = &[
    Keyword::Used("host"),
    Keyword::Used("hostaddr"),
    Keyword::Used("port"),
    Keyword::Used("dbname"),
    Keyword::Used("user"),
    Keyword::Used("password"),
    Keyword::Used("connect_timeout"),
    Keyword::Used("sslmode"),
    Keyword::Used("sslrootcert"),
    Keyword::Used("sslcert"),
    Keyword::Used("sslkey"),
    Keyword::Refused("service", |_| true, "expected host, dbname and user themselves"),
    Keyword::Refused(
        "options",
        |value| value.contains("search_path") || value.contains("role"),
        "expected names with their schema in the queries (FROM mail.virtual_users)",
    ),
    Keyword::Refused("requiressl", |value| value == "1", "expected sslmode=require"),
    Keyword::Refused("gssencmode", |value| value == "require", "expected sslmode=verify-full"),
    Keyword::Refused("channel_binding", |value| value == "require", "expected sslmode=verify-full"),
    Keyword::Refused("require_auth", |_| true, "expected sslmode=verify-full without it"),
    Keyword::Refused("requirepeer", |_| true, "expected the socket's directory to be safe"),
    Keyword::Refused("sslcrl", |_| true, "expected trusted authorities only in sslrootcert"),
    Keyword::Refused("sslcrldir", |_| true, "expected trusted authorities only in sslrootcert"),
    Keyword::Refused("sslpassword", |_| true, "expected a key without a password in sslkey"),
    Keyword::Refused(
        "ssl_min_protocol_version",
        |value| value == "TLSv1.3",
        "expected TLSv1.2, the lowest that is used",
    ),
    Keyword::NotUsed("passfile", "the password stands in connect"),
    Keyword::NotUsed("servicefile", "connect says all"),
    Keyword::NotUsed("application_name", "it only names the connection"),
    Keyword::NotUsed("fallback_application_name", "it only names the connection"),
    Keyword::NotUsed("client_encoding", "it is always UTF8"),
    Keyword::NotUsed("target_session_attrs", "sign-ins only read"),
    Keyword::NotUsed("load_balance_hosts", "hosts are asked in their order"),
    Keyword::NotUsed("replication", "queries need none"),
    Keyword::NotUsed("keepalives", BRIEF),
    Keyword::NotUsed("keepalives_idle", BRIEF),
    Keyword::NotUsed("keepalives_interval", BRIEF),
    Keyword::NotUsed("keepalives_count", BRIEF),
    Keyword::NotUsed("tcp_user_timeout", BRIEF),
    Keyword::NotUsed("sslcompression", TLS),
    Keyword::NotUsed("sslsni", TLS),
    Keyword::NotUsed("sslcertmode", TLS),
    Keyword::NotUsed("sslnegotiation", TLS),
    Keyword::NotUsed("sslkeylogfile", TLS),
    Keyword::NotUsed("ssl_max_protocol_version", TLS),
    Keyword::NotUsed("min_protocol_version", PROTOCOL),
    Keyword::NotUsed("max_protocol_version", PROTOCOL),
    Keyword::NotUsed("krbsrvname", KERBEROS),
    Keyword::NotUsed("gsslib", KERBEROS),
    Keyword::NotUsed("gssdelegation", KERBEROS),
    Keyword::NotUsed("authtype", "PostgreSQL ignores it, too"),
    Keyword::NotUsed("tty", "PostgreSQL ignores it, too"),
];

const BRIEF: &str = "the time-outs here limit every wait";
const TLS: &str = "the TLS library decides it";
const PROTOCOL: &str = "the database library decides it";
const KERBEROS: &str = "Kerberos is not supported";
