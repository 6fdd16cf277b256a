//! What `ispmail-pw config` prints, put to use: Dovecot 2.3 and 2.4 that sign in through the daemon.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ispmail_tests::auth_client::Decision::{Accepted, CouldNotCheck, Refused};
use ispmail_tests::authd::{Authd, Start};
use ispmail_tests::binaries::install;
use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::dovecot::Dovecot;
use ispmail_tests::dovecot24::Dovecot24;
use ispmail_tests::scratch::write_with;

use crate::config::{config, expect};
use crate::pw::{Pw, add_user};
use crate::way_back::switched_on;

/// The owner of all mail in the guides, user and group.
const VMAIL: (u32, u32) = (5000, 5000);
const JOHN: &str = "john@example.org";
const OLD: &str = "old@example.org";
const PLAIN: &str = "plain@example.org";
const MALFORMED: &str = "malformed@example.org";

/// The script as it is delivered.
const SCRIPT: &str = include_str!("../../../crates/lua/ispmail.lua");

pub(crate) fn dovecot23(servers: &Arc<Servers>, kind: Kind) {
    let site = Site::new(servers, kind, "");
    let script = site.script(&[]);
    let (text, _) = config(&site.pw, &["dovecot-2.3", &format!("--lua-file={}", script.display())]);
    // The sockets are where the script does not look by itself, and a comment says what to do.
    let settings = text.lines().filter_map(|line| line.strip_prefix("#   "));
    let settings: Vec<&str> = settings.filter(|line| line.ends_with(',')).collect();
    assert_eq!(settings.len(), 2, "{text}");
    site.script(&settings);
    site.expect_sign_ins(&Dovecot::start(servers, &text));
    site.expect_old_row(false);

    let (text, _) = config(&site.pw, &["dovecot-2.3", "--through=database"]);
    let dovecot = Dovecot::start(servers, &text);
    assert_eq!(dovecot.auth().plain(OLD.as_bytes(), b"summersun").decision(), Accepted);
}

/// Users of an old server come along, and their stored passwords turn into ones that Dovecot 2.4
/// takes without us.
pub(crate) fn dovecot24(servers: &Arc<Servers>, kind: Kind) {
    let site = Site::new(servers, kind, "[upgrade]");
    let script = site.script(&[]);
    let lua = format!("--lua-file={}", script.display());
    let (text, _) = config(&site.pw, &["dovecot-2.4", &lua]);
    expect(&text, &["\n#auth_allow_weak_schemes = yes\n"]);
    let dovecot = Dovecot24::start(servers, &text);
    site.expect_sign_ins(&dovecot);
    drop(dovecot);
    site.expect_old_row(true);

    let (text, _) = config(&site.pw, &["dovecot-2.4", &lua]);
    assert!(!text.contains("auth_allow_weak_schemes"), "{text}");
    let dovecot = Dovecot24::start(servers, &switched_on(&text));
    let mut auth = dovecot.auth();
    for (login, password) in [(JOHN, JOHN), (OLD, "summersun"), (PLAIN, "summersun")] {
        let decision = auth.plain(login.as_bytes(), password.as_bytes()).decision();
        assert_eq!(decision, Accepted, "{login}\n{}", dovecot.log());
    }
}

/// Users in a database, the daemon on it, and its configuration for `ispmail-pw`.
struct Site {
    pw: Pw,
    daemon: Authd,
    homes: PathBuf,
    script: PathBuf,
    cpath: String,
}

impl Site {
    /// With `[upgrade]` as the section's name, upgrades are on.
    fn new(servers: &Arc<Servers>, kind: Kind, upgrade: &str) -> Self {
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
        if !upgrade.is_empty() {
            let writes = pw.database.toml_over_socket();
            let (_, section) = writes.split_once("[database]").expect("[database]");
            toml += &format!("{upgrade}{section}");
        }
        toml += &format!("[account]\nhome = \"{}/%d/%n\"\n", homes.display());
        // The SQLite file is root's to write.
        let start = match kind {
            Kind::Sqlite => Start {
                user: Some("root"),
                client_socket: "group = \"dovecot\"",
                master_socket: "group = \"dovecot\"",
                ..Start::default()
            },
            _ => Start::default(),
        };
        let daemon = Authd::start_as(servers, &toml, start);
        pw.configure(&fs::read_to_string(daemon.configuration()).expect("its configuration"));
        let module = install(servers.scratch(), "libispmail_lua.so");
        let cpath = format!("{}/lib?_lua.so;", module.parent().expect("directory").display());
        let script = servers.scratch().path().join(format!("ispmail{number}.lua"));
        Self { pw, daemon, homes, script, cpath }
    }

    /// The script, with these lines in place of those that are there.
    fn script(&self, settings: &[&str]) -> &Path {
        let mut text = SCRIPT.to_owned();
        for setting in settings {
            let (name, _) = setting.split_once('=').expect("name = value");
            let line = text.lines().find(|line| line.trim_start().starts_with(name));
            let line = line.unwrap_or_else(|| panic!("no {setting}")).to_owned();
            text = text.replace(&line, setting);
        }
        let text = format!("package.cpath = \"{}\" .. package.cpath\n{text}", self.cpath);
        write_with(&self.script, &text, "dovecot", 0o640);
        &self.script
    }

    #[track_caller]
    fn expect_sign_ins(&self, dovecot: &Dovecot) {
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
        assert_eq!(listed, [JOHN, MALFORMED, OLD, PLAIN], "{}", logs());
    }

    /// Whether the row of the old server has become a new one.
    #[track_caller]
    fn expect_old_row(&self, upgraded: bool) {
        if upgraded {
            self.daemon.wait_for_log("upgraded", 1);
        }
        let is_new = self.pw.stored(OLD).starts_with("{SHA256-CRYPT}$5$rounds=20000$");
        assert_eq!(is_new, upgraded, "{}", self.daemon.log());
        assert_eq!(self.pw.stored(PLAIN), "{PLAIN}summersun");
    }
}
