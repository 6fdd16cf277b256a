//! What `ispmail-pw config` prints, put to use: Dovecot 2.3 and 2.4 that sign in through the daemon.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ispmail_tests::auth_client::Decision::{Accepted, CouldNotCheck, Refused};
use ispmail_tests::authd::Authd;
use ispmail_tests::binaries::{CHECKPASSWORD, THIN_CHECKPASSWORD, install};
use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::dovecot::Dovecot;
use ispmail_tests::dovecot24::Dovecot24;
use ispmail_tests::lua;
use ispmail_tests::process::ids_of;

use crate::config::{config, expect};
use crate::pw::{Pw, add_user};
use crate::way_back::switched_on;

/// The owner of all mail in the guides, user and group.
const VMAIL: (u32, u32) = (5000, 5000);
const JOHN: &str = "john@example.org";
const OLD: &str = "old@example.org";
const PLAIN: &str = "plain@example.org";
const MALFORMED: &str = "malformed@example.org";

pub(crate) fn dovecot23(servers: &Arc<Servers>, kind: Kind) {
    let site = Site::new(servers, kind, Upgrades::Off);
    let text = site.config("dovecot-2.3");
    // The sockets are where the script does not look by itself, and a comment says what to do.
    let settings = text.lines().filter_map(|line| line.strip_prefix("#   "));
    let settings: Vec<&str> = settings.filter(|line| line.ends_with(',')).collect();
    let script = fs::read_to_string(&site.script).expect("script");
    assert_eq!(settings.len(), 2, "{text}");
    assert!(settings.iter().all(|setting| script.contains(setting)), "{script}");
    site.expect_sign_ins(&Dovecot::start(servers, &text), Lists::Users);
    site.expect_old_row(Upgrades::Off);

    // The thin program, where it is installed; the other one serves as well.
    let thin = install(servers.scratch(), THIN_CHECKPASSWORD).display().to_string();
    let whole = install(servers.scratch(), CHECKPASSWORD).display().to_string();
    let through = ["dovecot-2.3", "--through=checkpassword"];
    let (by_thin, _) = config(&site.pw, &through);
    expect(&by_thin, &[&format!("args = {thin} --daemon ")]);
    let (by_whole, _) = config(&site.pw, &[&through[..], &["--checkpassword", &whole]].concat());
    expect(&by_whole, &[&format!("args = {whole} --daemon ")]);
    for text in [by_thin, by_whole] {
        site.expect_sign_ins(&Dovecot::start(servers, &text), Lists::Nobody);
    }
    let (text, _) = config(&site.pw, &["dovecot-2.3", "--through=database"]);
    site.expect_sign_ins(&Dovecot::start(servers, &text), Lists::Nobody);
}

