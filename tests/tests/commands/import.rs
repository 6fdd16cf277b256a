//! `ispmail-pw import`.

use std::fmt::Write as _;
use std::sync::Arc;

use ispmail_tests::database::{Database, Kind, Servers};
use ispmail_tests::layouts::Tables;
use ispmail_tests::terminal::Terminal;

use crate::pw::{CONFIG, DATA, Pw, TEMPORARY, add_user};

const ALL: &str = r#"{"domain":"example.com"}
{"address":"john@example.com","password":"correct horse battery"}
{"address":"Jane@Example.org","stored":"{PLAIN}wintermoon"}
{"address":"jim@example.org","password":"correct horse staple","enabled":false}
{"source":"info@example.org","destinations":["jane@example.org","john@example.com"]}
{"source":"@example.com","destinations":["john@example.com"]}
"#;

pub(crate) fn all_or_users(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let before = pw.everything();
    let answer = "Added 1 domain, 3 users and 2 aliases.\n";
    assert_eq!(pw.does(&["import", "--dry-run"], ALL), format!("Would be done: {answer}"));
    assert_eq!(pw.everything(), before, "a dry run changed something");
    assert_eq!(pw.does(&["import", "-"], ALL), answer);
    let users = ["jane@example.org", "jim@example.org", "john@example.com"];
    assert_eq!(pw.column("email", "virtual_users"), users);
    assert_eq!(pw.column("name", "virtual_domains"), ["example.com", "example.org"]);
    let sources = ["@example.com", "info@example.org", "info@example.org"];
    assert_eq!(pw.column("source", "virtual_aliases"), sources);
    assert!(pw.signs_in("john@example.com", "correct horse battery"));
    assert!(pw.stored("john@example.com").starts_with("{SHA256-CRYPT}$5$rounds=20000$"));
    assert_eq!(pw.stored("jane@example.org"), "{PLAIN}wintermoon");
    assert!(pw.stored("jim@example.org").starts_with("{CRYPT}$!${SHA256-CRYPT}$5$"));
    assert!(!pw.signs_in("jim@example.org", "correct horse staple"));

    // A file, told by its name, and what a script reads.
    let file = servers.scratch().path().join(format!("{}.csv", pw.database.name()));
    std::fs::write(&file, "\u{feff}address,stored\r\njack@example.net,{PLAIN}wintermoon\r\n")
        .unwrap();
    let file = file.display().to_string();
    let arguments = ["import", "--add-domains", "--json", &file];
    let answer = r#"{"action":"import","aliases":0,"domains":1,"skipped":0,"users":1}"#;
    let told = |line: &str| -> serde_json::Value { serde_json::from_str(line).unwrap() };
    assert_eq!(told(&pw.does(&arguments, "")), told(answer));
    assert!(pw.signs_in("jack@example.net", "wintermoon"));
    pw.refuses(&["import", "/no/such.csv"], "", DATA, "/no/such.csv: ");
}

/// What is there already, what is unknown, and what is weak.
pub(crate) fn rules(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, "john@example.org");
    let john = pw.stored("john@example.org");
    let text = users(3) + "John@example.org,{PLAIN}other\njane@example.org,{PLAIN}x\n";
    let words = "line 5: john@example.org exists already; nothing was changed";
    pw.refuses(&["import"], &text, DATA, words);
    let answer = pw.does(&["import", "--skip-existing"], &text);
    assert_eq!(answer, "Added 0 domains, 4 users and 0 aliases. Left 1 user as they were.\n");
    assert_eq!(pw.stored("john@example.org"), john);
    let answer = pw.does(&["import", "--skip-existing"], &text);
    assert!(answer.ends_with("0 users and 0 aliases. Left 5 users as they were.\n"), "{answer}");

    // Twice in the file is an error, whichever stands there.
    let twice = "address,stored\na@example.org,{PLAIN}x\nb@example.org,{PLAIN}x\n\
                 A@example.org,{PLAIN}y\n";
    for arguments in [&["import"][..], &["import", "--skip-existing"]] {
        let words = "line 4: a@example.org stands on line 2 already";
        pw.refuses(arguments, twice, DATA, words);
    }
    let elsewhere = "address,stored\na@example.org,{PLAIN}x\na@bücher.example,{PLAIN}x\n";
    let words = "line 3: there is no domain xn--bcher-kva.example; --add-domains adds";
    pw.refuses(&["import"], elsewhere, DATA, words);
    pw.does(&["import", "--add-domains"], elsewhere);
    assert_eq!(pw.column("name", "virtual_domains"), ["example.org", "xn--bcher-kva.example"]);
    let words = "line 1: there is no domain example.net";
    let alias = "{\"source\":\"a@example.net\",\"destinations\":[\"a@b.c\"]}";
    pw.refuses(&["import"], alias, DATA, words);

    let weak = "address,password\nweak@example.org,password1\n";
    pw.refuses(&["import"], weak, DATA, "line 2: the password is among the most common ones");
    pw.does(&["import", "--accept-weak"], weak);
    assert!(pw.signs_in("weak@example.org", "password1"));
    let quota = "address,stored,quota\nq@example.org,{PLAIN}x,1G\n";
    pw.refuses(&["import"], quota, DATA, "line 2: quota: the layout ispmail has none");
}

