//! Look-ups by trusted programs, and by others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ispmail_tests::authd::Start;
use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::rows::{MALFORMED, REAL, REFUSED};

use crate::fixture::{GOOD, JOHN, Mail, QUICK, STORED, WRONG, fail, ok};
use crate::wire::{HELLO, MASTER_HELLO, Wire, base64, id_of, plain};

const USERS: usize = 3000;

/// Home, uid and gid of somebody at example.org.
fn found(id: usize, login: &str) -> String {
    let local = login.split('@').next().unwrap_or_default();
    format!("USER\t{id}\t{login}\thome=/var/vmail/example.org/{local}\tuid=5000\tgid=5000")
}

pub(crate) fn thousands_of_users(servers: &Arc<Servers>, kind: Kind) {
    let mail = Mail::new(servers, kind);
    let logins: Vec<_> = (0..USERS).map(|number| format!("user{number}@example.org")).collect();
    mail.database.add_users(logins.iter().map(|login| (&**login, Some("{PLAIN}x"))));
    let mut master = mail.master();

    master.send("LIST\t1\tservice=doveadm\n");
    let mut listed = BTreeSet::new();
    loop {
        let line = master.line();
        match line.strip_prefix("LIST\t1\t") {
            Some(login) => assert!(listed.insert(login.to_owned()), "{login} came twice"),
            None => break assert_eq!(line, "DONE\t1\t"),
        }
    }
    assert!(logins.iter().all(|login| listed.contains(login)));
    let others = REAL.len() + REFUSED.len() + MALFORMED.len() + 1;
    assert_eq!(listed.len(), USERS + others);

    // One in ten is nobody.
    let mut requests = String::new();
    let mut expected = BTreeMap::new();
    for (number, login) in logins.iter().enumerate() {
        let id = 100 + number;
        let (asked, answer) = if number % 10 == 0 {
            (format!("no-{login}"), format!("NOTFOUND\t{id}"))
        } else {
            (login.clone(), found(id, login))
        };
        let request = format!("USER\t{id}\t{asked}\tservice=lmtp\n");
        requests += &request;
        expected.insert(id, answer);
    }
    // All at once: the answers are read while the requests are still going out.
    let mut writer = mail.master();
    let answers: BTreeMap<_, _> = std::thread::scope(|scope| {
        let (requests, writer) = (&requests, &mut writer);
        let mut reader = writer.share();
        scope.spawn(move || writer.send(requests));
        reader.lines(USERS).into_iter().map(|line| (id_of(&line), line)).collect()
    });
    assert_eq!(answers, expected);
}

/// Stored passwords for those mechanisms that need one, and only usable ones.
pub(crate) fn credentials(servers: &Arc<Servers>, kind: Kind) {
    let mail = Mail::new(servers, kind);
    let cram = "{CRAM-MD5}9186d855e11eba527a7a52748dbf6f5d3f2c1d66bcb4ccb5cd9eb5ce0e4d5f21";
    mail.database.add_user("cram@example.org", Some(cram));
    let mut master = mail.master();
    let pass = |login: &str, password: &str| {
        let local = login.split('@').next().unwrap_or_default();
        let fields = "userdb_uid=5000\tuserdb_gid=5000";
        format!(
            "PASS\t1\tuser={login}\tuserdb_home=/var/vmail/example.org/{local}\t{fields}{password}"
        )
    };
    for (login, scheme, expected) in [
        (JOHN, "", pass(JOHN, &format!("\tpassword={STORED}"))),
        (JOHN, "\tscheme=SHA256-CRYPT", pass(JOHN, &format!("\tpassword={STORED}"))),
        (JOHN, "\tscheme=CRAM-MD5", pass(JOHN, "")),
        (
            "plain@example.org",
            "\tscheme=CRAM-MD5",
            pass("plain@example.org", "\tpassword={PLAIN}summersun"),
        ),
        (
            "cram@example.org",
            "\tscheme=cram-md5",
            pass("cram@example.org", &format!("\tpassword={cram}")),
        ),
        ("cram@example.org", "\tscheme=DIGEST-MD5", pass("cram@example.org", "")),
        ("locked-bang@example.org", "", pass("locked-bang@example.org", "")),
        ("null@example.org", "", pass("null@example.org", "")),
        ("empty@example.org", "", pass("empty@example.org", "")),
        ("unknown-scheme@example.org", "", fail(1)),
        ("nobody@example.org", "", "NOTFOUND\t1".to_owned()),
        ("not a login", "", "NOTFOUND\t1".to_owned()),
    ] {
        let request = format!("PASS\t1\t{login}\tservice=imap{scheme}\n");
        assert_eq!(master.ask(request), expected, "{login}{scheme}");
    }
    // Mail is delivered to locked accounts, and to those whose password is a mistake.
    for login in ["locked-bang@example.org", "null@example.org", "unknown-scheme@example.org"] {
        assert_eq!(master.ask(format!("USER\t2\t{login}\tservice=lmtp\n")), found(2, login));
    }
    assert_eq!(master.ask("USER\t2\tJOHN@Example.ORG\tservice=lmtp\n"), found(2, JOHN));
    assert_eq!(master.ask("CACHE-FLUSH\t3\n"), "OK\t3\t0");
    assert_eq!(master.ask("REQUEST\t4\t1\t1\t00\n"), "FAIL\t4");
}

