//! What PostfixAdmin knows of domains and users besides its domains, mailboxes and aliases.

use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::layouts::Tables;

use crate::site::Site;

const PASSWORD: &str = "Wolken-sieben-Reiter";
const NONE: [&str; 0] = [];

pub(crate) fn what_else_it_knows(servers: &Arc<Servers>, kind: Kind) {
    let site = Site::new(servers, kind, Tables::PostfixAdmin);
    site.does(&["domain", "add", "example.net"], "");
    for user in ["john@example.net", "jane@example.net", "jim@example.org"] {
        site.add_user(user, PASSWORD);
        absent(&site, user);
        counted_and_told(&site, user);
    }
    site.database.execute(
        "INSERT INTO domain_admins (username, domain) VALUES ('admin@example.edu', 'example.net');
         INSERT INTO alias_domain (alias_domain, target_domain) \
         VALUES ('example.net', 'example.org');",
    );
    let column = |table: &str, column: &str| -> Vec<String> {
        let sql = format!("SELECT {column} FROM {table} ORDER BY 1;");
        site.database.execute(&sql).lines().map(str::to_owned).collect()
    };

    site.database.execute(
        "UPDATE alias SET goto = 'john@example.net,john#example.net@autoreply.example.edu' \
         WHERE address = 'john@example.net';
         UPDATE alias SET goto = 'jane@example.net,jane#example.net@autoreply.example.edu' \
         WHERE address = 'jane@example.net';",
    );

    site.does(&["user", "rename", "john@example.net", "jack@example.org"], "");
    assert_eq!(
        site.alias("jack@example.org"),
        ["jack#example.org@autoreply.example.edu", "jack@example.org"]
    );
    let renamed = ["jack@example.org", "jane@example.net", "jim@example.org"];
    assert_eq!(column("vacation", "email"), renamed);
    assert_eq!(column("vacation", "domain"), ["example.net", "example.org", "example.org"]);
    assert_eq!(column("fetchmail", "mailbox"), renamed);
    assert_eq!(column("fetchmail", "domain"), ["example.net", "example.org", "example.org"]);
    // To be counted, and told, again.
    let others = ["jane@example.net", "jim@example.org"];
    assert_eq!(column("quota2", "username"), others);
    assert_eq!(column("vacation_notification", "on_vacation"), others);

    site.does(&["domain", "rename", "example.net", "example.com"], "");
    let renamed = ["jack@example.org", "jane@example.com", "jim@example.org"];
    assert_eq!(column("vacation", "email"), renamed);
    assert_eq!(column("vacation", "domain"), ["example.com", "example.org", "example.org"]);
    assert_eq!(column("fetchmail", "mailbox"), renamed);
    assert_eq!(column("fetchmail", "domain"), ["example.com", "example.org", "example.org"]);
    assert_eq!(column("domain_admins", "domain"), ["example.com"]);
    assert_eq!(column("alias_domain", "alias_domain"), ["example.com"]);
    assert_eq!(column("alias_domain", "target_domain"), ["example.org"]);
    site.expect_user("jane@example.com", PASSWORD);
    assert_eq!(
        site.alias("jane@example.com"),
        ["jane#example.com@autoreply.example.edu", "jane@example.com"]
    );

    for user in ["jack@example.org", "jane@example.com"] {
        counted_and_told(&site, user);
    }
    let tables = [
        ("vacation", "email"),
        ("vacation_notification", "on_vacation"),
        ("fetchmail", "mailbox"),
        ("quota2", "username"),
    ];
    let before = site.everything();
    site.does(&["user", "remove", "jack@example.org", "--yes", "--dry-run"], "");
    assert_eq!(site.everything(), before);
    site.does(&["user", "remove", "jack@example.org", "--yes"], "");
    for (table, name) in tables {
        assert_eq!(column(table, name), ["jane@example.com", "jim@example.org"], "{table}");
    }
    site.does(&["domain", "remove", "example.com", "--yes"], "");
    for (table, name) in tables {
        assert_eq!(column(table, name), ["jim@example.org"], "{table}");
    }
    assert_eq!(column("domain_admins", "domain"), NONE);
    assert_eq!(column("alias_domain", "alias_domain"), NONE);
    site.expect_user("jim@example.org", PASSWORD);
}

/// Has an absence, and mail fetched from elsewhere.
fn absent(site: &Site, user: &str) {
    let (_, domain) = user.split_once('@').expect("an address");
    let (cache, no_cache) =
        if site.database.kind == Kind::MariaDb { (", cache", ", ''") } else { Default::default() };
    site.database.execute(&format!(
        "INSERT INTO vacation (email, subject, body, domain{cache}) \
         VALUES ('{user}', 'away', 'away', '{domain}'{no_cache});
         INSERT INTO fetchmail (mailbox, domain, src_server, src_user, src_password, src_folder, \
         src_auth, protocol, mda) \
         VALUES ('{user}', '{domain}', 'pop.example.edu', 'me', '', '', 'any', 'POP3', '');"
    ));
}

/// Dovecot has counted what is there, and somebody has been told of the absence.
fn counted_and_told(site: &Site, user: &str) {
    site.database.execute(&format!(
        "INSERT INTO quota2 (username, bytes, messages) VALUES ('{user}', 1000, 10);
         INSERT INTO vacation_notification (on_vacation, notified) \
         VALUES ('{user}', 'ann@example.edu');"
    ));
}
