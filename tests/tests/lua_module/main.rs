//! The Lua module and its script in a plain Lua: every answer of the daemon, and daemons that give
//! none.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ispmail_tests::authd::Authd;
use ispmail_tests::database::{Database, Kind, Layout, Servers};
use ispmail_tests::impostor::{Behaviour, Impostor};
use ispmail_tests::lua::install;
use ispmail_tests::process::program;
use ispmail_tests::runner::{run, test};

const JOHN: &str = "john@example.org";
const PASSWORD: &str = "Summersun-77";
const LOG_SAYS_WHY: &str = "the auth daemon's log says why";

fn main() {
    run(|servers| {
        vec![
            test(servers, "answers", answers),
            test(servers, "fields", fields),
            test(servers, "restarts", restarts),
            test(servers, "impostors", impostors),
            test(servers, "settings", settings),
        ]
    })
}

/// A Lua that has loaded the script.
struct Lua {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Lua {
    /// The second value is what loading gave.
    fn load(script: &Path) -> (Self, String) {
        let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lua_module/driver.lua");
        let mut child = Command::new(program("lua5.4", "lua5.4"))
            .arg(driver)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("lua5.4");
        let questions = child.stdin.take().expect("piped");
        let answers = BufReader::new(child.stdout.take().expect("piped"));
        let mut this = Self { child, questions, answers };
        let loaded = this.answer();
        (this, loaded)
    }

    fn start(script: &Path) -> Self {
        let (this, loaded) = Self::load(script);
        assert_eq!(loaded, "list ");
        this
    }

    fn ask(&mut self, words: &[&str]) -> String {
        writeln!(self.questions, "{}", words.join("\t")).expect("write to Lua");
        self.answer()
    }

