//! `alias …`

use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::layouts::Tables;

use crate::site::{DATA, Site, UNKNOWN};

const INFO: &str = "info@example.org";
const PASSWORD: &str = "Wolken-sieben-Reiter";

pub(crate) fn tasks(servers: &Arc<Servers>, kind: Kind, tables: Tables) {
    let site = Site::new(servers, kind, tables);
    site.add_user("john@example.org", PASSWORD);
    site.does(&["alias", "add", INFO, "john@example.org", "--dry-run"], "");
    assert_eq!(site.alias(INFO), [""; 0]);

    site.does(&["alias", "add", INFO, "john@example.org", "far@example.edu"], "");
    assert_eq!(site.alias(INFO), ["far@example.edu", "john@example.org"]);
    let again = &site.does(&["alias", "add", INFO, "far@example.edu", "third@example.edu"], "")[0];
    assert_eq!(again["added"], serde_json::json!(["third@example.edu"]));
    assert_eq!(again["present"], serde_json::json!(["far@example.edu"]));
    let three = ["far@example.edu", "john@example.org", "third@example.edu"];
    assert_eq!(site.alias(INFO), three);
    let listed = site.does(&["alias", "list"], "");
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["source"], INFO);

    site.refuses(&["alias", "add", "x@example.com", "a@example.org"], "", UNKNOWN, "example.com");
    for bad in ["|/bin/sh", "a b@example.org", "'; DROP TABLE alias; --@x", "no-at-sign"] {
        site.refuses(&["alias", "add", INFO, bad], "", DATA, "is not");
    }
    site.refuses(&["alias", "remove", INFO, "nobody@example.org"], "", UNKNOWN, "nobody");
    site.does(&["alias", "remove", INFO, "john@example.org"], "");
    assert_eq!(site.alias(INFO), ["far@example.edu", "third@example.edu"]);
    site.does(&["alias", "remove", INFO], "");
    assert_eq!(site.alias(INFO), [""; 0]);
    site.refuses(&["alias", "remove", INFO], "", UNKNOWN, INFO);

    // A catch-all, and the mailbox that it would eat.
    let added = &site.does(&["alias", "add", "@example.org", "far@example.edu"], "")[0];
    let warned = added["warnings"].as_array().is_some_and(|warnings| !warnings.is_empty());
    assert_eq!(warned, tables != Tables::PostfixAdmin, "{added}");
    assert_eq!(site.maps.destinations("nobody@example.org").as_deref(), Some("far@example.edu"));
    let keep = ["alias", "add", "@example.org", "far@example.edu", "--keep-mailboxes"];
    site.does(&keep, "");
    assert_eq!(
        site.maps.destinations("john@example.org").as_deref(),
        Some("john@example.org"),
        "the catch-all eats the mailbox"
    );
    site.expect_user("john@example.org", PASSWORD);
    // Who comes later is told.
    let late = &site.does(&["user", "add", "late@example.org"], &format!("{PASSWORD}\n"))[0];
    let warned = late["warnings"].as_array().is_some_and(|warnings| !warnings.is_empty());
    assert_eq!(warned, tables != Tables::PostfixAdmin, "{late}");
    site.does(&["alias", "remove", "@example.org"], "");
    assert_eq!(site.maps.destinations("nobody@example.org"), None);
}
