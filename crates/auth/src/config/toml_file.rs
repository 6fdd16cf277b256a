//! Our own configuration file, TOML.
//!
//! ```toml
//! default_scheme = "SHA256-CRYPT"
//! [database]
//! url = "mysql://mailuser@127.0.0.1/mailserver"
//! password = "…"
//! ```
//!
//! Above all sections, `layout = "…"` names the [layout](ispmail_accounts::LAYOUTS) of the tables,
//! by which accounts are found and managed. Where the accounts are found by queries of the
//! administrator's own, be they in `[query]` or in the file of `dovecot_sql = "…"`, it only says how
//! they are managed:
//!
//! ```toml
//! [query]
//! password = "SELECT login AS user, secret AS password FROM people WHERE login = '%u'"
//! user = "SELECT home, uid, gid FROM people WHERE login = '%u'"
//! iterate = "SELECT login AS user FROM people"
//! update = "UPDATE people SET secret = '%{new_password}' WHERE login = '%u'"
//! ```

use std::env;
use std::path::Path;

use ispmail_accounts::settings::Endpoint;
use ispmail_accounts::{Dialect, ISPMAIL, LAYOUTS, Layout, Lookups};

use super::error::{ConfigError, Origin, Text};
use super::query_text::statement;
use super::toml_section::{Section, parse};
use super::{AccountDefaults, Config, Daemon, Database, Queries, Upgrade, VMAIL};
use super::{daemon, dovecot_sql, files, toml_database, toml_policy};

/// Reads the file, and Dovecot's if it refers to that.
pub(super) fn load(path: &Path) -> Result<Config, ConfigError> {
    let bytes = files::read(path)?;
    let content = std::str::from_utf8(&bytes).map_err(|error| {
        let before = bytes.iter().take(error.valid_up_to());
        let line = before.filter(|&&byte| byte == b'\n').count() + 1;
        Origin::line(path, line).invalid("not UTF-8; expected a TOML file in UTF-8")
    })?;
    let table = parse(path, content)?;
    let root = Section::root(path, content, table.get_ref());
    root.only(&[TOP, SECTIONS, daemon::SECTIONS].concat())?;

    let database = match root.string("dovecot_sql")? {
        Some(file) => from_dovecot(path, &root, file)?,
        None => own(path, &root)?,
    };
    let mut config = Config::new(database, &Origin::file(path));
    config.named_layout = layout(&root)?;
    if let Some(account) = root.section("account", &["home", "uid", "gid"])? {
        config.account = account_defaults(&account, config.account)?;
    }
    if let Some(login) = root.section("login", &["chars", "lowercase"])? {
        if let Some(chars) = login.string("chars")? {
            chars.clone_into(&mut config.login.chars);
        }
        config.login.lowercase = login.boolean("lowercase")?.unwrap_or(config.login.lowercase);
    }
    if let Some(policy) = root.section("policy", toml_policy::KEYS)? {
        config.policy = toml_policy::read(&policy)?;
        config.min_length = toml_policy::min_length(&policy)?.unwrap_or(config.min_length);
    }
    config.daemon = Daemon::read(&root)?;
    config.upgrade = Upgrade::read(&root)?;
    Ok(config)
}

/// Database and queries by the file that `dovecot_sql` names.
fn from_dovecot(path: &Path, root: &Section<'_>, file: &str) -> Result<Database, ConfigError> {
    for key in ["database", "query", "default_scheme"] {
        if root.has(key) {
            return Err(root.wrong(key, "stands in Dovecot's file; expected it or dovecot_sql"));
        }
    }
    if !file.starts_with('/') {
        return Err(root.wrong("dovecot_sql", "expected the path of the file, from the root (/…)"));
    }
    let mut database = dovecot_sql::load(Path::new(file), &|name| env::var_os(name))?;
    database.sources.insert(0, path.to_owned());
    Ok(database)
}

/// Database and queries by this file.
fn own(path: &Path, root: &Section<'_>) -> Result<Database, ConfigError> {
    let section = root.section("database", toml_database::KEYS)?.ok_or_else(|| {
        Origin::file(path).invalid(
            "[database] is missing; expected it with a url, or dovecot_sql = \"/path\" above all \
             sections",
        )
    })?;
    let (default_scheme, layout) = (root.text("default_scheme")?, layout(root)?);
    let endpoints = toml_database::endpoints(&section)?;
    let dialect = endpoints.first().map_or(Dialect::Sqlite, Endpoint::dialect);
    Ok(Database {
        endpoints,
        timeouts: toml_database::timeouts(&section)?,
        default_scheme: default_scheme.unwrap_or_else(|| Text {
            text: layout.unwrap_or(&ISPMAIL).default_scheme.to_owned(),
            origin: Origin::file(path),
        }),
        queries: match root.section("query", &["password", "user", "iterate", "update"])? {
            None => Queries::OfLayout,
            Some(query) => queries(&query, dialect)?,
        },
        not_used: Vec::new(),
        sources: vec![path.to_owned()],
    })
}

fn queries(section: &Section<'_>, dialect: Dialect) -> Result<Queries, ConfigError> {
    let query = |key: &str| {
        let text = section.string(key)?;
        let name = format!("[query] {key}");
        text.map(|text| statement(&name, text, &section.place(key))).transpose()
    };
    let password = query("password")?;
    let update = query("update")?;
    if let Some(update) = &update {
        Lookups::check_update(&update.text, dialect)
            .map_err(|error| section.wrong("update", &error.to_string()))?;
    }
    Ok(Queries::Own {
        password: password.ok_or_else(|| section.wrong("password", "missing; expected a query"))?,
        user: query("user")?,
        iterate: query("iterate")?,
        update,
    })
}

fn layout(root: &Section<'_>) -> Result<Option<&'static Layout<'static>>, ConfigError> {
    let Some(name) = root.string("layout")? else { return Ok(None) };
    let names: Vec<&str> = LAYOUTS.iter().map(|layout| layout.name).collect();
    let unknown = || root.wrong("layout", &format!("expected one of {}", names.join(", ")));
    Layout::by_name(name).ok_or_else(unknown).map(Some)
}

fn account_defaults(
    section: &Section<'_>,
    defaults: AccountDefaults,
) -> Result<AccountDefaults, ConfigError> {
    let home = section.text("home")?.unwrap_or(defaults.home);
    if !home.text.starts_with('/') || home.text.contains(char::is_control) {
        return Err(
            section.wrong("home", "expected a path from the root, such as /var/vmail/%d/%n")
        );
    }
    // 0 would deliver mail as root, and 4294967295 is how the system says "none".
    let id = |key: &str| Ok(section.number(key, 1..=u32::MAX - 1)?.unwrap_or(VMAIL));
    Ok(AccountDefaults { home, uid: id("uid")?, gid: id("gid")? })
}

const TOP: &[&str] = &["default_scheme", "dovecot_sql", "layout"];
const SECTIONS: &[&str] = &["database", "query", "account", "login", "policy"];

#[cfg(test)]
mod tests;
