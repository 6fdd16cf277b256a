//! `ispmail-pw domain …`.

use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};

use crate::pw::{DATA, NO_USER, Pw, USAGE, add_user};

pub(crate) fn add_list_remove(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let longest = format!("{}.{}.example", "a".repeat(21), "b".repeat(20));
    assert_eq!(longest.len(), 50);
    for (domain, name) in [
        ("example.com", "example.com"),
        ("Sub.Example.ORG", "sub.example.org"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        (longest.as_str(), longest.as_str()),
    ] {
        let printed = pw.does(&["domain", "add", domain], "");
        assert_eq!(printed, format!("Added the domain {name}.\n"));
    }
    let names =
        [&longest, "example.com", "example.org", "sub.example.org", "xn--bcher-kva.example"];
    assert_eq!(pw.column("name", "virtual_domains"), names);
    assert_eq!(pw.does(&["domain", "list"], ""), names.map(|name| format!("{name}\n")).concat());

    let printed = pw.does(&["domain", "remove", "Example.COM", "--yes"], "");
    assert!(printed.starts_with("Removed the domain example.com with 0 users"), "{printed}");
    assert!(printed.contains("Mailboxes stay on the disk"), "{printed}");
    pw.does(&["domain", "remove", "-y", &longest], "");
    assert_eq!(pw.column("name", "virtual_domains"), names[2..]);
}

pub(crate) fn refusals(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, "john@example.org");
    pw.refuses(&["domain", "add", "example.org"], "", DATA, "example.org exists already");
    pw.refuses(&["domain", "add", "EXAMPLE.org"], "", DATA, "example.org exists already");
    pw.refuses(&["domain", "remove", "-y", "example.com"], "", NO_USER, "no domain example.com");
    pw.refuses(&["domain", "remove", "-y", "%.org"], "", DATA, "not a domain name");
    pw.refuses(&["domain", "remove", "-y", "example_org"], "", DATA, "not a domain name");
    // Asked or not: an unknown one is unknown, and without a terminal nobody can say yes.
    pw.refuses(&["domain", "remove", "example.com"], "", NO_USER, "no domain example.com");
    pw.refuses(&["domain", "remove", "example.org"], "y\ny\n", USAGE, "--yes");

    let output = pw.run(&["domain", "remove", "-y", "example.com"], "");
    assert!(!output.err().contains("domain add"), "who removes does not want to add: {output:?}");
}

/// Users and aliases go with their domain, with or without the database's help.
pub(crate) fn takes_only_its_own(servers: &Arc<Servers>, kind: Kind) {
    for cascade in [true, false] {
        let pw = Pw::new(servers, kind);
        if !cascade {
            without_references(&pw);
        }
        for domain in ["xexample.org", "sub.example.org", "example.com"] {
            pw.does(&["domain", "add", domain], "");
        }
        let users = ["example.org@example.com", "john@sub.example.org", "john@xexample.org"];
        for address in users.iter().chain(&["jane@example.org", "john@example.org"]) {
            pw.does(&["user", "add", address], "summersun\n");
        }
        pw.database.execute(
            "INSERT INTO virtual_aliases (domain_id, source, destination)
             SELECT id, '@example.org', 'john@example.org' FROM virtual_domains
                 WHERE name = 'example.org';
             INSERT INTO virtual_aliases (domain_id, source, destination)
             SELECT id, 'all@example.com', 'john@example.org' FROM virtual_domains
                 WHERE name = 'example.com';",
        );
        let printed = pw.does(&["domain", "remove", "--yes", "example.org"], "");
        assert!(printed.contains("with 2 users and 1 aliases"), "{printed}");
        let domains = ["example.com", "sub.example.org", "xexample.org"];
        assert_eq!(pw.column("name", "virtual_domains"), domains);
        assert_eq!(pw.column("email", "virtual_users"), users);
        assert_eq!(pw.column("source", "virtual_aliases"), ["all@example.com"]);
        assert_eq!(pw.does(&["user", "list"], ""), users.map(|user| format!("{user}\n")).concat());

        pw.configure(&pw.database.toml());
        assert!(!pw.signs_in("john@example.org", "summersun"));
        assert!(pw.signs_in("john@sub.example.org", "summersun"));
    }
}

/// Tables as somebody made them by hand: nothing refers to anything.
fn without_references(pw: &Pw) {
    let id = match pw.database.kind {
        Kind::Sqlite => "INTEGER PRIMARY KEY AUTOINCREMENT",
        Kind::MariaDb => "INT NOT NULL AUTO_INCREMENT PRIMARY KEY",
        Kind::Postgres => "SERIAL PRIMARY KEY",
    };
    pw.database.execute(&format!(
        "DROP TABLE virtual_users; DROP TABLE virtual_aliases;
         CREATE TABLE virtual_users (id {id}, domain_id INT, email varchar(100) UNIQUE,
             password varchar(150));
         CREATE TABLE virtual_aliases (id {id}, domain_id INT, source varchar(100),
             destination varchar(100));"
    ));
}
