//! The same accounts by Dovecot 2.4's own `passdb sql`: the way back.

use ispmail_accounts::settings::{Address, Endpoint, Server, Tls, TlsMode};
use ispmail_auth::config::{AccountDefaults, Config, Queries, Text};

use super::variables_24::translate;

/// Settings for Dovecot 2.4, and what is to be known before they are used.
pub(super) struct OwnSql {
    pub(super) settings: String,
    pub(super) notes: Vec<String>,
}

impl OwnSql {
    pub(super) fn new(config: &Config) -> Self {
        let mut this = Self { settings: String::new(), notes: Vec::new() };
        this.connections(&config.endpoints);
        match &config.queries {
            Queries::OfLayout => this.layout(config),
            Queries::Own { password, user, iterate, .. } => {
                this.passdb(config, &password.text);
                if password.text.to_ascii_lowercase().contains("userdb_") {
                    this.line("userdb prefetch {\n}");
                }
                match user {
                    Some(user) => this.userdb_sql(user, iterate.as_ref()),
                    None => this.userdb_static(config),
                }
            }
        }
        this
    }

    fn line(&mut self, line: &str) {
        self.settings.push_str(line);
        self.settings.push('\n');
    }

    fn connections(&mut self, endpoints: &[Endpoint]) {
        let driver = match endpoints.first() {
            Some(Endpoint::MySql(_)) => "mysql",
            Some(Endpoint::Postgres(_)) => "pgsql",
            _ => "sqlite",
        };
        self.line(&format!("sql_driver = {driver}"));
        for endpoint in endpoints {
            match endpoint {
                Endpoint::MySql(server) => self.mysql(server),
                Endpoint::Postgres(server) => self.pgsql(server),
                Endpoint::Sqlite(path) => {
                    self.line(&setting("sqlite_path", &path.display().to_string()));
                }
                _ => {}
            }
        }
    }

    fn mysql(&mut self, server: &Server) {
        let (host, port) = host_and_port(&server.address);
        self.line(&format!("mysql {host} {{"));
        if port != 3306 {
            self.line(&format!("  port = {port}"));
        }
        self.account("  ", server);
        self.line("}");
        if server.tls.mode != TlsMode::Off {
            self.notes.push(
                "The connection is encrypted now. That is not translated: set mysql_ssl and \
                 ssl_client_ca_file, or what your version has for it."
                    .to_owned(),
            );
        }
    }

    fn pgsql(&mut self, server: &Server) {
        let (host, port) = host_and_port(&server.address);
        self.line(&format!("pgsql {host} {{\n  parameters {{"));
        if port != 5432 {
            self.line(&format!("    port = {port}"));
        }
        self.account("    ", server);
        let Tls { mode, ca, cert, key } = &server.tls;
        let mode = match mode {
            TlsMode::Off => "disable",
            TlsMode::Prefer => "prefer",
            TlsMode::Require => "require",
            TlsMode::VerifyCa => "verify-ca",
            TlsMode::VerifyFull => "verify-full",
        };
        if matches!(server.address, Address::Tcp(..)) {
            self.line(&format!("    sslmode = {mode}"));
        }
        for (name, file) in [("sslrootcert", ca), ("sslcert", cert), ("sslkey", key)] {
            if let Some(file) = file {
                self.line(&format!("    {}", setting(name, &file.display().to_string())));
            }
        }
        self.line("  }\n}");
    }

    /// Never the password itself.
    fn account(&mut self, indent: &str, server: &Server) {
        self.line(&format!("{indent}{}", setting("dbname", &server.database)));
        self.line(&format!("{indent}{}", setting("user", &server.user)));
        if server.password.is_some() {
            self.line(&format!("{indent}password = {PASSWORD_TO_COME}"));
        }
    }

    fn passdb(&mut self, config: &Config, query: &str) {
        let query = self.query("query", query);
        let scheme = &config.default_scheme.text;
        self.line(&format!("passdb sql {{\n{query}  default_password_scheme = {scheme}\n}}"));
    }

    fn userdb_sql(&mut self, user: &Text, iterate: Option<&Text>) {
        let query = self.query("query", &user.text);
        let iterate = iterate.map_or(String::new(), |text| self.query("iterate_query", &text.text));
        self.line(&format!("userdb sql {{\n{query}{iterate}}}"));
    }

    fn layout(&mut self, config: &Config) {
        let layout = config.layout();
        self.passdb(config, layout.password_query);
        if layout.user_query.is_empty() {
            return self.userdb_static(config);
        }
        let mut query = layout.user_query.to_owned();
        if layout.password_query.contains("userdb_home") {
            self.line("userdb prefetch {\n}");
        } else if let Some((columns, rest)) = query.split_once(" FROM ") {
            // Not prefetched: then the home would be missing.
            query = format!("{columns}, {} FROM {rest}", owner(config));
        }
        let query = self.query("query", &query);
        let iterate = self.query("iterate_query", layout.iterate);
        self.line(&format!("userdb sql {{\n{query}{iterate}}}"));
    }

    fn userdb_static(&mut self, config: &Config) {
        let home = self.translated(&config.account.home.text);
        let (uid, gid) = (config.account.uid, config.account.gid);
        self.line(&format!(
            "userdb static {{\n  fields {{\n    uid = {uid}\n    gid = {gid}\n    {}\n  }}\n}}",
            setting("home", &home)
        ));
    }

    fn query(&mut self, name: &str, query: &str) -> String {
        let query = self.translated(query);
        format!("  {}\n", setting(name, &query))
    }

    fn translated(&mut self, text: &str) -> String {
        let translated = translate(text);
        for variable in translated.left {
            self.notes.push(format!(
                "{variable} is left as it is: Dovecot 2.4 has no variable that gives the same."
            ));
        }
        translated.text
    }
}

/// What an account has that its row does not say, as columns.
fn owner(config: &Config) -> String {
    let AccountDefaults { home, uid, gid } = &config.account;
    let home = home.text.replace('\'', "''");
    let home = match config.endpoints.first() {
        Some(Endpoint::MySql(_)) => home.replace('\\', "\\\\"),
        _ => home,
    };
    format!("'{home}' AS home, {uid} AS uid, {gid} AS gid")
}

fn host_and_port(address: &Address) -> (String, u16) {
    match address {
        Address::Tcp(host, port) => (host.clone(), *port),
        Address::Socket(path, port) => (path.display().to_string(), *port),
    }
}

/// `name = value`, the value on one line and in quotes where it must be.
fn setting(name: &str, value: &str) -> String {
    let value = value.replace(char::is_control, " ");
    let odd = |char| "#$\"\\".contains(char);
    if value.starts_with(['\'', '<', ' ']) || value.contains(odd) {
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
        format!("{name} = \"{escaped}\"")
    } else {
        format!("{name} = {value}")
    }
}

/// What stands where the password of the database account belongs: a comment.
const PASSWORD_TO_COME: &str = "# the password of this database account";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_where_dovecot_would_take_them_apart() {
        for (value, want) in [
            ("SELECT 'a' FROM b", "q = SELECT 'a' FROM b"),
            ("SELECT 1\n  FROM b", "q = SELECT 1   FROM b"),
            ("SELECT \"a\" FROM b", r#"q = "SELECT \"a\" FROM b""#),
            (r"a = 'o\'x' # c", r#"q = "a = 'o\\'x' # c""#),
            ("$SET:x", "q = \"$SET:x\""),
        ] {
            assert_eq!(setting("q", value), want);
        }
    }
}
