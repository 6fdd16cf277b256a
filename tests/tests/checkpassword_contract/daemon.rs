//! The same interface with the auth daemon behind it.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ispmail_tests::authd::Authd;
use ispmail_tests::binaries::{THIN_CHECKPASSWORD, install};
use ispmail_tests::checkpassword::Call;
use ispmail_tests::database::Servers;
use ispmail_tests::impostor::{Behaviour, Impostor};
use ispmail_tests::process::SERVER_LIMIT;

use crate::fixture::{
    ACCEPTED, CALLED_WRONGLY, COULD_NOT, FOUND, Fixture, JOHN, PASSWORD, REFUSED, STORED, UNKNOWN,
    expect,
};
use crate::replies::{DUMP, script};

const LOG_SAYS_WHY: &str = "the auth daemon's log says why";

/// A fixture with a daemon over its database.
struct Behind {
    fixture: Fixture,
    authd: Authd,
}

impl Behind {
    fn new(servers: &Arc<Servers>) -> Self {
        let fixture = Fixture::new(servers);
        let authd = Authd::start(servers, &fixture.database.toml());
        Self { fixture, authd }
    }

    /// A call of the program that knows the daemon and nothing else.
    fn call(&self) -> Call {
        Call::new(&self.thin(), &["--daemon", &self.socket()])
    }

    /// A call of the other one, with further options.
    fn call_with(&self, more: &[&str]) -> Call {
        Call::new(&self.fixture.program, &[&["--daemon", &*self.socket()], more].concat())
    }

    fn socket(&self) -> String {
        self.authd.client_socket().display().to_string()
    }

    fn thin(&self) -> PathBuf {
        install(self.fixture.servers.scratch(), THIN_CHECKPASSWORD)
    }
}

/// The daemon's answers are the database's.
pub(crate) fn answers(servers: &Arc<Servers>) {
    let behind = Behind::new(servers);
    let database = &behind.fixture.database;
    database.add_users([
        ("null@example.org", None),
        ("locked@example.org", Some("!")),
        ("broken@example.org", Some("{NO-SUCH}value")),
        (
            "crypt@example.org",
            Some("$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1"),
        ),
    ]);
    let fields = |login: &str| {
        let name = login.split('@').next().expect("name");
        let home = format!("userdb_home=/var/vmail/example.org/{name}");
        [format!("user={login}"), home, "userdb_uid=5000".to_owned(), "userdb_gid=5000".to_owned()]
    };
    let refused = format!("refused: {LOG_SAYS_WHY}");
    let could_not = format!("could not check: {LOG_SAYS_WHY}");
    for (login, password, code, message) in [
        (JOHN, PASSWORD, ACCEPTED, ""),
        ("JOHN@Example.ORG", PASSWORD, ACCEPTED, ""),
        ("crypt@example.org", "start123", ACCEPTED, ""),
        (JOHN, "wintermoon", REFUSED, &refused),
        (JOHN, "", REFUSED, &refused),
        ("", PASSWORD, REFUSED, &refused),
        ("nobody@example.org", PASSWORD, REFUSED, &refused),
        ("' OR '1'='1", PASSWORD, REFUSED, &refused),
        ("null@example.org", PASSWORD, REFUSED, &refused),
        ("locked@example.org", PASSWORD, REFUSED, &refused),
        ("broken@example.org", PASSWORD, COULD_NOT, &could_not),
    ] {
        let answer = expect(&behind.call().sign_in(login, password.as_bytes()), code, message, &[]);
        if code == ACCEPTED {
            assert_eq!(answer.fields(), fields(&login.to_ascii_lowercase()));
        }
    }
    // Without a request there is nobody to ask about.
    expect(&behind.call().without_request(), CALLED_WRONGLY, "descriptor 3 cannot be read", &[]);

    for login in [JOHN, "null@example.org", "locked@example.org", "broken@example.org"] {
        let answer = expect(&behind.call().look_up(login), FOUND, "", &[]);
        assert_eq!(answer.fields(), fields(login));
    }
    for login in ["nobody@example.org", "", "j_hn@example.org"] {
        expect(&behind.call().look_up(login), UNKNOWN, "unknown user", &[]);
    }
    for (login, scheme, password) in [
        (JOHN, "CRAM-MD5", Some(STORED)),
        (JOHN, "", Some(STORED)),
        ("crypt@example.org", "CRAM-MD5", None),
        ("locked@example.org", "CRAM-MD5", None),
    ] {
        let answer = expect(&behind.call().credentials(login, scheme), FOUND, "", &[]);
        let found = answer.fields();
        let stored = found.iter().find_map(|field| field.strip_prefix("password="));
        assert_eq!(stored, password, "{found:?}");
        for field in fields(login) {
            assert!(found.contains(&field), "no {field} in {found:?}");
        }
    }
    expect(&behind.call().credentials("nobody@example.org", ""), UNKNOWN, "unknown user", &[]);

    database.set_running(false);
    let right = || behind.call().sign_in(JOHN, PASSWORD.as_bytes());
    expect(&right(), COULD_NOT, &could_not, &[]);
    // The daemon has answered; the database would not do better.
    let configuration = behind.fixture.configuration.display().to_string();
    let fall_back = behind.call_with(&["--fall-back", "--config", &configuration]);
    expect(&fall_back.sign_in(JOHN, PASSWORD.as_bytes()), COULD_NOT, &could_not, &[]);
    let could_not_look = |what: &str| format!("could not look up the {what}: {LOG_SAYS_WHY}");
    expect(&behind.call().look_up(JOHN), COULD_NOT, &could_not_look("user"), &[]);
    let credentials = behind.call().credentials(JOHN, "CRAM-MD5");
    expect(&credentials, COULD_NOT, &could_not_look("credentials"), &[]);
}

