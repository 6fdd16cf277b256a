//! Decisions, over every database.

use std::collections::BTreeMap;
use std::sync::Arc;

use ispmail_tests::authd::Start;
use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::rows::{MALFORMED, REAL, REFUSED};

use crate::fixture::{DEARER, GOOD, JOHN, Mail, QUICK, WRONG, expect_answers, fail, ok, temporary};
use crate::wire::{base64, id_of, plain, plain_as};

/// Every row that is out there with right and wrong passwords. All refusals are the same, byte for
/// byte, and what could not be checked says so.
pub(crate) fn every_row(servers: &Arc<Servers>, kind: Kind) {
    let mail = Mail::new(servers, kind);
    let mut client = mail.client();
    for (id, row) in (1..).zip(REAL) {
        assert_eq!(client.ask(plain(id, row.login, row.password)), ok(id, row.login));
    }
    let wrong = REAL.iter().map(|row| (row.login, WRONG));
    let empty = REAL.iter().map(|row| (row.login, ""));
    let locked = REFUSED.iter().flat_map(|&(login, _)| [(login, GOOD), (login, "!"), (login, "")]);
    let strangers = [("nobody@example.org", GOOD), ("john", GOOD), ("a\u{7f}\n\t\x01b", WRONG)];
    let refused = wrong.chain(empty).chain(locked).chain(strangers);
    for (id, (login, password)) in (1001..).zip(refused) {
        assert_eq!(client.ask(plain(id, login, password)), fail(id), "{login} with {password:?}");
    }
    for (id, &(login, _)) in (2001..).zip(MALFORMED) {
        for password in [GOOD, WRONG] {
            assert_eq!(client.ask(plain(id, login, password)), temporary(id), "{login}");
        }
        assert_eq!(client.ask(plain(id, login, "")), fail(id), "{login}");
    }
    client.expect_silence();
}

/// What the database refuses is no wrong password, and passes with its cause.
pub(crate) fn database_errors(servers: &Arc<Servers>, kind: Kind) {
    let mail = Mail::new(servers, kind);
    let mut client = mail.client();
    mail.database.execute("ALTER TABLE virtual_users RENAME TO elsewhere;");
    for password in [GOOD, WRONG] {
        assert_eq!(client.ask(plain(1, JOHN, password)), temporary(1));
    }
    mail.database.execute("ALTER TABLE elsewhere RENAME TO virtual_users;");
    assert_eq!(client.ask(plain(2, JOHN, GOOD)), ok(2, JOHN));
    assert_eq!(client.ask(plain(3, JOHN, WRONG)), fail(3));
}

/// A thousand at once on one connection: each is answered once, for the right user.
pub(crate) fn a_thousand_at_once(servers: &Arc<Servers>, kind: Kind) {
    let mail = Mail::new(servers, kind);
    let login = |number: usize| format!("user{number}@example.org");
    let rows: Vec<_> = (0..1000).map(|n| (login(n), format!("{{PLAIN}}{GOOD}-{n}"))).collect();
    mail.database.add_users(rows.iter().map(|(login, stored)| (&**login, Some(&**stored))));
    let mut requests = String::new();
    let mut expected = BTreeMap::new();
    for number in 0..1000 {
        let (id, row) = (7000 + number, &REAL[number % REAL.len()]);
        let (line, answer) = match number % 6 {
            0 => (plain(id, &login(number), &format!("{GOOD}-{number}")), ok(id, &login(number))),
            1 => (plain(id, &login(number), &format!("{GOOD}-{}", number + 1)), fail(id)),
            2 => (plain(id, row.login, row.password), ok(id, row.login)),
            3 => (plain(id, MALFORMED[number % MALFORMED.len()].0, GOOD), temporary(id)),
            4 => (plain(id, "nobody@example.org", GOOD), fail(id)),
            _ => {
                let shouted = login(number).to_uppercase();
                (plain(id, &shouted, &format!("{GOOD}-{number}")), ok(id, &login(number)))
            }
        };
        requests += &line;
        expected.insert(id, answer);
    }
    let mut client = mail.client();
    client.send(requests);
    let answers = client.lines(1000);
    let answers: BTreeMap<_, _> = answers.into_iter().map(|line| (id_of(&line), line)).collect();
    assert_eq!(answers, expected);
    client.expect_silence();
}

