//! What the tests of this module share, and tests of the whole: nothing in a message is secret,
//! and nothing in a file makes it panic.

use std::fs;
use std::path::PathBuf;

use ispmail_accounts::settings::{Address, Endpoint, Server, Tls};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

mod secrets;

/// Files in a directory of their own.
pub(super) struct Files(TempDir);

impl Files {
    pub(super) fn new(files: &[(&str, &[u8])]) -> Self {
        let here = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            let path = here.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        here
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A message without the directory.
    pub(super) fn shown(&self, message: &impl ToString) -> String {
        message.to_string().replace(&format!("{}/", self.0.path().display()), "")
    }

    pub(super) fn message(&self, error: &ConfigError) -> String {
        let message = self.shown(error);
        assert!(!message.contains('\n'), "{message:?}");
        message
    }
}

/// An endpoint on one line, its password with it.
pub(super) fn shown(endpoint: &Endpoint) -> String {
    let (kind, Server { address, user, password, database, tls }) = match endpoint {
        Endpoint::Sqlite(path) => return format!("sqlite {}", path.display()),
        Endpoint::MySql(server) => ("mysql", server),
        Endpoint::Postgres(server) => ("postgres", server),
        _ => unreachable!(),
    };
    let at = match address {
        Address::Tcp(host, port) => format!("{host} {port}"),
        Address::Socket(path, port) => format!("{} {port}", path.display()),
    };
    let password = password.as_ref().map_or(String::new(), |text| format!(":{}", text.as_str()));
    let Tls { mode, ca, cert, key } = tls;
    let files = [("ca", ca), ("cert", cert), ("key", key)].map(|(name, path)| {
        path.as_ref().map_or(String::new(), |path| format!(" {name}={}", path.display()))
    });
    let files = files.concat();
    format!("{kind} {user}{password} @ {at} / {database} {mode:?}{files}")
}

fn load(files: &Files, source: fn(PathBuf) -> Source) -> Result<Config, ConfigError> {
    Config::load(&source(files.path("file")))
}

#[test]
fn the_source_is_chosen_in_order() {
    let path = |path: &str| Some(PathBuf::from(path));
    let variable = |path: &str| Some(OsString::from(path));
    for (config, dovecot_sql, environment, expected) in [
        (path("/c"), None, variable("/e"), Source::Toml("/c".into())),
        (None, path("/d"), variable("/e"), Source::DovecotSql("/d".into())),
        (None, None, variable("/e"), Source::Toml("/e".into())),
        (None, None, variable(""), Source::Toml("/etc/ispmail/ispmail.toml".into())),
        (None, None, None, Source::Toml("/etc/ispmail/ispmail.toml".into())),
    ] {
        assert_eq!(Source::choose(config, dovecot_sql, environment).unwrap(), expected);
    }
    let both = Source::choose(path("/c"), path("/d"), None).unwrap_err().to_string();
    assert_eq!(both, "both --config and --dovecot-sql are given; expected one of them");
}

#[test]
fn a_file_of_dovecots_has_the_defaults_for_the_rest() {
    let text = b"driver = sqlite\nconnect = /m.sqlite\nuserdb_warning_disable = yes";
    let files = Files::new(&[("file", text)]);
    let config = load(&files, Source::DovecotSql).ok().unwrap();
    assert_eq!(config.account.home.text, "/var/vmail/%d/%n");
    assert_eq!((config.account.uid, config.account.gid), (5000, 5000));
    assert_eq!(config.login, LoginRules::default());
    assert_eq!(config.policy, Policy::default());
    assert_eq!(files.shown(&config.account.home.origin), "file");
    let notes: Vec<_> = config.not_used.iter().map(|note| files.shown(note)).collect();
    let expected = "file:3: userdb_warning_disable is not used: it only silences Dovecot";
    assert_eq!(notes, [expected]);
    assert_eq!(config.sources, [files.path("file")]);
}

/// Pieces of which a file may be made, so that arbitrary ones get past the first check.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "\n",
        "\n",
        " ",
        "\t",
        "=",
        " = ",
        "\"",
        "'",
        "\\",
        "\\\n",
        "#",
        "$ENV:",
        "$ENV:PATH",
        "%u",
        "{",
        "}",
        "[",
        "]",
        ",",
        "\r",
        "!include ",
        "!include_try ",
        "*",
        "{a,b}",
        "..",
        "/",
        "driver = mysql\n",
        "driver = pgsql\n",
        "driver = sqlite\n",
        "connect = ",
        "host=",
        "port=",
        "dbname=a ",
        "user=a ",
        "password=",
        "sslmode=",
        "ssl_ca=/",
        "hostaddr=",
        "connect_timeout=",
        "maxconns=",
        "postgres://",
        "password_query = ",
        "default_pass_scheme",
        "[database]\n",
        "url = \"mysql://a:b@c/d?e=f\"\n",
        "urls = [",
        "mysql://",
        "sqlite://",
        "@",
        ":",
        "?",
        "&",
        "ssl-mode=",
        "connect_timeout = ",
        "[query]\n",
        "[account]\n",
        "uid = ",
        "[policy]\n",
        "rounds = ",
        "1",
        "-1",
        "4294967296",
        "1e9",
        "nan",
        "0x",
        "‘",
        "ä",
        "true",
    ]);
    prop_oneof![
        8 => known.prop_map(|text: &str| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ]
}

proptest! {
    #[test]
    fn no_file_makes_it_panic(pieces in prop::collection::vec(piece(), 0..60)) {
        let files = Files::new(&[("file", &pieces.concat())]);
        for source in [Source::Toml, Source::DovecotSql] {
            if let Err(error) = load(&files, source) {
                files.message(&error);
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let files = Files::new(&[("file", &bytes)]);
        for source in [Source::Toml, Source::DovecotSql] {
            let Err(error) = load(&files, source) else { continue };
            files.message(&error);
        }
    }
}
