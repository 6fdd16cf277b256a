//! Table designs, each a named set of statements. Management goes by the same rules as look-ups:
//! `'%{user}'` and the like in quotes are bound values.

/// A table design.
#[derive(Debug)]
pub struct Layout {
    /// Its name in the configuration.
    pub name: &'static str,
    /// Finds an account, columns as in Dovecot's `password_query`.
    pub password_query: &'static str,
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
    pub(crate) remove_user: &'static str,
}

/// ISPmail from Jessie (2014) to today: `virtual_domains`, `virtual_users`, `virtual_aliases`.
///
/// `%{user}` is the address, `%{domain}` its domain, `%{new_password}` the new stored value.
pub static ISPMAIL: Layout = Layout {
    name: "ispmail",
    password_query: "SELECT email AS user, password FROM virtual_users WHERE email = '%{user}'",
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
    remove_user: "DELETE FROM virtual_users WHERE email = '%{user}'",
};
