use std::time::Duration;

use ispmail_password::{Ceilings, Cost, Policy, StoredPassword};

use super::*;
use crate::config::tests::{Files, shown};

fn read(text: impl AsRef<[u8]>) -> (Files, Result<Config, String>) {
    let files = Files::new(&[("f", text.as_ref())]);
    let config = load(&files.path("f")).map_err(|error| files.message(&error));
    (files, config)
}

#[test]
fn a_short_file_has_defaults_for_the_rest() {
    let (files, config) =
        read("[database]\nurl = \"mysql://mailuser@127.0.0.1/mailserver\"\npassword = \"p\"\n");
    let config = config.unwrap_or_else(|error| panic!("{error}"));
    let servers: Vec<_> = config.endpoints.iter().map(shown).collect();
    assert_eq!(servers, ["mysql mailuser:p @ 127.0.0.1 3306 / mailserver Off"]);
    assert_eq!(config.timeouts.connect, Duration::from_secs(5));
    assert_eq!(config.timeouts.query, Duration::from_secs(5));
    assert_eq!(config.default_scheme.text, "SHA256-CRYPT");
    assert!(matches!(config.queries, Queries::OfLayout));
    assert_eq!(config.account.home.text, "/var/vmail/%d/%n");
    assert_eq!((config.account.uid, config.account.gid), (5000, 5000));
    assert!(config.login.lowercase && config.login.chars.ends_with(".-_@"));
    assert_eq!(config.policy, Policy::default());
    assert_eq!(config.min_length, 8);
    assert_eq!(config.sources, [files.path("f")]);
}

#[test]
fn a_layout_can_be_named() {
    let (_, config) = read("layout = 'courier'\n[database]\nurl = 'sqlite:///m'\n");
    let config = config.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((config.layout().name, config.default_scheme.text.as_str()), ("courier", "CRYPT"));
    assert!(matches!(config.queries, Queries::OfLayout));
    let (_, config) =
        read("layout = 'courier'\ndefault_scheme = 'MD5'\n[database]\nurl = 'sqlite:///m'\n");
    assert_eq!(config.unwrap_or_else(|error| panic!("{error}")).default_scheme.text, "MD5");
    // With Dovecot's file it says how accounts are managed.
    let files = Files::new(&[("sql", b"driver = sqlite\nconnect = /m")]);
    let text = format!("layout = 'postfixadmin'\ndovecot_sql = {:?}\n", files.path("sql"));
    std::fs::write(files.path("f"), text).unwrap();
    let config = load(&files.path("f")).ok().unwrap();
    let named = config.named_layout.map(|layout| layout.name);
    assert_eq!((named, config.default_scheme.text.as_str()), (Some("postfixadmin"), "MD5"));
    assert!(matches!(config.queries, Queries::Own { .. }));
}

#[test]
fn what_is_wrong_with_layouts_and_updates() {
    let update = |text: &str| {
        with_database(&format!("[query]\npassword = \"SELECT 1\"\nupdate = \"{text}\"\n"))
    };
    assert_refused(&[
        (
            "layout = 'cyrus'\n[database]\nurl = 'sqlite:///m'".to_owned(),
            "f:1: layout: expected one of ispmail-quota, ispmail, ispmail-etch, courier, \
             courier-numbered, postfixadmin",
        ),
        (
            update("UPDATE t SET p = '%{new_password}'"),
            "f:5: [query] update: the update statement: '%{user}' is missing",
        ),
        (
            update("UPDATE t SET p = 'x' WHERE u = '%u'"),
            "f:5: [query] update: the update statement: '%{new_password}' is missing",
        ),
        (
            update("UPDATE t SET p = ‘%{new_password}’ WHERE u = '%u'"),
            "f:5: [query] update: a typographic quote (‘), as web pages put it; expected plain \
             quotes (' or \")",
        ),
        (update(" ; "), "f:5: [query] update: empty; expected a query"),
        (
            with_database("[policy]\nmin_length = 0\n"),
            "f:4: [policy] min_length: expected a whole number, 1 to 256",
        ),
        (
            with_database("[policy]\nmin_length = 257\n"),
            "f:4: [policy] min_length: expected a whole number, 1 to 256",
        ),
    ]);
}

