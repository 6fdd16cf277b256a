//! ISPmail from Jessie (2014) to today: `virtual_domains`, `virtual_users`, `virtual_aliases`.

use super::{AliasRows, AliasStatements, Column, DomainStatements, Layout, Shape, UserStatements};

/// The start of what gives users.
macro_rules! users {
    ($quota:literal) => {
        concat!(
            "SELECT email AS address, password AS stored, NULL AS enabled, ",
            $quota,
            " AS quota, email AS page_key FROM virtual_users"
        )
    };
}

/// The users of a domain, or its aliases.
macro_rules! in_domain {
    ($start:literal) => {
        concat!(
            $start,
            " WHERE domain_id IN (SELECT id FROM virtual_domains WHERE name = '%{domain}')"
        )
    };
}

const DOMAINS: Shape =
    Shape { table: "virtual_domains", columns: &["id", "name"], without: &[], text: &[] };
const ALIASES: Shape = Shape {
    table: "virtual_aliases",
    columns: &["id", "domain_id", "source", "destination"],
    without: &[],
    text: &[],
};

/// ISPmail without quotas.
pub static ISPMAIL: Layout<'static> = WITHOUT_QUOTA;

const WITHOUT_QUOTA: Layout<'static> = Layout {
    name: "ispmail",
    title: "ISPmail, Jessie to today",
    default_scheme: "SHA256-CRYPT",
    with_prefix: true,
    shape: &[
        DOMAINS,
        Shape {
            table: "virtual_users",
            columns: &["id", "domain_id", "email", "password"],
            without: &["quota"],
            text: &[],
        },
        ALIASES,
    ],
    password_query: "SELECT email AS user, password FROM virtual_users WHERE email = '%{user}'",
    user_query: "",
    credentials_query: "",
    iterate: "SELECT email AS user FROM virtual_users",
    swap_password: "UPDATE virtual_users SET password = '%{new_password}' \
                    WHERE email = '%{user}' AND BYTES(password) = BYTES('%{old_password}')",
    domains: DomainStatements {
        list: "SELECT name, NULL AS enabled FROM virtual_domains ORDER BY name",
        find: "SELECT name, NULL AS enabled FROM virtual_domains WHERE name = '%{domain}'",
        add: "INSERT INTO virtual_domains (name) VALUES ('%{domain}')",
        rename: &["UPDATE virtual_domains SET name = '%{new_domain}' WHERE name = '%{domain}'"],
        remove: "DELETE FROM virtual_domains WHERE name = '%{domain}'",
        renamed: "",
        others: &[],
        count_users: in_domain!("SELECT count(*) AS n FROM virtual_users"),
        count_aliases: in_domain!("SELECT count(*) AS n FROM virtual_aliases"),
        // Not left to ON DELETE CASCADE: SQLite does that only on connections that ask for it, and
        // tables made by hand may lack it.
        remove_users: in_domain!("DELETE FROM virtual_users"),
        remove_aliases: in_domain!("DELETE FROM virtual_aliases"),
        column: Column::whole("virtual_domains", "name"),
    },
    users: UserStatements {
        list: concat!(users!("NULL"), " WHERE email > '%{after}' ORDER BY email LIMIT 1000"),
        find: concat!(users!("NULL"), " WHERE email = '%{user}'"),
        of_domain: in_domain!("SELECT email AS address FROM virtual_users"),
        add: &["INSERT INTO virtual_users (domain_id, email, password) \
                SELECT id, '%{user}', '%{new_password}' FROM virtual_domains \
                WHERE name = '%{domain}'"],
        set_password: "UPDATE virtual_users SET password = '%{new_password}' \
                       WHERE email = '%{user}'",
        set_enabled: &[],
        set_quota: "",
        rename: &["UPDATE virtual_users SET email = '%{new_user}', domain_id = \
                   (SELECT id FROM virtual_domains WHERE name = '%{new_domain}') \
                   WHERE email = '%{user}'"],
        remove: &["DELETE FROM virtual_users WHERE email = '%{user}'"],
        others: &[],
        table: "virtual_users",
        address: Column::whole("virtual_users", "email"),
        stored: Column::whole("virtual_users", "password"),
    },
    aliases: AliasStatements {
        list: "SELECT source, destination, NULL AS enabled FROM virtual_aliases \
               ORDER BY source, destination",
        find: "SELECT source, destination, NULL AS enabled FROM virtual_aliases \
               WHERE source = '%{source}' ORDER BY destination",
        add: "INSERT INTO virtual_aliases (domain_id, source, destination) \
              SELECT id, '%{source}', '%{destination}' FROM virtual_domains \
              WHERE name = '%{source_domain}'",
        set: "",
        remove: "DELETE FROM virtual_aliases WHERE source = '%{source}' \
                 AND destination = '%{destination}'",
        rows: AliasRows::Each,
        of_mailboxes: false,
        autoreplies: false,
        source: Column::whole("virtual_aliases", "source"),
        destination: Column::whole("virtual_aliases", "destination"),
    },
};

/// ISPmail with a column `quota` in bytes, as later guides have it.
pub static ISPMAIL_QUOTA: Layout<'static> = Layout {
    name: "ispmail-quota",
    title: "ISPmail, Jessie to today, with quotas",
    shape: &[
        DOMAINS,
        Shape {
            table: "virtual_users",
            columns: &["id", "domain_id", "email", "password", "quota"],
            without: &[],
            text: &[],
        },
        ALIASES,
    ],
    password_query: "SELECT email AS user, password, \
                     CASE WHEN quota > 0 THEN concat('*:bytes=', quota) END \
                     AS userdb_quota_rule, \
                     CASE WHEN quota > 0 THEN concat(quota, 'B') END \
                     AS userdb_quota_storage_size \
                     FROM virtual_users WHERE email = '%{user}'",
    user_query: "SELECT email AS user, \
                 CASE WHEN quota > 0 THEN concat(quota, 'B') END AS quota_storage_size \
                 FROM virtual_users WHERE email = '%{user}'",
    users: UserStatements {
        list: concat!(users!("quota"), " WHERE email > '%{after}' ORDER BY email LIMIT 1000"),
        find: concat!(users!("quota"), " WHERE email = '%{user}'"),
        add: &["INSERT INTO virtual_users (domain_id, email, password, quota) \
                SELECT id, '%{user}', '%{new_password}', INT('%{quota}') FROM virtual_domains \
                WHERE name = '%{domain}'"],
        set_quota: "UPDATE virtual_users SET quota = INT('%{quota}') WHERE email = '%{user}'",
        ..WITHOUT_QUOTA.users
    },
    ..WITHOUT_QUOTA
};
