//! Connections over TLS: who is trusted, and that nothing goes in the clear that must not.

use std::path::PathBuf;
use std::sync::Arc;

use ispmail_accounts::settings::{Address, Endpoint, Server, Tls, TlsMode};
use ispmail_accounts::{Dialect, Error, Lookups};
use ispmail_tests::certificates::Certificate;
use ispmail_tests::database::{DATABASE_PASSWORD, Kind, Servers, Which};
use ispmail_tests::mariadb::MariaDb;
use ispmail_tests::postgres::Postgres;
use ispmail_tests::process::ids_of;
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

use crate::fixture::{JOHN, find, pool};

/// What the server says of the connection that it is asked on.
const MARIADB: &str = "SELECT CASE WHEN VARIABLE_VALUE = '' THEN 'plain' ELSE 'encrypted' END \
                       AS password FROM information_schema.SESSION_STATUS \
                       WHERE VARIABLE_NAME = 'SSL_CIPHER'";
const POSTGRES: &str = "SELECT CASE WHEN ssl THEN 'encrypted' ELSE 'plain' END AS password \
                        FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
/// An account that has to show a certificate.
const WITH_CERTIFICATE: &str = "mailcert";

/// A server, or the lack of one that speaks TLS.
struct Site {
    kind: Kind,
    port: u16,
    database: String,
    runtime: Runtime,
}

impl Site {
    fn new(kind: Kind, port: u16, database: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Self { kind, port, database: database.to_owned(), runtime: runtime.expect("runtime") }
    }

    fn look(&self, host: &str, user: &str, tls: Tls) -> Result<String, Error> {
        let server = Server {
            address: Address::Tcp(host.to_owned(), self.port),
            user: user.to_owned(),
            password: Some(Zeroizing::new(DATABASE_PASSWORD.to_owned())),
            database: self.database.clone(),
            tls,
        };
        let (endpoint, query, dialect) = match self.kind {
            Kind::MariaDb => (Endpoint::MySql(server), MARIADB, Dialect::MySql),
            _ => (Endpoint::Postgres(server), POSTGRES, Dialect::Postgres),
        };
        let lookups = Lookups::own(query, None, dialect).expect("query");
        let (pool, _) = pool(vec![endpoint], 1);
        let found = self.runtime.block_on(find(&pool, &lookups, JOHN));
        Ok(found?.expect("a row"))
    }

    #[track_caller]
    fn expect(&self, host: &str, tls: &Tls, want: &str) {
        let found = self.look(host, "mailuser", tls.clone());
        assert!(matches!(&found, Ok(found) if found == want), "{host} {tls:?}: {found:?}");
    }

    /// It cannot be asked, and this is why.
    #[track_caller]
    fn expect_error(&self, host: &str, tls: &Tls, words: &[&str]) {
        let found = self.look(host, "mailuser", tls.clone());
        let error = found.expect_err(&format!("{host} {tls:?}"));
        assert!(error.is_temporary(), "{host} {tls:?}: {error:?}");
        let text = error.to_string();
        let told = words.iter().any(|words| text.contains(words));
        assert!(told, "{host} {tls:?}: {text}");
        assert!(!text.contains(DATABASE_PASSWORD), "{text}");
    }
}

fn tls(mode: TlsMode, ca: Option<&Certificate>) -> Tls {
    Tls { mode, ca: ca.map(|ca| ca.certificate.clone()), ..Tls::default() }
}

