//! More than can be done, and refusals that all take the same.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ispmail_tests::authd::Start;
use ispmail_tests::database::{Kind, Servers};

use crate::fixture::{DEAR, DEARER, GOOD, JOHN, Mail, WRONG, expect_answers, fail, ok, temporary};
use crate::wire::plain;

const DEAR_LOGIN: &str = "dear@example.org";

/// One request more than may be is answered at once.
pub(crate) fn too_many_requests(servers: &Arc<Servers>) {
    let mail = Mail::with(servers, Kind::Sqlite, "\n[daemon]\nrequests = 5\n", Start::default());
    mail.database.add_user(DEAR_LOGIN, Some(DEARER));
    let mut client = mail.client();
    let mut master = mail.master();
    client.send((1..=5).map(|id| plain(id, DEAR_LOGIN, GOOD)).collect::<String>());
    // Also on other connections, and for everybody.
    assert_eq!(client.ask(plain(6, JOHN, GOOD)), temporary(6));
    assert_eq!(mail.client().ask(plain(7, JOHN, WRONG)), temporary(7));
    assert_eq!(master.ask(format!("USER\t8\t{JOHN}\tservice=lmtp\n")), "FAIL\t8");
    assert_eq!(master.ask("LIST\t9\tservice=doveadm\n"), "DONE\t9\tfail");
    expect_answers(client.lines(5), (1..=5).map(|id| ok(id, DEAR_LOGIN)));
    mail.expect_john();
    assert_eq!(mail.daemon.log_lines("could not check: too many requests at once"), 2);
}

/// While dear rows are being checked, others sign in as if there were none.
pub(crate) fn dear_rows(servers: &Arc<Servers>) {
    const COUNT: usize = 20;
    let mail = Mail::with(servers, Kind::Sqlite, "", Start::default());
    mail.database.add_user(DEAR_LOGIN, Some(DEAR));
    let mut slow = mail.client();
    let mut client = mail.client();
    let begin = Instant::now();
    slow.send((1..=COUNT).map(|id| plain(id, DEAR_LOGIN, GOOD)).collect::<String>());
    let mut longest = Duration::ZERO;
    for id in 1..=10 {
        let begin = Instant::now();
        assert_eq!(client.ask(plain(id, JOHN, GOOD)), ok(id, JOHN));
        longest = longest.max(begin.elapsed());
    }
    let answers = slow.lines(COUNT);
    let all = begin.elapsed();
    expect_answers(answers, (1..=COUNT).map(|id| ok(id, DEAR_LOGIN)));
    eprintln!("{COUNT} dear ones took {all:?}, another one meanwhile at most {longest:?}");
    assert!(longest < all / 4, "{longest:?} of {all:?}");
}

/// Refusals are answered when a time is over, whatever the reason; other answers are not held
/// back, and refusals do not wait for each other.
pub(crate) fn refuse_after(servers: &Arc<Servers>) {
    let delay = Duration::from_millis(500);
    let sections = "\n[policy]\nrounds = 2000\n[daemon]\nrefuse_after = 0.5\n";
    let mail = Mail::with(servers, Kind::Sqlite, sections, Start::default());
    let mut client = mail.client();
    let begin = Instant::now();
    let refused = [
        (JOHN, WRONG),
        ("nobody@example.org", GOOD),
        ("plain@example.org", WRONG),
        ("locked-bang@example.org", GOOD),
        ("null@example.org", GOOD),
        (JOHN, ""),
        ("not a login", GOOD),
    ];
    let requests = (1..).zip(refused.iter().cycle().take(70));
    client.send(
        requests.map(|(id, (login, password))| plain(id, login, password)).collect::<String>(),
    );
    client.send(plain(100, JOHN, GOOD) + &plain(101, "unknown-scheme@example.org", GOOD));
    expect_answers(client.lines(2), [ok(100, JOHN), temporary(101)]);
    let first = client.line();
    assert!(begin.elapsed() >= delay, "{:?}", begin.elapsed());
    let mut answers = client.lines(69);
    assert!(begin.elapsed() < 10 * delay, "{:?}", begin.elapsed());
    answers.push(first);
    expect_answers(answers, (1..=70).map(fail));
}
