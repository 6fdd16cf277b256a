//! `ispmail-pw doctor LOGIN`.

use std::fs;
use std::process::Command;
use std::sync::Arc;

use ispmail_tests::crypt::hashed;
use ispmail_tests::database::{DATABASE_PASSWORD, Database, Kind, Layout, Servers};
use ispmail_tests::layouts::Tables;
use ispmail_tests::process::must;
use ispmail_tests::terminal::Terminal;

use crate::diagnosis::Diagnosis;
use crate::pw::{FAILED, Pw, TEMPORARY, add_user};

const JOHN: &str = "john@example.org";
const HASH: &str = "$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1";
const MD5: &str = "14cbfb845af1f030e372b1cb9275e6dd";

pub(crate) fn well(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, JOHN);
    pw.configure(&pw.database.toml());
    let stored = pw.stored(JOHN);
    let before = pw.everything();
    let diagnosis = Diagnosis::of(&pw, &["John@Example.org"], "");
    for (step, state, words) in [
        ("configuration", "ok", ".toml"),
        ("permissions", "ok", "readable for dovecot only"),
        ("login", "note", "John@Example.org is looked for as john@example.org"),
        ("database", "ok", "answers"),
        ("layout", "ok", "(ispmail)"),
        ("domain", "ok", "example.org"),
        ("user", "ok", JOHN),
        ("password query", "ok", "finds the user"),
        ("stored password", "ok", "it is SHA256-CRYPT (20000 rounds)"),
        ("cram-md5", "note", "cannot work"),
        ("home", "note", "/var/vmail/example.org/john is not on this machine"),
    ] {
        diagnosis.expect(step, state, words);
    }
    diagnosis.expect_code(0);
    diagnosis.expect_nowhere(&stored);
    diagnosis.expect_nowhere(&stored[30..]);
    assert_eq!(pw.everything(), before);

    let test = |password: &str| {
        Diagnosis::of(&pw, &[JOHN, "--password-stdin"], &format!("{password}\nnext"))
    };
    test(JOHN).expect("password", "ok", "match").expect_code(0);
    test("wrong").expect("password", "fix", "mismatch").expect_code(FAILED);
    test("").expect("password", "unknown", "not tested").expect_code(0);
}

/// Logins that are nobody's, and who may be meant.
pub(crate) fn unknown(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, JOHN);
    pw.does(&["domain", "add", "example.com"], "");
    pw.does(&["domain", "add", "bücher.example"], "");
    add_user(&pw, "jane@xn--bcher-kva.example");
    pw.does(&["alias", "add", "info@example.org", JOHN], "");
    for (login, step, words) in [
        ("jack@example.org", "user", "ispmail-pw user add jack@example.org"),
        ("john@example.com", "user", "there is john@example.org"),
        ("jhon@example.org", "user", "there is john@example.org"),
        ("john", "user", "there is john@example.org"),
        (
            "info@example.org",
            "user",
            "it is an alias, not a mailbox, and leads to john@example.org",
        ),
        ("john@example.net", "domain", "there are: example.com, example.org"),
        ("“john@example.org”", "login", "quotation marks"),
        (" john@example.org", "login", "blanks"),
        ("jane@bücher.example", "login", "sign in as jane@xn--bcher-kva.example"),
        ("john+x@example.org", "login", "characters that no login may have: +."),
        ("", "login", "there is no login"),
        ("'", "login", "there is no login"),
        ("' OR '1'='1", "user", "there is no user"),
        ("%", "user", "there is no user"),
        ("\u{1b}[2J\nok", "user", "there is no user"),
        ("🙂@example.org", "login", "characters that no login may have"),
    ] {
        let diagnosis = Diagnosis::of(&pw, &["--", login], "");
        diagnosis.expect(step, "fix", words).expect_code(FAILED);
    }
    // What is to be typed stays one word.
    let odd = Diagnosis::of(&pw, &["--", "$(reboot)@example.org"], "");
    odd.expect("user", "fix", "ispmail-pw user add '$(reboot)@example.org'");
    // The user behind the quotation marks is looked at as well.
    Diagnosis::of(&pw, &["“john@example.org”"], "").expect("stored password", "ok", "SHA256");
    Diagnosis::of(&pw, &["jane@bücher.example"], "").expect("stored password", "ok", "SHA256");
    // A password is tested for nobody, too.
    let diagnosis = Diagnosis::of(&pw, &["jack@example.org", "--password-stdin"], "summersun\n");
    diagnosis.expect("password", "fix", "mismatch: unknown login");
}

