//! `domain …`

use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::layouts::Tables;

use crate::site::{DATA, Site, UNKNOWN, texts};

const PASSWORD: &str = "Wolken-sieben-Reiter";

pub(crate) fn tasks(servers: &Arc<Servers>, kind: Kind, tables: Tables) {
    let site = Site::new(servers, kind, tables);
    let dry = site.does(&["domain", "add", "example.net", "--dry-run"], "");
    assert_eq!(dry[0]["dry_run"], true);
    assert_eq!(site.maps.domain("example.net"), None);

    site.does(&["domain", "add", "Example.NET"], "");
    assert!(site.maps.domain("example.net").is_some());
    let list = texts(&site.does(&["domain", "list"], ""), "domain");
    assert_eq!(list, ["example.net", "example.org"]);
    site.refuses(&["domain", "add", "example.net"], "", DATA, "exists already");
    site.refuses(&["domain", "add", "no such name"], "", DATA, "domain name");
    site.refuses(&["domain", "show", "example.com"], "", UNKNOWN, "example.com");

    site.add_user("john@example.net", PASSWORD);
    site.add_user("jane@example.org", PASSWORD);
    site.does(&["alias", "add", "info@example.net", "john@example.net", "far@example.edu"], "");
    site.does(&["alias", "add", "sales@example.org", "john@example.net"], "");
    let shown = &site.does(&["domain", "show", "example.net"], "")[0];
    assert_eq!((&shown["users"], &shown["aliases"]), (&1.into(), &aliases_shown(tables).into()));

    // The new name is taken.
    let taken = ["domain", "rename", "example.net", "example.org"];
    site.refuses(&taken, "", DATA, "exists already");
    let renamed = &site.does(&["domain", "rename", "example.net", "example.com"], "")[0];
    assert_eq!((&renamed["new"], &renamed["users"]), (&"example.com".into(), &1.into()));
    assert_eq!(site.maps.domain("example.net"), None);
    assert!(site.maps.domain("example.com").is_some());
    site.expect_unknown("john@example.net");
    site.expect_user("john@example.com", PASSWORD);
    site.expect_user("jane@example.org", PASSWORD);
    assert_eq!(site.alias("info@example.com"), ["far@example.edu", "john@example.com"]);
    assert_eq!(site.alias("info@example.net"), [""; 0]);
    assert_eq!(site.alias("sales@example.org"), ["john@example.com"]);

    site.refuses(&["domain", "remove", "example.com"], "", 64, "--yes");
    let before = site.everything();
    site.does(&["domain", "remove", "example.com", "--dry-run"], "");
    assert_eq!(site.everything(), before);
    let removed = &site.does(&["domain", "remove", "example.com", "--yes"], "")[0];
    assert_eq!(removed["users"], 1);
    assert_eq!(site.maps.domain("example.com"), None);
    site.expect_unknown("john@example.com");
    assert_eq!(site.alias("info@example.com"), [""; 0]);
    site.expect_user("jane@example.org", PASSWORD);
}

/// An alias with two destinations is one, or two rows.
fn aliases_shown(tables: Tables) -> u64 {
    match tables {
        Tables::Ispmail | Tables::IspmailQuota | Tables::Etch => 2,
        Tables::Courier | Tables::PostfixAdmin => 1,
    }
}
