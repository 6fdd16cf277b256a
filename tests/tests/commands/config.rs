//! `ispmail-pw config`: what it prints, and what it says of the accounts.

use std::sync::Arc;

use ispmail_tests::database::{DATABASE_PASSWORD, Kind, Servers};
use ispmail_tests::dovecot::Dovecot;
use ispmail_tests::dovecot24::Dovecot24;
use ispmail_tests::scratch::write_with;

use crate::pw::{DATA, Pw, TEMPORARY, USAGE, assert_fails};

const CRYPT: &str = "$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1";
const MD5: &str = "{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6dd";

/// The script as administrators have it.
const SCRIPT: &str = include_str!("../../../crates/lua/ispmail.lua");

/// Runs it with these words; the configuration, and what it says of the accounts.
#[track_caller]
pub(crate) fn config(pw: &Pw, arguments: &[&str]) -> (String, String) {
    let output = pw.run(&[&["config"], arguments].concat(), "");
    assert_eq!(output.code(), 0, "{output:?}");
    let (text, report) = (output.out(), output.err());
    for secret in [DATABASE_PASSWORD, "$5$", "14cbfb"] {
        assert!(!text.contains(secret) && !report.contains(secret), "{secret}: {text}{report}");
    }
    (text, report)
}

/// The lines that are in force.
fn in_force(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

#[track_caller]
pub(crate) fn expect(text: &str, words: &[&str]) {
    let flat = flat(text);
    for word in words {
        assert!(flat.contains(word), "no {word:?} in:\n{text}");
    }
}

#[track_caller]
fn expect_not(text: &str, words: &[&str]) {
    let flat = flat(text);
    for word in words {
        assert!(!flat.contains(word), "{word:?} in:\n{text}");
    }
}

/// The text with the sentences of its comments on one line, wherever they break.
fn flat(text: &str) -> String {
    let sentence = |line: &str| line.starts_with("# ") && !line.starts_with("#  ");
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match lines.last_mut() {
            Some(last) if sentence(last) && sentence(line) => last.push_str(&line[1..]),
            _ => lines.push(line.to_owned()),
        }
    }
    lines.join("\n") + "\n"
}

/// Dovecot starts with what is printed for it.
pub(crate) fn accepted(servers: &Arc<Servers>, kind: Kind) {
    let mut pw = Pw::new(servers, kind);
    pw.database.add_user("john@example.org", Some(CRYPT));
    let script = servers.scratch().path().join("empty.lua");
    write_with(&script, "", "dovecot", 0o640);
    let lua = format!("--lua-file={}", script.display());
    let ways = [&["dovecot-2.3", &lua][..], &["dovecot-2.3", "--through=checkpassword"]];
    for arguments in ways {
        Dovecot::start(servers, &config(&pw, arguments).0);
    }
    Dovecot24::start(servers, &config(&pw, &["dovecot-2.4", &lua]).0);

    let queries = "default_pass_scheme = SHA256-CRYPT\n\
        password_query = SELECT email AS user, password FROM virtual_users WHERE email = '%u'\n";
    pw.configure_dovecot_sql(&format!("{}{queries}", pw.database.dovecot_connect()));
    Dovecot::start(servers, &config(&pw, &["dovecot-2.3", "--through=database"]).0);
    Dovecot24::start(servers, &config(&pw, &["dovecot-2.4", &lua]).0);
}