#[test]
fn everything_can_be_set() {
    let (files, config) = read(
        r#"default_scheme = "PLAIN-MD5"
[database]
urls = [
  "postgres://u@a/d",
  "postgres://u@b/d",
]
password = "p"
connect_timeout = 1
query_timeout = 2.5
[query]
password = """
SELECT a
FROM b WHERE c = '%u';
"""
user = "SELECT d"
iterate = "SELECT e"
[account]
home = "/srv/mail/%u"
uid = 1
gid = 4294967294
[login]
chars = "abc"
lowercase = false
[policy]
scheme = "sha512-crypt"
rounds = 1000
max_rounds = 1000
max_iterations = 5000
max_bcrypt_cost = 4
max_memory_mib = 2
allowed_schemes = ["SHA512-CRYPT", "sha"]
min_length = 12
"#,
    );
    let config = config.unwrap_or_else(|error| panic!("{error}"));
    let servers: Vec<_> = config.endpoints.iter().map(shown).collect();
    assert_eq!(servers, ["postgres u:p @ a 5432 / d Prefer", "postgres u:p @ b 5432 / d Prefer"]);
    assert_eq!(config.timeouts.connect, Duration::from_secs(1));
    assert_eq!(config.timeouts.query, Duration::from_millis(2500));
    let with_place = |text: &Text| format!("{} {}", files.shown(&text.origin), text.text);
    assert_eq!(with_place(&config.default_scheme), "f:1 PLAIN-MD5");
    let Queries::Own { password, user, iterate, .. } = &config.queries else { panic!() };
    assert_eq!(with_place(password), "f:11 SELECT a\nFROM b WHERE c = '%u'");
    assert_eq!(user.as_ref().map(with_place).as_deref(), Some("f:15 SELECT d"));
    assert_eq!(iterate.as_ref().map(with_place).as_deref(), Some("f:16 SELECT e"));
    assert_eq!(with_place(&config.account.home), "f:18 /srv/mail/%u");
    assert_eq!((config.account.uid, config.account.gid), (1, 4_294_967_294));
    assert_eq!((config.login.chars.as_str(), config.login.lowercase), ("abc", false));
    assert_eq!(config.min_length, 12);
    let policy = config.policy;
    assert_eq!(policy.target().to_string(), "SHA512-CRYPT");
    assert_eq!(policy.target_cost(), Cost::Rounds(1000));
    let ceilings =
        Ceilings { rounds: 1000, iterations: 5000, bcrypt: 4, kib: 2048, kib_passes: 8 * 2048 };
    assert_eq!(policy.ceilings(), ceilings);
    let of = |text: &[u8]| StoredPassword::parse(text, policy.target()).unwrap();
    assert_eq!(policy.allow(&of(b"{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=")), Ok(()));
    assert!(policy.allow(&of(b"{PLAIN}x")).is_err());
}

#[test]
fn database_and_queries_can_be_dovecots() {
    let files = Files::new(&[("sql", b"driver = sqlite\nconnect = /m\nupdate_query = a")]);
    let text = format!("dovecot_sql = {:?}\n[account]\nuid = 7\n", files.path("sql"));
    std::fs::write(files.path("f"), text).unwrap();
    let config = load(&files.path("f")).ok().unwrap();
    assert_eq!(config.endpoints.iter().map(shown).collect::<Vec<_>>(), ["sqlite /m"]);
    assert_eq!(config.default_scheme.text, "MD5");
    assert_eq!((config.account.uid, config.account.gid), (7, 5000));
    assert_eq!(config.sources, [files.path("f"), files.path("sql")]);
    assert_eq!(config.not_used.len(), 1);
}

/// Each file has the error beside it.
fn assert_refused<T: AsRef<str>>(table: &[(T, &str)]) {
    for (text, expected) in table {
        let text = text.as_ref();
        assert_eq!(read(text).1.err().as_deref(), Some(*expected), "{text}");
    }
}

fn with_database(rest: &str) -> String {
    format!("[database]\nurl = 'sqlite:///m'\n{rest}")
}

#[test]
fn what_is_wrong_at_the_top() {
    assert_refused(&[
        (
            "",
            "f: [database] is missing; expected it with a url, or dovecot_sql = \"/path\" above all \
             sections",
        ),
        (
            "databse = 1",
            "f:1: unknown key; expected one of default_scheme, dovecot_sql, layout, database, query, \
             account, login, policy, daemon, client_socket, master_socket, upgrade",
        ),
        (
            "default_scheme = 1\n[database]\nurl = 'sqlite:///m'",
            "f:1: default_scheme: expected a text in quotes",
        ),
        (
            "dovecot_sql = 'sql'",
            "f:1: dovecot_sql: expected the path of the file, from the root (/…)",
        ),
        (
            "dovecot_sql = '/s'\n[database]\nurl = 'sqlite:///m'",
            "f:2: database: stands in Dovecot's file; expected it or dovecot_sql",
        ),
        (
            "dovecot_sql = '/s'\ndefault_scheme = 'CRYPT'",
            "f:2: default_scheme: stands in Dovecot's file; expected it or dovecot_sql",
        ),
        ("[database", "f:1: not TOML: unclosed table, expected `]`"),
    ]);
    let latin1 = read(b"[database]\n# \xe4\n").1.err();
    assert_eq!(latin1.as_deref(), Some("f:2: not UTF-8; expected a TOML file in UTF-8"));
}

