//! `ispmail-pw check`: whether stored passwords can be replaced at sign-in.

use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::process::free_port;

use crate::check::Report;
use crate::pw::{Pw, add_user};

const OK: &str = "upgrade at sign-in: the database account may replace stored passwords at ";

pub(crate) fn well(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, "john@example.org");
    pw.configure(&(pw.database.toml() + &upgrade(&pw.database.toml_over_socket())));
    let before = pw.everything();
    let report = Report::of(&pw);
    report.expect_well();
    report.expect("ok", OK);
    assert_eq!(pw.everything(), before);
    // Switched off it is no matter.
    pw.configure(&pw.database.toml());
    Report::of(&pw).expect_nowhere("upgrade");
}

/// The administrator's own statement.
pub(crate) fn own_statement(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, "john@example.org");
    let query = "SELECT email AS user, password FROM virtual_users WHERE email = '%u'";
    let base = format!("{}[query]\npassword = \"{query}\"\n", pw.database.toml())
        + &upgrade(&pw.database.toml_over_socket());
    let with = |statement: &str| pw.configure(&format!("{base}statement = \"{statement}\"\n"));
    let binary = if kind == Kind::MariaDb { "BINARY" } else { "" };
    let set = "UPDATE virtual_users SET password = '%{new_password}'";
    with(&format!("{set} WHERE email = '%u' AND password = {binary} '%{{old_password}}'"));
    let report = Report::of(&pw);
    report.expect_well();
    report.expect("ok", OK);

    for user in ["jane@example.org", "jack@example.org"] {
        let before = pw.everything();
        with(&format!("{set} WHERE email = '%u' OR password <> {binary} '%{{old_password}}'"));
        Report::of(&pw).expect_fix("the statement changes rows for ispmail-check@check.invalid");
        assert_eq!(pw.everything(), before);
        pw.database.add_user(user, Some("{PLAIN}summersun"));
    }
    with(&format!("{set} WHERE secret = {binary} '%{{old_password}}'"));
    Report::of(&pw).expect_fix("upgrade at sign-in: the database refused the upgrade statement");
    with(&format!("{set} WHERE email = '%u'"));
    Report::of(&pw).expect_fix("'%{old_password}' is missing");
    pw.configure(&base);
    Report::of(&pw).expect_fix("so upgrades need a statement of your own");
}

/// What the database account of `[upgrade]` may do, and whether it gets in.
pub(crate) fn rights(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, "john@example.org");
    let toml = pw.database.toml();
    pw.configure(&(toml.clone() + &upgrade(&toml)));
    let report = Report::of(&pw);
    let line = report.expect_fix("upgrade at sign-in: the database refused the upgrade statement");
    assert!(line.contains("GRANT SELECT, UPDATE (password) ON virtual_users"), "{line}");

    let mailuser = if kind == Kind::MariaDb { "mailuser@'127.0.0.1'" } else { "mailuser" };
    pw.database.execute(&format!("GRANT UPDATE (password) ON virtual_users TO {mailuser};"));
    Report::of(&pw).expect("ok", OK);
    pw.database.execute(&format!("REVOKE UPDATE (password) ON virtual_users FROM {mailuser};"));

    let port = format!("127.0.0.1:{}", pw.database.port());
    let nowhere = format!("127.0.0.1:{}", free_port());
    pw.configure(&(toml.clone() + &upgrade(&toml.replace(&port, &nowhere))));
    let report = Report::of(&pw);
    let line = report.expect_fix("upgrade at sign-in: cannot connect to the database");
    assert!(line.contains(&nowhere), "{line}");

    // Too narrow for what the upgrade writes.
    let change = if kind == Kind::MariaDb { "MODIFY password" } else { "ALTER password TYPE" };
    pw.database.execute("UPDATE virtual_users SET password = '{PLAIN}summersun';");
    pw.database.execute(&format!("ALTER TABLE virtual_users {change} varchar(80);"));
    pw.configure(&(toml + &upgrade(&pw.database.toml_over_socket())));
    let report = Report::of(&pw);
    report.expect_fix("virtual_users.password has 80 characters, new stored passwords have");
}

/// The database of a configuration as the section `[upgrade]`.
fn upgrade(toml: &str) -> String {
    let (_, database) = toml.split_once("[database]").expect("[database]");
    format!("[upgrade]{database}")
}
