//! The tables that are out there, as their guides and programs make them, each with the queries
//! that come with it.
//!
//! The SQL is in `layouts/`. Where a guide knows MariaDB only, the other systems have the same
//! columns in their own words. PostfixAdmin's are those of version 3.3, on all three.

use crate::database::Kind;

/// A design of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tables {
    /// ISPmail, Jessie to Stretch.
    Ispmail,
    /// ISPmail from Buster on: the same with a quota.
    IspmailQuota,
    /// ISPmail for Debian Etch: local parts beside domains, bare MD5, two views.
    Etch,
    /// The Postfix and Courier how-to. On MariaDB its tables are MyISAM's: without transactions.
    Courier,
    /// PostfixAdmin.
    PostfixAdmin,
}

impl Tables {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Ispmail, Self::IspmailQuota, Self::Etch, Self::Courier, Self::PostfixAdmin];

    /// How tests name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ispmail => "ispmail",
            Self::IspmailQuota => "ispmail_quota",
            Self::Etch => "etch",
            Self::Courier => "courier",
            Self::PostfixAdmin => "postfixadmin",
        }
    }

    /// The SQL that makes the tables, with the domain example.org and no users.
    pub fn create(self, kind: Kind) -> String {
        let file = match (self, kind) {
            (Self::Ispmail | Self::IspmailQuota, Kind::Sqlite) => {
                include_str!("layouts/ispmail-sqlite.sql")
            }
            (Self::Ispmail | Self::IspmailQuota, Kind::MariaDb) => {
                include_str!("layouts/ispmail-mariadb.sql")
            }
            (Self::Ispmail | Self::IspmailQuota, Kind::Postgres) => {
                include_str!("layouts/ispmail-postgres.sql")
            }
            (Self::Etch, Kind::Sqlite) => include_str!("layouts/etch-sqlite.sql"),
            (Self::Etch, Kind::MariaDb) => include_str!("layouts/etch-mariadb.sql"),
            (Self::Etch, Kind::Postgres) => include_str!("layouts/etch-postgres.sql"),
            (Self::Courier, Kind::Sqlite) => include_str!("layouts/courier-sqlite.sql"),
            (Self::Courier, Kind::MariaDb) => include_str!("layouts/courier-mariadb.sql"),
            (Self::Courier, Kind::Postgres) => include_str!("layouts/courier-postgres.sql"),
            (Self::PostfixAdmin, Kind::Sqlite) => include_str!("layouts/postfixadmin-sqlite.sql"),
            (Self::PostfixAdmin, Kind::MariaDb) => include_str!("layouts/postfixadmin-mariadb.sql"),
            (Self::PostfixAdmin, Kind::Postgres) => {
                include_str!("layouts/postfixadmin-postgres.sql")
            }
        };
        let quota = "ALTER TABLE virtual_users ADD COLUMN quota BIGINT NOT NULL DEFAULT 0;\n";
        file.to_owned() + if self == Self::IspmailQuota { quota } else { "" }
    }

    /// The lines of a `dovecot-sql.conf.ext` of Dovecot 2.3 after `connect =`, as the guide or the
    /// program has them.
    pub fn dovecot_queries(self, kind: Kind) -> String {
        let owner = "5000 AS uid, 5000 AS gid";
        let quota = concat(kind, &["'*:bytes='", "quota"]);
        let (scheme, password_query, user_query) = match self {
            Self::Ispmail => (
                "SHA256-CRYPT",
                "SELECT email AS user, password FROM virtual_users WHERE email = '%u'",
                format!(
                    "SELECT '/var/vmail/%d/%n' AS home, {owner} FROM virtual_users \
                     WHERE email = '%u'"
                ),
            ),
            Self::IspmailQuota => (
                "SHA256-CRYPT",
                "SELECT email AS user, password FROM virtual_users WHERE email = '%u'",
                format!(
                    "SELECT email AS user, {quota} AS quota_rule, '/var/vmail/%d/%n' AS home, \
                     {owner} FROM virtual_users WHERE email = '%u'"
                ),
            ),
            Self::Etch => (
                "PLAIN-MD5",
                "SELECT email AS user, password FROM view_users WHERE email = '%u'",
                format!(
                    "SELECT '/home/vmail/%d/%n' AS home, {owner} FROM view_users \
                     WHERE email = '%u'"
                ),
            ),
            Self::Courier => (
                "CRYPT",
                "SELECT address AS user, crypt AS password FROM users WHERE id = '%u' \
                 AND imapok = 1 AND bool1 = 1 AND bool2 = 1",
                format!(
                    "SELECT uid, gid, home, {} AS mail FROM users WHERE id = '%u'",
                    concat(kind, &["'maildir:'", "home", "'/'", "maildir"])
                ),
            ),
            Self::PostfixAdmin => (
                "MD5-CRYPT",
                "SELECT username AS user, password FROM mailbox WHERE username = '%u' \
                 AND active = '1'",
                format!(
                    "SELECT {} AS home, {owner}, {quota} AS quota_rule FROM mailbox \
                     WHERE username = '%u' AND active = '1'",
                    concat(kind, &["'/var/vmail/'", "maildir"])
                ),
            ),
        };
        format!(
            "default_pass_scheme = {scheme}\npassword_query = {password_query}\n\
             user_query = {user_query}\n"
        )
    }

    /// What Postfix asks, as the guide or the program has it.
    pub fn postfix_queries(self, kind: Kind) -> PostfixQueries {
        let (domains, mailboxes, aliases) = match self {
            Self::Ispmail | Self::IspmailQuota => (
                "SELECT 1 FROM virtual_domains WHERE name='%s'",
                "SELECT 1 FROM virtual_users WHERE email='%s'",
                vec![
                    "SELECT destination FROM virtual_aliases WHERE source='%s'".to_owned(),
                    "SELECT email FROM virtual_users WHERE email='%s'".to_owned(),
                ],
            ),
            Self::Etch => (
                "SELECT 1 FROM virtual_domains WHERE name='%s'",
                "SELECT 1 FROM view_users WHERE email='%s'",
                vec![
                    "SELECT destination FROM view_aliases WHERE email='%s'".to_owned(),
                    "SELECT email FROM view_users WHERE email='%s'".to_owned(),
                ],
            ),
            Self::Courier => (
                "SELECT domain FROM transport WHERE domain='%s'",
                "SELECT maildir FROM users WHERE address='%s'",
                vec!["SELECT goto FROM virtual WHERE address='%s'".to_owned()],
            ),
            Self::PostfixAdmin => (
                "SELECT domain FROM domain WHERE domain='%s' AND active = '1'",
                "SELECT maildir FROM mailbox WHERE username='%s' AND active = '1'",
                vec![
                    "SELECT goto FROM alias WHERE address='%s' AND active = '1'".to_owned(),
                    format!(
                        "SELECT goto FROM alias,alias_domain \
                         WHERE alias_domain.alias_domain = '%d' AND alias.address = {} \
                         AND alias.active = '1' AND alias_domain.active = '1'",
                        concat(kind, &["'%u'", "'@'", "alias_domain.target_domain"])
                    ),
                ],
            ),
        };
        PostfixQueries { domains, mailboxes, aliases }
    }

    /// The SQL that adds an account of example.org as the guide or the program does. Neither value
    /// may hold anything that needs quoting.
    pub fn add_user(self, kind: Kind, local_part: &str, stored: &str) -> String {
        let address = format!("{local_part}@example.org");
        match self {
            Self::Ispmail | Self::IspmailQuota => format!(
                "INSERT INTO virtual_users (domain_id, email, password) \
                 VALUES (1, '{address}', '{stored}');"
            ),
            Self::Etch => {
                let user = if kind == Kind::Postgres { "\"user\"" } else { "user" };
                format!(
                    "INSERT INTO virtual_users (domain_id, {user}, password) \
                     VALUES (1, '{local_part}', '{stored}');"
                )
            }
            Self::Courier => format!(
                "INSERT INTO users (id, address, crypt, name, home, domain, maildir) \
                 VALUES ('{address}', '{address}', '{stored}', '', '/usr/local/virtual', \
                 'example.org', 'example.org/{local_part}/');"
            ),
            Self::PostfixAdmin => format!(
                "INSERT INTO alias (address, goto, domain) \
                 VALUES ('{address}', '{address}', 'example.org');
                 INSERT INTO mailbox (username, password, name, maildir, local_part, domain) \
                 VALUES ('{address}', '{stored}', '', 'example.org/{local_part}/', \
                 '{local_part}', 'example.org');"
            ),
        }
    }

    /// The SQL that adds an alias of example.org as the guide or the program does: several rows, or
    /// one with commas. An empty local part is the catch-all. No value may need quoting.
    pub fn add_alias(self, local_part: &str, destinations: &[&str]) -> String {
        let address = format!("{local_part}@example.org");
        let rows = |source: &str| {
            let row = |destination: &&str| {
                format!(
                    "INSERT INTO virtual_aliases (domain_id, source, destination) \
                     VALUES (1, '{source}', '{destination}');\n"
                )
            };
            destinations.iter().map(row).collect()
        };
        let goto = destinations.join(",");
        match self {
            Self::Ispmail | Self::IspmailQuota => rows(&address),
            Self::Etch => rows(local_part),
            Self::Courier => {
                format!("INSERT INTO virtual (address, goto) VALUES ('{address}', '{goto}');")
            }
            Self::PostfixAdmin => format!(
                "INSERT INTO alias (address, goto, domain) \
                 VALUES ('{address}', '{goto}', 'example.org');"
            ),
        }
    }
}

/// The queries of Postfix's maps; `%s` is the whole key, `%u` and `%d` its parts.
#[derive(Debug, Clone)]
pub struct PostfixQueries {
    /// `virtual_mailbox_domains`
    pub domains: &'static str,
    /// `virtual_mailbox_maps`
    pub mailboxes: &'static str,
    /// `virtual_alias_maps`, which Postfix asks in this order. ISPmail's second one is
    /// "email2email", which keeps a catch-all from taking a mailbox's mail.
    pub aliases: Vec<String>,
}

fn concat(kind: Kind, parts: &[&str]) -> String {
    match kind {
        Kind::MariaDb => format!("CONCAT({})", parts.join(", ")),
        Kind::Sqlite | Kind::Postgres => parts.join(" || "),
    }
}