#[test]
fn what_is_wrong_with_the_database() {
    assert_refused(&[
        (
            "\n[database]\n",
            "f:2: [database] url: missing; expected mysql://USER@HOST/DATABASE, \
             postgres://USER@HOST/DATABASE or sqlite:///path/from/the/root",
        ),
        ("[database]\nurls = []", "f:2: [database] urls: empty; expected at least one url"),
        (
            "[database]\nurls = ['sqlite:///m', 1]",
            "f:2: [database] urls: expected a list of texts in quotes, [\"…\", \"…\"]",
        ),
        (
            "[database]\nurls = [\n'sqlite:///m',\n'mysql://u@h/d']",
            "f:2: [database] urls: different kinds of databases; expected one kind",
        ),
        (
            "[database]\nurls = [\n'sqlite:///m',\n'sqlite:m']",
            "f:4: [database] url: not a path from the root; expected sqlite:///path/from/the/root",
        ),
    ]);
    assert_refused(&[
        (
            with_database("default_scheme = 'CRYPT'"),
            "f:3: [database] unknown key; expected one of url, urls, password, connect_timeout, \
             query_timeout",
        ),
        (
            with_database("urls = ['sqlite:///m']"),
            "f:3: [database] urls: given twice; expected url or urls",
        ),
        (with_database("password = 1"), "f:3: [database] password: expected a text in quotes"),
        (
            with_database("connect_timeout = 0"),
            "f:3: [database] connect_timeout: expected seconds, 0.1 to 300",
        ),
        (
            with_database("query_timeout = '5'"),
            "f:3: [database] query_timeout: expected seconds, 0.1 to 300",
        ),
    ]);
}

#[test]
fn what_is_wrong_elsewhere() {
    let sections = [
        ("[query]\nuser = 'SELECT a'", "f:3: [query] password: missing; expected a query"),
        ("[query]\npassword = ''", "f:4: [query] password: empty; expected a query"),
        (
            "[query]\npassword = '''SELECT “a”'''",
            "f:4: [query] password: a typographic quote (“), as web pages put it; expected plain \
             quotes (' or \")",
        ),
        (
            "[account]\nhome = '%d'",
            "f:4: [account] home: expected a path from the root, such as /var/vmail/%d/%n",
        ),
        ("[account]\nuid = 0", "f:4: [account] uid: expected a whole number, 1 to 4294967294"),
        (
            "[account]\n\ngid = 4294967295",
            "f:5: [account] gid: expected a whole number, 1 to 4294967294",
        ),
        ("[login]\nlowercase = 'no'", "f:4: [login] lowercase: expected true or false"),
        ("[login]\nchars = 1", "f:4: [login] chars: expected a text in quotes"),
        (
            "[policy]\nrounds = 999",
            "f:4: [policy] rounds: expected a whole number, 1000 to 999999999",
        ),
        (
            "[policy]\nmax_rounds = 1e6",
            "f:4: [policy] max_rounds: expected a whole number, 1000 to 999999999",
        ),
        (
            "[policy]\nmax_rounds = 5000\nrounds = 5001",
            "f:4: [policy] max_rounds: new passwords: a cost of 5001 rounds is over the ceiling of \
             5000 rounds",
        ),
        (
            "[policy]\nmax_rounds = 5000",
            "f:4: [policy] max_rounds: new passwords: a cost of 20000 rounds is over the ceiling of \
             5000 rounds",
        ),
        (
            "[policy]\nscheme = 'BLF'",
            "f:4: [policy] scheme: unknown password scheme; expected a name such as SHA256-CRYPT",
        ),
        (
            "[policy]\nscheme = 'SSHA'",
            "f:4: [policy] scheme: SSHA is weak; expected a slow hash such as SHA256-CRYPT",
        ),
        (
            "[policy]\nscheme = 'BLF-CRYPT'\nrounds = 5000",
            "f:5: [policy] rounds: expected a whole number, 4 to 31",
        ),
        (
            "[policy]\nscheme = 'BLF-CRYPT'\nrounds = 15",
            "f:5: [policy] rounds: new passwords: a cost of 2^15 rounds is over the ceiling of 2^14 \
             rounds",
        ),
        (
            "[policy]\nallowed_schemes = ['BLF-CRYPT']",
            "f:4: [policy] allowed_schemes: expected SHA256-CRYPT among them, the scheme of new \
             passwords",
        ),
        (
            "[policy]\nallowed_schemes = ['SHA256-CRYPT', 'x']",
            "f:4: [policy] allowed_schemes: unknown password scheme; expected a name such as \
             SHA256-CRYPT",
        ),
    ];
    assert_refused(&sections.map(|(text, expected)| (with_database(text), expected)));
}
