//! What `ispmail-pw user …` does beside adding and removing, and what it says to scripts.

use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::process::Output;
use serde_json::{Value, json};

use crate::alone::{in_a_shell, objects};
use crate::pw::{CONFIG, DATA, FAILED, NO_USER, Pw, TEMPORARY, USAGE, add_user};

const JOHN: &str = "john@example.org";
const JANE: &str = "jane@example.org";
const LOCK: &str = "{CRYPT}$!$";

/// The one object that a command answers with.
#[track_caller]
fn answer(pw: &Pw, arguments: &[&str], input: &str) -> Value {
    let output = pw.run(arguments, input);
    assert_eq!((output.code(), output.err().as_str()), (0, ""), "{arguments:?}: {output:?}");
    let mut objects = objects(&output);
    assert_eq!(objects.len(), 1, "{output:?}");
    objects.remove(0)
}

pub(crate) fn answers(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let added = answer(&pw, &["user", "add", JOHN, "--json"], "summersun\n");
    let expected = json!({
        "action": "user add", "address": JOHN, "quota": null, "enabled": true, "warnings": [],
    });
    assert_eq!(added, expected);
    let mut made = answer(&pw, &["user", "add", "--generate", "--json", JANE], "");
    let password = made["password"].take();
    assert!(pw.signs_in(JANE, password.as_str().expect("password")));
    pw.database.execute(
        "INSERT INTO virtual_aliases (domain_id, source, destination)
             VALUES (1, 'all@example.org', 'John@example.org');
         INSERT INTO virtual_aliases (domain_id, source, destination)
             VALUES (1, '@example.org', 'john@example.org');",
    );
    pw.database.add_user(
        "bare@example.org",
        Some("$5$rounds=5000$abc$ueXWldUNNpH6F6A3/6qF75R29dlC/FSNkj1j0FfOMR0"),
    );
    let shown = answer(&pw, &["user", "show", "JOHN@example.org", "--json"], "");
    let expected = json!({
        "address": JOHN, "enabled": null, "locked": false, "quota": null,
        "scheme": "SHA256-CRYPT", "default_scheme_used": false, "cost": "20000 rounds",
        "home": "/var/vmail/example.org/john", "aliases": ["@example.org", "all@example.org"],
    });
    assert_eq!(shown, expected);
    let bare = answer(&pw, &["user", "show", "bare@example.org", "--json"], "");
    assert_eq!(bare["default_scheme_used"], true, "{bare}");
    assert_eq!(bare["cost"], "5000 rounds", "{bare}");

    let listed = objects(&pw.run(&["user", "list", "Example.ORG", "--json"], ""));
    let one = |address: &str| {
        json!({"address": address, "enabled": null, "locked": false, "quota": null,
               "scheme": "SHA256-CRYPT"})
    };
    assert_eq!(listed, ["bare@example.org", JANE, JOHN].map(one));
    pw.refuses(&["user", "list", "example.com"], "", NO_USER, "there is no domain example.com");

    let renamed = answer(&pw, &["user", "rename", JOHN, "Jack@example.org", "--json"], "");
    let expected = json!({
        "action": "user rename", "address": JOHN, "new": "jack@example.org", "aliases": 2,
        "commands": ["mv -T /var/vmail/example.org/john /var/vmail/example.org/jack"],
        "flushed": false,
    });
    assert_eq!(renamed, expected);
    let to_jack = ["jack@example.org"; 2];
    assert_eq!(pw.column("destination", "virtual_aliases"), to_jack);
    assert!(pw.signs_in("jack@example.org", "summersun") && !pw.signs_in(JOHN, "summersun"));

    let output = pw.run(&["user", "remove", "-y", "jack@example.org"], "");
    let text = "2 aliases lead there still: @example.org, all@example.org";
    assert!(output.out().contains(text), "{output:?}");
    let removed = answer(&pw, &["user", "remove", "-y", JANE, "--json"], "");
    let expected = json!({"action": "user remove", "address": JANE, "flushed": false,
                          "directory": "/var/vmail/example.org/jane"});
    assert_eq!(removed, expected);
}

