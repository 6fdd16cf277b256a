//! `ispmail-pw check` on an administrator's own queries and on Dovecot's file.

use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};

use crate::check::Report;
use crate::pw::{Pw, add_user};

const GOOD: &str = "SELECT email AS user, password FROM virtual_users WHERE email = '%u'";

pub(crate) fn own_queries(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, "john@example.org");
    let toml = pw.database.toml();
    let own = |query: &str| pw.configure(&format!("{toml}[query]\npassword = \"{query}\"\n"));
    own(GOOD);
    let report = Report::of(&pw);
    report.expect_well();
    report.expect("ok", "the password query runs");

    for (query, words) in [
        ("SELECT password FROM virtual_users", "has it a WHERE with '%u'?"),
        ("SELECT password FROM virtual_users WHERE email <> '%u'", "has it a WHERE with '%u'?"),
        ("SELECT password FROM mailbox WHERE username = '%u'", "the database refused"),
        ("SELECT secret FROM virtual_users WHERE email = '%u'", "the database refused"),
        ("SELEKT", "the database refused"),
        (
            "SELECT email AS user, password AS secret FROM virtual_users WHERE email = '%u'",
            "the password query gave no column named password",
        ),
    ] {
        own(query);
        Report::of(&pw).expect_fix(words);
    }
    pw.configure(&format!(
        "{toml}[query]\npassword = \"{GOOD}\"\n\
         user = \"SELECT home FROM virtual_users WHERE email = '%u'\"\n"
    ));
    let report = Report::of(&pw);
    report.expect("ok", "the password query runs");
    report.expect_fix("the user look-up: the database refused the user query");
}

/// Tables and rows are looked at as with a configuration of our own, and nothing in the file is
/// passed over in silence.
pub(crate) fn dovecot_sql(servers: &Arc<Servers>, kind: Kind) {
    let mut pw = Pw::new(servers, kind);
    add_user(&pw, "john@example.org");
    let connect = pw.database.dovecot_connect();
    let queries = format!("default_pass_scheme = SHA256-CRYPT\npassword_query = {GOOD};\n");
    pw.configure_dovecot_sql(&format!("{connect}{queries}"));
    assert!(pw.signs_in("john@example.org", "john@example.org"));
    let report = Report::of(&pw);
    report.expect_well();
    report.expect("ok", "table virtual_users");
    report.expect("ok", "1 stored passwords are SHA256-CRYPT");

    pw.database.add_user("jane@example.org", Some("14cbfb845af1f030e372b1cb9275e6dd"));
    pw.configure_dovecot_sql(&format!(
        "{connect}{queries}iterate_query = SELECT email AS user FROM virtual_users\n"
    ));
    let report = Report::of(&pw);
    report.expect("ok", "the iterate query runs");
    report.expect_fix("looks like a PLAIN-MD5 digest, not like a crypt(3) value: jane@example.org");

    // Tables of another design by the same name are none of ours to judge.
    pw.database.execute("ALTER TABLE virtual_users RENAME COLUMN email TO address;");
    pw.configure_dovecot_sql(&format!("{connect}{}", queries.replace("email", "address")));
    let report = Report::of(&pw);
    report.expect_well();
    report.expect_nowhere("ispmail-pw init");
}

/// The query that lists all logins, and what is found by it in tables of any design.
pub(crate) fn iterate(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, "john@example.org");
    let toml = pw.database.toml();
    pw.configure(&toml);
    Report::of(&pw).expect("ok", "the iterate query runs");

    let own = format!("{toml}[query]\npassword = \"{GOOD}\"\n");
    pw.configure(&own);
    let report = Report::of(&pw);
    report.expect_well();
    report.expect("note", "there is no iterate query");
    let iterate = |query: &str| pw.configure(&format!("{own}iterate = \"{query}\"\n"));
    iterate("SELECT email AS username FROM virtual_users");
    Report::of(&pw).expect_well();
    for (query, words) in [
        ("SELECT email FROM virtual_users", "gave no column named user or username"),
        ("SELECT secret AS user FROM virtual_users", "the database refused the iterate query"),
        ("SELECT NULL AS user FROM virtual_users", "the column user holds nothing"),
        ("SELEKT", "the database refused the iterate query"),
    ] {
        iterate(query);
        Report::of(&pw).expect_fix(words);
    }

    pw.database.add_user("old@example.org", Some("{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6dd"));
    pw.database.add_user("bad@example.org", Some("{PLAIN-MD5}x"));
    pw.database.add_user("off@example.org", Some("{PLAIN}x"));
    pw.database.execute("ALTER TABLE virtual_users RENAME TO people;");
    let people = |iterate: &str| {
        let password = "SELECT email AS user, password FROM people WHERE email = '%u' \
                        AND email <> 'off@example.org'";
        let queries = format!("password = \"{password}\"\niterate = \"{iterate}\"\n");
        pw.configure(&format!("{toml}[query]\n{queries}"));
        Report::of(&pw)
    };
    let report = people("SELECT email AS user FROM people");
    report.expect("ok", "1 stored passwords are SHA256-CRYPT");
    report.expect("note", "1 stored passwords are refused by Dovecot 2.4");
    report.expect("note", "not found by the password query, and cannot sign in: off@example.org");
    report
        .expect_fix("malformed PLAIN-MD5: neither hexadecimal digits nor base64: bad@example.org");
    // Only the first login is as it should be.
    let report = people("SELECT 'john@example.org' AS user UNION ALL SELECT NULL");
    report.expect_fix("the list of users: the column user holds nothing");
}
