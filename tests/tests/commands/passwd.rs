//! `ispmail-pw passwd`, by users themselves; and accounts behind an administrator's own queries.

use std::io::Write;
use std::process::Stdio;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use ispmail_tests::database::{Kind, Servers};

use crate::pw::{CONFIG, FAILED, NO_USER, Pw, TEMPORARY, add_user};

const JOHN: &str = "john@example.org";
const WRONG: &str = "the login or the password is wrong";

pub(crate) fn by_the_old_one(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, JOHN);
    add_user(&pw, "jane@example.org");
    let jane = pw.stored("jane@example.org");
    let printed = pw.does(&["passwd", "John@Example.org"], format!("{JOHN}\nsummersun\n"));
    assert_eq!(printed, "Changed the password of john@example.org.\n");
    assert!(pw.signs_in(JOHN, "summersun") && !pw.signs_in(JOHN, JOHN));
    assert_eq!(pw.stored("jane@example.org"), jane);

    // All of these look alike.
    pw.database.add_user("null@example.org", None);
    pw.database.add_user("locked@example.org", Some("{CRYPT}$!${PLAIN}summersun"));
    for login in [JOHN, "nobody@example.org", "null@example.org", "locked@example.org", "%", ""] {
        let old = if login == JOHN { "wintermoon" } else { "summersun" };
        pw.refuses(&["passwd", "--", login], format!("{old}\nautumnleaf\n"), FAILED, WRONG);
    }
    for (input, words) in [
        ("", "the password is empty"),
        ("\nautumnleaf\n", "the password is empty"),
        ("summersun\n", "the password is empty"),
        ("summersun\nshort\n", "at least 8 characters"),
        ("summersun\nJohn9753\n", "the login or a part of it"),
    ] {
        pw.refuses(&["passwd", JOHN], input, FAILED, words);
    }
    pw.database.add_user("bad@example.org", Some("{NO-SUCH}x"));
    let words = "could not be checked";
    pw.refuses(&["passwd", "bad@example.org"], "a\nautumnleaf\n", TEMPORARY, words);
}

/// What somebody else sets between the check and the change stays.
pub(crate) fn meanwhile(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, JOHN);
    let mut child = pw
        .command(&["passwd", JOHN])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ispmail-pw");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(format!("{JOHN}\n").as_bytes()).expect("write");
    // Long enough for the old password to be checked.
    thread::sleep(Duration::from_secs(3));
    pw.does(&["user", "passwd", JOHN], "wintermoon\n");
    stdin.write_all(b"autumnleaf\n").expect("write");
    drop(stdin);
    let output = child.wait_with_output().expect("output");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(TEMPORARY), "{message}");
    assert!(message.contains("somebody else has changed the password meanwhile"), "{message}");
    assert!(pw.signs_in(JOHN, "wintermoon") && !pw.signs_in(JOHN, "autumnleaf"));
}

/// Two users whose names differ in letter case only: nobody changes the other's password.
pub(crate) fn letter_case(servers: &Arc<Servers>, kind: Kind) {
    if kind == Kind::MariaDb {
        // There they cannot both be in the table.
        return;
    }
    let pw = Pw::new(servers, kind);
    add_user(&pw, JOHN);
    pw.database.add_user("John@example.org", Some("{PLAIN}somebody else"));
    pw.does(&["passwd", "John@example.org"], format!("{JOHN}\nsummersun\n"));
    assert!(pw.signs_in(JOHN, "summersun"));
    assert_eq!(pw.stored("John@example.org"), "{PLAIN}somebody else");
}

/// An administrator's own queries: what they can do is done, everything else is told.
pub(crate) fn own_statements(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    pw.database.execute(
        "CREATE TABLE people (login varchar(100), secret varchar(150));
         INSERT INTO people VALUES ('john@example.org', '{PLAIN}summersun');
         INSERT INTO people VALUES ('jane@example.org', '{PLAIN}summersun');",
    );
    if kind == Kind::Postgres {
        pw.database
            .execute("GRANT ALL ON people TO mailadmin; GRANT SELECT ON people TO mailuser;");
    }
    let toml = pw.database.toml_over_socket();
    let password = "[query]\npassword = \"SELECT login AS user, secret AS password FROM people \
                    WHERE login = '%u'\"\n";
    let secret =
        || pw.database.execute("SELECT secret FROM people WHERE login = 'john@example.org';");
    pw.configure(&format!("{toml}{password}"));
    for (arguments, words) in [
        (&["user", "list"][..], "update"),
        (&["user", "passwd", JOHN], "update = "),
        (&["user", "disable", JOHN], "update = "),
        (&["passwd", JOHN], "update = "),
        (&["user", "add", JOHN], "tables of your own"),
        (&["user", "remove", JOHN], "tables of your own"),
        (&["user", "rename", JOHN, "jack@example.org"], "tables of your own"),
        (&["user", "quota", JOHN, "1G"], "tables of your own"),
        (&["domain", "list"], "tables of your own"),
    ] {
        let words =
            if arguments[1] == "list" && arguments[0] == "user" { "iterate = " } else { words };
        pw.refuses(arguments, "", CONFIG, words);
    }
    let update = "update = \"UPDATE people SET secret = '%{new_password}' WHERE login = '%u'\"\n\
                  iterate = \"SELECT login AS user FROM people ORDER BY login\"\n";
    pw.configure(&format!("{toml}{password}{update}"));
    assert_eq!(pw.does(&["user", "list"], ""), format!("jane@example.org\n{JOHN}\n"));
    assert_eq!(pw.does(&["user", "list", "example.com"], ""), "");
    let shown = pw.does(&["user", "show", JOHN], "");
    assert!(shown.contains("scheme: PLAIN\n") && !shown.contains("aliases"), "{shown}");
    pw.does(&["user", "disable", JOHN], "");
    assert_eq!(secret().trim_end(), "{CRYPT}$!${PLAIN}summersun");
    assert!(!pw.signs_in(JOHN, "summersun"));
    pw.does(&["user", "enable", JOHN], "");
    assert!(pw.signs_in(JOHN, "summersun"));
    pw.does(&["user", "passwd", JOHN], "wintermoon\n");
    assert!(pw.signs_in(JOHN, "wintermoon"));
    pw.does(&["passwd", JOHN], "wintermoon\nautumnleaf\n");
    assert!(pw.signs_in(JOHN, "autumnleaf") && pw.signs_in("jane@example.org", "summersun"));
    let before = secret();
    pw.does(&["user", "passwd", JOHN, "--dry-run"], "wintermoon\n");
    pw.refuses(&["user", "passwd", "nobody@example.org"], "", NO_USER, "there is no user");
    assert_eq!(secret(), before);

    // One that would change everybody.
    let careless = update.replace("login = '%u'", "'%u' <> ''");
    pw.configure(&format!("{toml}{password}{careless}"));
    pw.refuses(&["user", "passwd", JOHN], "wintermoon\n", TEMPORARY, "more than one row");
    assert_eq!(secret(), before);
}