/// By the stored password, since these tables have no flag.
pub(crate) fn disabled(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, JOHN);
    let before = pw.stored(JOHN);
    let done = answer(&pw, &["user", "disable", JOHN, "--json"], "");
    let by_lock = |action: &str| {
        json!({"action": format!("user {action}"), "address": JOHN, "by": "lock",
               "flushed": false})
    };
    assert_eq!(done, by_lock("disable"));
    assert_eq!(pw.stored(JOHN), format!("{LOCK}{before}"));
    assert!(!pw.signs_in(JOHN, JOHN));
    let printed = pw.does(&["user", "disable", JOHN], "");
    assert_eq!(printed, "The user john@example.org was disabled already.\n");
    assert_eq!(answer(&pw, &["user", "show", JOHN, "--json"], "")["locked"], true);

    // A new password does not let anybody in by itself.
    let printed = pw.does(&["user", "passwd", JOHN], "wintermoon\n");
    assert!(printed.contains("stays disabled"), "{printed}");
    assert!(pw.stored(JOHN).starts_with(LOCK) && !pw.signs_in(JOHN, "wintermoon"));
    assert_eq!(answer(&pw, &["user", "enable", JOHN, "--json"], ""), by_lock("enable"));
    assert!(pw.signs_in(JOHN, "wintermoon"));
    let printed = pw.does(&["user", "enable", JOHN], "");
    assert_eq!(printed, "The user john@example.org was not disabled.\n");

    // Locked by hand, or without a password.
    for stored in ["!", "*", "!$5$abc$def", "{SHA256-CRYPT}!$5$abc$def"] {
        pw.database.execute("DELETE FROM virtual_users;");
        pw.database.add_user(JOHN, Some(stored));
        pw.refuses(&["user", "enable", JOHN], "", FAILED, "locked by hand");
        let printed = pw.does(&["user", "disable", JOHN], "");
        assert!(printed.contains("was disabled already"), "{printed}");
        assert_eq!(pw.stored(JOHN), stored);
        let printed = pw.does(&["user", "passwd", JOHN], "wintermoon\n");
        assert!(printed.contains("the user can sign in now"), "{printed}");
        assert!(pw.signs_in(JOHN, "wintermoon"));
    }
    for stored in [None, Some("")] {
        pw.database.execute("DELETE FROM virtual_users;");
        pw.database.add_user(JOHN, stored);
        let printed = pw.does(&["user", "disable", JOHN], "");
        assert!(printed.contains("has no password"), "{printed}");
        let printed = pw.does(&["user", "enable", JOHN], "");
        assert!(printed.contains("ispmail-pw user passwd john@example.org"), "{printed}");
        pw.does(&["user", "passwd", JOHN], "wintermoon\n");
        assert!(pw.signs_in(JOHN, "wintermoon"));
    }
    pw.does(&["user", "add", "--disabled", JANE], "wintermoon\n");
    assert!(!pw.signs_in(JANE, "wintermoon"));
    pw.does(&["user", "enable", JANE], "");
    assert!(pw.signs_in(JANE, "wintermoon"));
}

/// Everything is tried in the database, and nothing is left of it.
pub(crate) fn dry_runs(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, JOHN);
    let before = pw.everything();
    for (arguments, input) in [
        (&["user", "add", JANE][..], "summersun\n"),
        (&["user", "add", JANE, "--generate"], ""),
        (&["user", "passwd", JOHN], "summersun\n"),
        (&["user", "passwd", JOHN, "--generate", "--flush"], ""),
        (&["user", "rename", JOHN, JANE], ""),
        (&["user", "disable", JOHN], ""),
        (&["user", "remove", JOHN], ""),
        (&["passwd", JOHN], "john@example.org\nsummersun\n"),
        (&["domain", "add", "example.com"], ""),
        (&["domain", "rename", "example.org", "example.com"], ""),
        (&["domain", "remove", "example.org"], ""),
    ] {
        let printed = pw.does(&[arguments, &["--dry-run"]].concat(), input);
        assert!(printed.starts_with("Would be done: "), "{arguments:?}: {printed}");
        assert!(!printed.contains("Password"), "{printed}");
        let object = answer(&pw, &[arguments, &["--dry-run", "--json"]].concat(), input);
        assert_eq!(object["dry_run"], true, "{object}");
        assert!(object.get("password").is_none(), "{object}");
        assert_eq!(pw.everything(), before, "{arguments:?} changed something");
    }
    // What would fail fails.
    pw.refuses(&["user", "add", JOHN, "--dry-run"], "", DATA, "exists already");
}