/// What the row says beyond home, uid and gid, and what the request says about its session.
pub(crate) fn fields(servers: &Arc<Servers>) {
    let fixture = Fixture::new(servers);
    let query = "SELECT email AS user, password, 'a' || char(9) || 'b' AS reason, \
                 '/srv/%d/%n' AS userdb_home, '%s-%r-%a-%{session}-%{local_name}' AS userdb_note \
                 FROM virtual_users WHERE email='%u'";
    let toml = format!("dovecot_sql = \"{}\"\n", fixture.dovecot_sql(query).display());
    let behind = Behind { authd: Authd::start(servers, &toml), fixture };
    let session = |call: Call| {
        call.variable("SERVICE", "pop3")
            .variable("TCPREMOTEIP", "192.0.2.1")
            .variable("AUTH_LPORT", "995")
            .variable("AUTH_SESSION", "abc")
            .variable("AUTH_PASSWORD", "not for the daemon")
    };
    let call = || session(behind.call());
    let mut expected = [
        "user=john@example.org",
        "reason=a\u{1}tb",
        "userdb_home=/srv/example.org/john",
        "userdb_uid=5000",
        "userdb_gid=5000",
        "userdb_note=pop3-192.0.2.1-995-abc-",
    ];
    expected.sort_unstable();
    let mut found = expect(&call().sign_in(JOHN, PASSWORD.as_bytes()), ACCEPTED, "", &[]).fields();
    found.sort();
    assert_eq!(found, expected);
    let mut found = expect(&call().look_up(JOHN), FOUND, "", &[]).fields();
    found.sort();
    let userdb: Vec<&str> =
        expected.iter().copied().filter(|field| field.starts_with("user")).collect();
    assert_eq!(found, userdb);
    let log = behind.authd.whole_log();
    assert!(!log.contains("not for the daemon") && !log.contains(PASSWORD), "{log}");
}

/// Handing over to another program works the same.
pub(crate) fn by_environment(servers: &Arc<Servers>) {
    let behind = Behind::new(servers);
    let call = behind.call().reply_program(script(&behind.fixture, "dump-daemon", DUMP));
    for (call, looked_up) in [
        (call.clone().sign_in(JOHN, PASSWORD.as_bytes()), false),
        (call.clone().look_up(JOHN), true),
        (call.clone().credentials(JOHN, "CRAM-MD5"), true),
    ] {
        let answer = call.run();
        let text = String::from_utf8_lossy(&answer.reply).into_owned();
        assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{text}");
        for line in [
            "USER=john@example.org",
            "HOME=/var/vmail/example.org/john",
            "userdb_uid=5000",
            "userdb_gid=5000",
            "EXTRA=userdb_uid userdb_gid",
        ] {
            assert!(text.lines().any(|found| found == line), "no {line} in {text}");
        }
        assert_eq!(text.contains("AUTHORIZED=2"), looked_up, "{text}");
        assert!(!text.contains(PASSWORD), "{text}");
    }
}

