//! `--flush`, on a Dovecot with an auth cache.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers, make_readable_for_dovecot};
use ispmail_tests::doveadm::Doveadm;
use ispmail_tests::dovecot::{Dovecot, block};
use ispmail_tests::dovecot24::{Dovecot24, passdb_sql, userdb_static};
use ispmail_tests::process::{Output, run};
use ispmail_tests::scratch::write_configuration;

use crate::pw::{DATA, Pw, TEMPORARY};

const JOHN: &str = "john@example.org";

pub(crate) fn dovecot23(servers: &Arc<Servers>, kind: Kind) {
    let pw = with_john(servers, kind);
    let number = servers.next_number();
    let homes = servers.scratch().directory(&format!("vmail{number}"), (5000, 5000));
    let file = servers.scratch().path().join(format!("flush{number}.ext"));
    let query = "SELECT email AS user, password FROM virtual_users WHERE email = '%u'";
    let connect = pw.database.dovecot_connect();
    write_configuration(&file, &format!("{connect}password_query = {query}\n"));
    let passdb = block("passdb", "sql", &file.display().to_string());
    let home = format!("uid=5000 gid=5000 home={}/%d/%n", homes.display());
    let userdb = block("userdb", "static", &home);
    told(
        &pw,
        &Dovecot::start(servers, &format!("auth_cache_size = 1M\n{passdb}{userdb}")),
        servers,
    );
}

pub(crate) fn dovecot24(servers: &Arc<Servers>, kind: Kind) {
    let pw = with_john(servers, kind);
    if kind == Kind::Sqlite {
        make_readable_for_dovecot(&pw.database.file());
    }
    let owner = (5000, 5000);
    let homes = servers.scratch().directory(&format!("vmail{}", servers.next_number()), owner);
    let passdb = passdb_sql(&pw.database, "SHA256-CRYPT");
    let userdb = userdb_static(&homes, owner);
    told(
        &pw,
        &Dovecot24::start(servers, &format!("auth_cache_size = 1M\n{passdb}{userdb}")),
        servers,
    );
}

/// After a change with `--flush` this Dovecot goes by it at once.
fn told(pw: &Pw, dovecot: &Dovecot, servers: &Arc<Servers>) {
    let path = dovecot.doveadm().as_path(servers);
    let signs_in = |password: &str| dovecot.imap().login_quoted(JOHN, password).ok;
    let does = |arguments: &[&str]| {
        let output = call(pw, arguments, &path);
        assert_eq!((output.code(), output.err().as_str()), (0, ""), "{arguments:?}: {output:?}");
        output.out()
    };

    let mut session = dovecot.imap();
    assert!(session.login_quoted(JOHN, "summersun").ok, "{}", dovecot.log());
    // Dovecot goes by what it knows.
    does(&["user", "disable", JOHN]);
    assert!(signs_in("summersun"), "nothing is cached: this test shows nothing");
    let output = run(Command::new(path.join("doveadm")).arg("who"), b"");
    assert!(output.out().contains(JOHN), "{output:?}");

    let printed = does(&["user", "disable", JOHN, "--flush", "--json"]);
    assert!(printed.contains("\"flushed\":true"), "{printed}");
    assert!(!signs_in("summersun"));
    let output = run(Command::new(path.join("doveadm")).arg("who"), b"");
    assert!(!output.out().contains(JOHN), "{output:?}");
    does(&["user", "enable", JOHN, "--flush"]);
    assert!(signs_in("summersun"));
    // With nobody to kick as well.
    does(&["user", "passwd", JOHN, "--flush"]);
    does(&["user", "passwd", JOHN, "--flush"]);
    assert!(!signs_in("summersun") && signs_in("wintermoon"));
    does(&["user", "rename", JOHN, "jack@example.org", "--flush"]);
    assert!(!signs_in("wintermoon"));
    does(&["user", "rename", "jack@example.org", JOHN, "--flush"]);
    assert!(signs_in("wintermoon"));
    does(&["user", "remove", "-y", JOHN, "--flush"]);
    assert!(!signs_in("wintermoon"));
}

/// The change stands, and it is said that Dovecot does not know.
pub(crate) fn not_told(servers: &Arc<Servers>, kind: Kind) {
    let pw = with_john(servers, kind);
    // The real program, and no Dovecot.
    let number = servers.next_number();
    let configuration = servers.scratch().path().join(format!("no-dovecot{number}.conf"));
    let base = servers.scratch().directory(&format!("no-dovecot{number}"), (0, 0));
    write_configuration(&configuration, &format!("base_dir = {}\n", base.display()));
    let before = pw.stored(JOHN);
    let arguments = ["user", "passwd", JOHN, "--flush"];
    let output =
        call(&pw, &arguments, &Doveadm::with_configuration(configuration).as_path(servers));
    assert_eq!(output.code(), TEMPORARY, "{output:?}");
    assert_eq!(output.out(), "Changed the password of john@example.org.\n");
    for words in ["the change was made, but", "auth-master", "Do it as root: doveadm auth cache"] {
        assert!(output.err().contains(words), "{output:?}");
    }
    assert_ne!(pw.stored(JOHN), before);
    assert!(pw.signs_in(JOHN, "wintermoon"));
    let nowhere = servers.scratch().directory(&format!("no-doveadm{number}"), (0, 0));
    let output = call(&pw, &["user", "passwd", JOHN, "--flush", "--generate"], &nowhere);
    assert_eq!(output.code(), TEMPORARY, "{output:?}");
    assert!(output.err().contains("there is no program doveadm"), "{output:?}");
    let shown = output.out();
    let (_, password) = shown.split_once("shown only now: ").expect(&shown);
    assert!(pw.signs_in(JOHN, password.lines().next().expect("line")));

    // To Dovecot these are many users, or addresses of machines.
    for login in ["j*@example.org", "j?hn@example.org", "127.0.0.1", "10.0.0.0/8"] {
        pw.database.add_user(login, Some("{PLAIN}summersun"));
        let arguments = ["user", "passwd", login, "--flush"];
        pw.refuses(&arguments, "wintermoon\n", DATA, "--flush cannot be used for");
        let printed = pw.does(&["user", "passwd", login], "wintermoon\n");
        assert!(!printed.contains("doveadm"), "{printed}");
    }
}

fn with_john(servers: &Arc<Servers>, kind: Kind) -> Pw {
    let pw = Pw::new(servers, kind);
    pw.does(&["user", "add", JOHN], "summersun\n");
    pw
}

fn call(pw: &Pw, arguments: &[&str], path: &Path) -> Output {
    run(pw.command(arguments).env("PATH", path), b"wintermoon\n")
}
