//! Table designs, each a named set of statements. Management goes by the same rules as look-ups:
//! `'%{user}'` and the like in quotes are bound values.

use crate::database::Dialect;

/// A table design.
#[derive(Debug)]
pub struct Layout {
    /// Its name in the configuration.
    pub name: &'static str,
    /// Finds an account, columns as in Dovecot's `password_query`.
    pub password_query: &'static str,
    /// Lists all logins, columns as in Dovecot's `iterate_query`.
    pub iterate: &'static str,
    pub(crate) domains: &'static str,
    pub(crate) find_domain: &'static str,
    pub(crate) add_domain: &'static str,
    pub(crate) count_users: &'static str,
    pub(crate) count_aliases: &'static str,
    pub(crate) remove_users: &'static str,
    pub(crate) remove_aliases: &'static str,
    pub(crate) remove_domain: &'static str,
    pub(crate) users: &'static str,
    pub(crate) find_user: &'static str,
    pub(crate) add_user: &'static str,
    pub(crate) set_password: &'static str,
    /// Replaces a stored password if it is the one expected, byte for byte.
    pub(crate) swap_password: fn(Dialect) -> &'static str,
    pub(crate) remove_user: &'static str,
}

/// ISPmail from Jessie (2014) to today: `virtual_domains`, `virtual_users`, `virtual_aliases`.
///
/// `%{user}` is the address, `%{domain}` its domain, `%{new_password}` the new stored value,
/// `%{old_password}` the one that it replaces.
pub static ISPMAIL: Layout = Layout {
    name: "ispmail",
    password_query: "SELECT email AS user, password FROM virtual_users WHERE email = '%{user}'",
    iterate: "SELECT email AS user FROM virtual_users",
    domains: "SELECT name FROM virtual_domains ORDER BY name",
    find_domain: "SELECT name FROM virtual_domains WHERE name = '%{domain}'",
    add_domain: "INSERT INTO virtual_domains (name) VALUES ('%{domain}')",
    count_users: "SELECT count(*) AS n FROM virtual_users WHERE domain_id IN \
                  (SELECT id FROM virtual_domains WHERE name = '%{domain}')",
    count_aliases: "SELECT count(*) AS n FROM virtual_aliases WHERE domain_id IN \
                    (SELECT id FROM virtual_domains WHERE name = '%{domain}')",
    // Not left to ON DELETE CASCADE: SQLite does that only on connections that ask for it, and
    // tables made by hand may lack it.
    remove_users: "DELETE FROM virtual_users WHERE domain_id IN \
                   (SELECT id FROM virtual_domains WHERE name = '%{domain}')",
    remove_aliases: "DELETE FROM virtual_aliases WHERE domain_id IN \
                     (SELECT id FROM virtual_domains WHERE name = '%{domain}')",
    remove_domain: "DELETE FROM virtual_domains WHERE name = '%{domain}'",
    users: "SELECT email FROM virtual_users ORDER BY email",
    find_user: "SELECT email, password FROM virtual_users WHERE email = '%{user}'",
    add_user: "INSERT INTO virtual_users (domain_id, email, password) \
               SELECT id, '%{user}', '%{new_password}' FROM virtual_domains \
               WHERE name = '%{domain}'",
    set_password: "UPDATE virtual_users SET password = '%{new_password}' WHERE email = '%{user}'",
    swap_password,
    remove_user: "DELETE FROM virtual_users WHERE email = '%{user}'",
};

/// No collation has a say in whether the value is still the old one.
fn swap_password(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "UPDATE virtual_users SET password = '%{new_password}' WHERE email = '%{user}' \
             AND CAST(password AS BLOB) = CAST('%{old_password}' AS BLOB)"
        }
        Dialect::MySql => {
            "UPDATE virtual_users SET password = '%{new_password}' WHERE email = '%{user}' \
             AND CAST(password AS BINARY) = CAST('%{old_password}' AS BINARY)"
        }
        Dialect::Postgres => {
            "UPDATE virtual_users SET password = '%{new_password}' WHERE email = '%{user}' \
             AND convert_to(password, 'UTF8') = convert_to('%{old_password}', 'UTF8')"
        }
    }
}

/// The three tables of the ISPmail how-to. `UNIQUE` on the domain's name is ours: it keeps two
/// administrators from adding one domain twice.
pub(crate) fn tables(dialect: Dialect) -> [&'static str; 3] {
    match dialect {
        Dialect::Sqlite => [
            "CREATE TABLE IF NOT EXISTS virtual_domains (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                name VARCHAR(50) NOT NULL UNIQUE)",
            "CREATE TABLE IF NOT EXISTS virtual_users (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                domain_id INTEGER NOT NULL REFERENCES virtual_domains (id) ON DELETE CASCADE,
                email VARCHAR(100) NOT NULL UNIQUE,
                password VARCHAR(150) NOT NULL)",
            "CREATE TABLE IF NOT EXISTS virtual_aliases (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                domain_id INTEGER NOT NULL REFERENCES virtual_domains (id) ON DELETE CASCADE,
                source VARCHAR(100) NOT NULL,
                destination VARCHAR(100) NOT NULL)",
        ],
        Dialect::MySql => [
            "CREATE TABLE IF NOT EXISTS virtual_domains (
                id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
                name VARCHAR(50) NOT NULL UNIQUE) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
            "CREATE TABLE IF NOT EXISTS virtual_users (
                id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
                domain_id INT NOT NULL,
                email VARCHAR(100) NOT NULL UNIQUE,
                password VARCHAR(150) NOT NULL,
                FOREIGN KEY (domain_id) REFERENCES virtual_domains (id) ON DELETE CASCADE
                ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
            "CREATE TABLE IF NOT EXISTS virtual_aliases (
                id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
                domain_id INT NOT NULL,
                source VARCHAR(100) NOT NULL,
                destination VARCHAR(100) NOT NULL,
                FOREIGN KEY (domain_id) REFERENCES virtual_domains (id) ON DELETE CASCADE
                ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
        ],
        Dialect::Postgres => [
            "CREATE TABLE IF NOT EXISTS virtual_domains (
                id SERIAL PRIMARY KEY,
                name VARCHAR(50) NOT NULL UNIQUE)",
            "CREATE TABLE IF NOT EXISTS virtual_users (
                id SERIAL PRIMARY KEY,
                domain_id INT NOT NULL REFERENCES virtual_domains (id) ON DELETE CASCADE,
                email VARCHAR(100) NOT NULL UNIQUE,
                password VARCHAR(150) NOT NULL)",
            "CREATE TABLE IF NOT EXISTS virtual_aliases (
                id SERIAL PRIMARY KEY,
                domain_id INT NOT NULL REFERENCES virtual_domains (id) ON DELETE CASCADE,
                source VARCHAR(100) NOT NULL,
                destination VARCHAR(100) NOT NULL)",
        ],
    }
}
