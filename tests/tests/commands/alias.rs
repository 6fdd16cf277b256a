//! `ispmail-pw alias …`.

use std::process::{Child, Stdio};
use std::sync::Arc;

use ispmail_tests::database::{Database, Kind, Servers};
use ispmail_tests::layouts::Tables;
use serde_json::{Value, json};

use crate::pw::{DATA, NO_USER, Pw, USAGE, add_user};

const INFO: &str = "info@example.org";
const ALL: &str = "@example.org";

pub(crate) fn add_list_show_remove(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, "john@example.org");
    let printed =
        pw.does(&["alias", "add", "Info@Example.ORG", "JOHN@example.org", "a@far.ex"], "");
    assert_eq!(printed, "The alias info@example.org leads to john@example.org, a@far.ex.\n");
    assert_eq!(
        pw.column("source, destination", "virtual_aliases").len(),
        2,
        "a row for each destination"
    );
    let printed = pw.does(&["alias", "add", INFO, "b@far.ex", "a@far.ex"], "");
    assert_eq!(
        printed,
        "The alias info@example.org leads to b@far.ex; to a@far.ex it did already.\n"
    );
    let printed = pw.does(&["alias", "add", INFO, "a@far.ex"], "");
    assert_eq!(printed, "The alias info@example.org leads to a@far.ex already.\n");

    pw.does(&["domain", "add", "example.com"], "");
    pw.does(&["alias", "add", "sales@example.com", "c@far.ex"], "");
    let both = "info@example.org: a@far.ex, b@far.ex, john@example.org\n\
                sales@example.com: c@far.ex\n";
    assert_eq!(pw.does(&["alias", "list"], ""), both);
    let info = both.lines().next().expect("a line").to_owned() + "\n";
    assert_eq!(pw.does(&["alias", "list", "EXAMPLE.org"], ""), info);
    pw.refuses(&["alias", "list", "nowhere.example"], "", NO_USER, "there is no domain");
    let printed = pw.does(&["alias", "show", "INFO@example.org"], "");
    let shown = "source: info@example.org\ndestinations: a@far.ex, b@far.ex, john@example.org\n";
    assert_eq!(printed, shown);
    assert_eq!(
        answer(&pw, &["alias", "show", INFO]),
        json!({
            "source": INFO,
            "destinations": ["a@far.ex", "b@far.ex", "john@example.org"],
            "enabled": null,
            "warnings": [],
        })
    );

    pw.refuses(&["alias", "remove", INFO, "nobody@far.ex"], "", NO_USER, "does not lead to");
    let printed = pw.does(&["alias", "remove", INFO, "A@FAR.ex"], "");
    let left = "The alias info@example.org no longer leads to a@far.ex, only to b@far.ex, \
                john@example.org.\n";
    assert_eq!(printed, left);
    assert_eq!(
        answer(&pw, &["alias", "remove", INFO]),
        json!({
            "action": "alias remove",
            "source": INFO,
            "removed": ["b@far.ex", "john@example.org"],
            "left": [],
        })
    );
    pw.refuses(&["alias", "remove", INFO], "", NO_USER, "there is no alias info@example.org");
    pw.refuses(&["alias", "show", INFO], "", NO_USER, "there is no alias info@example.org");
    assert_eq!(pw.does(&["alias", "list"], ""), "sales@example.com: c@far.ex\n");
}

pub(crate) fn refusals(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let elsewhere = ["alias", "add", "info@example.com", "a@far.ex"];
    pw.refuses(&elsewhere, "", NO_USER, "ispmail-pw domain add example.com");
    for bad in [
        "",
        "john",
        "|/bin/sh",
        "/var/mail/x@example.org",
        ":include:/etc/passwd",
        "a b@example.org",
        "“a”@example.org",
        "a,b@example.org",
        "'; DROP TABLE virtual_aliases; --@x",
        "🙂@example.org",
        "a%b@example.org",
    ] {
        pw.refuses(&["alias", "add", "--", INFO, bad], "", DATA, "is not a mail address");
        pw.refuses(&["alias", "add", "--", bad, "a@far.ex"], "", DATA, "is not a mail address");
    }
    // Nothing of a list is written if one of it cannot be.
    pw.refuses(&["alias", "add", INFO, "a@far.ex", "b"], "", DATA, "is not a mail address");
    if kind != Kind::Sqlite {
        let long = format!("{}@{}.example", "a".repeat(60), "b".repeat(60));
        pw.refuses(&["alias", "add", INFO, "a@far.ex", &long], "", DATA, "too narrow");
        pw.refuses(&["alias", "add", &long.replace("b.e", "b.x"), "a@far.ex"], "", NO_USER, "");
    }
    assert_eq!(pw.run(&["alias", "add", INFO], "").code(), USAGE);
}

