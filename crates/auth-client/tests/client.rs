//! The client against listeners that do what a daemon does, and what none should.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics has said what is wrong")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ispmail_auth_client::{Client, Decision, Error, LookUp, Session, Sockets, Timeouts};
use tempfile::TempDir;

const HELLO: &str = "VERSION\t1\t4\nMECH\tPLAIN\tplaintext\nSPID\t7\nCUID\t1\nCOOKIE\t00\nDONE\n";
const MASTER_HELLO: &str = "VERSION\t1\t1\nSPID\t7\n";
const OK: &str = "user=john@example.org\tuserdb_home=/srv/john\tnologin\tx=a\u{1}tb";

/// A directory with the two sockets.
struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn sockets(&self) -> Sockets {
        Sockets::with_client(self.path("auth-client"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn client(&self, request: u64, restart: u64) -> Client {
        let [request, restart] = [request, restart].map(Duration::from_millis);
        Client::new(self.sockets(), Timeouts { request, restart })
    }

    /// Listens at this socket; each connection, with its number from 0, is `serve`d in turn. What
    /// clients send comes by the channel.
    fn listen(
        &self,
        name: &str,
        mut serve: impl FnMut(usize, Peer) + Send + 'static,
    ) -> mpsc::Receiver<String> {
        let listener = UnixListener::bind(self.path(name)).unwrap();
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let lines = sender.clone();
                serve(number, Peer { stream: BufReader::new(stream.unwrap()), lines });
            }
        });
        lines
    }
}

/// The server's side of a connection.
struct Peer {
    stream: BufReader<UnixStream>,
    lines: mpsc::Sender<String>,
}

impl Peer {
    fn say(&mut self, text: &str) {
        // A client that has gone is some tests' purpose.
        let _ = self.stream.get_mut().write_all(text.as_bytes());
    }

    /// Reads up to the next line with this word, and gives its id; nothing at the end.
    fn read(&mut self, word: &str) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).unwrap_or(0) == 0 {
                return None;
            }
            let _ = self.lines.send(line.trim_end_matches('\n').to_owned());
            let mut words = line.split(['\t', '\n']);
            if words.next() == Some(word) {
                return words.next().map(str::to_owned);
            }
        }
    }

    /// Answers so many sign-ins.
    fn accept(&mut self, count: usize) {
        self.say(HELLO);
        for _ in 0..count {
            let Some(id) = self.read("AUTH") else { return };
            self.say(&format!("OK\t{id}\t{OK}\n"));
        }
    }
}

fn sign_in(client: &mut Client) -> Result<Decision, Error> {
    let session = Session { service: "imap", fields: &[("rip", b"::1"), ("session", b"a\tb")] };
    client.sign_in(b"john", b"summersun", session)
}

fn accepted(client: &mut Client) -> bool {
    matches!(sign_in(client), Ok(Decision::Accepted(_)))
}

fn failed(client: &mut Client) -> Error {
    match sign_in(client) {
        Ok(_) => panic!("answered"),
        Err(error) => error,
    }
}

fn fields(account: &ispmail_auth_client::Account) -> Vec<(&str, &[u8])> {
    let text = |bytes| std::str::from_utf8(bytes).unwrap();
    account.fields.iter().map(|field| (text(&field.name), field.value.as_slice())).collect()
}

#[test]
fn one_connection_for_many_requests() {
    let place = Place::new();
    let lines = place.listen("auth-client", |_, mut peer| peer.accept(usize::MAX));
    let mut client = place.client(5000, 0);
    let Ok(Decision::Accepted(account)) = sign_in(&mut client) else { panic!() };
    assert_eq!(account.user, b"john@example.org");
    let expected: [(&str, &[u8]); 3] =
        [("userdb_home", b"/srv/john"), ("nologin", b""), ("x", b"a\tb")];
    assert_eq!(fields(&account), expected);
    assert!(accepted(&mut client));
    drop(client);
    let auth = |id: u32| {
        format!(
            "AUTH\t{id}\tPLAIN\tservice=imap\tnologin\twith_userdb\trip=::1\tsession=a\u{1}tb\t\
             resp=AGpvaG4Ac3VtbWVyc3Vu"
        )
    };
    let pid = std::process::id();
    let sent: Vec<String> = lines.iter().take(4).collect();
    assert_eq!(sent, ["VERSION\t1\t4".to_owned(), format!("CPID\t{pid}"), auth(1), auth(2)]);
}