/// The first line comes at once, and who has read enough may go.
pub(crate) fn list_streams(servers: &Arc<Servers>, kind: Kind) {
    const USERS: usize = 20_000;
    let pw = Pw::new(servers, kind);
    let names: Vec<String> = (0..USERS).map(|n| format!("user{n:05}@example.org")).collect();
    pw.database.add_users(names.iter().map(|name| (name.as_str(), Some("{PLAIN}summersun"))));
    let printed = pw.does(&["user", "list"], "");
    assert!(printed.lines().eq(names.iter().map(String::as_str)));
    for arguments in ["user list", "user list example.org --json"] {
        let words = pw.shell(arguments);
        let script = format!("{{ {words}; echo \"code $?\" >&2; }} | head -n 2");
        let output = in_a_shell(&script, "");
        assert_eq!((output.out().lines().count(), output.err().as_str()), (2, "code 0\n"));
    }
    // A disk that is full is another matter.
    let output = in_a_shell(&format!("{} > /dev/full", pw.shell("user list")), "");
    assert_eq!(output.code(), TEMPORARY, "{output:?}");
}

/// What is wrong, as scripts read it.
pub(crate) fn errors_for_scripts(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, JOHN);
    let before = pw.everything();
    for (arguments, input, exit, words) in [
        (&["user", "add", JOHN][..], "summersun\n", DATA, "exists already"),
        (&["user", "add", "jane@example.com"], "summersun\n", NO_USER, "domain add example.com"),
        (&["user", "add", JANE], "password1\n", FAILED, "the most common ones"),
        (&["user", "add", JANE], "Jane2024\n", FAILED, "the login or a part of it"),
        (&["user", "add", JANE], "x\n", FAILED, "at least 8 characters"),
        (&["user", "add", JANE, "--quota", "1G"], "summersun\n", CONFIG, "setting the quota"),
        (&["user", "add", JANE, "--quota", "x"], "", USAGE, "invalid value 'x'"),
        (&["user", "quota", JOHN, "1G"], "", CONFIG, "setting the quota"),
        (&["user", "passwd", "🙂'%;@example.org"], "summersun\n", NO_USER, "there is no user"),
        (&["user", "rename", JOHN, "🙂@example.org"], "", DATA, "not a mail address"),
        (&["user", "rename", JOHN, "john@example.com"], "", NO_USER, "there is no domain"),
        (&["user", "rename", "jack@example.org", JANE], "", NO_USER, "there is no user"),
        (&["domain", "rename", "example.org", "a b"], "", DATA, "not a domain name"),
        (&["domain", "show", "example.com"], "", NO_USER, "there is no domain"),
        (&["user", "remove", JOHN], "y\n", USAGE, "--yes"),
        (&["passwd", JOHN], "wintermoon\nsummersun\n", FAILED, "the login or the password"),
        (&["no-such"], "", USAGE, "unrecognized subcommand 'no-such'"),
    ] {
        let output = pw.run(&[arguments, &["--json"]].concat(), input);
        expect_json(&output, exit, words);
        assert_eq!(pw.everything(), before, "{arguments:?} changed something");
    }
    pw.database.set_running(false);
    let output = pw.run(&["user", "list", "--json"], "");
    expect_json(&output, TEMPORARY, "cannot connect to the database");
    pw.database.set_running(true);
}

#[track_caller]
fn expect_json(output: &Output, exit: i32, words: &str) {
    assert_eq!((output.code(), output.stdout.as_slice()), (exit, &[][..]), "{output:?}");
    let text = output.err();
    assert_eq!(text.lines().count(), 1, "{output:?}");
    let object: Value = serde_json::from_str(&text).expect(&text);
    assert_eq!(object["exit"], exit, "{object}");
    assert!(object["error"].as_str().is_some_and(|error| error.contains(words)), "{object}");
}