/// Nobody is there; then the database is asked if the administrator said so.
pub(crate) fn missing(servers: &Arc<Servers>) {
    let mut behind = Behind::new(servers);
    let configuration = behind.fixture.configuration.display().to_string();
    let fall_back =
        |behind: &Behind| behind.call_with(&["--fall-back", "--config", &configuration]);
    expect(&fall_back(&behind).sign_in(JOHN, PASSWORD.as_bytes()), ACCEPTED, "", &[]);
    behind.authd.kill();
    let nobody = "no connection to the auth daemon at ";
    let right = behind.call().sign_in(JOHN, PASSWORD.as_bytes());
    let begin = Instant::now();
    expect(&right, COULD_NOT, &format!("could not check: {nobody}"), &[]);
    // It could have been a restart.
    assert!(begin.elapsed() > Duration::from_secs(1), "{:?}", begin.elapsed());
    expect(&behind.call().look_up(JOHN), COULD_NOT, nobody, &[]);

    let begin = Instant::now();
    let answer = fall_back(&behind).sign_in(JOHN, PASSWORD.as_bytes()).run();
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
    assert_eq!(answer.code, ACCEPTED, "{answer:?}");
    assert!(
        answer.stderr.contains(&format!("asking the database instead: {nobody}")),
        "{answer:?}"
    );
    assert_eq!(answer.fields()[0], "user=john@example.org");
    let look_up = fall_back(&behind).look_up(JOHN).run();
    assert_eq!((look_up.code, look_up.fields().len()), (FOUND, 4), "{look_up:?}");
    let refused = fall_back(&behind).sign_in(JOHN, b"wintermoon").run();
    assert_eq!((refused.code, refused.reply.len()), (REFUSED, 0), "{refused:?}");

    // A stale socket is no daemon either, and a directory without one.
    fs::remove_file(behind.authd.client_socket()).expect("remove the socket");
    let answer = fall_back(&behind).sign_in(JOHN, PASSWORD.as_bytes()).run();
    assert_eq!(answer.code, ACCEPTED, "{answer:?}");
}