/// Unicode domains go into the tables as Postfix asks for them.
pub(crate) fn internationalised(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    pw.does(&["domain", "add", "bücher.example"], "");
    pw.does(&["alias", "add", "@Bücher.example", "a@müller.example"], "");
    let row = "@xn--bcher-kva.example: a@xn--mller-kva.example\n";
    assert_eq!(pw.does(&["alias", "list", "BÜCHER.example"], ""), row);
    pw.does(&["alias", "show", "@bücher.example"], "");
    pw.does(&["alias", "remove", "@bücher.example", "A@Müller.example"], "");
    assert_eq!(pw.does(&["alias", "list"], ""), "");
}

/// What is wrong with where mail goes, and that the fix printed sets it right.
pub(crate) fn warnings(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, "john@example.org");
    add_user(&pw, "jane@example.org");

    // A mailbox of the same address.
    let warning = one_warning(&pw, &["alias", "add", "john@example.org", "a@far.ex"]);
    assert_eq!(warning["kind"], "takes-its-mailbox");
    assert_eq!(warning["fix"], "ispmail-pw alias add john@example.org john@example.org");
    let printed = pw.does(&["alias", "add", "john@example.org", "a@far.ex"], "");
    assert!(printed.contains("\nNote: john@example.org is also a mailbox"), "{printed}");
    set_right(&pw, &warning);
    expect_no_warning(&pw, "john@example.org");

    // A loop; an alias to itself is none.
    expect_no_warnings_in(&answer(&pw, &["alias", "add", "a@example.org", "far@far.ex"]));
    pw.does(&["alias", "add", "b@example.org", "a@example.org"], "");
    let warning = one_warning(&pw, &["alias", "add", "a@example.org", "b@example.org"]);
    assert_eq!(warning["kind"], "loop");
    let message = warning["message"].as_str().expect("text");
    assert!(message.contains("a@example.org leads to b@example.org"), "{message}");
    set_right(&pw, &warning);
    expect_no_warning(&pw, "a@example.org");

    // Nobody there.
    let warning = one_warning(&pw, &["alias", "add", "c@example.org", "nobody@example.org"]);
    assert_eq!(warning["kind"], "nowhere");
    add_user(&pw, "nobody@example.org");
    expect_no_warning(&pw, "c@example.org");
    // With an extension it is the same mailbox.
    let with_extension = ["alias", "add", "d@example.org", "jane+lists@example.org"];
    expect_no_warnings_in(&answer(&pw, &with_extension));

    // A catch-all, which takes what has no row of its own.
    let warning = one_warning(&pw, &["alias", "add", ALL, "far@far.ex", "--dry-run"]);
    assert!(!pw.does(&["alias", "list"], "").lines().any(|line| line.starts_with(ALL)));
    assert_eq!(warning["kind"], "takes-mailboxes");
    let message = warning["message"].as_str().expect("text");
    for words in ["2 mailboxes", "jane@example.org, nobody@example.org", "email2email"] {
        assert!(message.contains(words), "{message}");
    }
    assert!(!message.contains("john"), "john has an alias to himself: {message}");
    let first = one_warning(&pw, &["alias", "add", ALL, "far@far.ex"]);
    assert_eq!(first, warning, "what was only tried had another warning");
    set_right(&pw, &warning);
    for mailbox in ["jane@example.org", "nobody@example.org"] {
        let show = answer(&pw, &["alias", "show", mailbox]);
        assert_eq!(show["destinations"], json!([mailbox]));
    }
    expect_no_warning(&pw, ALL);
    // Now everything in the domain leads somewhere.
    let anybody = ["alias", "add", "e@example.org", "anybody@example.org"];
    expect_no_warnings_in(&answer(&pw, &anybody));
    // One that leads back to the domain for an address that nobody has.
    pw.does(&["domain", "add", "example.com"], "");
    let warning = one_warning(&pw, &["alias", "add", "@example.com", "x@example.com"]);
    assert_eq!(warning["kind"], "nowhere");
    // All mail for one mailbox: it is no loss for that one.
    pw.does(&["alias", "remove", "@example.com"], "");
    add_user(&pw, "x@example.com");
    expect_no_warnings_in(&answer(&pw, &["alias", "add", "@example.com", "x@example.com"]));
}