pub(crate) fn who_is_trusted(servers: &Arc<Servers>, kind: Kind) {
    let scratch = servers.scratch();
    let number = servers.next_number();
    let directory = scratch.directory(&format!("certificates{number}"), (0, 0));
    let authority = Certificate::authority(&directory, "authority");
    let stranger = Certificate::authority(&directory, "stranger");
    let host = Certificate::by(&authority, &directory, "localhost");
    let client = Certificate::by(&authority, &directory, "client");
    let name = format!("tls{number}");
    let option = |name: &str, path: &PathBuf| format!("{name}={}", path.display());
    // Each stays until the end of the test.
    let (mut mariadb, mut postgres) = (None, None);
    let port = if kind == Kind::MariaDb {
        host.give_to(ids_of("mysql"));
        let arguments = vec![
            option("--ssl-cert", &host.certificate),
            option("--ssl-key", &host.key),
            option("--ssl-ca", &authority.certificate),
        ];
        let server = MariaDb::start_with(scratch, &name, arguments);
        server.create_database(&name, DATABASE_PASSWORD);
        server.execute(
            "mysql",
            &format!(
                "CREATE USER {WITH_CERTIFICATE}@'127.0.0.1' IDENTIFIED BY \
                 '{DATABASE_PASSWORD}' REQUIRE X509;
                 GRANT SELECT ON {name}.* TO {WITH_CERTIFICATE}@'127.0.0.1';"
            ),
        );
        mariadb.insert(server).port
    } else {
        host.give_to(ids_of("postgres"));
        let arguments = [
            "ssl=on".to_owned(),
            option("ssl_cert_file", &host.certificate),
            option("ssl_key_file", &host.key),
            option("ssl_ca_file", &authority.certificate),
        ];
        let arguments = arguments.into_iter().flat_map(|one| ["-c".to_owned(), one]);
        let server = Postgres::start_with(scratch, &name, arguments.collect());
        server.create_database(&name, DATABASE_PASSWORD);
        server.demand_certificate_of(WITH_CERTIFICATE, DATABASE_PASSWORD);
        postgres.insert(server).port
    };

    let site = Site::new(kind, port, &name);
    let (here, numbers) = ("localhost", "127.0.0.1");
    site.expect(numbers, &tls(TlsMode::Off, None), "plain");
    site.expect(numbers, &tls(TlsMode::Prefer, None), "encrypted");
    site.expect(numbers, &tls(TlsMode::Require, None), "encrypted");
    site.expect(numbers, &tls(TlsMode::VerifyCa, Some(&authority)), "encrypted");
    site.expect(here, &tls(TlsMode::VerifyFull, Some(&authority)), "encrypted");
    let unknown = ["UnknownIssuer", "invalid peer certificate"];
    site.expect_error(here, &tls(TlsMode::VerifyCa, Some(&stranger)), &unknown);
    site.expect_error(here, &tls(TlsMode::VerifyFull, Some(&stranger)), &unknown);
    // Nobody on the list of public authorities made it.
    site.expect_error(here, &tls(TlsMode::VerifyFull, None), &unknown);
    let other_name = ["NotValidForName", "not valid for name"];
    site.expect_error(numbers, &tls(TlsMode::VerifyFull, Some(&authority)), &other_name);
    let nowhere = Tls { ca: Some(directory.join("nowhere.pem")), ..tls(TlsMode::VerifyFull, None) };
    let missing = site.look(here, "mailuser", nowhere).expect_err("no such file").to_string();
    assert!(missing.contains("nowhere.pem") || missing.contains("No such file"), "{missing}");

    let verified = tls(TlsMode::VerifyFull, Some(&authority));
    let refused = site.look(here, WITH_CERTIFICATE, verified.clone());
    assert!(refused.is_err(), "let in without a certificate");
    let shown = Tls { cert: Some(client.certificate), key: Some(client.key), ..verified };
    let found = site.look(here, WITH_CERTIFICATE, shown);
    assert!(matches!(&found, Ok(found) if found == "encrypted"), "{found:?}");
    drop((mariadb, postgres));
}

/// Asked for encryption, we do not do without.
pub(crate) fn server_without(servers: &Arc<Servers>, kind: Kind) {
    let name = format!("without_tls{}", servers.next_number());
    let port = if kind == Kind::MariaDb {
        let server = servers.mariadb(Which::First);
        server.create_database(&name, DATABASE_PASSWORD);
        server.port
    } else {
        let server = servers.postgres(Which::First);
        server.create_database(&name, DATABASE_PASSWORD);
        server.port
    };
    let site = Site::new(kind, port, &name);
    for mode in [TlsMode::Off, TlsMode::Prefer] {
        site.expect("127.0.0.1", &tls(mode, None), "plain");
    }
    for mode in [TlsMode::Require, TlsMode::VerifyCa, TlsMode::VerifyFull] {
        let words = ["TLS", "SSL", "encrypt"];
        site.expect_error("127.0.0.1", &tls(mode, None), &words);
    }
}