/// A daemon that is restarted under load costs nobody a sign-in.
pub(crate) fn restarts(servers: &Arc<Servers>) {
    let Behind { fixture, mut authd } = Behind::new(servers);
    let socket = authd.client_socket().display().to_string();
    let call = Call::new(&fixture.program, &["--daemon", &socket]);
    let (right, look_up) = (call.clone().sign_in(JOHN, PASSWORD.as_bytes()), call.look_up(JOHN));
    let stop = AtomicBool::new(false);
    let calls = AtomicUsize::new(0);
    thread::scope(|scope| {
        for (call, code) in [(&right, ACCEPTED), (&look_up, FOUND), (&right, ACCEPTED)] {
            let (stop, calls) = (&stop, &calls);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    expect(call, code, "", &[]);
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for round in 0..10 {
            let wanted = calls.load(Ordering::Relaxed) + 10;
            let begin = Instant::now();
            while calls.load(Ordering::Relaxed) < wanted && begin.elapsed() < SERVER_LIMIT {
                thread::sleep(Duration::from_millis(5));
            }
            if round % 2 == 0 {
                authd.restart();
            } else {
                authd.kill();
                authd.start_again();
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(calls.into_inner() >= 100);
}

/// What listens there is no daemon, or the wrong socket of it.
pub(crate) fn impostors(servers: &Arc<Servers>) {
    let behind = Behind::new(servers);
    let configuration = behind.fixture.configuration.display().to_string();
    let hello = b"VERSION\t1\t4\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t0\nDONE\n";
    let after_hello = |more: &[u8]| Behaviour::Says([hello, more].concat());
    for (behaviour, message) in [
        (Behaviour::Says(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()), "not understood"),
        (Behaviour::Says(vec![0; 100_000]), "not understood"),
        (Behaviour::Says(vec![b'x'; 100_000]), "not understood"),
        (Behaviour::SaysForever(b"OK\t".to_vec()), "not understood"),
        (Behaviour::Says(b"VERSION\t2\t0\n".to_vec()), "protocol version 2"),
        (after_hello(b"OK\t1\tuid=0\n"), "an account without its login"),
        (after_hello(b"OK\t1\n"), "an account without its login"),
        (after_hello(b"OK\tone\tuser=john@example.org\n"), "not understood"),
        (after_hello(b"FAIL\t1\tcode=no_such\n"), "an unknown code"),
        (after_hello(b"FAIL\t1\tcode=temp_fail\n"), LOG_SAYS_WHY),
        (after_hello(b"FAIL\t1\ttemp\n"), LOG_SAYS_WHY),
        (after_hello(b"CONT\t1\t\n"), "no answer to a sign-in"),
        (after_hello(b"OK\t1\tuser=john@example.org\n"), "does not trust our user"),
        (Behaviour::Closes, "closed the connection"),
        (Behaviour::Answers(hello.to_vec()), "closed the connection"),
    ] {
        let impostor = Impostor::start(servers, behaviour.clone());
        let path = impostor.path().display().to_string();
        let call = |more: &[&str]| {
            let arguments = [&["--daemon", &path, "--master", &path], more].concat();
            Call::new(&behind.fixture.program, &arguments).sign_in(JOHN, PASSWORD.as_bytes())
        };
        expect(&call(&[]), COULD_NOT, message, &[]);
        if matches!(behaviour, Behaviour::Closes | Behaviour::Answers(_)) {
            assert!(impostor.connections() <= 3, "{} connections", impostor.connections());
            let answer = call(&["--fall-back", "--config", &configuration]).run();
            assert_eq!(answer.code, ACCEPTED, "{answer:?}");
        } else {
            let fall_back = call(&["--fall-back", "--config", &configuration]);
            expect(&fall_back, COULD_NOT, message, &[]);
        }
    }
    // A refusal is one whoever gives it.
    let refusing = Impostor::start(servers, after_hello(b"FAIL\t1\tuser=x\n"));
    let path = refusing.path().display().to_string();
    let call = Call::new(&behind.fixture.program, &["--daemon", &path]);
    expect(&call.sign_in(JOHN, PASSWORD.as_bytes()), REFUSED, "refused", &[]);

    // The two sockets the wrong way round.
    let (client, master) = (behind.authd.client_socket(), behind.authd.master_socket());
    let (client, master) = (client.display().to_string(), master.display().to_string());
    let confused = Call::new(&behind.fixture.program, &["--daemon", &master, "--master", &client]);
    expect(&confused.clone().sign_in(JOHN, PASSWORD.as_bytes()), COULD_NOT, "could not check", &[]);
    expect(&confused.look_up(JOHN), COULD_NOT, "not understood", &[]);
}

/// What listens there says nothing: it ends by itself, long before Dovecot would end it.
pub(crate) fn silence(servers: &Arc<Servers>) {
    let fixture = Fixture::new(servers);
    let silent = Impostor::start(servers, Behaviour::Silent);
    let path = silent.path().display().to_string();
    let configuration = fixture.configuration.display().to_string();
    let arguments = ["--daemon", &path, "--fall-back", "--config", &configuration];
    let begin = Instant::now();
    let call = Call::new(&fixture.program, &arguments).sign_in(JOHN, PASSWORD.as_bytes());
    expect(&call, COULD_NOT, "could not check: no answer from the auth daemon", &[]);
    let took = begin.elapsed();
    assert!(took > Duration::from_secs(19) && took < Duration::from_secs(40), "{took:?}");
}

pub(crate) fn arguments(servers: &Arc<Servers>) {
    let behind = Behind::new(servers);
    let configuration = behind.fixture.configuration.display().to_string();
    let program = &behind.fixture.program;
    let call =
        |arguments: &[&str]| Call::new(program, arguments).sign_in(JOHN, PASSWORD.as_bytes());
    let (client, master) = (behind.authd.client_socket(), behind.authd.master_socket());
    let (client, master) = (client.display().to_string(), master.display().to_string());
    for (arguments, message) in [
        (&["--fall-back"][..], "--fall-back without --daemon"),
        (&["--master", &master], "--master without --daemon"),
        (&["--daemon", &client, "--config", &configuration], "--daemon needs no configuration"),
        (&["--daemon", &client, "--dovecot-sql", "/x"], "--daemon needs no configuration"),
    ] {
        expect(&call(arguments), CALLED_WRONGLY, message, &[]);
    }
    // No configuration is read, not even a broken one.
    let strange = call(&["--daemon", &client]).variable("ISPMAIL_CONFIG", "/no/such/file");
    expect(&strange, ACCEPTED, "", &[]);
    let look_up = |arguments: &[&str]| Call::new(program, arguments).look_up(JOHN);
    expect(&look_up(&["--daemon", "/no/such", "--master", &master]), FOUND, "", &[]);
    // The thin one has no database to fall back to.
    let thin = behind.thin();
    for option in [&["--fall-back"][..], &["--config", &configuration], &["--dovecot-sql", "/x"]] {
        let arguments = [&["--daemon", &*client], option].concat();
        let sign_in = Call::new(&thin, &arguments).sign_in(JOHN, PASSWORD.as_bytes());
        expect(&sign_in, CALLED_WRONGLY, "called wrongly: ", &[]);
        expect(&Call::new(&thin, &arguments).look_up(JOHN), COULD_NOT, "called wrongly: ", &[]);
    }
    let long = format!("/{}", "x".repeat(200));
    expect(&call(&["--daemon", &long]), COULD_NOT, "no connection", &[]);
    expect(&call(&["--daemon", "/"]), COULD_NOT, "no connection", &[]);
}