pub(crate) fn lines(servers: &Arc<Servers>) {
    let mut pw = Pw::new(servers, Kind::Sqlite);
    pw.database.add_user("john@example.org", Some(CRYPT));
    let file = pw.configuration().display().to_string();
    let lua = "--lua-file=/srv/own.lua";

    let (text, _) = config(&pw, &["dovecot-2.3", lua]);
    let want = "passdb {\n  driver = lua\n  args = file=/srv/own.lua\n}\nuserdb {\n  driver = prefetch\n}\n\
        userdb {\n  driver = lua\n  args = file=/srv/own.lua\n}\n\
        service auth-worker {\n  user = $default_internal_user\n}\n";
    assert_eq!(in_force(&text), want.lines().collect::<Vec<_>>());
    expect(&text, &["apt-get install dovecot-auth-lua", &format!("started with --config {file}")]);
    expect(&text, &["the script /srv/own.lua, and ispmail.so"]);
    expect(&text, &["systemctl enable --now ispmail-authd", "auth-sql.conf.ext"]);
    let (text, _) = config(&pw, &["dovecot-2.4", lua]);
    let want = "passdb lua {\n  lua_file = /srv/own.lua\n}\nuserdb prefetch {\n}\n\
        userdb lua {\n  lua_file = /srv/own.lua\n}\n\
        service auth-worker {\n  user = $SET:default_internal_user\n}\n";
    assert_eq!(in_force(&text), want.lines().collect::<Vec<_>>());
    expect(&text, &["\n#passdb sql {\n"]);
    let (text, _) = config(&pw, &["dovecot-2.4"]);
    expect(&text, &["\n  lua_file = /etc/dovecot/ispmail.lua\n"]);

    // The script says the same of itself.
    for version in ["dovecot-2.3", "dovecot-2.4"] {
        let (text, _) = config(&pw, &[version]);
        let comment: Vec<String> =
            in_force(&text).into_iter().map(|line| format!("--   {line}\n")).collect();
        assert!(SCRIPT.contains(&comment.concat()), "not in ispmail.lua:\n{text}");
    }

    let program = "--checkpassword=/srv/check";
    let (text, _) = config(&pw, &["dovecot-2.3", "--through=checkpassword", program]);
    expect(&text, &["\n  args = /srv/check --daemon /run/ispmail/auth-client\n"]);
    expect(&text, &["checkpassword cannot list the users", "systemctl enable"]);
    let (text, _) = config(&pw, &["dovecot-2.3", "--through=database", program]);
    expect(&text, &[&format!("\n  args = /srv/check --config {file}\n")]);
    expect_not(&text, &["systemctl"]);

    // Other sockets, and upgrades.
    let toml = pw.database.toml();
    expect(&text, &["only ispmail-authd does that"]);
    expect(
        &config(&pw, &["dovecot-2.3"]).0,
        &["Upgrade at sign-in is off", "write [upgrade] into"],
    );
    pw.configure(&format!(
        "{toml}[client_socket]\npath = '/srv/c'\n[upgrade]\nurl = 'sqlite:///srv/mail.sqlite'\n"
    ));
    let (text, _) = config(&pw, &["dovecot-2.4"]);
    expect(&text, &["Upgrade at sign-in is on", "It does not listen at its usual sockets"]);
    let lines =
        "\n#   client_socket = \"/srv/c\",\n#   master_socket = \"/run/ispmail/auth-master\",\n";
    expect(&text, &["Among the settings of /etc/dovecot/ispmail.lua has to stand:", lines]);
    let (text, _) = config(&pw, &["dovecot-2.3", "--through=checkpassword", program]);
    expect(&text, &["\n  args = /srv/check --daemon /srv/c --master /run/ispmail/auth-master\n"]);

    // Dovecot's own file.
    let queries = "default_pass_scheme = SHA256-CRYPT\n\
        password_query = SELECT email AS user, password FROM virtual_users WHERE email = '%u'\n";
    pw.configure_dovecot_sql(&format!("{}{queries}", pw.database.dovecot_connect()));
    let (text, _) = config(&pw, &["dovecot-2.3"]);
    let dovecot_sql = format!("\n#   dovecot_sql = \"{file}\"\n");
    expect(&text, &[&format!("started with --dovecot-sql {file};"), &dovecot_sql]);
    expect(&text, &["used as they are: password_query. Without an iterate_query"]);
    let (text, _) = config(&pw, &["dovecot-2.3", "--through=database", program]);
    expect(&text, &[&format!("\n  args = /srv/check --dovecot-sql {file}\n")]);
}