#[test]
fn look_ups() {
    let place = Place::new();
    let lines = place.listen("auth-master", |_, mut peer| {
        peer.say(MASTER_HELLO);
        peer.read("USER");
        peer.say("USER\t1\tjohn@example.org\thome=/srv/john\tuid=5000\n");
        peer.read("USER");
        peer.say("NOTFOUND\t2\n");
        peer.read("USER");
        peer.say("FAIL\t3\n");
    });
    let mut client = place.client(5000, 0);
    let session = Session { service: "lmtp", fields: &[("lip", b"::1")] };
    let Ok(LookUp::Found(account)) = client.look_up(b"john", session) else { panic!() };
    assert_eq!(account.user, b"john@example.org");
    assert_eq!(fields(&account), [("home", &b"/srv/john"[..]), ("uid", b"5000")]);
    assert!(matches!(client.look_up(b"a\0b", session), Ok(LookUp::Unknown)));
    assert!(matches!(client.look_up(b"john", session), Err(Error::CouldNot)));
    drop(client);
    let sent: Vec<String> = lines.iter().take(3).collect();
    let expected = [
        "VERSION\t1\t1",
        "USER\t1\tjohn\tservice=lmtp\tlip=::1",
        "USER\t2\ta\u{1}0b\tservice=lmtp\tlip=::1",
    ];
    assert_eq!(sent, expected);

    let place = Place::new();
    place.listen("auth-master", |_, mut peer| {
        peer.say(MASTER_HELLO);
        peer.read("PASS");
        peer.say("PASS\t1\tuser=john\tpassword={PLAIN}x\n");
        peer.read("LIST");
        peer.say("LIST\t2\ta\nLIST\t9\tx\nLIST\t2\tb\u{1}tc\nDONE\t2\t\n");
        peer.read("LIST");
        peer.say("LIST\t3\ta\nDONE\t3\tfail\n");
    });
    let mut client = place.client(5000, 0);
    let found = client.credentials(b"john", "CRAM-MD5", session);
    let Ok(LookUp::Found(account)) = found else { panic!() };
    assert_eq!(fields(&account), [("password", &b"{PLAIN}x"[..])]);
    let mut logins = Vec::new();
    client.list(|login| logins.push(login.to_vec())).unwrap();
    assert_eq!(logins, [&b"a"[..], b"b\tc"]);
    assert!(matches!(client.list(|_| ()), Err(Error::CouldNot)));
}

#[test]
fn what_cannot_be_sent() {
    let place = Place::new();
    let mut client = place.client(5000, 5000);
    let session = Session { service: "imap", fields: &[] };
    for (login, password) in [
        (&b"a\0b"[..], &b"x"[..]),
        (b"john", b"a\0b"),
        (&[b'x'; 13_000], b"x"),
        (b"john", &vec![b'x'; 1 << 20]),
    ] {
        assert!(matches!(client.sign_in(login, password, session), Ok(Decision::Refused)));
    }
    assert!(matches!(client.look_up(&[b'x'; 9000], session), Ok(LookUp::Unknown)));
    let long = vec![b'x'; 20_000];
    let session = Session { service: "imap", fields: &[("client_id", &long)] };
    assert!(matches!(client.sign_in(b"john", b"x", session), Err(Error::TooLong(_))));
    assert!(matches!(client.look_up(b"john", session), Err(Error::TooLong(_))));
}

#[test]
fn a_connection_that_was_closed_is_replaced() {
    let place = Place::new();
    place.listen("auth-client", |_, mut peer| peer.accept(2));
    // Not even patience is needed.
    let mut client = place.client(5000, 0);
    for _ in 0..7 {
        assert!(accepted(&mut client));
    }
}

#[test]
fn new_connections_that_are_closed() {
    // As happens when a daemon stops just then.
    let place = Place::new();
    place.listen("auth-client", |number, mut peer| match number {
        0 => {}
        1 => peer.say(HELLO),
        _ => peer.accept(1),
    });
    assert!(accepted(&mut place.client(5000, 2000)));

    let place = Place::new();
    let lines = place.listen("auth-client", |_, mut peer| drop(peer.read("AUTH")));
    let mut client = place.client(5000, 2000);
    assert!(failed(&mut client).is_unreachable());
    drop(client);
    let tries = lines.try_iter().filter(|line| line.starts_with("AUTH")).count();
    assert_eq!(tries, 3);
    assert!(failed(&mut place.client(5000, 0)).is_unreachable());
    assert_eq!(lines.try_iter().filter(|line| line.starts_with("AUTH")).count(), 1);
}

#[test]
fn nothing_is_asked_twice_once_an_answer_has_begun() {
    let place = Place::new();
    place.listen("auth-master", |_, mut peer| {
        peer.say(MASTER_HELLO);
        if let Some(id) = peer.read("LIST") {
            peer.say(&format!("LIST\t{id}\ta\n"));
        }
    });
    let mut client = place.client(5000, 2000);
    let mut logins = 0;
    assert!(matches!(client.list(|_| logins += 1), Err(Error::Lost { .. })));
    assert_eq!(logins, 1);
}