/// A database that cannot be asked is no unknown user.
pub(crate) fn database_errors(servers: &Arc<Servers>, kind: Kind) {
    let mail = Mail::new(servers, kind);
    let mut master = mail.master();
    mail.database.execute("ALTER TABLE virtual_users RENAME TO elsewhere;");
    assert_eq!(master.ask(format!("USER\t1\t{JOHN}\tservice=lmtp\n")), "FAIL\t1");
    assert_eq!(master.ask(format!("PASS\t2\t{JOHN}\tservice=imap\n")), "FAIL\t2");
    assert_eq!(master.ask("LIST\t3\tservice=doveadm\n"), "DONE\t3\tfail");
    mail.database.execute("ALTER TABLE elsewhere RENAME TO virtual_users;");
    assert_eq!(master.ask(format!("USER\t4\t{JOHN}\tservice=lmtp\n")), found(4, JOHN));
}

/// Who may connect, and is not trusted: turned away from one socket, and told nothing about the
/// userdb by the other.
pub(crate) fn untrusted(servers: &Arc<Servers>) {
    let open = "mode = \"0666\"";
    let start = Start { client_socket: open, master_socket: open, ..Start::default() };
    let mail = Mail::with(servers, Kind::Sqlite, QUICK, start);
    let (clients, masters) = (mail.daemon.client_socket(), mail.daemon.master_socket());
    let sent = base64(format!("\0{JOHN}\0{GOOD}"));
    let request = format!("AUTH\t1\tPLAIN\tservice=imap\twith_userdb\tresp={sent}\n");
    let userdb = "\tuserdb_home=/var/vmail/example.org/john\tuserdb_uid=5000\tuserdb_gid=5000";

    // The daemon's own user and root are trusted, and nobody else.
    for (user, fields) in [("root", userdb), ("dovecot", userdb), ("nobody", ""), ("mysql", "")] {
        let mut client = Wire::open_as(&clients, user).greet_as_client();
        assert_eq!(client.ask(&request), ok(1, JOHN) + fields, "{user}");
        assert_eq!(client.ask(plain(2, JOHN, WRONG)), fail(2));
        let mut master = Wire::open_as(&masters, user);
        let sent = master.try_send(format!("{MASTER_HELLO}USER\t1\t{JOHN}\tservice=lmtp\n"));
        if fields.is_empty() {
            master.expect_closed();
        } else {
            sent.expect("write to the daemon");
            assert_eq!(master.lines(3)[2], found(1, JOHN), "{user}");
        }
    }
    assert_eq!(mail.daemon.log_lines("turned away from the master socket"), 2);

    // Unless the configuration says so.
    let users = "mode = \"0666\"\nusers = [\"nobody\"]";
    let start = Start { client_socket: open, master_socket: users, ..Start::default() };
    let mail = Mail::with(servers, Kind::Sqlite, QUICK, start);
    let mut client = Wire::open_as(&mail.daemon.client_socket(), "nobody").greet_as_client();
    assert_eq!(client.ask(&request), ok(1, JOHN) + userdb);
    let mut master = Wire::open_as(&mail.daemon.master_socket(), "nobody");
    master.send(format!("{MASTER_HELLO}USER\t1\t{JOHN}\tservice=lmtp\n"));
    assert_eq!(master.lines(3)[2], found(1, JOHN));
    Wire::open_as(&mail.daemon.master_socket(), "mysql").expect_closed();
}

/// What ends a master's connection.
pub(crate) fn protocol_errors(servers: &Arc<Servers>) {
    let mail = Mail::new(servers, Kind::Sqlite);
    let look_up = format!("USER\t1\t{JOHN}\tservice=lmtp\n");
    for sent in [
        look_up.clone(),
        format!("VERSION\t2\t0\n{look_up}"),
        HELLO.to_owned(),
        format!("{MASTER_HELLO}USER\t1\n"),
        format!("{MASTER_HELLO}AUTH\t1\tPLAIN\tservice=smtp\n"),
        format!("{MASTER_HELLO}HELO\n"),
    ] {
        let mut master = Wire::open(&mail.daemon.master_socket());
        master.send(&sent);
        assert_eq!(master.lines(2)[1], format!("SPID\t{}", mail.daemon.pid()));
        assert_eq!(master.rest(), Vec::<String>::new(), "{sent:?}");
    }
}
