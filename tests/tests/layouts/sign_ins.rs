//! Who gets in, who is found, where the mail goes and how much of it.

use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use ispmail_auth_client::{Account, Client, LookUp, Session, Sockets, Timeouts};
use ispmail_tests::auth_client::Decision::{self, Accepted, Refused};
use ispmail_tests::binaries::{CHECKPASSWORD, install};
use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::dovecot::{Dovecot, block};
use ispmail_tests::layouts::Tables;

use crate::design::{Design, FREE, FULL, GOOD, JOHN, LOCKED, PLAIN, WRONG};
use crate::door::Door;
use crate::site::Site;

/// By the daemon's own sockets, and through each front door.
pub(crate) fn sign_ins(servers: &Arc<Servers>, kind: Kind, design: Design) {
    let site = Site::start(servers, kind, design);
    daemon(&site);
    doors(&site);
}

fn daemon(site: &Site) {
    let design = site.design;
    let requests = requests(design);
    let asked: Vec<_> = requests.iter().map(|(login, password, _)| pair(login, password)).collect();
    let answers = site.daemon.auth().pipeline(&asked, 64);
    for ((login, password, expected), answer) in requests.iter().zip(answers) {
        let log = site.daemon.log();
        assert_eq!(answer.decision(), *expected, "{login} {password}: {answer:?}\n{log}");
    }

    let sockets =
        Sockets { client: site.daemon.client_socket(), master: site.daemon.master_socket() };
    let mut client = Client::new(sockets, Timeouts::default());
    let session = Session { service: "lmtp", fields: &[] };
    for login in design.listed() {
        let Ok(LookUp::Found(account)) = client.look_up(login.as_bytes(), session) else {
            panic!("{login} is not found\n{}", site.daemon.log());
        };
        assert_eq!(shown(&account), expected_fields(site, login), "{login}");
    }
    for login in design.switched_off().iter().map(String::as_str).chain(["nobody@example.org"]) {
        let found = client.look_up(login.as_bytes(), session);
        assert!(matches!(found, Ok(LookUp::Unknown)), "{login}");
    }
    let mut listed = Vec::new();
    let each = |login: &[u8]| listed.push(String::from_utf8_lossy(login).into_owned());
    client.list(each).expect("a list");
    listed.sort_unstable();
    assert_eq!(listed, design.listed());

    // What CRAM-MD5 goes by, and what a sign-in does.
    let mut password = |login: &str, scheme: &str| {
        let Ok(LookUp::Found(account)) = client.credentials(login.as_bytes(), scheme, session)
        else {
            panic!("{login} is not found\n{}", site.daemon.log());
        };
        let field = account.fields.into_iter().find(|field| field.name == b"password");
        field.map(|field| String::from_utf8_lossy(&field.value).into_owned())
    };
    assert_eq!(password(JOHN, "CRAM-MD5"), None);
    assert_eq!(password(LOCKED, "CRAM-MD5"), None);
    if design != Design::Of(Tables::Etch) {
        assert_eq!(password(PLAIN, "CRAM-MD5").as_deref(), Some("{PLAIN}summersun"));
        let sign_in = password(PLAIN, "").expect("a password");
        assert_eq!(sign_in.starts_with("{CRYPT}$5$"), design.is_courier(), "{sign_in}");
    }
}