pub(crate) fn keep_mailboxes(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    for number in 0..15 {
        let stored = Some("{PLAIN}summersun");
        pw.database.add_user(&format!("user{number:02}@example.org"), stored);
    }
    let warning = one_warning(&pw, &["alias", "add", ALL, "far@far.ex"]);
    let message = warning["message"].as_str().expect("text");
    assert!(message.contains("user09@example.org and 5 more"), "{message}");
    let keep = ["alias", "add", ALL, "far@far.ex", "--keep-mailboxes"];
    let before = pw.everything();
    let dry = answer(&pw, &[&keep[..], &["--dry-run"]].concat());
    assert_eq!(pw.everything(), before);
    let done = answer(&pw, &keep);
    assert_eq!(dry["kept"], done["kept"]);
    assert_eq!(done["kept"].as_array().map(Vec::len), Some(15));
    assert_eq!(done["present"], json!(["far@far.ex"]));
    expect_no_warnings_in(&done);
    assert_eq!(pw.column("source", "virtual_aliases").len(), 16);
    assert_eq!(answer(&pw, &keep)["kept"], json!([]), "the second time there is nothing to do");
    // For a single mailbox.
    let own = ["alias", "add", "user00@example.org", "a@far.ex", "--keep-mailboxes"];
    expect_no_warnings_in(&answer(&pw, &own));
}

/// Several destinations in one row.
pub(crate) fn joined(servers: &Arc<Servers>, kind: Kind) {
    let tables = Tables::Courier;
    let pw = Pw::on(servers, Database::create_with(servers, kind, tables));
    pw.database.execute(&tables.add_user(kind, "john", "{PLAIN}x"));
    pw.database.execute(&tables.add_user(kind, "jane", "{PLAIN}x"));
    pw.does(&["alias", "add", INFO, "john@example.org", "a@far.ex"], "");
    pw.does(&["alias", "add", INFO, "b@far.ex"], "");
    let table = if kind == Kind::MariaDb { "`virtual`" } else { "virtual" };
    let goto = |address: &str| {
        let sql = format!("SELECT goto FROM {table} WHERE address = '{address}';");
        pw.database.execute(&sql).trim().to_owned()
    };
    assert_eq!(goto(INFO), "john@example.org,a@far.ex,b@far.ex");
    pw.does(&["alias", "remove", INFO, "a@far.ex"], "");
    assert_eq!(goto(INFO), "john@example.org,b@far.ex");
    pw.does(&["alias", "remove", INFO], "");
    assert_eq!(goto(INFO), "");

    let warning = one_warning(&pw, &["alias", "add", ALL, "far@far.ex"]);
    assert_eq!(warning["kind"], "takes-mailboxes");
    let message = warning["message"].as_str().expect("text");
    assert!(message.ends_with("jane@example.org, john@example.org"), "{message}");
    set_right(&pw, &warning);
    assert_eq!(goto("john@example.org"), "john@example.org");
    expect_no_warning(&pw, ALL);
    // What no row can hold.
    let many: Vec<String> = (0..10).map(|n| format!("{n}{}@far.ex", "x".repeat(30))).collect();
    let mut arguments = vec!["alias", "add", "many@example.org"];
    arguments.extend(many.iter().map(String::as_str));
    if kind != Kind::Sqlite {
        let output = pw.run(&arguments, "");
        assert!(output.code() == DATA && output.err().contains("too narrow"), "{output:?}");
        assert_eq!(goto("many@example.org"), "");
    }
}