/// All of them are told, in the order of the file, whoever finds them.
pub(crate) fn errors(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    add_user(&pw, "u1@example.org");
    let before = pw.everything();
    let text = users(3)
        + "bad address,{PLAIN}x\nu4@example.com,{PLAIN}x\nu0@example.org,{PLAIN}x\n\
           u5@example.org,{SCHEME}x\nu6@example.org,{PLAIN}x,\n";
    let output = pw.run(&["import"], &text);
    assert_eq!((output.code(), output.out().as_str()), (DATA, ""), "{output:?}");
    let told = output.err();
    let lines: Vec<&str> = told.lines().collect();
    let expected = [
        "ispmail-pw: line 3: u1@example.org exists already",
        "ispmail-pw: line 5: \"bad address\" is not a mail address",
        "ispmail-pw: line 6: there is no domain example.com",
        "ispmail-pw: line 7: u0@example.org stands on line 2 already",
        "ispmail-pw: line 8: stored: unknown password scheme",
        "ispmail-pw: line 9: 3 values, where the header has 2 columns",
        "ispmail-pw: errors in 6 of 8 records; nothing was changed",
    ];
    assert_eq!(lines.len(), expected.len(), "{told}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{expected}: {told}");
    }
    assert_eq!(pw.everything(), before);

    // The first twenty of many, also far behind the first.
    let many: String = (0..1500).fold("domain\n".to_owned(), |text, number| {
        text + if number % 50 == 0 { "-\n" } else { "example.net\n" }
    });
    let output = pw.run(&["import", "--json"], &many);
    let told = output.err();
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!((output.code(), lines.len()), (DATA, 21), "{output:?}");
    assert!(lines[0].contains("\"line\":2") && lines[19].contains("\"line\":952"), "{told}");
    assert!(lines[20].contains("10 more; errors in 30 of 1500 records"), "{told}");
    assert_eq!(pw.everything(), before);
}

pub(crate) fn bad_files(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let long = format!("address,stored\na@example.org,{}\n", "x".repeat(10 << 20));
    let long_json =
        format!("{{\"address\":\"a@example.org\",\"stored\":\"{}", "x".repeat(10 << 20));
    let good = "address,stored\nfirst@example.org,{PLAIN}x\n";
    for (text, words) in [
        (&b""[..], "the file is empty"),
        (b"a@example.org,secret\n", "line 1: no header"),
        (b"address\na@example.org\n", "line 1: the column password or stored is missing"),
        (b"address;stored\n", "semicolons"),
        (b"address,stored,shoe\n", "line 1: unknown column shoe"),
        (format!("{good}a@example.org\n").as_bytes(), "line 3: 1 value, where"),
        (format!("{good}\"a@example.org\n").as_bytes(), "line 3: a quote that is never closed"),
        (&[good.as_bytes(), b"a@example.org,\xff\n"].concat(), "line 3: stored is not UTF-8"),
        (&[good.as_bytes(), b"a@example.org,\0\n"].concat(), "line 3: stored has a NUL byte"),
        (b"\xff\xfea\0", "UTF-16"),
        (long.as_bytes(), "line 2: longer than 65536 bytes"),
        (long_json.as_bytes(), "line 1: longer than 65536 bytes"),
        (b"{\"address\":", "line 1: the JSON object has no end"),
        (b"[]", "line 1: not a JSON object"),
    ] {
        pw.refuses(&["import"], text, DATA, words);
    }
    // What means something to SQL, in every field.
    for odd in ["'", "\"", "%", ";", "😀", "' OR '1'='1", "%u", "\\", "--", "$1", "?"] {
        let quoted = odd.replace('"', "\"\"");
        let text = format!("{good}\"a{quoted}@example.org\",x\n");
        expect_bad_name(&pw, &text);
        expect_bad_name(&pw, &format!("domain\n\"a{quoted}.example\"\n"));
        expect_bad_name(&pw, &format!("source,destination\na@example.org,\"a {quoted}@b.c\"\n"));
        let text = format!("{good}a@example.org,\"{{PLAIN}}{quoted}\"\n");
        let output = pw.run(&["import", "--dry-run"], &text);
        assert_eq!(output.code(), 0, "{odd}: {output:?}");
    }
    let odd = "' OR \"1\" = '1'; -- %u %% \\ $1 ? ,";
    let text = format!("{good}odd@example.org,\"{{PLAIN}}{}\"\n", odd.replace('"', "\"\""));
    pw.does(&["import"], &text);
    assert!(pw.signs_in("odd@example.org", odd));
}

