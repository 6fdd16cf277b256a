//! Dovecot 2.3's `dovecot-sql.conf.ext` (`auth/db-sql.c`): the same file, the same meaning.

use std::path::Path;

use zeroize::Zeroizing;

use super::conf_lines::{self, Environment, Setting};
use super::connect::{self, Connect};
use super::error::{ConfigError, Origin, Text};
use super::query_text::statement;
use super::{Database, NotUsed, Queries, connect_mysql, connect_pgsql};

/// Reads the file. What is not set has Dovecot 2.3's default, among them the scheme MD5.
pub(super) fn load(path: &Path, environment: Environment<'_>) -> Result<Database, ConfigError> {
    let conf_lines::Settings { list, sources, mut not_used } = conf_lines::read(path, environment)?;
    let keys = Keys::collect(list, &mut not_used)?;
    let whole = Origin::file(path);
    let missing = |key: &str, expected: &str| {
        whole.invalid(format!("{key} is missing; expected {key} = {expected}"))
    };
    let driver = keys.get("driver").ok_or_else(|| missing("driver", DRIVERS))?;
    let connect = keys.get("connect").ok_or_else(|| missing("connect", "host=… dbname=…"))?;
    let parse = match driver.value.as_str() {
        "mysql" => connect_mysql::parse,
        "pgsql" => connect_pgsql::parse,
        "sqlite" => connect::sqlite,
        "cassandra" => {
            let problem = format!("driver: cassandra is not supported; expected {DRIVERS}");
            return Err(driver.origin.invalid(problem));
        }
        _ => return Err(driver.origin.invalid(format!("driver: expected {DRIVERS}"))),
    };
    let Connect { endpoints, timeouts, not_used: words } = parse(&connect.value, &connect.origin)?;
    not_used.extend(words);
    for (key, why) in NOT_USED {
        if let Some(setting) = keys.get(key) {
            not_used.push(NotUsed { name: key, origin: setting.origin.clone(), why });
        }
    }
    if let Some(setting) = keys.get("userdb_warning_disable") {
        let yes_no = ["yes", "no"].iter().any(|word| setting.value.eq_ignore_ascii_case(word));
        if !yes_no {
            return Err(setting.origin.invalid("userdb_warning_disable: expected yes or no"));
        }
    }
    let built_in = |text: &str| Text { text: text.to_owned(), origin: whole.clone() };
    Ok(Database {
        endpoints,
        timeouts,
        default_scheme: match keys.get("default_pass_scheme") {
            Some(setting) => {
                Text { text: setting.value.trim().to_owned(), origin: setting.origin.clone() }
            }
            None => built_in(DEFAULT_SCHEME),
        },
        queries: Queries::Own {
            update: None,
            password: match keys.query("password_query")? {
                Some(query) => query,
                None => built_in(DEFAULT_PASSWORD_QUERY),
            },
            user: keys.query("user_query")?,
            iterate: keys.query("iterate_query")?,
        },
        not_used,
        sources,
    })
}

/// The settings that count: known keys, each once.
struct Keys(Vec<(&'static str, Value)>);

struct Value {
    value: Zeroizing<String>,
    origin: Origin,
}

impl Keys {
    /// Keeps the last setting of each key, and notes the others.
    fn collect(settings: Vec<Setting>, not_used: &mut Vec<NotUsed>) -> Result<Self, ConfigError> {
        let mut keys: Vec<(&'static str, Value)> = Vec::new();
        for Setting { key, value, origin } in settings {
            let Some(key) = KEYS.iter().copied().find(|known| *known == key) else {
                return Err(origin.invalid(match MOVED.iter().find(|moved| moved.0 == key) {
                    Some((_, problem)) => (*problem).to_owned(),
                    None => format!("unknown key; expected one of {}", KEYS.join(", ")),
                }));
            };
            let value = Value { value, origin };
            match keys.iter_mut().find(|known| known.0 == key) {
                Some(known) => {
                    let old = std::mem::replace(&mut known.1, value);
                    let why = "it is set again further on, and the last one counts";
                    not_used.push(NotUsed { name: key, origin: old.origin, why });
                }
                None => keys.push((key, value)),
            }
        }
        Ok(Self(keys))
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|known| known.0 == key).map(|known| &known.1)
    }

    fn query(&self, key: &str) -> Result<Option<Text>, ConfigError> {
        self.get(key).map(|set| statement(key, &set.value, &set.origin)).transpose()
    }
}

const DRIVERS: &str = "mysql, pgsql or sqlite";
const DEFAULT_SCHEME: &str = "MD5";
const DEFAULT_PASSWORD_QUERY: &str =
    "SELECT username, domain, password FROM users WHERE username = '%n' AND domain = '%d'";

const KEYS: [&str; 8] = [
    "driver",
    "connect",
    "default_pass_scheme",
    "password_query",
    "user_query",
    "iterate_query",
    "update_query",
    "userdb_warning_disable",
];

const NOT_USED: [(&str, &str); 2] = [
    ("update_query", "Dovecot has it for one-time passwords, which are not supported"),
    ("userdb_warning_disable", "it only silences Dovecot"),
];

/// Keys that stand here by a slip, and what to do.
const MOVED: [(&str, &str); 7] = [
    ("host", LOST_BACKSLASH),
    ("port", LOST_BACKSLASH),
    ("dbname", LOST_BACKSLASH),
    ("user", LOST_BACKSLASH),
    ("password", LOST_BACKSLASH),
    ("sql_driver", DOVECOT_24),
    ("passdb_default_password_scheme", DOVECOT_24),
];

const LOST_BACKSLASH: &str = "unknown key, but a word of connect; expected it in connect, where a \
                              line goes on in the next only after a backslash";
const DOVECOT_24: &str = "a key of Dovecot 2.4; expected a file of Dovecot 2.3's (driver = …, \
                          connect = …)";

#[cfg(test)]
mod tests;
