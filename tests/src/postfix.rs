//! Postfix's own look-ups in the tables: `postmap -q` on the maps that the guides have. Postfix
//! itself does not run.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::database::{DATABASE_PASSWORD, Database, Kind, Servers};
use crate::layouts::Tables;
use crate::process::{missing, program, run};
use crate::scratch::write_with;

/// The maps of one database.
#[derive(Debug)]
pub struct Maps {
    /// A configuration directory of their own.
    directory: PathBuf,
    kind: Kind,
    domains: PathBuf,
    mailboxes: PathBuf,
    aliases: Vec<PathBuf>,
    /// The database, and what the directory is in, last as long as this does.
    _servers: Arc<Servers>,
}

impl Maps {
    /// Writes them for a database that has these tables.
    pub fn new(servers: &Arc<Servers>, database: &Database, tables: Tables) -> Self {
        let kind = database.kind;
        let directory = directory(servers);
        let connection = connection(database);
        let map = |name: &str, query: &str| {
            let path = directory.join(format!("{}-{name}.cf", map_type(kind)));
            write(&path, &format!("{connection}query = {query}\n"));
            path
        };
        let queries = tables.postfix_queries(kind);
        let domains = map("virtual-mailbox-domains", queries.domains);
        let mailboxes = map("virtual-mailbox-maps", queries.mailboxes);
        let aliases = queries.aliases.iter().enumerate();
        let aliases =
            aliases.map(|(i, query)| map(&format!("virtual-alias-maps{i}"), query)).collect();
        Self { kind, domains, mailboxes, aliases, _servers: Arc::clone(servers), directory }
    }

    /// Whether mail for this domain is taken; what the map answers.
    pub fn domain(&self, domain: &str) -> Option<String> {
        self.ask(&self.domains, domain)
    }

    /// Whether there is a mailbox of this address; what the map answers.
    pub fn mailbox(&self, address: &str) -> Option<String> {
        self.ask(&self.mailboxes, address)
    }

    /// The destinations of exactly this source, `@domain` for a catch-all; several with commas, in
    /// the order of the database.
    pub fn alias(&self, source: &str) -> Option<String> {
        self.ask(&self.aliases[0], source)
    }

    /// Where mail for this address goes: `virtual_alias_maps` asked as Postfix asks them, for the
    /// address in each map and then for its domain in each. `None` where no alias applies.
    pub fn destinations(&self, address: &str) -> Option<String> {
        let domain = &address[address.rfind('@').expect("an address")..];
        let ask = |key| self.aliases.iter().find_map(|map| self.ask(map, key));
        ask(address).or_else(|| ask(domain))
    }

    fn ask(&self, map: &Path, key: &str) -> Option<String> {
        let map = format!("{}:{}", map_type(self.kind), map.display());
        let mut command = Command::new(program("postmap", "postfix"));
        command.arg("-c").arg(&self.directory).args(["-q", key, &map]);
        let output = run(&mut command, b"");
        match (output.code(), output.err().as_str()) {
            (0, "") => Some(output.out().trim_end_matches('\n').to_owned()),
            (1, "") if output.stdout.is_empty() => None,
            _ => panic!("{command:?}: {output:?}"),
        }
    }
}

/// The name that Postfix has for maps of this kind.
fn map_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "sqlite",
        Kind::MariaDb => "mysql",
        Kind::Postgres => "pgsql",
    }
}

/// A configuration directory with the settings that Postfix's programs cannot be without.
fn directory(servers: &Arc<Servers>) -> PathBuf {
    for kind in Kind::ALL {
        let module = format!("/usr/lib/postfix/postfix-{}.so", map_type(kind));
        let package = format!("postfix-{}", map_type(kind));
        assert!(Path::new(&module).exists(), "{}", missing(&module, &package));
    }
    let directory =
        servers.scratch().directory(&format!("postfix{}", servers.next_number()), (0, 0));
    let settings = "compatibility_level = 3.6\nmyhostname = mail.example.org\n";
    write(&directory.join("main.cf"), settings);
    directory
}

/// How a map reaches its database, as the account that reads.
fn connection(database: &Database) -> String {
    match database.kind {
        Kind::Sqlite => format!("dbpath = {}\n", database.file().display()),
        Kind::MariaDb | Kind::Postgres => format!(
            "user = mailuser\npassword = {DATABASE_PASSWORD}\nhosts = inet:127.0.0.1:{}\n\
             dbname = {}\n",
            database.port(),
            database.name()
        ),
    }
}

/// Root's alone: a map holds the password of the database.
fn write(path: &Path, text: &str) {
    write_with(path, text, "root", 0o600);
    // Postfix waits for two seconds before it reads a file that is just being written.
    let a_while_ago = SystemTime::now() - Duration::from_mins(1);
    let file = File::options().write(true).open(path).expect("open");
    file.set_modified(a_while_ago).expect("time of last change");
}
