//! ISPmail for Debian Etch (2007): local part and domain apart, bare MD5, 32 characters for it.

use super::{AliasRows, AliasStatements, Column, DomainStatements, Layout, Shape, UserStatements};

/// The start of what gives users.
macro_rules! users {
    ($end:literal) => {
        concat!(
            "SELECT concat(u.user, '@', d.name) AS address, u.password AS stored, \
             NULL AS enabled, NULL AS quota, u.id AS page_key \
             FROM virtual_users u JOIN virtual_domains d ON d.id = u.domain_id WHERE ",
            $end
        )
    };
}

/// The start of what gives aliases.
macro_rules! aliases {
    ($end:literal) => {
        concat!(
            "SELECT concat(a.source, '@', d.name) AS source, a.destination AS destination, \
             NULL AS enabled \
             FROM virtual_aliases a JOIN virtual_domains d ON d.id = a.domain_id ",
            $end
        )
    };
}

/// The rows of a domain.
macro_rules! in_domain {
    ($start:literal, $domain:literal) => {
        concat!(
            $start,
            " domain_id IN (SELECT id FROM virtual_domains WHERE name = '",
            $domain,
            "')"
        )
    };
}

/// ISPmail for Debian Etch.
pub static ETCH: Layout<'static> = Layout {
    name: "ispmail-etch",
    title: "ISPmail, Etch",
    default_scheme: "PLAIN-MD5",
    with_prefix: true,
    shape: &[
        Shape { table: "virtual_domains", columns: &["id", "name"], without: &[], text: &[] },
        Shape {
            table: "virtual_users",
            columns: &["id", "domain_id", "user", "password"],
            without: &["email"],
            text: &[],
        },
        Shape {
            table: "virtual_aliases",
            columns: &["id", "domain_id", "source", "destination"],
            without: &[],
            text: &[],
        },
    ],
    password_query: "SELECT concat(u.user, '@', d.name) AS user, u.password AS password \
                     FROM virtual_users u JOIN virtual_domains d ON d.id = u.domain_id \
                     WHERE u.user = '%{username}' AND d.name = '%{domain}'",
    user_query: "",
    credentials_query: "",
    iterate: "SELECT concat(u.user, '@', d.name) AS user \
              FROM virtual_users u JOIN virtual_domains d ON d.id = u.domain_id",
    swap_password: "UPDATE virtual_users SET password = '%{new_password}' \
                    WHERE NAME(user) = '%{username}' AND BYTES(password) = BYTES('%{old_password}') \
                    AND domain_id IN (SELECT id FROM virtual_domains WHERE name = '%{domain}')",
    domains: DomainStatements {
        list: "SELECT name, NULL AS enabled FROM virtual_domains ORDER BY name",
        find: "SELECT name, NULL AS enabled FROM virtual_domains WHERE name = '%{domain}'",
        add: "INSERT INTO virtual_domains (name) VALUES ('%{domain}')",
        rename: &["UPDATE virtual_domains SET name = '%{new_domain}' WHERE name = '%{domain}'"],
        remove: "DELETE FROM virtual_domains WHERE name = '%{domain}'",
        renamed: "",
        others: &[],
        count_users: in_domain!("SELECT count(*) AS n FROM virtual_users WHERE", "%{domain}"),
        count_aliases: in_domain!("SELECT count(*) AS n FROM virtual_aliases WHERE", "%{domain}"),
        remove_users: in_domain!("DELETE FROM virtual_users WHERE", "%{domain}"),
        remove_aliases: in_domain!("DELETE FROM virtual_aliases WHERE", "%{domain}"),
        column: Column::whole("virtual_domains", "name"),
    },
    users: UserStatements {
        // By number: there is no index that has the whole address.
        list: users!("u.id > INT('0%{after}') ORDER BY u.id LIMIT 1000"),
        find: users!("u.user = '%{username}' AND d.name = '%{domain}'"),
        of_domain: users!("d.name = '%{domain}'"),
        add: &["INSERT INTO virtual_users (domain_id, NAME(user), password) \
                SELECT id, '%{username}', '%{new_password}' FROM virtual_domains \
                WHERE name = '%{domain}'"],
        set_password: in_domain!(
            "UPDATE virtual_users SET password = '%{new_password}' \
             WHERE NAME(user) = '%{username}' AND",
            "%{domain}"
        ),
        set_enabled: &[],
        set_quota: "",
        rename: &[in_domain!(
            "UPDATE virtual_users SET NAME(user) = '%{new_username}', domain_id = \
             (SELECT id FROM virtual_domains WHERE name = '%{new_domain}') \
             WHERE NAME(user) = '%{username}' AND",
            "%{domain}"
        )],
        remove: &[in_domain!(
            "DELETE FROM virtual_users WHERE NAME(user) = '%{username}' AND",
            "%{domain}"
        )],
        others: &[],
        table: "virtual_users",
        address: Column::local_part("virtual_users", "user"),
        stored: Column::whole("virtual_users", "password"),
    },
    aliases: AliasStatements {
        list: aliases!("ORDER BY 1, 2"),
        find: aliases!(
            "WHERE a.source = '%{source_username}' AND d.name = '%{source_domain}' ORDER BY 2"
        ),
        add: "INSERT INTO virtual_aliases (domain_id, source, destination) \
              SELECT id, '%{source_username}', '%{destination}' FROM virtual_domains \
              WHERE name = '%{source_domain}'",
        set: "",
        remove: in_domain!(
            "DELETE FROM virtual_aliases WHERE source = '%{source_username}' \
             AND destination = '%{destination}' AND",
            "%{source_domain}"
        ),
        rows: AliasRows::Each,
        of_mailboxes: false,
        autoreplies: false,
        source: Column::local_part("virtual_aliases", "source"),
        destination: Column::whole("virtual_aliases", "destination"),
    },
};
