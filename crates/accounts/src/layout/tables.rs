//! The tables that `init` makes.

use crate::database::Dialect;

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
