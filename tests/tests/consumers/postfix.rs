//! What Postfix reads.

use std::sync::Arc;

use ispmail_tests::database::{Database, Kind, Servers};
use ispmail_tests::layouts::Tables;
use ispmail_tests::postfix::Maps;

pub(crate) fn maps_answer(servers: &Arc<Servers>, kind: Kind, tables: Tables) {
    let database = Database::create_with(servers, kind, tables);
    database.execute(&tables.add_user(kind, "john", "secret"));
    database.execute(&tables.add_alias("info", &["jane@example.net", "joe@example.net"]));
    let maps = Maps::new(servers, &database, tables);

    assert!(maps.domain("example.org").is_some());
    assert_eq!(maps.domain("example.com"), None);
    // PostfixAdmin's row for all domains together is nobody's domain, as long as Postfix asks for
    // domains in lower case.
    assert_eq!(maps.domain("all").is_some(), has_all(kind, tables));
    assert!(maps.mailbox("john@example.org").is_some());
    assert!(maps.mailbox("John@Example.ORG").is_some(), "Postfix folds the case");
    assert_eq!(maps.mailbox("jane@example.org"), None);
    assert_eq!(sorted(maps.alias("info@example.org")), ["jane@example.net", "joe@example.net"]);
    assert_eq!(maps.alias("nobody@example.org"), None);
    assert_eq!(maps.destinations("nobody@example.org"), None);

    database.execute(&tables.add_alias("", &["all@example.net"]));
    assert_eq!(maps.alias("@example.org").as_deref(), Some("all@example.net"));
    assert_eq!(maps.destinations("nobody@example.org").as_deref(), Some("all@example.net"));
    // Only the how-to of the Courier tables leaves mailboxes to a catch-all.
    let john = if tables == Tables::Courier { "all@example.net" } else { "john@example.org" };
    assert_eq!(maps.destinations("john@example.org").as_deref(), Some(john));

    if tables == Tables::PostfixAdmin {
        expect_flags(&database, &maps);
    }
}

/// What no mail address should be, and still is a key like any other.
pub(crate) fn unusual_keys(servers: &Arc<Servers>, kind: Kind) {
    let tables = Tables::Ispmail;
    let database = Database::create_with(servers, kind, tables);
    let maps = Maps::new(servers, &database, tables);
    let keys = [
        "o'brien@example.org",
        "100%@example.org",
        "%s@example.org",
        "semi;colon@example.org",
        "quo\"te@example.org",
        "back\\slash@example.org",
        "back\\'both@example.org",
        "two words@example.org",
        "a_b@example.org",
    ];
    for key in keys {
        assert_eq!(maps.mailbox(key), None, "{key}");
        database.add_user(key, Some("secret"));
        assert_eq!(maps.mailbox(key).as_deref(), Some("1"), "{key}");
    }
    for nobody in ["' OR 1=1 -- @example.org", "%@example.org", "axb@example.org"] {
        assert_eq!(maps.mailbox(nobody), None, "{nobody}");
    }

    // Postfix 3.7 tells PostgreSQL that it speaks LATIN1, and then sends UTF-8.
    for key in ["jöhn@example.org", "日本@example.org"] {
        database.add_user(key, Some("secret"));
        assert_eq!(maps.mailbox(key).is_some(), kind != Kind::Postgres, "{key}");
    }

    // Postfix asks in lower case: but for MariaDB, a row with capital letters is nobody's mailbox.
    database.add_user("Jane@Example.ORG", Some("secret"));
    let found = maps.mailbox("Jane@Example.ORG").is_some();
    assert_eq!(found, kind == Kind::MariaDb);
}

/// Inactive rows are not there.
fn expect_flags(database: &Database, maps: &Maps) {
    let off = |table: &str| database.execute(&format!("UPDATE {table} SET active = '0';"));
    off("mailbox");
    assert_eq!(maps.mailbox("john@example.org"), None);
    off("alias");
    assert_eq!(maps.alias("info@example.org"), None);
    off("domain");
    assert_eq!(maps.domain("example.org"), None);
}

/// Whether the pseudo-domain ALL answers for "all": MariaDB compares without regard to case, and
/// PostfixAdmin's collation for it does, too.
fn has_all(kind: Kind, tables: Tables) -> bool {
    tables == Tables::PostfixAdmin && kind == Kind::MariaDb
}

fn sorted(destinations: Option<String>) -> Vec<String> {
    let destinations = destinations.expect("destinations");
    let mut all: Vec<String> = destinations.split(',').map(str::to_owned).collect();
    all.sort();
    all
}
