//! The Postfix and Courier how-to (2003): `users` with crypt(3) and perhaps plain text, uid, gid
//! and home of each, `virtual` for aliases and `transport` for domains.

use super::{AliasRows, AliasStatements, Column, DomainStatements, Layout, Shape, UserStatements};

/// The start of what gives users.
macro_rules! users {
    ($end:literal) => {
        concat!(
            "SELECT address, crypt AS stored, CASE WHEN imapok = 1 AND bool1 = 1 AND bool2 = 1 \
             THEN 1 ELSE 0 END AS enabled, NULL AS quota, home, address AS page_key \
             FROM users WHERE ",
            $end
        )
    };
}

/// What a sign-in wants to know, with the stored password from where `$stored` says. An account
/// works only while all three flags are set.
macro_rules! sign_in {
    ($stored:literal) => {
        concat!(
            "SELECT address AS user, ",
            $stored,
            " AS password, uid AS userdb_uid, gid AS userdb_gid, home AS userdb_home, \
             concat('maildir:', home, '/', maildir) AS userdb_mail, \
             'maildir' AS userdb_mail_driver, concat(home, '/', maildir) AS userdb_mail_path \
             FROM users WHERE address = '%{user}' AND imapok = 1 AND bool1 = 1 AND bool2 = 1"
        )
    };
}

/// A new user; `id` comes first where it is the address as well.
macro_rules! add {
    ($id:literal, $value:literal) => {
        concat!(
            "INSERT INTO users (",
            $id,
            "address, crypt, clear, name, uid, gid, home, domain, maildir, imapok, bool1, bool2) \
             SELECT ",
            $value,
            "'%{user}', '%{new_password}', '', '', INT('%{uid}'), INT('%{gid}'), '%{home}', \
             domain, 'Maildir/', INT('%{enabled}'), 1, 1 FROM transport \
             WHERE domain = '%{domain}'"
        )
    };
}

const TRANSPORT: Shape =
    Shape { table: "transport", columns: &["domain", "transport"], without: &[], text: &[] };
const VIRTUAL: Shape =
    Shape { table: "virtual", columns: &["address", "goto"], without: &[], text: &[] };
const COLUMNS: &[&str] = &[
    "id", "address", "crypt", "clear", "name", "uid", "gid", "home", "domain", "maildir", "imapok",
    "bool1", "bool2",
];

/// The how-to's tables, where `id` is text.
pub static COURIER: Layout<'static> = TEXT_ID;

const TEXT_ID: Layout<'static> = Layout {
    name: "courier",
    title: "Postfix and Courier how-to",
    default_scheme: "CRYPT",
    // The other programs that read the column hand it to crypt(3) as it is.
    with_prefix: false,
    shape: &[
        Shape { table: "users", columns: COLUMNS, without: &[], text: &["id"] },
        TRANSPORT,
        VIRTUAL,
    ],
    password_query: sign_in!("crypt"),
    user_query: "SELECT address AS user, uid, gid, home, 'maildir' AS mail_driver, \
                 concat(home, '/', maildir) AS mail_path FROM users \
                 WHERE address = '%{user}' AND imapok = 1 AND bool1 = 1 AND bool2 = 1",
    credentials_query: sign_in!(
        // Whoever locked the row may have left the plain text in it.
        "CASE WHEN clear <> '' AND substr(crypt, 1, 1) NOT IN ('!', '*') \
         AND substr(crypt, 1, 8) NOT IN ('{CRYPT}!', '{CRYPT}*') \
         AND substr(crypt, 1, 10) <> '{CRYPT}$!$' \
         THEN concat('{PLAIN}', clear) ELSE crypt END"
    ),
    iterate: "SELECT address AS user FROM users \
              WHERE imapok = 1 AND bool1 = 1 AND bool2 = 1",
    swap_password: "UPDATE users SET crypt = '%{new_password}' WHERE address = '%{user}' \
                    AND BYTES(crypt) = BYTES('%{old_password}')",
    domains: DomainStatements {
        list: "SELECT domain AS name, NULL AS enabled FROM transport ORDER BY domain",
        find: "SELECT domain AS name, NULL AS enabled FROM transport WHERE domain = '%{domain}'",
        add: "INSERT INTO transport (domain, transport) VALUES ('%{domain}', 'virtual:')",
        rename: &["UPDATE transport SET domain = '%{new_domain}' WHERE domain = '%{domain}'"],
        remove: "DELETE FROM transport WHERE domain = '%{domain}'",
        renamed: "",
        others: &[],
        count_users: "SELECT count(*) AS n FROM users WHERE domain = '%{domain}'",
        count_aliases: "SELECT count(*) AS n FROM NAME(virtual) \
                        WHERE DOMAIN_OF(address) = '%{domain}'",
        remove_users: "DELETE FROM users WHERE domain = '%{domain}'",
        remove_aliases: "DELETE FROM NAME(virtual) WHERE DOMAIN_OF(address) = '%{domain}'",
        column: Column::whole("transport", "domain"),
    },
    users: UserStatements {
        list: users!("address > '%{after}' ORDER BY address LIMIT 1000"),
        find: users!("address = '%{user}'"),
        of_domain: users!("domain = '%{domain}'"),
        add: &[add!("id, ", "'%{user}', ")],
        // The plain text would go on letting the old password in.
        set_password: "UPDATE users SET crypt = '%{new_password}', clear = '' \
                       WHERE address = '%{user}'",
        set_enabled: &["UPDATE users SET imapok = INT('%{enabled}'), \
                        bool1 = CASE WHEN '%{enabled}' = '1' THEN 1 ELSE bool1 END, \
                        bool2 = CASE WHEN '%{enabled}' = '1' THEN 1 ELSE bool2 END \
                        WHERE address = '%{user}'"],
        set_quota: "",
        rename: &["UPDATE users SET id = '%{new_user}', address = '%{new_user}', \
                   domain = '%{new_domain}' WHERE address = '%{user}'"],
        remove: &["DELETE FROM users WHERE address = '%{user}'"],
        others: &[],
        table: "users",
        address: Column::whole("users", "address"),
        stored: Column::whole("users", "crypt"),
    },
    aliases: AliasStatements {
        list: "SELECT address AS source, goto AS destination, NULL AS enabled \
               FROM NAME(virtual) ORDER BY address",
        find: "SELECT address AS source, goto AS destination, NULL AS enabled \
               FROM NAME(virtual) WHERE address = '%{source}'",
        add: "INSERT INTO NAME(virtual) (address, goto) SELECT '%{source}', '%{destination}' \
              FROM transport WHERE domain = '%{source_domain}'",
        set: "UPDATE NAME(virtual) SET goto = '%{destination}' WHERE address = '%{source}'",
        remove: "DELETE FROM NAME(virtual) WHERE address = '%{source}'",
        rows: AliasRows::Joined,
        of_mailboxes: false,
        autoreplies: false,
        source: Column::whole("virtual", "address"),
        destination: Column::whole("virtual", "goto"),
    },
};

/// The same where `id` is a number that the database gives.
pub static COURIER_NUMBERED: Layout<'static> = Layout {
    name: "courier-numbered",
    title: "Postfix and Courier how-to, users numbered",
    shape: &[
        Shape { table: "users", columns: COLUMNS, without: &[], text: &[] },
        TRANSPORT,
        VIRTUAL,
    ],
    users: UserStatements {
        add: &[add!("", "")],
        rename: &["UPDATE users SET address = '%{new_user}', domain = '%{new_domain}' \
                   WHERE address = '%{user}'"],
        ..TEXT_ID.users
    },
    ..TEXT_ID
};
