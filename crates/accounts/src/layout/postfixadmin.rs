//! PostfixAdmin: `domain`, `mailbox`, `alias`, where each mailbox has an alias to itself.

use super::{
    AliasRows, AliasStatements, Column, DomainStatements, Layout, Other, Shape, UserStatements,
};

/// The start of what gives users.
macro_rules! users {
    ($end:literal) => {
        concat!(
            "SELECT username AS address, password AS stored, \
             CASE WHEN active = TRUE THEN 1 ELSE 0 END AS enabled, quota, \
             username AS page_key FROM mailbox WHERE ",
            $end
        )
    };
}

/// What a mailbox and its domain have to be for anybody to sign in.
macro_rules! active {
    ($start:literal) => {
        concat!(
            $start,
            " FROM mailbox m JOIN domain d ON d.domain = m.domain \
             WHERE m.active = TRUE AND d.active = TRUE"
        )
    };
}

/// What PostfixAdmin knows of a domain besides. On PostgreSQL most of it refers to the domain. What
/// goes with a domain is what goes with it there, but for its log.
const OF_DOMAINS: &[Other] = &[
    Other {
        table: "domain_admins",
        rename: &["UPDATE domain_admins SET domain = '%{new_domain}' WHERE domain = '%{domain}'"],
        remove: "DELETE FROM domain_admins WHERE domain = '%{domain}'",
    },
    Other {
        table: "alias_domain",
        rename: &["UPDATE alias_domain SET \
                   alias_domain = CASE WHEN alias_domain = '%{domain}' THEN '%{new_domain}' \
                   ELSE alias_domain END, \
                   target_domain = CASE WHEN target_domain = '%{domain}' THEN '%{new_domain}' \
                   ELSE target_domain END \
                   WHERE alias_domain = '%{domain}' OR target_domain = '%{domain}'"],
        remove: "DELETE FROM alias_domain \
                 WHERE alias_domain = '%{domain}' OR target_domain = '%{domain}'",
    },
    Other {
        table: "vacation_notification",
        rename: &[],
        remove: "DELETE FROM vacation_notification WHERE DOMAIN_OF(on_vacation) = '%{domain}'",
    },
    Other {
        table: "vacation",
        rename: &["UPDATE vacation SET domain = '%{new_domain}' WHERE domain = '%{domain}'"],
        remove: "DELETE FROM vacation WHERE domain = '%{domain}'",
    },
    Other {
        table: "fetchmail",
        rename: &["UPDATE fetchmail SET domain = '%{new_domain}' WHERE domain = '%{domain}'"],
        remove: "DELETE FROM fetchmail WHERE DOMAIN_OF(mailbox) = '%{domain}'",
    },
    Other {
        table: "quota",
        rename: &[],
        remove: "DELETE FROM quota WHERE DOMAIN_OF(username) = '%{domain}'",
    },
    Other {
        table: "quota2",
        rename: &[],
        remove: "DELETE FROM quota2 WHERE DOMAIN_OF(username) = '%{domain}'",
    },
];

/// What it knows of a user besides.
const OF_USERS: &[Other] = &[
    // Who has been told of an absence refers to it. Without a row one is told again.
    Other {
        table: "vacation_notification",
        rename: &["DELETE FROM vacation_notification WHERE on_vacation = '%{user}'"],
        remove: "DELETE FROM vacation_notification WHERE on_vacation = '%{user}'",
    },
    Other {
        table: "vacation",
        rename: &["UPDATE vacation SET email = '%{new_user}', domain = '%{new_domain}' \
                   WHERE email = '%{user}'"],
        remove: "DELETE FROM vacation WHERE email = '%{user}'",
    },
    Other {
        table: "fetchmail",
        rename: &["UPDATE fetchmail SET mailbox = '%{new_user}', domain = '%{new_domain}' \
                   WHERE mailbox = '%{user}'"],
        remove: "DELETE FROM fetchmail WHERE mailbox = '%{user}'",
    },
    // What Dovecot has counted. Without a row it counts what is in the mailbox.
    Other {
        table: "quota",
        rename: &["DELETE FROM quota WHERE username = '%{user}'"],
        remove: "DELETE FROM quota WHERE username = '%{user}'",
    },
    Other {
        table: "quota2",
        rename: &["DELETE FROM quota2 WHERE username = '%{user}'"],
        remove: "DELETE FROM quota2 WHERE username = '%{user}'",
    },
];