#[track_caller]
fn expect_bad_name(pw: &Pw, text: &str) {
    let before = pw.everything();
    let output = pw.run(&["import"], text);
    assert_eq!(output.code(), DATA, "{text}: {output:?}");
    assert!(output.err().contains("line ") && output.err().lines().count() == 1, "{output:?}");
    assert_eq!(pw.everything(), before, "{text}");
}

/// Wider than the column: the line and the column are named.
pub(crate) fn narrow(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    let wide = format!("{}@example.org", "a".repeat(64));
    pw.database.execute(&match kind {
        Kind::Postgres => "ALTER TABLE virtual_users ALTER COLUMN email TYPE varchar(60);
             ALTER TABLE virtual_users ALTER COLUMN password TYPE varchar(80);"
            .to_owned(),
        _ => "ALTER TABLE virtual_users MODIFY email varchar(60), MODIFY password varchar(80);"
            .to_owned(),
    });
    let text = users(3).replace(&"x".repeat(100), "x") + &format!("{wide},{{PLAIN}}x\n");
    pw.refuses(&["import"], text, DATA, "line 5: the column email is too narrow");
    let text = "address,password\na@example.org,correct horse battery\n";
    pw.refuses(&["import"], text, DATA, "line 2: the column password is too narrow");
}

/// The account that only reads, and tables of another layout.
pub(crate) fn not_ours(servers: &Arc<Servers>, kind: Kind) {
    let pw = Pw::new(servers, kind);
    pw.configure(&pw.database.toml());
    pw.refuses(&["import"], users(3), TEMPORARY, "the database refused");
    pw.configure(&pw.database.toml_over_socket());
    let arguments = ["import", "--layout", "postfixadmin"];
    let before = pw.everything();
    let output = pw.run(&arguments, users(3));
    assert!(output.code() != 0 && output.err().lines().count() == 1, "{output:?}");
    assert_eq!(pw.everything(), before);
    let toml = pw.database.toml_over_socket();
    let query = "[query]\npassword = \"SELECT password FROM others WHERE a = '%u'\"\n";
    pw.configure(&format!("{toml}{query}"));
    pw.refuses(&["import"], users(3), CONFIG, "the import cannot be done with the layout own");
}

/// Tables that undo nothing.
pub(crate) fn without_transactions(servers: &Arc<Servers>) {
    let pw = Pw::on(servers, Database::create_with(servers, Kind::MariaDb, Tables::Courier));
    let output = pw.run(&["import"], users(3));
    assert!(output.code() != 0 && output.out().is_empty(), "{output:?}");
    assert!(output.err().contains("knows no transactions"), "{output:?}");
    assert_eq!(pw.database.execute("SELECT * FROM users;"), "");
}