/// Names as people write them into tables.
pub(crate) fn handmade_names(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let stored = Some("{PLAIN}summersun");
    pw.database.add_users([
        ("Jane@Example.org", stored),
        ("mary@example.org ", stored),
        ("jöhn@example.org", stored),
    ]);
    let state = |on_mariadb| if kind == Kind::MariaDb { on_mariadb } else { "fix" };
    Diagnosis::of(&pw, &["jane@example.org"], "").expect(
        "user",
        state("note"),
        "ispmail-pw user rename",
    );
    Diagnosis::of(&pw, &["mary@example.org"], "")
        .expect("user", "fix", "ispmail-pw user rename")
        .expect_code(FAILED);
    let words = if kind == Kind::MariaDb {
        "sign-ins go by that user's password"
    } else {
        "there is jöhn@"
    };
    Diagnosis::of(&pw, &[JOHN], "").expect("user", "fix", words).expect_code(FAILED);

    let twice = Layout { duplicates: true, ..Layout::default() };
    let pw = Pw::on(servers, Database::create(servers, kind, twice));
    pw.database.add_users([(JOHN, stored), (JOHN, stored)]);
    Diagnosis::of(&pw, &[JOHN], "").expect("user", "fix", "2 rows").expect_code(FAILED);
}

/// What can be wrong with a stored password.
pub(crate) fn stored(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let bare = HASH.strip_prefix("$5$").expect("prefix");
    let dear = format!("$5$rounds=2000000$EvfedKzPsSlPCj2T${}", &HASH[HASH.len() - 43..]);
    let rows: &[(&str, String, &str, &str)] = &[
        ("empty", String::new(), "fix", "the column is empty"),
        ("bang", format!("!{HASH}"), "fix", "locked by a ! or *"),
        ("locked", format!("{{CRYPT}}$!${HASH}"), "fix", "ispmail-pw user enable"),
        ("cut", format!("{{SHA256-CRYPT}}{}", &HASH[..40]), "fix", "the hash has a wrong length"),
        ("front", format!("{{SHA256-CRYPT}}{bare}"), "fix", "probably the $5$ is missing"),
        ("blank", format!("{{SHA256-CRYPT}}{HASH} "), "fix", "blanks or a line end"),
        ("md5", MD5.to_owned(), "fix", "as {PLAIN-MD5} it can"),
        ("scheme", format!("{{SHA257}}{HASH}"), "fix", "what follows it is SHA256-CRYPT"),
        ("plain", format!("{{PLAIN}}{HASH}"), "fix", "a hash that is read as plain text"),
        ("dear", dear, "fix", "over the ceiling"),
        ("bare", HASH.to_owned(), "ok", "read by the default SHA256-CRYPT"),
        ("clear", "{PLAIN}summersun".to_owned(), "ok", "it is PLAIN"),
        ("old", format!("{{PLAIN-MD5}}{MD5}"), "ok", "it is PLAIN-MD5"),
    ];
    let address = |name: &str| format!("{name}@example.org");
    let users: Vec<_> = rows.iter().map(|row| (address(row.0), row.1.clone())).collect();
    pw.database.add_users(users.iter().map(|(user, stored)| (user.as_str(), Some(&**stored))));
    for (name, stored, state, words) in rows {
        let diagnosis = Diagnosis::of(&pw, &[&address(name)], "");
        diagnosis.expect("stored password", state, words);
        diagnosis.expect_code(if *state == "fix" { FAILED } else { 0 });
        if stored.len() > 30 {
            diagnosis.expect_nowhere(&stored[stored.len() - 20..]);
        }
        diagnosis.expect_nowhere("summersun");
    }
    Diagnosis::of(&pw, &["old@example.org"], "").expect(
        "dovecot 2.4",
        "note",
        "auth_allow_weak_schemes",
    );
    Diagnosis::of(&pw, &["clear@example.org"], "").expect("cram-md5", "note", "may be set");
    let test = |name: &str, password: &str| {
        Diagnosis::of(&pw, &[&address(name), "--password-stdin"], password)
    };
    test("bare", "start123\n").expect("password", "ok", "match");
    test("locked", "start123\n").expect("password", "fix", "locked account");
    test("front", "start123\n").expect("password", "unknown", "not checked");
    test("dear", "start123\n").expect("password", "unknown", "not checked");

    // What scripts hash by mistake.
    let of_line = hashed(b"start123\n", "$5$rounds=1000$EvfedKzPsSlPCj2T");
    let twice = hashed(b"7c6a180b36896a0a8c02787eeafb0e4c", "$5$rounds=1000$EvfedKzPsSlPCj2T");
    pw.database.add_users([("l@example.org", Some(&*of_line)), ("t@example.org", Some(&*twice))]);
    test("l", "start123\n").expect("password", "fix", "the password with a line end");
    test("t", "password1\n").expect("password", "fix", "hashed twice");
}

/// A column that has cut what was written into it.
pub(crate) fn narrow(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    pw.database.execute(match kind {
        Kind::Postgres => "ALTER TABLE virtual_users ALTER COLUMN password TYPE varchar(32);",
        _ => "ALTER TABLE virtual_users MODIFY password varchar(32);",
    });
    let cut = format!("{{SHA256-CRYPT}}{HASH}");
    pw.database.add_users([(JOHN, Some(&cut[..32])), ("jane@example.org", Some(MD5))]);
    let diagnosis = Diagnosis::of(&pw, &[JOHN], "");
    diagnosis.expect("stored password", "fix", "probably it was cut");
    diagnosis.expect("column", "fix", "virtual_users.password has 32 characters");
    pw.configure(&pw.database.toml_over_socket().replace("SHA256-CRYPT", "PLAIN-MD5"));
    Diagnosis::of(&pw, &["jane@example.org"], "").expect_code(0);
}

