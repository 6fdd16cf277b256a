//! `ispmail-pw export`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::process::run;

use crate::pw::{CONFIG, DATA, Pw, TEMPORARY};

pub(crate) fn formats(servers: &Arc<Servers>, kind: Kind) {
    let pw = with_accounts(servers, kind);
    let domains = "{\"domain\":\"example.org\"}\n";
    let aliases = "{\"source\":\"@example.org\",\"destinations\":[\"john@example.org\"]}\n\
                   {\"source\":\"info@example.org\",\
                   \"destinations\":[\"a@b.c\",\"john@example.org\"]}\n";
    let users = "{\"address\":\"jane@example.org\"}\n{\"address\":\"john@example.org\"}\n";
    let stored = "{\"address\":\"jane@example.org\",\"stored\":\"{PLAIN}a,\\\"b\"}\n\
                  {\"address\":\"john@example.org\",\"stored\":\"{PLAIN}summersun\"}\n";
    let csv = "address,stored,quota,enabled\njane@example.org,\"{PLAIN}a,\"\"b\",,\n\
               john@example.org,{PLAIN}summersun,,\n";
    for (arguments, expected) in [
        (&["export"][..], format!("{domains}{users}{aliases}")),
        (&["export", "--with-passwords", "-"], format!("{domains}{stored}{aliases}")),
        (&["export", "--what", "users", "--format", "ndjson"], users.to_owned()),
        (&["export", "--format", "csv", "--with-passwords"], csv.to_owned()),
        (
            &["export", "--what", "users"],
            "address,quota,enabled\njane@example.org,,\njohn@example.org,,\n".to_owned(),
        ),
        (&["export", "--what", "domains"], "domain\nexample.org\n".to_owned()),
        (
            &["export", "--what", "aliases"],
            "source,destination\n@example.org,john@example.org\n\
             info@example.org,\"a@b.c,john@example.org\"\n"
                .to_owned(),
        ),
    ] {
        assert_eq!(pw.does(arguments, ""), expected, "{arguments:?}");
    }
    // The account that only reads will do.
    pw.configure(&pw.database.toml());
    assert_eq!(pw.does(&["export", "--what", "domains"], ""), "domain\nexample.org\n");
    let toml = pw.database.toml();
    let own = "SELECT password FROM others WHERE email = '%u'";
    pw.configure(&format!("{toml}[query]\npassword = \"{own}\"\n"));
    pw.refuses(&["export", "--with-passwords"], "", CONFIG, "list no stored passwords");
}

/// There as a whole or not at all, and its owner's only.
pub(crate) fn to_a_file(servers: &Arc<Servers>, kind: Kind) {
    let pw = with_accounts(servers, kind);
    let directory = servers.scratch().path().join(format!("export-{}", pw.database.name()));
    fs::create_dir(&directory).unwrap();
    let file = directory.join("users.csv");
    let name = file.display().to_string();
    let arguments = ["export", "--with-passwords", &name];
    assert_eq!(pw.does(&arguments, ""), "");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("address,stored,quota,enabled\njane@example.org,"), "{text}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    pw.refuses(&arguments, "", DATA, "users.csv exists already; nothing was written");
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    pw.refuses(&["export", "/no/such/file"], "", TEMPORARY, "/no/such/file: ");
    fs::remove_file(&file).unwrap();
    // The database is away: no file.
    pw.database.set_running(false);
    assert_eq!(pw.run(&arguments, "").code(), TEMPORARY);
    pw.database.set_running(true);
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
    // On a disk that is full.
    let full = format!("{} > /dev/full", pw.shell("export"));
    let output = run(Command::new("/bin/sh").args(["-c", &full]), b"");
    assert!(output.code() == TEMPORARY && output.err().lines().count() == 1, "{output:?}");
}

/// The first line comes at once, what changes meanwhile is not seen, and a reader who goes away
/// leaves quietly.
pub(crate) fn many_rows(servers: &Arc<Servers>, kind: Kind) {
    const COUNT: usize = 20_000;
    let pw = Pw::new(servers, kind);
    let addresses: Vec<String> = (0..COUNT).map(|n| format!("u{n:05}@example.org")).collect();
    pw.database.add_users(addresses.iter().map(|address| (&**address, Some("{PLAIN}x"))));
    let mut child = pw.command(&["export", "--what", "users"]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "address,quota,enabled");
    assert_eq!(lines.next().unwrap().unwrap(), "u00000@example.org,,");
    if kind != Kind::Sqlite {
        // With a file, whoever writes waits for those who read.
        pw.database.execute("DELETE FROM virtual_users WHERE email = 'u19999@example.org';");
    }
    assert_eq!(lines.by_ref().count(), COUNT - 1);
    assert_eq!(child.wait().unwrap().code(), Some(0));

    let script = format!("{{ {}; echo \"code $?\" >&2; }} | head -n 1", pw.shell("export"));
    let output = run(Command::new("/bin/sh").args(["-c", &script]), b"");
    assert_eq!(output.out(), "{\"domain\":\"example.org\"}\n");
    assert_eq!(output.err(), format!("code {TEMPORARY}\n"));
}

fn with_accounts(servers: &Arc<Servers>, kind: Kind) -> Pw {
    let pw = Pw::new(servers, kind);
    pw.database.add_user("john@example.org", Some("{PLAIN}summersun"));
    pw.database.add_user("jane@example.org", Some("{PLAIN}a,\"b"));
    pw.database.execute(
        "INSERT INTO virtual_aliases (domain_id, source, destination) VALUES
             (1, 'info@example.org', 'john@example.org'), (1, 'info@example.org', 'a@b.c'),
             (1, '@example.org', 'john@example.org');",
    );
    pw
}