/// Answers overtake one that takes long, on the same connection.
pub(crate) fn a_dear_row_holds_up_nobody(servers: &Arc<Servers>) {
    let mail = Mail::with(servers, Kind::Sqlite, "", Start::default());
    mail.database.add_user("dear@example.org", Some(DEARER));
    let mut client = mail.client();
    let quick: String = (2..30).map(|id| plain(id, JOHN, GOOD)).collect();
    client.send(plain(1, "dear@example.org", GOOD) + &quick);
    let mut answers = client.lines(29);
    assert_eq!(answers.pop(), Some(ok(1, "dear@example.org")), "it came before others");
    expect_answers(answers, (2..30).map(|id| ok(id, JOHN)));
}

/// Nobody signs in as somebody else.
pub(crate) fn authorization_ids(servers: &Arc<Servers>) {
    let mail = Mail::new(servers, Kind::Sqlite);
    let mut client = mail.client();
    for authorization in ["", JOHN] {
        assert_eq!(client.ask(plain_as(1, authorization, JOHN, GOOD)), ok(1, JOHN));
        assert_eq!(client.ask(plain_as(1, authorization, JOHN, WRONG)), fail(1));
    }
    // The password makes no difference, so it cannot be guessed this way.
    for authorization in ["plain@example.org", "John@example.org", "root"] {
        let answers =
            [GOOD, WRONG].map(|password| client.ask(plain_as(1, authorization, JOHN, password)));
        assert_eq!(answers[0], "FAIL\t1\tcode=authz_fail", "{authorization}");
        assert_eq!(answers[0], answers[1]);
    }
}

/// What queries of one's own give besides the password, and what they are told of the session.
pub(crate) fn own_fields(servers: &Arc<Servers>) {
    let query = "SELECT email AS user, password, 'y' AS nodelay, '/srv/%s/%r' AS userdb_home, \
                 '*:bytes=7' AS userdb_quota_rule FROM virtual_users WHERE email = '%u'";
    let sections = format!("\n[query]\npassword = \"{query}\"\n");
    let mail = Mail::with(servers, Kind::Sqlite, &sections, Start::default());
    let mut client = mail.client();
    let sent = base64(format!("\0{JOHN}\0{GOOD}"));
    let request =
        |flags: &str| format!("AUTH\t1\tPLAIN\tservice=imap\trip=192.0.2.1{flags}\tresp={sent}\n");
    let plain = format!("OK\t1\tuser={JOHN}\tnodelay=y");
    assert_eq!(client.ask(request("")), plain);
    let all = "\tuserdb_home=/srv/imap/192.0.2.1\tuserdb_uid=5000\tuserdb_gid=5000\tuserdb_quota_rule=*:bytes=7";
    assert_eq!(client.ask(request("\twith_userdb")), plain + all);
}

/// What only Dovecot can honour must not be lost on others.
pub(crate) fn fields_only_for_dovecot(servers: &Arc<Servers>) {
    let query = "SELECT email AS user, password, '192.0.2.0/24' AS allow_nets \
                 FROM virtual_users WHERE email = '%u'";
    let sections = format!("\n[query]\npassword = \"{query}\"\n{QUICK}");
    let mail = Mail::with(servers, Kind::Sqlite, &sections, Start::default());
    let mut client = mail.client();
    assert_eq!(client.ask(plain(1, JOHN, GOOD)), temporary(1));
    assert_eq!(client.ask(plain(2, JOHN, WRONG)), fail(2));
    let sent = base64(format!("\0{JOHN}\0{GOOD}"));
    let answer = client.ask(format!("AUTH\t3\tPLAIN\tservice=imap\twith_userdb\tresp={sent}\n"));
    assert!(
        answer.starts_with(&(ok(3, JOHN) + "\tallow_nets=192.0.2.0/24\tuserdb_home=")),
        "{answer}"
    );
}
