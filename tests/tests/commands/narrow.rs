//! Columns that are too narrow: nothing is ever cut. Old guides have 32 characters for a password.

use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};

use crate::check::Report;
use crate::pw::{DATA, Pw};

const MD5: &str = "{PLAIN-MD5.b64}FMv7hFrx8DDjcrHLknXm3Q==";
const BARE_MD5: &str = "14cbfb845af1f030e372b1cb9275e6dd";
const JANE: &str = "jane@example.org";
const JOE: &str = "joe@example.org";

pub(crate) fn password(servers: &Arc<Servers>, kind: Kind) {
    let pw = with_narrow_password(servers, kind);
    expect_refusals(&pw);
}

/// A server without strict mode cuts what is too long and says nothing; MyISAM, which older guides
/// had, undoes nothing either.
pub(crate) fn lax(servers: &Arc<Servers>) {
    for engine in ["InnoDB", "MyISAM"] {
        let pw = with_narrow_password(servers, Kind::MariaDb);
        if engine == "MyISAM" {
            pw.database.execute(
                "DROP TABLE virtual_aliases;
                 ALTER TABLE virtual_users DROP FOREIGN KEY virtual_users_ibfk_1;
                 ALTER TABLE virtual_users ENGINE=MyISAM;
                 ALTER TABLE virtual_domains ENGINE=MyISAM;
                 CREATE TABLE virtual_aliases (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
                     domain_id INT, source varchar(100), destination varchar(100)) ENGINE=MyISAM;",
            );
        }
        let _server = LaxServer::new(&pw);
        expect_refusals(&pw);
        narrow_the_domain(&pw);
        let arguments = ["domain", "add", "longer.example"];
        pw.refuses(&arguments, "", DATA, "too narrow for the new value; nothing was changed");
        narrow_the_email(&pw);
        let arguments = ["user", "add", "somebody@example.org"];
        pw.refuses(&arguments, "x\n", DATA, "too narrow for the new value; nothing was changed");
    }
}

pub(crate) fn name(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    narrow_the_domain(&pw);
    pw.refuses(&["domain", "add", "longer.example"], "", DATA, "too narrow");
    pw.does(&["domain", "add", "short.ex"], "");
    narrow_the_email(&pw);
    pw.refuses(&["user", "add", "somebody@example.org"], "x\n", DATA, "too narrow");
    pw.does(&["user", "add", "jo@example.org"], "summersun\n");
}

pub(crate) fn check(servers: &Arc<Servers>, kind: Kind) {
    let pw = with_narrow_password(servers, kind);
    let report = Report::of(&pw);
    report.expect_fix("virtual_users.password has 32 characters, new stored passwords have 90");
    report.expect_fix("ALTER TABLE virtual_users");
    alter(&pw, "virtual_users", "password", 150);
    Report::of(&pw).expect("ok", "virtual_users.password has 150 characters");
    pw.does(&["user", "passwd", JANE], "wintermoon\n");
}

fn with_narrow_password(servers: &Arc<Servers>, kind: Kind) -> Pw {
    let pw = Pw::new(servers, kind);
    alter(&pw, "virtual_users", "password", 32);
    assert!(MD5.len() > 32 && BARE_MD5.len() == 32);
    pw.database.add_user(JANE, Some(BARE_MD5));
    pw.database.add_user(JOE, Some("{PLAIN}summersun"));
    pw
}

#[track_caller]
fn expect_refusals(pw: &Pw) {
    const WORDS: &str = "too narrow for the new value; nothing was changed";
    pw.refuses(&["user", "add", "john@example.org"], "summersun\n", DATA, WORDS);
    pw.refuses(&["user", "passwd", JANE], "wintermoon\n", DATA, WORDS);
    pw.refuses(&["user", "passwd", JANE], "wintermoon\n", DATA, "It has 90 characters. Widen it");
    pw.refuses(&["passwd", JOE], "summersun\nwintermoon\n", DATA, "ALTER TABLE virtual_users");
    pw.refuses(&["user", "disable", JANE], "", DATA, "It has 42 characters. Widen it: ALTER TABLE");
    pw.refuses(&["user", "add", "--disabled", "john@example.org"], "summersun\n", DATA, WORDS);
    assert_eq!(pw.stored(JANE), BARE_MD5);
}

fn narrow_the_domain(pw: &Pw) {
    alter(pw, "virtual_domains", "name", 11);
}

fn narrow_the_email(pw: &Pw) {
    alter(pw, "virtual_users", "password", 150);
    alter(pw, "virtual_users", "email", 16);
}

fn alter(pw: &Pw, table: &str, column: &str, width: u32) {
    pw.database.execute(&match pw.database.kind {
        Kind::Postgres => {
            format!("ALTER TABLE {table} ALTER COLUMN {column} TYPE varchar({width});")
        }
        _ => format!("ALTER TABLE {table} MODIFY {column} varchar({width});"),
    });
}

/// The whole server without strict mode, until this is dropped.
struct LaxServer<'a>(&'a Pw);

impl<'a> LaxServer<'a> {
    fn new(pw: &'a Pw) -> Self {
        pw.database.execute("SET GLOBAL sql_mode = '';");
        let this = Self(pw);
        // It really cuts.
        pw.database.add_user("cut@example.org", Some(MD5));
        assert_eq!(pw.stored("cut@example.org"), &MD5[..32]);
        pw.database.execute("DELETE FROM virtual_users WHERE email = 'cut@example.org';");
        this
    }
}

impl Drop for LaxServer<'_> {
    fn drop(&mut self) {
        self.0.database.execute("SET GLOBAL sql_mode = DEFAULT;");
    }
}