/// The report goes to the standard error, and names at most five users of a kind.
pub(crate) fn report(servers: &Arc<Servers>, kind: Kind) {
    let mut pw = Pw::new(servers, kind);
    let prefixed = format!("{{SHA256-CRYPT}}{CRYPT}");
    let dear = format!("{{SHA256-CRYPT}}{}", CRYPT.replace("$5$", "$5$rounds=2000000$"));
    let good = [("john@example.org", prefixed.as_str()), ("jane@example.org", &prefixed)];
    pw.database.add_users(good.map(|(user, stored)| (user, Some(stored))));
    let (text, said) = config(&pw, &["dovecot-2.4"]);
    assert!(said.starts_with("2 accounts: 2 SHA256-CRYPT.\n"), "{said}");
    expect(&said, &["Dovecot 2.4 alone takes all of these", "its own passdb sql will do"]);
    expect_not(&said, &["Weak", "Let in by nobody", "{SCHEME}"]);
    expect(&text, &["cram-md5 works with none"]);
    expect_not(&text, &["auth_allow_weak_schemes", "john@"]);

    let old: Vec<String> = (1..=7).map(|number| format!("old{number}@example.org")).collect();
    pw.database.add_users(old.iter().map(|user| (user.as_str(), Some(MD5))));
    let rows: [(&str, Option<&str>); 7] = [
        ("plain@example.org", Some("{PLAIN}summersun")),
        ("bare@example.org", Some(CRYPT)),
        ("malformed@example.org", Some("{PLAIN-MD5}14cbfb")),
        ("locked@example.org", Some("!")),
        ("null@example.org", None),
        ("dear@example.org", Some(&dear)),
        ("evil@example.org\nRefused", Some("{NO-SUCH}x")),
    ];
    pw.database.add_users(rows);
    let before = pw.everything();
    let (text, said) = config(&pw, &["dovecot-2.4"]);
    assert_eq!(pw.everything(), before);
    expect(&said, &["16 accounts: 1 PLAIN, 7 PLAIN-MD5, 4 SHA256-CRYPT."]);
    expect(&said, &["Refused by Dovecot 2.4 alone: 7 (7 PLAIN-MD5): old1@example.org, "]);
    expect(
        &said,
        &["old5@example.org and 2 more\n", "Or let Dovecot 2.4 take them: auth_allow_weak"],
    );
    expect_not(&said, &["old6@", "summersun", "\nRefused by\n"]);
    for (words, user) in [
        ("does not check these: 1 (a cost of 2000000 rounds is over", "dear@example.org"),
        ("no password could match: 1 (malformed PLAIN-MD5", "malformed@example.org"),
        ("no password could match: 1 (unknown password scheme", "evil@example.org\\nRefused"),
        ("Let in by nobody: 1 (no stored password)", "null@example.org"),
        ("Let in by nobody: 1 (locked)", "locked@example.org"),
        ("Weak, whoever reads them: 8 (1 PLAIN, 7 PLAIN-MD5)", "old1@example.org"),
    ] {
        let line = said.lines().find(|line| line.contains(words));
        assert!(line.is_some_and(|line| line.contains(user)), "{words}: {said}");
    }
    expect(&said, &["Upgrade at sign-in is off. With it, 10 stored passwords (7 PLAIN-MD5, 3 SHA"]);
    expect(&said, &["1 have no {SCHEME} in front and are read as SHA256-CRYPT. Dovecot 2.4's own"]);
    expect(&said, &["unless passdb_default_password_scheme is SHA256-CRYPT"]);
    expect(&text, &["cram-md5 works with 1 of 12", "\n#auth_allow_weak_schemes = yes\n"]);
    expect_not(&text, &["@example.org"]);

    // What an administrator's own queries find says the same.
    let toml = pw.database.toml();
    let own = format!(
        "{toml}[query]\npassword = \"SELECT email AS user, password FROM people WHERE email = '%u'\"\n"
    );
    pw.database.execute("CREATE VIEW people AS SELECT email, password FROM virtual_users;");
    grant_select(&pw, "people");
    pw.configure(&format!("{own}iterate = \"SELECT email AS user FROM people ORDER BY 1\"\n"));
    assert_eq!(config(&pw, &["dovecot-2.4"]).1, said);
    pw.configure(&own);
    let (text, said) = config(&pw, &["dovecot-2.4"]);
    expect(&said, &["Nothing can be said of the accounts: no iterate_query lists them"]);
    expect(&text, &["cram-md5 works with PLAIN and CRAM-MD5 ones only"]);
    let connect = pw.database.dovecot_connect();
    pw.configure_dovecot_sql(&format!(
        "{connect}password_query = SELECT email AS user, password FROM people WHERE email='%u'\n\
         iterate_query = SELECT email AS user FROM people\n"
    ));
    expect(&config(&pw, &["dovecot-2.3"]).1, &["malformed MD5", "bare@example.org"]);
}