/// Flags of other layouts.
pub(crate) fn flags(servers: &Arc<Servers>, kind: Kind) {
    let off = if kind == Kind::Postgres { "FALSE" } else { "0" };
    for (tables, user_off, domain_off) in [
        (Tables::Courier, "UPDATE users SET bool2 = 0;".to_owned(), None),
        (
            Tables::PostfixAdmin,
            format!("UPDATE mailbox SET active = {off};"),
            Some(format!("UPDATE domain SET active = {off};")),
        ),
    ] {
        let pw = Pw::on(servers, Database::create_with(servers, kind, tables));
        let layout = if tables == Tables::Courier { "courier" } else { "postfixadmin" };
        let named = format!("layout = \"{layout}\"\n{}", pw.database.toml_over_socket());
        pw.database.execute(&tables.add_user(kind, "john", HASH));
        Diagnosis::of(&pw, &[JOHN], "").expect(
            "layout",
            "fix",
            &format!("layout = \\\"{layout}\\\""),
        );
        pw.configure(&named);
        Diagnosis::of(&pw, &[JOHN], "").expect("flags", "ok", "switched on").expect_code(0);
        let test = Diagnosis::of(&pw, &[JOHN, "--password-stdin"], "start123\n");
        test.expect("password", "ok", "match").expect_code(0);
        if let Some(domain_off) = domain_off {
            pw.database.execute(&domain_off);
            Diagnosis::of(&pw, &[JOHN], "")
                .expect("domain", "fix", "switched off")
                .expect("password query", "note", "does not find")
                .expect_code(FAILED);
        }
        pw.database.execute(&user_off);
        Diagnosis::of(&pw, &[JOHN], "")
            .expect("flags", "fix", "ispmail-pw user enable")
            .expect_code(FAILED);
    }
}

/// What comes before the user.
pub(crate) fn on_the_way(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, JOHN);
    // Everybody can read the file.
    let shell = format!("chmod 644 '{}'", pw.configuration().display());
    must(Command::new("/bin/sh").args(["-c", &shell]), b"");
    Diagnosis::of(&pw, &[JOHN], "")
        .expect("permissions", "fix", "everybody on this machine can read it")
        .expect_code(FAILED);
    pw.configure("nonsense = ");
    Diagnosis::of(&pw, &[JOHN], "").expect("configuration", "fix", ".toml").expect_code(FAILED);
    // A query that finds nobody, and one that does not run.
    let own = |query: &str| {
        pw.configure(&format!(
            "{}[query]\npassword = \"{query}\"\n",
            pw.database.toml_over_socket()
        ));
        Diagnosis::of(&pw, &[JOHN], "")
    };
    own("SELECT email AS user, password FROM virtual_users WHERE email = '%u' AND id < 0").expect(
        "password query",
        "fix",
        "does not find the user, who is in the tables",
    );
    own("SELECT email AS user, passwort AS password FROM virtual_users WHERE email = '%u'").expect(
        "password query",
        "fix",
        "correct the query",
    );
    own("SELECT email AS user, password FROM virtual_users WHERE email = '%u'").expect_code(0);
    // What it gives is what counts, and not what the column holds.
    own("SELECT email AS user, '{PLAIN}summersun' AS password FROM virtual_users WHERE email = '%u'")
        .expect("stored password", "ok", "it is PLAIN")
        .expect_code(0);
    pw.configure(&pw.database.toml_over_socket());
    if kind == Kind::Sqlite {
        fs::remove_file(pw.database.file()).expect("remove");
    } else {
        let toml = pw.database.toml_over_socket();
        pw.configure(&toml.replace(DATABASE_PASSWORD, "wrong"));
    }
    Diagnosis::of(&pw, &[JOHN], "")
        .expect("database", "fix", "is the server running")
        .expect_code(TEMPORARY);
}

/// A password typed on the terminal, or none.
pub(crate) fn on_a_terminal(servers: &Arc<Servers>, kind: Kind) {
    const PROMPT: &str = "Test a password? Leave empty to skip: ";
    let pw = Pw::new(servers, kind);
    pw.database.add_user(JOHN, Some(HASH));
    for (typed, code, words) in [
        ("start123", 0, "ok      password: match"),
        ("wintermoon", FAILED, "FIX     password: mismatch"),
        ("", 0, "john@example.org can sign in, as far as can be seen."),
    ] {
        let mut terminal = Terminal::start(&pw.shell(&format!("doctor {JOHN}")));
        terminal.answer(PROMPT, typed);
        let (ended, shown) = terminal.finish();
        assert!(ended == code && shown.contains(words), "{ended} {shown}");
        assert!(typed.is_empty() || !shown.contains(typed), "{shown}");
    }
    let mut terminal = Terminal::start(&pw.shell(&format!("doctor {JOHN}")));
    terminal.wait_for(PROMPT);
    terminal.press("\x03");
    let (ended, _) = terminal.finish();
    assert_eq!(ended, 130);
}