/// All at once.
fn doors(site: &Site) {
    let settings = Door::ALL.map(|door| (door, door.settings(&site.servers, &site.daemon)));
    let direct = direct(site);
    // One after the other, so that no two take the same port for a free one.
    let starting = Mutex::new(());
    let one_starts = || starting.lock().unwrap_or_else(PoisonError::into_inner);
    thread::scope(|scope| {
        let one_starts = &one_starts;
        let mut threads = vec![scope.spawn(move || {
            let starting = one_starts();
            let dovecot = Dovecot::start(&site.servers, &direct);
            drop(starting);
            through("checkpassword", site, &dovecot, false);
        })];
        for (door, settings) in settings {
            let quota = if door == Door::Lua24 { QUOTA_24 } else { QUOTA_23 };
            threads.push(scope.spawn(move || {
                let starting = one_starts();
                let dovecot = door.start(&site.servers, &(settings + quota));
                drop(starting);
                through(door.name(), site, &dovecot, door != Door::Checkpassword23);
            }));
        }
        for thread in threads {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
}

/// checkpassword that asks the database itself.
fn direct(site: &Site) -> String {
    let program = install(site.servers.scratch(), CHECKPASSWORD);
    let arguments =
        format!("{} --config {}", program.display(), site.configuration_file().display());
    block("passdb", "checkpassword", &arguments)
        + "userdb {\n  driver = prefetch\n}\n"
        + &block("userdb", "checkpassword", &arguments)
        + QUOTA_23
}

fn through(door: &str, site: &Site, dovecot: &Dovecot, lists: bool) {
    let design = site.design;
    // Dovecot 2.4 connects to any number of workers until one has told how many there may be.
    let first = dovecot.auth().plain(JOHN.as_bytes(), GOOD.as_bytes()).decision();
    assert_eq!(first, Accepted, "{door}\n{}", dovecot.log());
    let requests = requests(design);
    let asked: Vec<_> = requests.iter().map(|(login, password, _)| pair(login, password)).collect();
    let answers = dovecot.auth().pipeline(&asked, 64);
    for ((login, password, expected), answer) in requests.iter().zip(answers) {
        let log = dovecot.log();
        assert_eq!(answer.decision(), *expected, "{door}: {login} {password}: {answer:?}\n{log}");
    }
    mail(door, site, dovecot);

    let doveadm = dovecot.doveadm();
    for login in [JOHN, FULL, FREE, LOCKED] {
        let found = doveadm.user(login);
        let lines: Vec<String> =
            found.out().lines().map(|line| line.replacen('\t', "=", 1)).collect();
        for field in expected_fields(site, login) {
            // Dovecot 2.4 shows paths without what needs not be there.
            let short = field.trim_end_matches('/');
            assert!(
                lines.iter().any(|line| line.trim_end_matches('/') == short),
                "{door}: {login}: no {field} in {found:?}"
            );
        }
        let quota = lines.iter().filter(|line| line.contains("quota")).count();
        assert_eq!(quota > 0, design.has_quota() && login == FULL, "{door}: {login}: {found:?}");
    }
    for login in design.switched_off() {
        assert_eq!(doveadm.user(&login).code(), 67, "{door}: {login}\n{}", dovecot.log());
    }
    if lists {
        let listed = doveadm.user("*").out();
        let mut listed: Vec<&str> = listed.lines().collect();
        listed.sort_unstable();
        assert_eq!(listed, design.listed(), "{door}");
    }
    cram_md5(door, design, dovecot);
}

/// The mail goes where the layout says, and there is no more of it than it says.
fn mail(door: &str, site: &Site, dovecot: &Dovecot) {
    let message = [&b"Subject: hello\r\n\r\n"[..], &b"hello\r\n".repeat(500)].concat();
    for (login, local) in [(JOHN, "john"), (FREE, "free"), (FULL, "full")] {
        let mut imap = dovecot.imap();
        let reply = imap.login(login.as_bytes(), GOOD.as_bytes());
        assert!(reply.ok, "{door}: {login}: {}\n{}", reply.line, dovecot.log());
        let limited = login == FULL && site.design.has_quota();
        let reply = imap.append("INBOX", &message);
        let log = dovecot.log();
        assert_eq!(reply.ok, !limited, "{door}: {login}: {}\n{log}", reply.line);
        assert_eq!(reply.line.contains("[OVERQUOTA]"), limited, "{door}: {}\n{log}", reply.line);
        let mailbox = site.mailbox(local).join("cur");
        assert!(mailbox.is_dir(), "{door}: {}\n{}", mailbox.display(), dovecot.log());
    }
}

fn cram_md5(door: &str, design: Design, dovecot: &Dovecot) {
    let mut cases = vec![(JOHN, GOOD, false), (LOCKED, GOOD, false), (PLAIN, WRONG, false)];
    cases.push((PLAIN, GOOD, design != Design::Of(Tables::Etch)));
    if design.is_courier() {
        cases.push(("imapok@example.org", GOOD, false));
    }
    // At once: Dovecot 2.3 answers a refusal half a second late.
    thread::scope(|scope| {
        for (login, password, expected) in cases {
            scope.spawn(move || {
                let line = dovecot.imap().authenticate_cram_md5(login, password).line;
                let start = if expected { "OK" } else { "NO [AUTHENTICATIONFAILED]" };
                let log = dovecot.log();
                assert!(line.starts_with(start), "{door}: {login}, {password}: {line}\n{log}");
            });
        }
    });
}

/// Sign-ins, and what comes of them.
fn requests(design: Design) -> Vec<(String, &'static str, Decision)> {
    let mut requests = Vec::new();
    for login in design.listed() {
        let right = if login == LOCKED { Refused } else { Accepted };
        requests.extend([(login.to_owned(), GOOD, right), (login.to_owned(), WRONG, Refused)]);
    }
    requests.push(("John@Example.ORG".to_owned(), GOOD, Accepted));
    requests.push(("nobody@example.org".to_owned(), GOOD, Refused));
    requests.push(("john".to_owned(), GOOD, Refused));
    requests.extend(design.switched_off().into_iter().map(|login| (login, GOOD, Refused)));
    requests
}

fn pair(login: &str, password: &str) -> (Vec<u8>, Vec<u8>) {
    (login.as_bytes().to_vec(), password.as_bytes().to_vec())
}

/// `name=value`, sorted.
fn shown(account: &Account) -> Vec<String> {
    let field = |field: &ispmail_auth_client::Field| {
        format!(
            "{}={}",
            String::from_utf8_lossy(&field.name),
            String::from_utf8_lossy(&field.value)
        )
    };
    let mut fields: Vec<String> = account.fields.iter().map(field).collect();
    fields.sort_unstable();
    fields
}

/// What a userdb look-up gives, sorted.
fn expected_fields(site: &Site, login: &str) -> Vec<String> {
    let local = login.split('@').next().unwrap_or_default();
    let homes = site.homes.display();
    let mut fields = vec!["uid=5000".to_owned(), "gid=5000".to_owned()];
    if site.design.is_courier() {
        let path = format!("{homes}/example.org/{local}/");
        fields.extend([
            format!("home={homes}"),
            format!("mail=maildir:{path}"),
            "mail_driver=maildir".to_owned(),
            format!("mail_path={path}"),
        ]);
    } else {
        fields.push(format!("home={homes}/example.org/{local}"));
    }
    if site.design.has_quota() && login == FULL {
        fields.extend(["quota_rule=*:bytes=2000", "quota_storage_size=2000B"].map(str::to_owned));
    }
    fields.sort_unstable();
    fields
}

const QUOTA_24: &str = "mail_plugins = quota\nquota \"User quota\" {\n}\n";
const QUOTA_23: &str = "mail_plugins = quota\nplugin {\n  quota = maildir:User quota\n}\n";