/// Each mailbox has an alias to itself there, which nobody lists, and which stays.
pub(crate) fn postfixadmin(servers: &Arc<Servers>, kind: Kind) {
    let tables = Tables::PostfixAdmin;
    let pw = Pw::on(servers, Database::create_with(servers, kind, tables));
    pw.database.execute(&tables.add_user(kind, "john", "{PLAIN}x"));
    assert_eq!(pw.does(&["alias", "list"], ""), "");
    expect_no_warnings_in(&answer(&pw, &["alias", "add", ALL, "far@far.ex"]));
    let added = answer(&pw, &["alias", "add", "john@example.org", "a@far.ex"]);
    expect_no_warnings_in(&added);
    let john = json!(["john@example.org", "a@far.ex"]);
    assert_eq!(answer(&pw, &["alias", "show", "john@example.org"])["destinations"], john);
    let removed = answer(&pw, &["alias", "remove", "john@example.org"]);
    assert_eq!(removed["removed"], json!(["a@far.ex"]));
    assert_eq!(removed["left"], json!(["john@example.org"]));
    let again = pw.run(&["alias", "remove", "john@example.org"], "");
    assert_eq!(again.code(), NO_USER, "{again:?}");
    // Asked for by name it goes, and the catch-all has the mail.
    pw.does(&["alias", "remove", "john@example.org", "john@example.org"], "");
    let show = answer(&pw, &["alias", "show", ALL]);
    assert_eq!(show["warnings"][0]["kind"], "takes-mailboxes");
    // Switched off.
    let off = if kind == Kind::Postgres { "FALSE" } else { "0" };
    pw.database.execute(&format!("UPDATE alias SET active = {off} WHERE address = '{ALL}';"));
    let show = answer(&pw, &["alias", "show", ALL]);
    assert_eq!(show["enabled"], false);
    assert_eq!(show["warnings"][0]["kind"], "disabled");
}

/// Two administrators add to one alias at once: both stay, in one row or in two.
pub(crate) fn two_at_once(servers: &Arc<Servers>, kind: Kind) {
    const ROUNDS: usize = 6;
    for tables in [Tables::Ispmail, Tables::Courier, Tables::PostfixAdmin] {
        let pw = Pw::on(servers, Database::create_with(servers, kind, tables));
        for round in 0..ROUNDS {
            let add = |who: &str| {
                let to = format!("{who}{round}@far.ex");
                let mut command = pw.command(&["alias", "add", INFO, &to]);
                command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
                command.spawn().expect("start")
            };
            let three: Vec<Child> = ["a", "b", "c"].map(add).into_iter().collect();
            for child in three {
                let output = child.wait_with_output().expect("output");
                assert!(output.status.success(), "{tables:?}: {output:?}");
            }
        }
        let show = answer(&pw, &["alias", "show", INFO]);
        let number = show["destinations"].as_array().map(Vec::len);
        assert_eq!(number, Some(3 * ROUNDS), "{tables:?}: {show}");
    }
}

/// The one object that a command answers with.
#[track_caller]
pub(crate) fn answer(pw: &Pw, arguments: &[&str]) -> Value {
    let printed = pw.does(&[arguments, &["--json"]].concat(), "");
    serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"))
}

#[track_caller]
fn one_warning(pw: &Pw, arguments: &[&str]) -> Value {
    let answer = answer(pw, arguments);
    let warnings = answer["warnings"].as_array().expect("warnings");
    assert_eq!(warnings.len(), 1, "{answer}");
    warnings[0].clone()
}

#[track_caller]
fn expect_no_warning(pw: &Pw, source: &str) {
    expect_no_warnings_in(&answer(pw, &["alias", "show", source]));
}

#[track_caller]
fn expect_no_warnings_in(answer: &Value) {
    assert_eq!(answer["warnings"], json!([]), "{answer}");
}

/// Does what a warning says.
#[track_caller]
fn set_right(pw: &Pw, warning: &Value) {
    let fix = warning["fix"].as_str().expect("text");
    let words: Vec<&str> = fix.split(' ').skip(1).collect();
    pw.does(&words, "");
}