/// Lets the account that only reads read this, too.
fn grant_select(pw: &Pw, view: &str) {
    if pw.database.kind == Kind::Postgres {
        pw.database.execute(&format!("GRANT SELECT ON {view} TO mailuser;"));
    }
}

/// Without a database it is all or nothing.
pub(crate) fn database_away(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    pw.configure(&pw.database.toml());
    pw.database.set_running(false);
    let output = pw.run(&["config", "dovecot-2.4"], "");
    let offline = pw.run(&["config", "dovecot-2.4", "--offline"], "");
    pw.database.set_running(true);
    assert_fails(&output, TEMPORARY, "--offline leaves the accounts out");
    assert!(!output.err().contains(DATABASE_PASSWORD), "{output:?}");
    assert_eq!((offline.code(), offline.err().as_str()), (0, ""), "{offline:?}");
    let (online, _) = config(&pw, &["dovecot-2.4"]);
    assert_eq!(in_force(&offline.out()), in_force(&online));
    expect(&offline.out(), &["let in only with auth_allow_weak_schemes = yes"]);
}

pub(crate) fn refusals(servers: &Arc<Servers>) {
    let mut pw = Pw::new(servers, Kind::Sqlite);
    let fails = |pw: &Pw, arguments: &[&str], code, words: &str| {
        assert_fails(&pw.run(&[&["config"], arguments].concat(), ""), code, words);
    };
    for through in ["--through=checkpassword", "--through=database"] {
        fails(&pw, &["dovecot-2.4", through], USAGE, "expected --through lua");
    }
    for path in ["own.lua", "/a b", "/a\nb", "/a#b", "/$b", "/ä"] {
        let option = format!("--lua-file={path}");
        fails(&pw, &["dovecot-2.4", &option], DATA, "expected a path from the root");
        // Nobody asks for it.
        let checkpassword = ["dovecot-2.3", "--through=checkpassword", &option];
        config(&pw, &checkpassword);
    }
    for arguments in [&["config"][..], &["config", "dovecot-2.2"]] {
        let output = pw.run(arguments, "");
        assert!(output.code() == USAGE && output.stdout.is_empty(), "{output:?}");
    }
    let socket = "[client_socket]\npath = '/srv/a b'\n";
    pw.configure(&format!("{}{socket}", pw.database.toml()));
    fails(&pw, &["dovecot-2.4"], DATA, "/srv/a b: cannot stand in Dovecot's configuration");
    config(&pw, &["dovecot-2.3", "--through=database"]);
    // What keeps the daemon from starting.
    let connect = pw.database.dovecot_connect();
    pw.configure_dovecot_sql(&format!(
        "{connect}password_query = SELECT password FROM t WHERE a=%u\n"
    ));
    fails(&pw, &["dovecot-2.3"], crate::pw::CONFIG, ":3: ");
}