    fn verify(&mut self, login: &str, password: &str) -> String {
        self.ask(&["auth_password_verify", login, password, "PLAIN"])
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("read from Lua");
        assert_eq!(line.pop(), Some('\n'), "Lua has ended");
        line
    }
}

impl Drop for Lua {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn database(servers: &Arc<Servers>) -> Database {
    let database =
        Database::create(servers, Kind::Sqlite, Layout { wide: true, ..Layout::default() });
    database.add_users([
        (JOHN, Some("{PLAIN}Summersun-77")),
        (
            "crypt@example.org",
            Some("$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1"),
        ),
        ("locked@example.org", Some("!")),
        ("broken@example.org", Some("{NO-SUCH}value")),
    ]);
    database
}

/// The script with another text in place of one that it has.
fn edited(script: &Path, from: &str, to: &str) -> PathBuf {
    let text = fs::read_to_string(script).expect("ispmail.lua");
    assert!(text.contains(from), "ispmail.lua lacks {from}");
    let file = script.with_extension("edited.lua");
    fs::write(&file, text.replacen(from, to, 1)).expect("ispmail.edited.lua");
    file
}

fn answers(servers: &Arc<Servers>) {
    let database = database(servers);
    let authd = Authd::start(servers, &database.toml());
    let mut lua = Lua::start(&install(servers.scratch(), &authd));
    let userdb = "gid=5000 home=/var/vmail/example.org/john uid=5000 user=john@example.org";
    let prefetched = "user=john@example.org userdb_gid=5000 \
                      userdb_home=/var/vmail/example.org/john userdb_uid=5000";
    let accepted = format!("PASSDB_RESULT_OK {prefetched}");
    assert_eq!(lua.verify(JOHN, PASSWORD), accepted);
    assert_eq!(lua.verify("JOHN@example.org", PASSWORD), accepted);
    assert!(lua.verify("crypt@example.org", "start123").starts_with("PASSDB_RESULT_OK "));
    let could_not = format!("PASSDB_RESULT_INTERNAL_FAILURE could not check: {LOG_SAYS_WHY}");
    for (login, password) in [
        (JOHN, "wintermoon"),
        (JOHN, ""),
        ("", PASSWORD),
        ("nobody@example.org", PASSWORD),
        ("locked@example.org", PASSWORD),
        ("' OR '1'='1", PASSWORD),
    ] {
        assert_eq!(lua.verify(login, password), "PASSDB_RESULT_PASSWORD_MISMATCH refused");
    }
    assert_eq!(lua.verify("broken@example.org", PASSWORD), could_not);

    let no_use = "SCHEME_NOT_AVAILABLE what is stored is of no use to the mechanism".to_owned();
    for (login, mechanism, expected) in [
        (JOHN, "CRAM-MD5", format!("OK password={{PLAIN}}{PASSWORD} {prefetched}")),
        (JOHN, "", format!("OK password={{PLAIN}}{PASSWORD} {prefetched}")),
        ("crypt@example.org", "CRAM-MD5", no_use.clone()),
        ("locked@example.org", "CRAM-MD5", no_use.clone()),
        ("locked@example.org", "", no_use),
        ("nobody@example.org", "CRAM-MD5", "USER_UNKNOWN unknown user".to_owned()),
        (
            "broken@example.org",
            "CRAM-MD5",
            format!("INTERNAL_FAILURE could not look up: {LOG_SAYS_WHY}"),
        ),
    ] {
        let answer = lua.ask(&["auth_passdb_lookup", login, "", mechanism]);
        assert_eq!(answer, format!("PASSDB_RESULT_{expected}"), "{login}, {mechanism}");
    }
    let looked_up = |lua: &mut Lua, login| lua.ask(&["auth_userdb_lookup", login]);
    assert_eq!(looked_up(&mut lua, JOHN), format!("USERDB_RESULT_OK {userdb}"));
    let unknown = "USERDB_RESULT_USER_UNKNOWN unknown user";
    assert_eq!(looked_up(&mut lua, "nobody@example.org"), unknown);
    let list = "list broken@example.org crypt@example.org john@example.org locked@example.org";
    assert_eq!(sorted(&lua.ask(&["auth_userdb_iterate"])), list);

    database.set_running(false);
    assert_eq!(lua.verify(JOHN, PASSWORD), could_not);
    let failure = format!("USERDB_RESULT_INTERNAL_FAILURE could not look up: {LOG_SAYS_WHY}");
    assert_eq!(looked_up(&mut lua, JOHN), failure);
    let no_list = lua.ask(&["auth_userdb_iterate"]);
    let could_not = format!(": ispmail: could not list the users: {LOG_SAYS_WHY}");
    assert!(no_list.starts_with("error ") && no_list.ends_with(&could_not), "{no_list}");
    assert!(!authd.whole_log().contains(PASSWORD));
}

fn sorted(answer: &str) -> String {
    let mut words: Vec<&str> = answer.split(' ').collect();
    words[1..].sort_unstable();
    words.join(" ")
}

/// What the request says about its session reaches the administrator's query, and what the row
/// says beyond home, uid and gid comes back.
fn fields(servers: &Arc<Servers>) {
    let database = database(servers);
    let file = servers.scratch().path().join("lua-dovecot-sql.conf");
    let query = "SELECT email AS user, password, 'a' || char(9) || 'b' AS reason, \
                 '%s,%r,%a,%{session},%{secured}' AS userdb_note FROM virtual_users WHERE email='%u'";
    let text = format!(
        "{}default_pass_scheme = SHA256-CRYPT\npassword_query = {query}\n",
        database.dovecot_connect()
    );
    ispmail_tests::scratch::write_configuration(&file, &text);
    let authd = Authd::start(servers, &format!("dovecot_sql = \"{}\"\n", file.display()));
    let mut lua = Lua::start(&install(servers.scratch(), &authd));
    let answer = lua.verify(JOHN, PASSWORD);
    assert!(answer.contains(" reason=a\tb "), "{answer}");
    assert!(answer.contains(" userdb_note=imap,192.0.2.1,,abc, "), "{answer}");
}

/// The connection is kept, and replaced when the daemon has been restarted; one that is away for a
/// moment is waited for.
fn restarts(servers: &Arc<Servers>) {
    let database = database(servers);
    let mut authd = Authd::start(servers, &database.toml());
    let mut lua = Lua::start(&install(servers.scratch(), &authd));
    let ok = |lua: &mut Lua| lua.verify(JOHN, PASSWORD).starts_with("PASSDB_RESULT_OK");
    for round in 0..6 {
        assert!(ok(&mut lua));
        assert!(lua.ask(&["auth_userdb_lookup", JOHN]).starts_with("USERDB_RESULT_OK"));
        if round % 2 == 0 {
            authd.restart();
        } else {
            authd.kill();
            authd.start_again();
        }
    }
    authd.kill();
    writeln!(lua.questions, "auth_password_verify\t{JOHN}\t{PASSWORD}\tPLAIN").expect("write");
    authd.start_again();
    assert!(lua.answer().starts_with("PASSDB_RESULT_OK"));
    authd.stop();
    let answer = lua.verify(JOHN, PASSWORD);
    let nobody = "PASSDB_RESULT_INTERNAL_FAILURE could not check: no connection to the auth daemon";
    assert!(answer.starts_with(nobody), "{answer}");
    assert!(lua.ask(&["auth_userdb_lookup", JOHN]).contains("no connection to the auth daemon"));
    authd.start_again();
    assert!(ok(&mut lua));
}

fn impostors(servers: &Arc<Servers>) {
    let database = database(servers);
    let authd = Authd::start(servers, &database.toml());
    let script = install(servers.scratch(), &authd);
    let client = authd.client_socket().display().to_string();
    let ok =
        |fields: &str| Behaviour::Says(format!("VERSION\t1\t4\nDONE\nOK\t1\t{fields}\n").into());
    for (behaviour, expected) in [
        (Behaviour::Says(b"HTTP/1.1 400\n".to_vec()), "not understood"),
        (Behaviour::Says(vec![b'x'; 100_000]), "not understood"),
        (Behaviour::Closes, "closed the connection"),
        (Behaviour::Silent, "no answer from the auth daemon"),
        (Behaviour::SaysForever(b"FAIL\t9\n".to_vec()), "no answer from the auth daemon"),
        (ok("home=/"), "an account without its login"),
        // Dovecot would take what stands before the NUL.
        (ok("user=john\u{1}0"), "a NUL byte"),
        (ok("user=john\tuserdb_home=/\u{1}0srv"), "a NUL byte"),
    ] {
        let impostor = Impostor::start(servers, behaviour.clone());
        let script = edited(&script, &client, &impostor.path().display().to_string());
        let mut lua = Lua::start(&edited(&script, "timeout = 20", "timeout = 0.5"));
        let begin = Instant::now();
        let answer = lua.verify(JOHN, PASSWORD);
        assert!(answer.starts_with("PASSDB_RESULT_INTERNAL_FAILURE "), "{behaviour:?}: {answer}");
        assert!(answer.contains(expected), "{behaviour:?}: {answer}");
        assert!(begin.elapsed() < Duration::from_secs(5), "{behaviour:?}");
    }
}

fn settings(servers: &Arc<Servers>) {
    let database = database(servers);
    let authd = Authd::start(servers, &database.toml());
    let script = install(servers.scratch(), &authd);
    let seconds = "ispmail: timeout: expected seconds, 0.1 to 120";
    for (to, expected) in [
        ("timeout = 0", seconds),
        ("timeout = 1e300", seconds),
        ("timeout = 0/0", seconds),
        ("timeout = 'long'", seconds),
        ("tiemout = 20", "ispmail: unknown setting tiemout"),
        ("client_socket = 'auth-client'", "ispmail: client_socket: expected a path from the root"),
        ("master_socket = {}", "ispmail: master_socket: expected a path from the root"),
    ] {
        // The script loads all the same: Dovecot goes on without it.
        let mut lua = Lua::start(&edited(&script, "timeout = 20", to));
        for (question, database) in [
            ("auth_password_verify", "PASSDB"),
            ("auth_passdb_lookup", "PASSDB"),
            ("auth_userdb_lookup", "USERDB"),
        ] {
            let answer = lua.ask(&[question, JOHN, PASSWORD]);
            let failure = format!("{database}_RESULT_INTERNAL_FAILURE ");
            assert!(answer.starts_with(&failure) && answer.contains(expected), "{to}: {answer}");
        }
        let answer = lua.ask(&["auth_userdb_iterate"]);
        assert!(answer.starts_with("error ") && answer.contains(expected), "{to}: {answer}");
    }
    let elsewhere = edited(&script, "local settings", "dovecot = { auth = nil } local settings");
    let answer = Lua::start(&elsewhere).ask(&["auth_userdb_iterate"]);
    assert!(answer.contains("dovecot.auth is missing"), "{answer}");
    let no_module = edited(&script, "/?.so", "/nowhere/?.so");
    let answer = Lua::start(&no_module).verify(JOHN, PASSWORD);
    assert!(answer.starts_with("PASSDB_RESULT_INTERNAL_FAILURE "), "{answer}");
    assert!(answer.contains("module 'ispmail' not found: "), "{answer}");
}