#[test]
fn a_daemon_that_is_being_started() {
    let place = Place::new();
    let begin = Instant::now();
    assert!(matches!(failed(&mut place.client(5000, 0)), Error::Connect { .. }));
    assert!(begin.elapsed() < Duration::from_millis(200));
    let error = failed(&mut place.client(5000, 300));
    assert!(error.is_unreachable() && begin.elapsed() > Duration::from_millis(150), "{error}");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| accepted(&mut place.client(5000, 4000)));
        thread::sleep(Duration::from_millis(200));
        // A stale socket first, then one that is listened at.
        drop(UnixListener::bind(place.path("auth-client")).unwrap());
        thread::sleep(Duration::from_millis(200));
        std::fs::remove_file(place.path("auth-client")).unwrap();
        place.listen("auth-client", |_, mut peer| peer.accept(1));
        assert!(waiting.join().unwrap());
    });
    // Patience is never longer than what a request may take.
    std::fs::remove_file(place.path("auth-client")).unwrap();
    let begin = Instant::now();
    assert!(failed(&mut place.client(200, 60_000)).is_unreachable());
    assert!(begin.elapsed() < Duration::from_secs(2));
}

#[test]
fn too_slow() {
    let place = Place::new();
    place.listen("auth-client", |number, mut peer| match number {
        0 => drop((peer.say(HELLO), peer.read("CANCEL"))),
        // Every byte in time, but not all of them.
        1 => {
            peer.read("AUTH");
            for byte in HELLO.chars().cycle().take(100) {
                peer.say(&byte.to_string());
                thread::sleep(Duration::from_millis(20));
            }
        }
        _ => peer.accept(2),
    });
    let mut client = place.client(300, 300);
    for _ in 0..2 {
        let begin = Instant::now();
        let error = failed(&mut client);
        assert!(matches!(error, Error::TimedOut { .. }), "{error}");
        assert!(!error.is_unreachable());
        let took = begin.elapsed();
        assert!(took > Duration::from_millis(250) && took < Duration::from_secs(2), "{took:?}");
    }
    // By a new connection each time, so that a late answer is nobody's.
    thread::sleep(Duration::from_secs(2));
    assert!(accepted(&mut place.client(5000, 0)));
}

#[test]
fn a_listener_that_does_not_accept() {
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, bind, listen, socket};
    let place = Place::new();
    let listener = socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap();
    bind(&listener, &SocketAddrUnix::new(place.path("auth-client")).unwrap()).unwrap();
    listen(&listener, 0).unwrap();
    let mut clients = [0, 1, 2].map(|_| place.client(200, 0));
    for client in &mut clients {
        let begin = Instant::now();
        assert!(matches!(failed(client), Error::TimedOut { .. }));
        assert!(begin.elapsed() < Duration::from_secs(2));
    }
}

#[test]
fn answers_to_somebody_else() {
    let place = Place::new();
    place.listen("auth-client", |_, mut peer| {
        peer.say(HELLO);
        peer.read("AUTH");
        peer.say("FAIL\t99\tcode=temp_fail\nCONT\t98\t\nOK\t97\tuser=mallory\n");
        peer.say("FAIL\t1\tuser=john\tcode=user_disabled\n");
        peer.read("AUTH");
        peer.say("FAIL\t2\tauthz\n");
        peer.read("AUTH");
        peer.say("OK\t3\n");
    });
    let mut client = place.client(5000, 0);
    assert!(matches!(sign_in(&mut client), Ok(Decision::Refused)));
    assert!(matches!(sign_in(&mut client), Ok(Decision::Refused)));
    assert!(matches!(failed(&mut client), Error::Unexpected(_)));
}

#[test]
fn what_is_not_the_protocol() {
    for garbage in [
        "HTTP/1.1 400\n",
        "VERSION\t2\t0\n",
        "VERSION\t1\n",
        "NOTFOUND\t1\n",
        "OK\t1\tuser=a\0b\n",
        "OK\t-1\n",
        "FAIL\n",
        "\n",
    ] {
        let place = Place::new();
        for name in ["auth-client", "auth-master"] {
            place.listen(name, move |_, mut peer| {
                peer.say(garbage);
                peer.read("CANCEL");
            });
        }
        let mut client = place.client(5000, 0);
        let error = failed(&mut client);
        assert!(matches!(error, Error::Protocol(_)), "{garbage:?}: {error}");
        if garbage != "NOTFOUND\t1\n" {
            let looked = client.look_up(b"john", Session::default());
            assert!(matches!(looked, Err(Error::Protocol(_) | Error::CouldNot)), "{garbage:?}");
        }
    }
}
