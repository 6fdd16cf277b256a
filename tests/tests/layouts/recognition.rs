//! Tables that are of no layout, of several, or of another one than is named.

use std::sync::Arc;

use ispmail_tests::database::{DATABASE_PASSWORD, Database, Kind, Servers};
use ispmail_tests::layouts::Tables;

use crate::check::{Pw, without_layout};
use crate::design::Design;

pub(crate) fn no_layout(servers: &Arc<Servers>, kind: Kind) {
    let database = Database::create_with(servers, kind, Tables::PostfixAdmin);
    database.execute("ALTER TABLE mailbox RENAME COLUMN local_part TO local;");
    let pw = Pw::new(servers, &without_layout(&database));
    let line = pw.expect("FIX", "no known tables are in the database");
    assert!(line.contains("found alias, domain, mailbox"), "{line}");
    pw.expect("note", "most like those of PostfixAdmin (layout postfixadmin)");
    let line = pw.expect("FIX", "table mailbox is missing");
    assert!(line.ends_with("lacks: local_part"), "{line}");

    let database = Database::create_without_tables(servers, kind);
    let pw = Pw::new(servers, &without_layout(&database));
    pw.expect("FIX", "found none");
    let line = pw.expect("FIX", "table virtual_users is missing");
    assert!(line.ends_with("Make it: ispmail-pw init"), "{line}");
}

/// Nobody guesses between them.
pub(crate) fn several_layouts(servers: &Arc<Servers>, kind: Kind) {
    let database = Database::create_with(servers, kind, Tables::Ispmail);
    database.execute(&Tables::PostfixAdmin.create(kind));
    let pw = Pw::new(servers, &without_layout(&database));
    let line = pw.expect("FIX", "the tables of several layouts: ispmail, postfixadmin");
    assert!(line.contains("write layout = \"NAME\""), "{line}");
    for (layout, other) in [("ispmail", "postfixadmin"), ("postfixadmin", "ispmail")] {
        pw.configure(&format!("layout = \"{layout}\"\n{}", without_layout(&database)));
        let text = pw.check();
        assert!(text.contains(&format!("(layout {layout})")), "{text}");
        pw.expect("note", &format!("(layout {other}) are there, too"));
        assert!(!text.contains("FIX   the"), "{text}");
    }
}

pub(crate) fn another_layout(servers: &Arc<Servers>, kind: Kind) {
    for (design, named) in [
        (Design::Of(Tables::Etch), "ispmail"),
        (Design::Of(Tables::IspmailQuota), "ispmail"),
        (Design::Of(Tables::Ispmail), "ispmail-quota"),
        (Design::Of(Tables::Courier), "courier-numbered"),
        (Design::CourierNumbered, "courier"),
        (Design::Of(Tables::PostfixAdmin), "courier"),
    ] {
        let database = design.empty(servers, kind);
        let text = format!("layout = \"{named}\"\n{}", without_layout(&database));
        let pw = Pw::new(servers, &text);
        let layout = design.layout().expect("a layout");
        let line = pw.expect("FIX", &format!("(layout {layout}), and the layout that is named is"));
        assert!(line.contains(&format!("{named}: write layout = \"{layout}\"")), "{line}");
    }
}

/// As version 2.3 made them, without what came later.
pub(crate) fn older_postfixadmin(servers: &Arc<Servers>, kind: Kind) {
    let design = Design::Of(Tables::PostfixAdmin);
    let database = design.database(servers, kind, "/var/vmail");
    for (table, columns) in [
        ("domain", &["password_expiry"][..]),
        ("mailbox", &["phone", "email_other", "token", "token_validity", "password_expiry"]),
    ] {
        for column in columns {
            database.execute(&format!("ALTER TABLE {table} DROP COLUMN {column};"));
        }
    }
    let others = ["alias_domain", "vacation_notification", "vacation", "domain_admins"];
    for table in others.into_iter().chain(["fetchmail", "quota", "quota2"]) {
        database.execute(&format!("DROP TABLE {table};"));
    }
    let text = format!("layout = \"postfixadmin\"\n{}", without_layout(&database));
    if kind == Kind::Sqlite {
        ispmail_tests::database::make_readable_for_dovecot(&database.file());
    }
    let pw = Pw::new(servers, &text);
    pw.expect("ok", "those of PostfixAdmin");
    assert!(!pw.check().contains("FIX"), "{}", pw.check());
}