/// Users of an old server come along, and their stored passwords turn into ones that Dovecot 2.4
/// takes without us.
pub(crate) fn dovecot24(servers: &Arc<Servers>, kind: Kind) {
    let site = Site::new(servers, kind, Upgrades::On);
    let text = site.config("dovecot-2.4");
    expect(&text, &["\n#auth_allow_weak_schemes = yes\n"]);
    let dovecot = Dovecot24::start(servers, &text);
    site.expect_sign_ins(&dovecot, Lists::Users);
    drop(dovecot);
    site.expect_old_row(Upgrades::On);

    let text = site.config("dovecot-2.4");
    assert!(!text.contains("auth_allow_weak_schemes"), "{text}");
    let dovecot = Dovecot24::start(servers, &switched_on(&text));
    let mut auth = dovecot.auth();
    for (login, password) in [(JOHN, JOHN), (OLD, "summersun"), (PLAIN, "summersun")] {
        let decision = auth.plain(login.as_bytes(), password.as_bytes()).decision();
        assert_eq!(decision, Accepted, "{login}\n{}", dovecot.log());
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Upgrades {
    On,
    Off,
}

/// What `doveadm user '*'` gives.
#[derive(Clone, Copy, PartialEq)]
enum Lists {
    Users,
    Nobody,
}

/// Users in a database, the daemon on it, and its configuration for `ispmail-pw`.
struct Site {
    pw: Pw,
    daemon: Authd,
    homes: PathBuf,
    script: PathBuf,
}

impl Site {
    fn new(servers: &Arc<Servers>, kind: Kind, upgrades: Upgrades) -> Self {
        let pw = Pw::new(servers, kind);
        add_user(&pw, JOHN);
        pw.database.add_users([
            (OLD, Some("{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6dd")),
            (PLAIN, Some("{PLAIN}summersun")),
            (MALFORMED, Some("{PLAIN-MD5}14cbfb")),
        ]);
        let number = servers.next_number();
        let homes = servers.scratch().directory(&format!("vmail{number}"), VMAIL);
        let mut toml = pw.database.toml();
        if upgrades == Upgrades::On {
            let writes = pw.database.toml_over_socket();
            let (_, section) = writes.split_once("[database]").expect("[database]");
            toml.extend(["[upgrade]", section]);
            if kind == Kind::Sqlite {
                let place = format!("sqlite{number}");
                let directory = servers.scratch().directory(&place, ids_of("dovecot"));
                let file = pw.database.file();
                move_to(&file, &directory.join("mail.sqlite"));
            }
        }
        let account = format!("[account]\nhome = \"{}/%d/%n\"\n", homes.display());
        toml.push_str(&account);
        let daemon = Authd::start(servers, &toml);
        pw.configure(&fs::read_to_string(daemon.configuration()).expect("its configuration"));
        let script = lua::install(servers.scratch(), &daemon);
        Self { pw, daemon, homes, script }
    }

    /// What is printed for this version, with the script where it is.
    fn config(&self, version: &str) -> String {
        config(&self.pw, &[version, &format!("--lua-file={}", self.script.display())]).0
    }

    #[track_caller]
    fn expect_sign_ins(&self, dovecot: &Dovecot, lists: Lists) {
        let logs = || format!("{}\n{}", dovecot.log(), self.daemon.log());
        let mut imap = dovecot.imap();
        let reply = imap.login(b"John@example.org", JOHN.as_bytes());
        assert!(reply.ok, "{}\n{}", reply.line, logs());
        assert!(imap.append("INBOX", b"Subject: hello\r\n\r\nhello\r\n").ok, "{}", logs());
        assert!(self.homes.join("example.org/john/Maildir/cur").is_dir());
        let reply = dovecot.imap().authenticate_cram_md5(PLAIN, "summersun");
        assert!(reply.ok, "{}\n{}", reply.line, logs());
        let mut auth = dovecot.auth();
        for (login, password, decision) in [
            (OLD, "summersun", Accepted),
            (OLD, "wintermoon", Refused),
            (PLAIN, "summersun", Accepted),
            (MALFORMED, "summersun", CouldNotCheck),
            ("nobody@example.org", "summersun", Refused),
        ] {
            let answer = auth.plain(login.as_bytes(), password.as_bytes()).decision();
            assert_eq!(answer, decision, "{login}\n{}", logs());
        }
        let doveadm = dovecot.doveadm();
        let home = format!("home\t{}/example.org/john", self.homes.display());
        expect(&doveadm.user(JOHN).out(), &[&home, "uid\t5000"]);
        assert_eq!(doveadm.user("nobody@example.org").code(), 67, "{}", logs());
        let listed = doveadm.user("*").out();
        let mut listed: Vec<&str> = listed.lines().collect();
        listed.sort_unstable();
        let users: &[&str] =
            if lists == Lists::Users { &[JOHN, MALFORMED, OLD, PLAIN] } else { &[] };
        assert_eq!(listed, users, "{}", logs());
    }

    /// Whether the row of the old server has become a new one.
    #[track_caller]
    fn expect_old_row(&self, upgrades: Upgrades) {
        let wanted = upgrades == Upgrades::On;
        if wanted {
            self.daemon.wait_for_log("stored password upgraded", 1);
        }
        let is_new = self.pw.stored(OLD).starts_with("{SHA256-CRYPT}$5$rounds=20000$");
        assert_eq!(is_new, wanted, "{}", self.daemon.log());
        assert_eq!(self.pw.stored(PLAIN), "{PLAIN}summersun");
    }
}

/// Moves an SQLite file to a directory of user dovecot's, who may change it there.
fn move_to(file: &Path, place: &Path) {
    let (uid, gid) = ids_of("dovecot");
    fs::rename(file, place).expect("rename");
    chown(place, Some(uid), Some(gid)).expect("chown");
    symlink(place, file).expect("symlink");
}