/// PostfixAdmin.
pub static POSTFIXADMIN: Layout<'static> = Layout {
    name: "postfixadmin",
    title: "PostfixAdmin",
    default_scheme: "CRYPT",
    with_prefix: true,
    shape: &[
        Shape {
            table: "domain",
            columns: &["domain", "description", "transport", "backupmx", "active"],
            without: &[],
            text: &[],
        },
        Shape {
            table: "mailbox",
            columns: &[
                "username",
                "password",
                "name",
                "maildir",
                "quota",
                "local_part",
                "domain",
                "active",
            ],
            without: &[],
            text: &[],
        },
        Shape {
            table: "alias",
            columns: &["address", "goto", "domain", "active"],
            without: &[],
            text: &[],
        },
    ],
    password_query: concat!(
        active!(
            "SELECT m.username AS user, m.password AS password, \
             CASE WHEN m.quota > 0 THEN concat('*:bytes=', m.quota) END AS userdb_quota_rule, \
             CASE WHEN m.quota > 0 THEN concat(m.quota, 'B') END AS userdb_quota_storage_size"
        ),
        " AND m.username = '%{user}'"
    ),
    user_query: concat!(
        active!(
            "SELECT m.username AS user, \
             CASE WHEN m.quota > 0 THEN concat(m.quota, 'B') END AS quota_storage_size"
        ),
        " AND m.username = '%{user}'"
    ),
    credentials_query: "",
    iterate: active!("SELECT m.username AS user"),
    swap_password: "UPDATE mailbox SET password = '%{new_password}' WHERE username = '%{user}' \
                    AND BYTES(password) = BYTES('%{old_password}')",
    domains: DomainStatements {
        // ALL stands for the rights of a super administrator.
        list: "SELECT domain AS name, CASE WHEN active = TRUE THEN 1 ELSE 0 END AS enabled \
               FROM domain WHERE domain <> 'ALL' ORDER BY domain",
        find: "SELECT domain AS name, CASE WHEN active = TRUE THEN 1 ELSE 0 END AS enabled \
               FROM domain WHERE domain = '%{domain}' AND domain <> 'ALL'",
        add: "INSERT INTO domain (domain, description, aliases, mailboxes, maxquota, quota, \
              transport, backupmx, created, modified, active) \
              VALUES ('%{domain}', '', 0, 0, 0, 0, 'virtual', FALSE, CURRENT_TIMESTAMP, \
              CURRENT_TIMESTAMP, TRUE)",
        rename: &[
            // In this order where the tables refer to each other: the new row, who is in it, what
            // else names it, and then the old row goes.
            "INSERT INTO domain (domain, description, aliases, mailboxes, maxquota, quota, \
             transport, backupmx, created, modified, active) \
             SELECT '%{new_domain}', description, aliases, mailboxes, maxquota, quota, \
             transport, backupmx, created, CURRENT_TIMESTAMP, active FROM domain \
             WHERE domain = '%{domain}'",
            "UPDATE mailbox SET domain = '%{new_domain}' WHERE domain = '%{domain}'",
            "UPDATE alias SET domain = '%{new_domain}' WHERE domain = '%{domain}'",
        ],
        renamed: "DELETE FROM domain WHERE domain = '%{domain}'",
        remove: "DELETE FROM domain WHERE domain = '%{domain}'",
        others: OF_DOMAINS,
        count_users: "SELECT count(*) AS n FROM mailbox WHERE domain = '%{domain}'",
        count_aliases: "SELECT count(*) AS n FROM alias WHERE domain = '%{domain}' \
                        AND NOT EXISTS (SELECT 1 FROM mailbox \
                        WHERE mailbox.username = alias.address AND alias.goto = alias.address)",
        remove_users: "DELETE FROM mailbox WHERE domain = '%{domain}'",
        remove_aliases: "DELETE FROM alias WHERE domain = '%{domain}'",
        column: Column::whole("domain", "domain"),
    },
    users: UserStatements {
        list: users!("username > '%{after}' ORDER BY username LIMIT 1000"),
        find: users!("username = '%{user}'"),
        of_domain: users!("domain = '%{domain}'"),
        add: &[
            "INSERT INTO mailbox (username, password, name, maildir, quota, local_part, domain, \
             created, modified, active) \
             SELECT '%{user}', '%{new_password}', '', '%{domain}/%{username}/', INT('%{quota}'), \
             '%{username}', domain, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, BOOL('%{enabled}') \
             FROM domain WHERE domain = '%{domain}'",
            "INSERT INTO alias (address, goto, domain, created, modified, active) \
             SELECT '%{user}', '%{user}', domain, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, \
             BOOL('%{enabled}') FROM domain WHERE domain = '%{domain}'",
        ],
        set_password: "UPDATE mailbox SET password = '%{new_password}', \
                       modified = CURRENT_TIMESTAMP WHERE username = '%{user}'",
        set_enabled: &[
            "UPDATE mailbox SET active = BOOL('%{enabled}'), modified = CURRENT_TIMESTAMP \
             WHERE username = '%{user}'",
            "UPDATE alias SET active = BOOL('%{enabled}'), modified = CURRENT_TIMESTAMP \
             WHERE address = '%{user}'",
        ],
        set_quota: "UPDATE mailbox SET quota = INT('%{quota}'), modified = CURRENT_TIMESTAMP \
                    WHERE username = '%{user}'",
        rename: &[
            "UPDATE mailbox SET username = '%{new_user}', local_part = '%{new_username}', \
             domain = '%{new_domain}', maildir = '%{new_domain}/%{new_username}/', \
             modified = CURRENT_TIMESTAMP WHERE username = '%{user}'",
            "UPDATE alias SET address = '%{new_user}', domain = '%{new_domain}', \
             modified = CURRENT_TIMESTAMP WHERE address = '%{user}'",
        ],
        remove: &[
            "DELETE FROM alias WHERE address = '%{user}'",
            "DELETE FROM mailbox WHERE username = '%{user}'",
        ],
        others: OF_USERS,
        table: "mailbox",
        address: Column::whole("mailbox", "username"),
        stored: Column::whole("mailbox", "password"),
    },
    aliases: AliasStatements {
        list: "SELECT address AS source, goto AS destination, \
               CASE WHEN active = TRUE THEN 1 ELSE 0 END AS enabled FROM alias ORDER BY address",
        find: "SELECT address AS source, goto AS destination, \
               CASE WHEN active = TRUE THEN 1 ELSE 0 END AS enabled FROM alias \
               WHERE address = '%{source}'",
        add: "INSERT INTO alias (address, goto, domain, created, modified, active) \
              SELECT '%{source}', '%{destination}', domain, CURRENT_TIMESTAMP, \
              CURRENT_TIMESTAMP, TRUE FROM domain WHERE domain = '%{source_domain}'",
        set: "UPDATE alias SET goto = '%{destination}', modified = CURRENT_TIMESTAMP \
              WHERE address = '%{source}'",
        remove: "DELETE FROM alias WHERE address = '%{source}'",
        rows: AliasRows::Joined,
        of_mailboxes: true,
        autoreplies: true,
        source: Column::whole("alias", "address"),
        destination: Column::whole("alias", "goto"),
    },
};