pub(crate) fn without_unique_index(servers: &Arc<Servers>, kind: Kind) {
    for (tables, index) in [
        (Tables::Ispmail, "login ON virtual_users (email)"),
        (Tables::Etch, "login ON virtual_users (domain_id, "),
    ] {
        let database = Database::create_with(servers, kind, tables);
        // The same table without its keys.
        database.execute("CREATE TABLE copy AS SELECT * FROM virtual_users;");
        let drop = match (tables, kind) {
            (Tables::Etch, Kind::Postgres) => "DROP TABLE virtual_users CASCADE;",
            (Tables::Etch, _) => "DROP VIEW view_users; DROP TABLE virtual_users;",
            _ => "DROP TABLE virtual_users;",
        };
        database.execute(&format!("{drop} ALTER TABLE copy RENAME TO virtual_users;"));
        if kind == Kind::Postgres {
            database.execute("GRANT SELECT ON virtual_users TO mailuser;");
        }
        let name = if tables == Tables::Etch { "ispmail-etch" } else { "ispmail" };
        let text = format!("layout = \"{name}\"\n{}", without_layout(&database));
        let pw = Pw::new(servers, &text);
        let line = pw.expect("note", "nothing keeps table virtual_users from having a login twice");
        assert!(line.contains(&format!("CREATE UNIQUE INDEX {index}")), "{line}");
        let (_, sql) = line.split_once("This does: ").expect("SQL");
        database.execute(&format!("{sql};"));
        assert!(!pw.check().contains("UNIQUE"), "{}", pw.check());
    }
}

/// What the account of `[upgrade]` lacks, in the words of the layout.
pub(crate) fn grants(servers: &Arc<Servers>, kind: Kind) {
    if kind == Kind::Sqlite {
        return;
    }
    for (design, grants) in [
        (Design::Of(Tables::Courier), vec!["GRANT SELECT, UPDATE (crypt) ON users"]),
        (
            Design::Of(Tables::PostfixAdmin),
            vec!["GRANT SELECT, UPDATE (password) ON mailbox", "GRANT SELECT ON domain"],
        ),
    ] {
        let database = design.empty(servers, kind);
        let toml = without_layout(&database);
        let layout = design.layout().expect("a layout");
        let upgrade = toml.replace("[database]", "[upgrade]");
        let pw = Pw::new(servers, &format!("layout = \"{layout}\"\n{toml}{upgrade}"));
        let line = pw.expect("FIX", "upgrade at sign-in: ");
        assert!(line.ends_with(&format!("do that? {}", grants.join("; "))), "{line}");

        // What it says is enough.
        let name = "layouts-upgrade";
        let (account, place) = if kind == Kind::MariaDb {
            let account = format!("'{name}'@'127.0.0.1'");
            database.execute(&format!(
                "CREATE USER IF NOT EXISTS {account} IDENTIFIED BY '{DATABASE_PASSWORD}';"
            ));
            (account, format!("{}.", database.name()))
        } else {
            database.execute(&format!(
                "DO $$ BEGIN CREATE ROLE \"{name}\" LOGIN PASSWORD '{DATABASE_PASSWORD}'; \
                 EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
            ));
            (format!("\"{name}\""), String::new())
        };
        for grant in grants {
            let grant = grant.replace(" ON ", &format!(" ON {place}"));
            database.execute(&format!("{grant} TO {account};"));
        }
        let upgrade = upgrade.replace("mailuser@", &format!("{name}@"));
        pw.configure(&format!("layout = \"{layout}\"\n{toml}{upgrade}"));
        pw.expect("ok", "upgrade at sign-in: the database account may replace");
    }
}
