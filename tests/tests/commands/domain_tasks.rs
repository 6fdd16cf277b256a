//! What `ispmail-pw domain …` does beside adding, and what it says to scripts.

use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};
use serde_json::{Value, json};

use crate::alone::objects;
use crate::pw::{DATA, NO_USER, Pw, add_user};

#[track_caller]
fn answer(pw: &Pw, arguments: &[&str]) -> Value {
    let output = pw.run(arguments, "");
    assert_eq!((output.code(), output.err().as_str()), (0, ""), "{arguments:?}: {output:?}");
    let mut objects = objects(&output);
    assert_eq!(objects.len(), 1, "{output:?}");
    objects.remove(0)
}

pub(crate) fn answers(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let added = answer(&pw, &["domain", "add", "Example.COM", "--json"]);
    assert_eq!(added, json!({"action": "domain add", "domain": "example.com"}));
    add_user(&pw, "john@example.org");
    add_user(&pw, "jane@example.com");
    for (source, destination) in
        [("@example.org", "john@example.org"), ("all@example.com", "John@example.org")]
    {
        pw.database.execute(&format!(
            "INSERT INTO virtual_aliases (domain_id, source, destination) SELECT id, '{source}', \
             '{destination}' FROM virtual_domains WHERE name = '{}';",
            source.split_once('@').expect(source).1
        ));
    }
    let listed = objects(&pw.run(&["domain", "list", "--json"], ""));
    let one = |domain: &str| json!({"domain": domain, "enabled": null});
    assert_eq!(listed, ["example.com", "example.org"].map(one));
    let shown = answer(&pw, &["domain", "show", "EXAMPLE.org", "--json"]);
    let expected = json!({"domain": "example.org", "enabled": null, "users": 1, "aliases": 1,
                          "catch_all": ["john@example.org"]});
    assert_eq!(shown, expected);
    let shown = pw.does(&["domain", "show", "example.com"], "");
    assert_eq!(shown, "domain: example.com\nusers: 1\naliases: 1\ncatch-all: none\n");

    for (new, words) in [("example.com", "exists already"), ("x_y", "not a domain name")] {
        pw.refuses(&["domain", "rename", "example.org", new], "", DATA, words);
    }
    pw.refuses(&["domain", "rename", "example.net", "a.example"], "", NO_USER, "no domain");
    let renamed = answer(&pw, &["domain", "rename", "example.org", "Example.NET", "--json"]);
    let expected = json!({
        "action": "domain rename", "domain": "example.org", "new": "example.net", "users": 1,
        "aliases": 2, "commands": ["mv -T /var/vmail/example.org /var/vmail/example.net"],
    });
    assert_eq!(renamed, expected);
    assert_eq!(pw.column("source", "virtual_aliases"), ["@example.net", "all@example.com"]);
    let destinations = ["John@example.net", "john@example.net"];
    assert_eq!(pw.column("destination", "virtual_aliases"), destinations);
    assert_eq!(pw.column("email", "virtual_users"), ["jane@example.com", "john@example.net"]);
    assert!(pw.signs_in("john@example.net", "john@example.org"));

    let printed = pw.does(&["domain", "remove", "-y", "example.net"], "");
    let end =
        "on the disk.\n  /var/vmail/example.net\n1 alias leads there still: all@example.com\n";
    assert!(printed.contains(end) && printed.contains("kick '*@example.net'"), "{printed}");
    let removed = answer(&pw, &["domain", "remove", "-y", "example.com", "--json"]);
    let expected = json!({"action": "domain remove", "domain": "example.com", "users": 1,
                          "aliases": 1, "directories": ["/var/vmail/example.com"]});
    assert_eq!(removed, expected);
}

/// Where no directory holds a domain's mail and nothing else, each user's is named.
pub(crate) fn directories(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let toml = pw.database.toml_over_socket();
    let stored = Some("{PLAIN}summersun");
    let users: Vec<String> = (10..22).map(|n| format!("user{n}@example.org")).collect();
    pw.database.add_users(users.iter().map(|user| (user.as_str(), stored)));
    pw.configure(&format!("{toml}[account]\nhome = \"/srv/o'mail/%n@%d\"\n"));
    let commands = |new: &str| {
        let arguments = ["domain", "rename", "example.org", new, "--json", "--dry-run"];
        let object = answer(&pw, &arguments);
        let commands = object["commands"].as_array().expect("commands").clone();
        commands
            .iter()
            .map(|command| command.as_str().expect("text").to_owned())
            .collect::<Vec<_>>()
    };
    let moves = commands("example.com");
    assert_eq!(moves.len(), 12);
    assert_eq!(
        moves[0],
        r"mv -T '/srv/o'\''mail/user10@example.org' '/srv/o'\''mail/user10@example.com'"
    );
    let printed = pw.does(&["domain", "rename", "example.org", "example.com", "--dry-run"], "");
    assert_eq!(printed.matches("mv -T").count(), 10, "{printed}");
    assert!(printed.contains("and 2 more"), "{printed}");
    let removed = answer(&pw, &["domain", "remove", "example.org", "--dry-run", "--json"]);
    assert_eq!(removed["directories"].as_array().map(Vec::len), Some(12), "{removed}");

    // The first letter's directory is not the domain's alone.
    pw.configure(&format!("{toml}[account]\nhome = \"/srv/%1d/%d/mail/%n\"\n"));
    assert_eq!(
        commands("other.example"),
        [
            "[ -d /srv/o ] || install -d -o 5000 -g 5000 -m 0700 /srv/o",
            "mv -T /srv/e/example.org/mail /srv/o/other.example/mail",
        ]
        .map(|line| line.replace("/mail", ""))
    );
    pw.configure(&format!("{toml}[account]\nhome = \"/srv/mail/%n\"\n"));
    assert_eq!(commands("other.example"), [""; 0]);
}
