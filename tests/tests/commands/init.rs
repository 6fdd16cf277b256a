//! `ispmail-pw init`.

use std::fs;
use std::sync::Arc;

use ispmail_tests::auth_client::Decision;
use ispmail_tests::binaries::{CHECKPASSWORD, install};
use ispmail_tests::database::{Database, Kind, Layout, Servers, make_readable_for_dovecot};
use ispmail_tests::dovecot::{Dovecot, block};
use ispmail_tests::scratch::write_configuration;

use crate::pw::{Pw, TEMPORARY, add_user};

/// From an empty database to a user who reads mail over IMAP.
pub(crate) fn on_nothing(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::on(servers, empty(servers, kind));
    let printed = pw.does(&["init"], "");
    for table in ["virtual_domains", "virtual_users", "virtual_aliases"] {
        assert!(printed.contains(table), "{printed}");
        assert_eq!(pw.column("id", table), [""; 0]);
    }
    assert_eq!(pw.does(&["domain", "list"], ""), "");
    assert_eq!(pw.does(&["user", "list"], ""), "");
    pw.does(&["domain", "add", "example.net"], "");
    pw.does(&["user", "add", "jane@example.net"], "summersun\n");
    let_mailuser_read(&pw);

    pw.configure(&pw.database.toml());
    assert!(pw.signs_in("jane@example.net", "summersun"));
    assert!(pw.signs_in("Jane@Example.NET", "summersun"));
    assert!(!pw.signs_in("jane@example.net", "wintermoon"));
    assert!(!pw.signs_in("john@example.net", "summersun"));
    imap_login(servers, &pw);
}

pub(crate) fn changes_nothing(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::on(servers, empty(servers, kind));
    let first = pw.does(&["init"], "");
    pw.does(&["domain", "add", "example.net"], "");
    add_user(&pw, "jane@example.net");
    let before = pw.everything();
    assert_eq!(pw.does(&["init"], ""), first);
    assert_eq!(pw.everything(), before);

    // Tables of the guides, made by hand, stay as they are too; only what is missing is made.
    let pw = Pw::new(servers, kind);
    pw.database.execute("DROP TABLE virtual_aliases;");
    pw.database.add_user("john@example.org", Some("{PLAIN}summersun"));
    pw.does(&["init"], "");
    assert_eq!(pw.column("name", "virtual_domains"), ["example.org"]);
    assert_eq!(pw.stored("john@example.org"), "{PLAIN}summersun");
    assert_eq!(pw.column("id", "virtual_aliases"), [""; 0]);
}

/// The account that only reads cannot make tables.
pub(crate) fn without_rights(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::on(servers, empty(servers, kind));
    pw.configure(&pw.database.toml());
    let output = pw.run(&["init"], "");
    crate::pw::assert_fails(&output, TEMPORARY, "the database refused making the tables");
    let tables = "information_schema.tables WHERE table_name LIKE 'virtual%' AND table_schema = ";
    let schema = if kind == Kind::MariaDb { "DATABASE()" } else { "'public'" };
    assert_eq!(pw.column("table_name", &format!("{tables}{schema}")), [""; 0]);
}

fn empty(servers: &Arc<Servers>, kind: Kind) -> Database {
    let database = Database::create(servers, kind, Layout::default());
    if kind == Kind::Sqlite {
        fs::remove_file(database.file()).expect("remove");
    } else {
        database.execute(
            "DROP TABLE virtual_aliases; DROP TABLE virtual_users; DROP TABLE virtual_domains;",
        );
    }
    database
}

/// Who made a table decides who else may read it.
fn let_mailuser_read(pw: &Pw) {
    match pw.database.kind {
        Kind::Sqlite => make_readable_for_dovecot(&pw.database.file()),
        // The guides grant it on the whole database.
        Kind::MariaDb => {}
        Kind::Postgres => {
            pw.database.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO mailuser;");
        }
    }
}

fn imap_login(servers: &Arc<Servers>, pw: &Pw) {
    let number = servers.next_number();
    let homes = servers.scratch().directory(&format!("vmail{number}"), (5000, 5000));
    let account = format!("[account]\nhome = \"{}/%d/%n\"\n", homes.display());
    write_configuration(pw.configuration(), &format!("{}\n{account}", pw.database.toml()));
    let program = install(servers.scratch(), CHECKPASSWORD);
    let command = format!("{} --config {}", program.display(), pw.configuration().display());
    let userdb = "userdb {\n  driver = prefetch\n}\n";
    let dovecot = Dovecot::start(servers, &(block("passdb", "checkpassword", &command) + userdb));
    let refused = dovecot.imap().login_quoted("jane@example.net", "wintermoon");
    assert!(!refused.ok, "{refused:?}");
    let mut imap = dovecot.imap();
    let reply = imap.login_quoted("jane@example.net", "summersun");
    assert!(reply.ok, "{}\n{}", reply.line, dovecot.log());
    assert!(imap.command("CREATE Archive").ok);
    assert!(homes.join("example.net/jane/Maildir/.Archive").is_dir());
}

/// The way back: Dovecot's own `passdb sql` reads everything that is written here.
pub(crate) fn dovecots_own_sql(servers: &Arc<Servers>, kind: Kind) {
    const FIRST: &str = "First-Secret-1";
    const SECOND: &str = "Second p\u{e4}\u{df}word-2";
    let pw = Pw::new(servers, kind);
    for address in ["jane@example.org", "jack@example.org", "gone@example.org"] {
        pw.does(&["user", "add", address], format!("{FIRST}\n"));
    }
    pw.does(&["user", "passwd", "jack@example.org"], format!("{SECOND}\n"));
    pw.does(&["user", "remove", "gone@example.org", "--yes"], "");

    let file = servers.scratch().path().join(format!("way-back{}.ext", servers.next_number()));
    let query = "SELECT email AS user, password FROM virtual_users WHERE email = '%u'";
    let connect = pw.database.dovecot_connect();
    write_configuration(&file, &format!("{connect}password_query = {query}\n"));
    let passdb = block("passdb", "sql", &file.display().to_string());
    let dovecot = Dovecot::start(servers, &format!("{passdb}userdb {{\n  driver = prefetch\n}}\n"));
    for (login, password, expected) in [
        ("jane@example.org", FIRST, Decision::Accepted),
        ("jane@example.org", SECOND, Decision::Refused),
        ("jack@example.org", SECOND, Decision::Accepted),
        ("jack@example.org", FIRST, Decision::Refused),
        ("gone@example.org", FIRST, Decision::Refused),
    ] {
        let answer = dovecot.auth().plain(login.as_bytes(), password.as_bytes());
        assert_eq!(answer.decision(), expected, "{login}: {answer:?}\n{}", dovecot.log());
    }
}
