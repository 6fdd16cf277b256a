//! An administrator's own statements.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use ispmail_tests::binaries::{PW, install};
use ispmail_tests::database::{Database, Kind, Servers};
use ispmail_tests::dovecot::{Dovecot, block};
use ispmail_tests::process::{Output, run};
use ispmail_tests::scratch::write_configuration;

const OLD: &str = "Wolken-sieben-Reiter";
const NEW: &str = "Regen-drei-Pferde";

/// Passwords can be set and users listed by them, and nothing else is tried.
pub(crate) fn statements(servers: &Arc<Servers>, kind: Kind) {
    let database = Database::create_without_tables(servers, kind);
    database.execute(&format!(
        "CREATE TABLE people (login varchar(80) PRIMARY KEY, secret varchar(150));
         INSERT INTO people VALUES ('john@example.org', '{{PLAIN}}{OLD}');
         INSERT INTO people VALUES ('jane@example.org', '{{PLAIN}}{OLD}');"
    ));
    let number = servers.next_number();
    let file = |name: &str| servers.scratch().path().join(format!("own{number}.{name}"));
    let (toml, sql) = (file("toml"), file("conf.ext"));
    let find = "SELECT login AS user, secret AS password FROM people WHERE login = '%u'";
    write_configuration(
        &toml,
        &format!(
            "{}[query]\npassword = \"{find}\"\niterate = \"SELECT login AS user FROM people\"\n\
             update = \"UPDATE people SET secret = '%{{new_password}}' WHERE login = '%u'\"\n",
            database.toml_over_socket()
        ),
    );
    let userdb = "SELECT '/nonexistent' AS home, 5000 AS uid, 5000 AS gid";
    let queries = format!("password_query = {find}\nuser_query = {userdb}\n");
    write_configuration(&sql, &(database.dovecot_connect() + &queries));
    let path = sql.display().to_string();
    let dovecot =
        Dovecot::start(servers, &(block("passdb", "sql", &path) + &block("userdb", "sql", &path)));
    let program = install(servers.scratch(), PW);
    let pw =
        |arguments: &[&str], input: &str| -> Output { call(&program, &toml, arguments, input) };

    let list = pw(&["user", "list"], "");
    let mut users: Vec<String> = list.out().lines().map(str::to_owned).collect();
    users.sort();
    assert_eq!(users, ["jane@example.org", "john@example.org"], "{list:?}");
    let john = "john@example.org";
    let test = |password: &str| dovecot.doveadm().auth_test(john, password).code();
    let set = pw(&["user", "passwd", john], &format!("{NEW}\n"));
    assert_eq!(set.code(), 0, "{set:?}");
    assert_eq!((test(NEW), test(OLD)), (0, 77));
    assert_eq!(dovecot.doveadm().auth_test("jane@example.org", OLD).code(), 0);

    for command in ["disable", "enable"] {
        let done = pw(&["user", command, john], "");
        assert_eq!(done.code(), 0, "{done:?}");
        assert_eq!(test(NEW), if command == "disable" { 77 } else { 0 });
    }
    let before = database.execute("SELECT * FROM people ORDER BY login;");
    for arguments in [
        &["domain", "add", "example.net"][..],
        &["user", "add", "jack@example.org"],
        &["user", "remove", john, "--yes"],
        &["alias", "add", "info@example.org", john],
    ] {
        let output = pw(arguments, &format!("{OLD}\n"));
        assert_eq!(output.code(), 78, "{arguments:?}: {output:?}");
    }
    assert_eq!(database.execute("SELECT * FROM people ORDER BY login;"), before);
}

fn call(program: &Path, configuration: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(program);
    command.arg("--config").arg(configuration).args(arguments);
    run(&mut command, input.as_bytes())
}
