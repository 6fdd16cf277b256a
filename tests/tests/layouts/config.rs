//! What `ispmail-pw config` prints for each layout, and the way back: Dovecot 2.4's own `passdb sql`
//! on the same tables, switched on and used.

use std::sync::Arc;

use ispmail_tests::auth_client::Decision::{Accepted, Refused};
use ispmail_tests::database::{DATABASE_PASSWORD, Kind, Servers};
use ispmail_tests::dovecot24::Dovecot24;

use crate::check::{Pw, without_layout};
use crate::design::{Design, FULL, GOOD, JOHN, LOCKED, WRONG};
use crate::site::{configuration, homes};

pub(crate) fn way_back(servers: &Arc<Servers>, kind: Kind, design: Design) {
    let homes = homes(servers);
    let database = design.database(servers, kind, &homes.display().to_string());
    let toml = configuration(&database, design, &homes.display().to_string(), false);
    let pw = Pw::new(servers, &toml);
    for version in ["dovecot-2.3", "dovecot-2.4"] {
        let output = pw.run(&["config", version]);
        assert_eq!(output.code(), 0, "{output:?}");
        assert!(!output.err().contains("The tables are those of"), "{output:?}");
        if let Some(layout) = design.layout() {
            // Comments are broken into lines.
            let words = output.out().replace("\n# ", " ");
            assert!(words.contains(&format!("(layout {layout})")), "{output:?}");
        }
    }
    let text = pw.run(&["config", "dovecot-2.4"]).out();
    let dovecot = Dovecot24::start(servers, &switched_on(&text));
    let mut auth = dovecot.auth();
    for (login, password, expected) in [
        (JOHN, GOOD, Accepted),
        (FULL, GOOD, Accepted),
        (JOHN, WRONG, Refused),
        (LOCKED, GOOD, Refused),
        ("nobody@example.org", GOOD, Refused),
    ] {
        let answer = auth.plain(login.as_bytes(), password.as_bytes());
        assert_eq!(answer.decision(), expected, "{login}\n{}\n{text}", dovecot.log());
    }
    for login in design.switched_off() {
        let answer = auth.plain(login.as_bytes(), GOOD.as_bytes());
        assert_eq!(answer.decision(), Refused, "{login}\n{}\n{text}", dovecot.log());
    }
    let reply = dovecot.imap().login(FULL.as_bytes(), GOOD.as_bytes());
    assert!(reply.ok, "{}\n{}\n{text}", reply.line, dovecot.log());

    let found = dovecot.doveadm().user(FULL).out();
    let home = if design.is_courier() { homes } else { homes.join("example.org/full") };
    let mut fields = vec![format!("home\t{}", home.display()), "uid\t5000".to_owned()];
    if design.has_quota() {
        fields.push("quota_storage_size\t2000B".to_owned());
    }
    if design.is_courier() {
        fields.push(format!("mail_path\t{}/example.org/full", home.display()));
    }
    for field in fields {
        assert!(found.lines().any(|line| line == field), "no {field} in {found}\n{text}");
    }

    // Said where the file does not say which layout it is.
    let Some(layout) = design.layout().filter(|layout| *layout != "ispmail") else { return };
    pw.configure(&without_layout(&database));
    let told = pw.run(&["config", "dovecot-2.4"]).err();
    assert!(told.contains(&format!("write layout = \"{layout}\"")), "{told}");
}

/// As the comment says: the `#` right in front of settings goes, what was in force goes, and the
/// password is put in.
fn switched_on(text: &str) -> String {
    let is_setting = |line: &&str| {
        !line.starts_with(' ')
            || (line.starts_with("  ") && !line.starts_with("   "))
            || line.starts_with("    ")
    };
    let settings = text.lines().filter_map(|line| line.strip_prefix('#')).filter(is_setting);
    let settings: Vec<String> = settings.map(|line| format!("{line}\n")).collect();
    settings.concat().replace("# the password of this database account", DATABASE_PASSWORD)
}
