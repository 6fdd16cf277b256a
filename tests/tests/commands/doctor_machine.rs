//! What `doctor` finds beyond the database's rows: homes, a running Dovecot, hosts that are away.

use std::fs;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers, make_readable_for_dovecot};
use ispmail_tests::doveadm::Doveadm;
use ispmail_tests::dovecot::{Dovecot, block};
use ispmail_tests::dovecot24::{Dovecot24, passdb_sql, userdb_static};
use ispmail_tests::process::run;
use ispmail_tests::scratch::write_configuration;

use crate::diagnosis::Diagnosis;
use crate::pw::{Pw, add_user};

const JOHN: &str = "john@example.org";
const JANE: &str = "jane@example.org";

pub(crate) fn home(servers: &Arc<Servers>, kind: Kind) {
    let pw = with_users(servers, kind);
    let homes = servers.scratch().directory(&format!("homes{}", servers.next_number()), (0, 0));
    pw.configure(&format!(
        "{}[account]\nhome = \"{}/%d/%n\"\nuid = 5000\ngid = 5000\n",
        pw.database.toml_over_socket(),
        homes.display()
    ));
    let look = || Diagnosis::by(&|arguments| pw.run(arguments, ""), &[JOHN]);
    let john = homes.join("example.org/john");
    let there = |words: &str| format!("{} {words}", john.display());
    look().expect("home", "note", &there("is not on this machine"));
    fs::create_dir_all(&john).expect("mkdir");
    let wrong = there("belongs to 0:0, and by the configuration mail is kept as 5000:5000");
    look().expect("home", "note", &wrong).expect_code(0);
    let command = format!("chown -R 5000:5000 {}", john.display());
    look().expect("home", "note", &command);
    must_run(&command);
    look().expect("home", "ok", &there("is there"));
    fs::remove_dir(&john).expect("rmdir");
    fs::write(&john, "").expect("write");
    chown(&john, Some(5000), Some(5000)).expect("chown");
    look().expect("home", "note", &there("is not a directory"));
}

pub(crate) fn dovecot(servers: &Arc<Servers>, kind: Kind) {
    let pw = with_users(servers, kind);
    pw.database.execute(&format!("DELETE FROM virtual_users WHERE email = '{JANE}';"));
    if kind == Kind::Sqlite {
        make_readable_for_dovecot(&pw.database.file());
    }
    let number = servers.next_number();
    let owner = (5000, 5000);
    let homes = servers.scratch().directory(&format!("vmail{number}"), owner);
    let file = servers.scratch().path().join(format!("doctor{number}.ext"));
    let connect = pw.database.dovecot_connect();
    let queries = "password_query = SELECT email AS user, password FROM virtual_users \
                   WHERE email = '%u'\nuser_query = SELECT email AS user FROM virtual_users \
                   WHERE email = '%u'\n";
    write_configuration(&file, &format!("{connect}{queries}"));
    let args = file.display().to_string();
    let fields = format!("  override_fields = uid=5000 gid=5000 home={}/%u\n", homes.display());
    let userdb = block("userdb", "sql", &args).replace("}\n", &format!("{fields}}}\n"));
    let dovecot23 = Dovecot::start(servers, &(block("passdb", "sql", &args) + &userdb));
    // A static userdb asks the passdb whether there is such a user.
    let settings = passdb_sql(&pw.database, "SHA256-CRYPT") + &userdb_static(&homes, owner);
    let dovecot24 = Dovecot24::start(servers, &settings);
    // In the tables, but not for Dovecot, whose configuration asks another database.
    let other = with_users(servers, kind);
    for dovecot in [&dovecot23, &*dovecot24] {
        let path = dovecot.doveadm().as_path(servers);
        asked(&pw, &path, JOHN).expect("dovecot", "note", "the running Dovecot finds the user");
        asked(&other, &path, JANE)
            .expect("dovecot", "note", "the running Dovecot does not find the user")
            .expect("dovecot", "note", "doveconf -n");
    }
    let configuration = dovecot23.doveadm().configuration().to_owned();
    drop(dovecot23);
    let path = Doveadm::with_configuration(configuration).as_path(servers);
    asked(&pw, &path, JOHN).expect("dovecot", "unknown", "no Dovecot that runs here");
    let nothing = servers.scratch().directory(&format!("nothing{number}"), (0, 0));
    asked(&pw, &nothing, JOHN).expect("dovecot", "unknown", "there is no doveadm").expect_code(0);
}

/// One that is away is said, and the others are asked.
pub(crate) fn several_hosts(servers: &Arc<Servers>, kind: Kind) {
    let pw = with_users(servers, kind);
    let toml = pw.database.toml();
    let line = toml.lines().find(|line| line.starts_with("url = ")).expect("url");
    let here = line.strip_prefix("url = ").expect("url");
    let port = pw.database.port();
    let away = here.replace(&format!(":{port}/"), ":1/");
    for [first, second] in [[here, &away], [&away, here]] {
        pw.configure(&toml.replace(line, &format!("urls = [{first}, {second}]")));
        Diagnosis::by(&|arguments| pw.run(arguments, ""), &[JOHN])
            .expect("database", "ok", &format!("127.0.0.1:{port}"))
            .expect("database", "note", "127.0.0.1:1")
            .expect("user", "ok", JOHN)
            .expect_code(0);
    }
}

fn asked(pw: &Pw, path: &Path, login: &str) -> Diagnosis {
    Diagnosis::by(&|arguments| run(pw.command(arguments).env("PATH", path), b""), &[login])
}

fn with_users(servers: &Arc<Servers>, kind: Kind) -> Pw {
    let pw = Pw::new(servers, kind);
    add_user(&pw, JOHN);
    add_user(&pw, JANE);
    pw
}

fn must_run(shell: &str) {
    let output = run(Command::new("/bin/sh").args(["-c", shell]), b"");
    assert_eq!(output.code(), 0, "{output:?}");
}
