//! The part that `ispmail-pw config` prints switched off: Dovecot 2.4's own `passdb sql` on the
//! same accounts, switched on and used.

use std::path::Path;
use std::sync::Arc;

use ispmail_tests::auth_client::Decision::{Accepted, Refused};
use ispmail_tests::database::{DATABASE_PASSWORD, Kind, Servers};
use ispmail_tests::dovecot24::Dovecot24;

use crate::config::{config, expect};
use crate::pw::{Pw, add_user};

/// The owner of all mail in the guides, user and group.
const VMAIL: (u32, u32) = (5000, 5000);
const JOHN: &str = "john@example.org";
const OLD: &str = "old@example.org";
const BARE: &str = "bare@example.org";
const CRYPT: &str = "$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1";

/// The tables of the guides, by a configuration of our own.
pub(crate) fn tables(servers: &Arc<Servers>, kind: Kind) {
    let pw = with_users(servers, kind);
    let homes = homes(servers);
    pw.configure(&format!(
        "{}[account]\nhome = \"{}/%d/%n\"\n",
        pw.database.toml(),
        homes.display()
    ));
    let (text, _) = config(&pw, &["dovecot-2.4"]);
    let dovecot = Dovecot24::start(servers, &switched_on(&text));
    expect_sign_ins(&dovecot, &homes);
    let found = dovecot.doveadm().user(JOHN);
    expect(&found.out(), &[&format!("home\t{}/example.org/john", homes.display())]);
}

/// An administrator's own queries, with much of what Dovecot 2.3 has for variables.
pub(crate) fn own_queries(servers: &Arc<Servers>, kind: Kind) {
    let mut pw = with_users(servers, kind);
    let homes = homes(servers);
    let queries = format!(
        "default_pass_scheme = SHA256-CRYPT\n\
         password_query = SELECT email AS user, password, '{homes}/%d/%n' AS userdb_home, \
             5000 AS userdb_uid, 5000 AS userdb_gid FROM virtual_users \
             WHERE email = '%Lu' AND '%s%%' <> '100%%' AND email LIKE '%%@%{{domain}}'\n\
         user_query = SELECT '{homes}/%d/%1n/%Un' AS home, 5000 AS uid, 5001 AS gid \
             FROM virtual_users WHERE email = '%n@%d' AND '%%u' <> \"%u\" \n\
         iterate_query = SELECT email AS user FROM virtual_users ORDER BY email\n",
        homes = homes.display()
    );
    // PostgreSQL has names in such quotes.
    let queries = if kind == Kind::Postgres { queries.replace('"', "'") } else { queries };
    pw.configure_dovecot_sql(&format!("{}{queries}", pw.database.dovecot_connect()));
    assert!(pw.signs_in(JOHN, JOHN));

    let (text, _) = config(&pw, &["dovecot-2.4"]);
    let dovecot = Dovecot24::start(servers, &switched_on(&text));
    expect_sign_ins(&dovecot, &homes);
    let found = dovecot.doveadm().user(JOHN);
    let home = format!("home\t{}/example.org/j/JOHN", homes.display());
    expect(&found.out(), &[&home, "gid\t5001"]);
    assert_eq!(dovecot.doveadm().user("*").out(), format!("{BARE}\n{JOHN}\n{OLD}\n"));
    assert_eq!(dovecot.doveadm().user("nobody@example.org").code(), 67);
    // A login without a domain has an empty one.
    assert_eq!(dovecot.auth().plain(b"john", b"summersun").decision(), Refused);
}

/// Encryption and sockets, and what there is no translation for.
pub(crate) fn not_everything(servers: &Arc<Servers>) {
    let mut pw = Pw::new(servers, Kind::Sqlite);
    let offline = |pw: &Pw| config(pw, &["dovecot-2.4", "--offline"]).0;
    pw.configure(
        "[database]\nurl = 'mysql://u@db.example.org:3307/m?ssl-mode=require'\npassword = 'x'\n",
    );
    let text = offline(&pw);
    expect(&text, &["\n#mysql db.example.org {\n#  port = 3307\n#  dbname = m\n#  user = u\n"]);
    expect(&text, &["\n#  password = # the password of this", "The connection is encrypted now"]);
    pw.configure(
        "[database]\nurls = ['mysql://u@localhost/m?socket=/run/m.sock', 'mysql://u@127.0.0.1/m']\n",
    );
    let text = offline(&pw);
    expect(&text, &["\n#mysql /run/m.sock {\n#  dbname = m\n", "\n#mysql 127.0.0.1 {\n#  dbname"]);
    assert!(!text.contains("password ="), "{text}");
    pw.configure("[database]\nurl = 'postgres://u@db/m?ssl-mode=verify-ca&ssl-ca=/ca.pem'\n");
    expect(&offline(&pw), &["\n#    sslmode = verify-ca\n#    sslrootcert = /ca.pem\n"]);
    pw.configure("[database]\nurl = 'postgres://u@localhost/m?host=/run/postgresql'\n");
    let text = offline(&pw);
    expect(
        &text,
        &["\n#pgsql /run/postgresql {\n#  parameters {\n#    dbname = m\n#    user = u\n"],
    );
    assert!(!text.contains("sslmode"), "{text}");
    pw.configure_dovecot_sql(&format!(
        "{}password_query = SELECT password FROM t WHERE hash = '%2.256Hu' AND user = '%u'\n",
        pw.database.dovecot_connect()
    ));
    let text = offline(&pw);
    expect(&text, &["%2.256Hu is left as it is", "hash = '%2.256Hu' AND user = '%{user}'"]);
}

fn with_users(servers: &Arc<Servers>, kind: Kind) -> Pw {
    let pw = Pw::new(servers, kind);
    add_user(&pw, JOHN);
    pw.database.add_user(OLD, Some("{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6dd"));
    pw.database.add_user(BARE, Some(CRYPT));
    pw
}

fn homes(servers: &Arc<Servers>) -> std::path::PathBuf {
    servers.scratch().directory(&format!("vmail{}", servers.next_number()), VMAIL)
}

/// As the comment says: the `#` right in front of settings goes, what was in force goes, and the
/// password is put in.
pub(crate) fn switched_on(text: &str) -> String {
    let settings = text.lines().filter_map(|line| line.strip_prefix('#'));
    let settings = settings.filter(|line| !line.starts_with(' ') || line.starts_with("  "));
    // Examples in comments have three blanks.
    let settings = settings.filter(|line| !line.starts_with("   ") || line.starts_with("    "));
    let settings: Vec<String> = settings.map(|line| format!("{line}\n")).collect();
    settings.concat().replace("# the password of this database account", DATABASE_PASSWORD)
}

#[track_caller]
fn expect_sign_ins(dovecot: &Dovecot24, homes: &Path) {
    let mut imap = dovecot.imap();
    let reply = imap.login(b"John@example.org", JOHN.as_bytes());
    assert!(reply.ok, "{}\n{}", reply.line, dovecot.log());
    assert!(imap.append("INBOX", b"Subject: hello\r\n\r\nhello\r\n").ok);
    assert!(homes.join("example.org/john/Maildir/cur").is_dir());
    let mut auth = dovecot.auth();
    for (login, password, decision) in [
        (OLD, "summersun", Accepted),
        (BARE, "start123", Accepted),
        (OLD, "wintermoon", Refused),
        (BARE, "wintermoon", Refused),
        ("nobody@example.org", "summersun", Refused),
    ] {
        let answer = auth.plain(login.as_bytes(), password.as_bytes()).decision();
        assert_eq!(answer, decision, "{login}\n{}", dovecot.log());
    }
}
