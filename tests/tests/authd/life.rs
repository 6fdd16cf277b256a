//! Ready, read again, stopped, killed.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ispmail_tests::authd::{Authd, Start};
use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::process::ids_of;
use ispmail_tests::scratch::write_configuration;

use crate::fixture::{
    DEAR, DEARER, GOOD, JOHN, Mail, QUICK, WRONG, accounts, expect_answers, fail, ok,
};
use crate::wire::{id_of, plain};

/// What systemd is told.
pub(crate) fn notifications(servers: &Arc<Servers>) {
    let number = servers.next_number();
    let directory = servers.scratch().directory(&format!("notify{number}"), ids_of("root"));
    let path = directory.join("socket");
    let socket = UnixDatagram::bind(&path).expect("bind");
    fs::set_permissions(&path, Permissions::from_mode(0o666)).expect("chmod");
    socket.set_read_timeout(Some(Duration::from_mins(1))).expect("time-out");
    let next = || {
        let mut buffer = [0; 1000];
        let length = socket.recv(&mut buffer).expect("notification");
        String::from_utf8(buffer[..length].to_vec()).expect("text")
    };
    let variable = format!("NOTIFY_SOCKET={}", path.display());
    let start = Start { through: &["env", &variable], ..Start::default() };
    let mut mail = Mail::with(servers, Kind::Sqlite, QUICK, start);
    assert_eq!(next().trim_end(), "READY=1");
    for configuration in [None, Some("nonsense")] {
        if let Some(text) = configuration {
            write_configuration(&mail.daemon.configuration(), text);
        }
        mail.daemon.reload();
        let reloading = next();
        let mut lines = reloading.lines();
        assert_eq!(lines.next(), Some("RELOADING=1"));
        assert!(
            lines.next().is_some_and(|line| line.starts_with("MONOTONIC_USEC=")),
            "{reloading}"
        );
        assert_eq!(next().trim_end(), "READY=1");
    }
    mail.expect_john();
    mail.daemon.stop();
    assert_eq!(next().trim_end(), "STOPPING=1");
}

/// A changed configuration is for new requests; one with a mistake changes nothing.
pub(crate) fn reloads(servers: &Arc<Servers>) {
    let mail = Mail::new(servers, Kind::Sqlite);
    mail.database.add_user("dear@example.org", Some(DEARER));
    let other = accounts(servers, Kind::Sqlite);
    other.execute("UPDATE virtual_users SET password = '{PLAIN}springsun';");
    let file = mail.daemon.configuration();
    let first = fs::read_to_string(&file).expect("configuration");
    let second = first.replace(&mail.database.toml(), &other.toml());
    assert_ne!(first, second);

    let mut client = mail.client();
    let mut expect = |good: &str, bad: &str| {
        assert_eq!(mail.client().ask(plain(1, JOHN, good)), ok(1, JOHN));
        assert_eq!(client.ask(plain(1, JOHN, good)), ok(1, JOHN));
        assert_eq!(client.ask(plain(2, JOHN, bad)), fail(2));
    };
    expect(GOOD, "springsun");
    // What is under way is finished as it began.
    let mut slow = mail.client();
    let dear = |id| plain(id, "dear@example.org", GOOD);
    slow.send((1..=4).map(dear).collect::<String>());
    assert_eq!(id_of(&slow.line()), 1);
    write_configuration(&file, &second);
    mail.daemon.reload();
    expect("springsun", GOOD);
    expect_answers(slow.lines(3), [2, 3, 4].map(|id| ok(id, "dear@example.org")));
    assert_eq!(slow.ask(dear(5)), fail(5), "there is no such user now");

    for (from, to, said) in [
        ("refuse_after = 0", "refuse_after = -1", "[daemon] refuse_after"),
        ("refuse_after = 0", "refuse_before = 0", "[daemon] unknown key"),
        ("rounds = 2000", "rounds = \"2000", ""),
        ("[policy]", "[policies]", ""),
        ("sqlite://", "oracle://", "[database] url"),
        ("SHA256-CRYPT", "SHA-257", "the default scheme"),
    ] {
        let (before, _) = second.split_once(from).expect(from);
        let line = 1 + before.matches('\n').count();
        write_configuration(&file, &second.replacen(from, to, 1));
        let logged = mail.daemon.whole_log().len();
        mail.daemon.reload();
        let log = mail.daemon.whole_log().split_off(logged);
        let place = format!("the configuration stays as it was: {}:{line}: ", file.display());
        assert!(log.contains(&place) && log.contains(said), "expected {place:?}, {said:?}: {log}");
        expect("springsun", GOOD);
    }
    fs::remove_file(&file).expect("remove");
    mail.daemon.reload();
    expect("springsun", GOOD);
    write_configuration(&file, &first);
    mail.daemon.reload();
    expect(GOOD, "springsun");
}