/// Out of every layout, and into it again.
pub(crate) fn there_and_back(servers: &Arc<Servers>, kind: Kind) {
    for tables in
        [Tables::Ispmail, Tables::IspmailQuota, Tables::Etch, Tables::Courier, Tables::PostfixAdmin]
    {
        let new = || {
            let database = Database::create_with(servers, kind, tables);
            if kind == Kind::MariaDb && matches!(tables, Tables::Courier) {
                for table in ["users", "virtual", "transport"] {
                    database.execute(&format!("ALTER TABLE `{table}` ENGINE=InnoDB;"));
                }
            }
            let pw = Pw::on(servers, database);
            let (scheme, _) = schemes(tables);
            let toml = pw.database.toml_over_socket();
            pw.configure(&toml.replace("\"SHA256-CRYPT\"", &format!("\"{scheme}\"")));
            pw
        };
        let (one, other) = (new(), new());
        let (_, stored) = schemes(tables);
        let quota = if matches!(tables, Tables::IspmailQuota | Tables::PostfixAdmin) {
            ",\"quota\":1073741824"
        } else {
            ""
        };
        let off = if matches!(tables, Tables::Courier | Tables::PostfixAdmin) {
            ",\"enabled\":false"
        } else {
            ""
        };
        let mut text = String::from("{\"domain\":\"example.net\"}\n");
        for number in 0..150 {
            let (quota, off) = if number % 2 == 0 { (quota, off) } else { ("", "") };
            let address = format!("u{number:03}@example.net");
            let record = r#"{"address":"ADDRESS","stored":"STORED"QUOTA"#;
            let record = record.replace("ADDRESS", &address).replace("STORED", stored);
            writeln!(text, "{}{off}}}", record.replace("QUOTA", quota)).unwrap();
        }
        text += "{\"source\":\"@example.org\",\"destinations\":[\"a@b.c\",\"u001@example.net\"]}\n";
        let answer = one.does(&["import"], &text);
        assert_eq!(answer, "Added 1 domain, 150 users and 1 alias.\n", "{tables:?}");
        let exported = one.does(&["export", "--with-passwords"], "");
        assert_eq!(exported.lines().count(), 153, "{tables:?}: {exported}");
        assert!(exported.contains(stored), "{tables:?}: {exported}");
        if !quota.is_empty() {
            assert_eq!(exported.matches("\"quota\":1073741824").count(), 75, "{exported}");
        }
        if !off.is_empty() {
            assert_eq!(exported.matches("\"enabled\":false").count(), 75, "{exported}");
        }
        other.does(&["import"], &exported);
        assert_eq!(other.does(&["export", "--with-passwords"], ""), exported, "{tables:?}");
        let answer = other.does(&["import", "--skip-existing"], &exported);
        assert!(answer.contains("Left 150 users"), "{tables:?}: {answer}");
    }
}

/// The default scheme, and a value of it that the column can hold.
fn schemes(tables: Tables) -> (&'static str, &'static str) {
    match tables {
        Tables::Etch => ("PLAIN-MD5", "14cbfb845af1f030e372b1cb9275e6dd"),
        Tables::Courier => ("CRYPT", "$1$0123$ddbBS7lLq17hrNbvaI5Rh1"),
        Tables::PostfixAdmin => (
            "CRYPT",
            "{SHA256-CRYPT}$5$M/GWzmtjsLroRWIf$0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL7",
        ),
        _ => ("SHA256-CRYPT", "{PLAIN}wintermoon"),
    }
}

pub(crate) fn on_a_terminal(servers: &Arc<Servers>) {
    let pw = Pw::new(servers, Kind::Sqlite);
    let mut terminal = Terminal::start(&format!("{}; echo \"code $?\"", pw.shell("import")));
    terminal.wait_for("code ");
    let (_, shown) = terminal.finish();
    assert!(shown.contains("not a terminal") && shown.contains("code 64"), "{shown}");
    let file = servers.scratch().path().join("shown.csv");
    std::fs::write(&file, users(5000)).unwrap();
    let words = pw.shell(&format!("import {}", file.display()));
    let (code, shown) = Terminal::start(&words).finish();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains(" records, ") && shown.contains("Added 0 domains"), "{shown}");
}

/// CSV of so many users of example.org, with long stored passwords.
pub(crate) fn users(count: usize) -> String {
    let mut text = "address,stored\n".to_owned();
    for number in 0..count {
        writeln!(text, "u{number}@example.org,{{PLAIN}}{}", "x".repeat(100)).unwrap();
    }
    text
}
