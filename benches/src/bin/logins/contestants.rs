use std::sync::Arc;
use std::{env, fs};

use ispmail_tests::auth_client::AuthClient;
use ispmail_tests::authd::Authd;
use ispmail_tests::binaries::{CHECKPASSWORD, THIN_CHECKPASSWORD};
use ispmail_tests::database::{Database, Servers};
use ispmail_tests::dovecot::{self, Dovecot};
use ispmail_tests::dovecot24::{self, Dovecot24};
use ispmail_tests::lua;
use ispmail_tests::scratch::write_configuration;

/// Something that signs users in.
pub struct Contestant {
    pub name: String,
    /// What those after it are compared with.
    pub is_base: bool,
    server: Server,
    pub daemon: Option<Arc<Authd>>,
}

enum Server {
    Dovecot(Dovecot),
    Dovecot24(Dovecot24),
    Daemon,
}

impl Contestant {
    /// A new connection to its auth socket.
    pub fn auth(&self) -> AuthClient {
        match (&self.server, &self.daemon) {
            (Server::Dovecot(dovecot), _) => dovecot.auth(),
            (Server::Dovecot24(dovecot), _) => dovecot.auth(),
            (Server::Daemon, Some(daemon)) => daemon.auth(),
            (Server::Daemon, None) => unreachable!("a daemon that is none"),
        }
    }
}

/// All of them, on one database.
pub fn all(servers: &Arc<Servers>, database: &Database) -> Vec<Contestant> {
    let scratch = servers.scratch();
    let daemon = Arc::new(Authd::start(servers, &database.toml()));
    let number = servers.next_number();
    let toml = scratch.path().join(format!("direct{number}.toml"));
    write_configuration(&toml, &database.toml());
    let direct = format!("{} --config {}", released(servers, CHECKPASSWORD), toml.display());
    let thin = released(servers, THIN_CHECKPASSWORD);
    let through = format!("{thin} --daemon {}", daemon.client_socket().display());
    let script = lua::install(scratch, &daemon);

    let on_2_3 = |name: &str, passdb: String| Contestant {
        name: format!("2.3: {name}"),
        is_base: name == SQL,
        server: Server::Dovecot(Dovecot::start(servers, &(passdb + USERDB))),
        daemon: Some(Arc::clone(&daemon)),
    };
    let on_2_4 = |name: &str, passdb: String| Contestant {
        name: format!("2.4: {name}"),
        is_base: name == SQL,
        server: Server::Dovecot24(Dovecot24::start(servers, &(passdb + USERDB_2_4))),
        daemon: Some(Arc::clone(&daemon)),
    };
    let block = |driver, arguments: &str| dovecot::block("passdb", driver, arguments);
    let sql = dovecot_sql(servers, database);
    let lua_file = format!("file={}", script.display());
    let block_lua = dovecot::block("passdb", "lua", &lua_file);
    vec![
        on_2_3(SQL, block("sql", &sql)),
        on_2_3("checkpassword", block("checkpassword", &direct)),
        on_2_3("checkpassword through the daemon", block("checkpassword", &through)),
        on_2_3("Lua", block_lua + UNPRIVILEGED),
        on_2_4(SQL, dovecot24::passdb_sql(database, "SHA256-CRYPT")),
        on_2_4("Lua", dovecot24::lua("passdb", &script) + UNPRIVILEGED_2_4),
        Contestant {
            name: "the daemon's own socket".to_owned(),
            is_base: false,
            server: Server::Daemon,
            daemon: Some(daemon),
        },
    ]
}

/// What `scripts/build-release` made, where user dovecot can run it.
fn released(servers: &Servers, name: &str) -> String {
    let this = env::current_exe().expect("path of this program");
    let built = this.ancestors().nth(2).expect("target directory").join("dist").join(name);
    let copy = servers.scratch().path().join(format!("released-{name}"));
    fs::copy(&built, &copy)
        .unwrap_or_else(|error| panic!("{}: {error}: run scripts/build-release", built.display()));
    copy.display().to_string()
}

/// A `dovecot-sql.conf.ext` on the guides' table.
fn dovecot_sql(servers: &Arc<Servers>, database: &Database) -> String {
    let file = servers.scratch().path().join(format!("sql{}.conf.ext", servers.next_number()));
    let query = "SELECT email AS user, password FROM virtual_users WHERE email = '%u'";
    let text = format!(
        "{}default_pass_scheme = SHA256-CRYPT\npassword_query = {query}\n",
        database.dovecot_connect()
    );
    write_configuration(&file, &text);
    file.display().to_string()
}

const SQL: &str = "passdb sql";
const USERDB: &str = "\
userdb {
  driver = static
  args = uid=5000 gid=5000 home=/nonexistent
}
";
const USERDB_2_4: &str = "\
userdb static {
  fields {
    uid = 5000
    gid = 5000
    home = /nonexistent
  }
}
";
const UNPRIVILEGED: &str = "service auth-worker {\n  user = $default_internal_user\n}\n";
const UNPRIVILEGED_2_4: &str = "service auth-worker {\n  user = $SET:default_internal_user\n}\n";