/// However early it is told to stop, it leaves no sockets behind.
pub(crate) fn stopped_while_it_starts(servers: &Arc<Servers>) {
    let toml = accounts(servers, Kind::Sqlite).toml();
    let mut were_ready = 0;
    for step in 1..=40 {
        let wait = format!("{:.4}", 0.0005 * f64::from(step));
        let through = ["timeout", "--preserve-status", "--signal=TERM", &wait];
        let start = Start { through: &through, ..Start::default() };
        let (output, directory) = Authd::run_to_the_end(servers, &toml, start);
        let ready = output.err().contains("ready");
        assert!(!ready || output.code() == 0, "{wait} s: {output:?}");
        were_ready += usize::from(ready);
        let left: Vec<_> = fs::read_dir(&directory)
            .expect("directory")
            .map(|entry| entry.expect("entry").file_name())
            .filter(|name| name != "ispmail.toml")
            .collect();
        assert!(left.is_empty(), "after {wait} s: {left:?}");
    }
    eprintln!("{were_ready} of 40 were ready");
}

/// Told to stop, it answers every request that was sent before, and ends.
pub(crate) fn stopped_under_load(servers: &Arc<Servers>) {
    const EACH: usize = 700;
    let sections = QUICK.replace("[daemon]", "[daemon]\nrequests = 10000\nstop_within = 60");
    let mut mail = Mail::with(servers, Kind::Sqlite, &sections, Start::default());
    mail.database.add_user("dear@example.org", Some(DEAR));
    let mut clients: Vec<_> = (0..2).map(|_| mail.client()).collect();
    let mut idle = mail.client();
    let request = |id: usize| match id % 100 {
        0 => plain(id, "dear@example.org", GOOD),
        1..20 => plain(id, JOHN, WRONG),
        _ => plain(id, JOHN, GOOD),
    };
    let expected = |id: usize| match id % 100 {
        0 => ok(id, "dear@example.org"),
        1..20 => fail(id),
        _ => ok(id, JOHN),
    };
    let requests: String = (1..=EACH).map(request).collect();
    for client in &mut clients {
        client.send(&requests);
    }
    mail.daemon.signal("TERM");
    let begin = Instant::now();
    idle.expect_closed();
    for client in &mut clients {
        expect_answers(client.rest(), (1..=EACH).map(expected));
    }
    assert_eq!(mail.daemon.wait().code(), Some(0));
    eprintln!("stopped within {:?}", begin.elapsed());
    let sockets = [mail.daemon.client_socket(), mail.daemon.master_socket()];
    assert!(sockets.iter().all(|socket| !socket.exists()), "sockets are left behind");
    mail.daemon.start_again();
    mail.expect_john();
}

/// What takes longer than it may is given up.
pub(crate) fn stopped_in_time(servers: &Arc<Servers>) {
    let sections = "\n[daemon]\nstop_within = 0.3\n";
    let mut mail = Mail::with(servers, Kind::Sqlite, sections, Start::default());
    mail.database.add_user("dear@example.org", Some(DEARER));
    let mut client = mail.client();
    client.send((1..=30).map(|id| plain(id, "dear@example.org", GOOD)).collect::<String>());
    let first = client.line();
    mail.daemon.signal("TERM");
    let begin = Instant::now();
    assert_eq!(mail.daemon.wait().code(), Some(0));
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert_eq!(mail.daemon.log_lines("stopped before everything was done"), 1);
    let answers = client.rest();
    assert!(first.starts_with("OK\t") && answers.len() < 29, "{answers:?}");
    assert!(answers.iter().all(|line| line.starts_with("OK\t")), "{answers:?}");
}

/// Those who want to be connected while it is restarted find it again.
pub(crate) fn killed(servers: &Arc<Servers>) {
    let mut mail = Mail::new(servers, Kind::Sqlite);
    for _ in 0..3 {
        let mut client = mail.client();
        client.send((1..100).map(|id| plain(id, JOHN, GOOD)).collect::<String>());
        assert_eq!(client.line().split('\t').next(), Some("OK"));
        mail.daemon.kill();
        assert!(client.rest().iter().all(|line| line.starts_with("OK\t")));
        mail.daemon.start_again();
        mail.expect_john();
    }
}
