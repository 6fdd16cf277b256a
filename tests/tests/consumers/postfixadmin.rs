//! PostfixAdmin itself makes its tables, and they are the ones that the tests stand on.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use ispmail_tests::database::{DATABASE_PASSWORD, Database, Kind, Servers, Which};
use ispmail_tests::layouts::Tables;
use ispmail_tests::process::{must, program};

/// Debian's configuration asks this file for the database.
const DATABASE: &str = "<?php
$dbtype = getenv('PFA_TYPE');
$dbserver = getenv('PFA_HOST');
$dbuser = getenv('PFA_USER');
$dbpass = getenv('PFA_PASSWORD');
$dbname = getenv('PFA_NAME');
";

/// And this one for what is particular here.
const LOCAL: &str = "<?php
$CONF['database_socket'] = getenv('PFA_SOCKET') ?: '';
if (getenv('PFA_PORT')) {
    $CONF['database_port'] = getenv('PFA_PORT');
}
";

/// What the page for a new installation does.
const UPGRADE: &str = "define('POSTFIXADMIN_CLI', 1); require 'upgrade.php';";

pub(crate) fn columns(servers: &Arc<Servers>, kind: Kind) {
    let ours = describe(&Database::create_with(servers, kind, Tables::PostfixAdmin));
    let tables: Vec<&str> = ours.iter().map(|line| table_of(line)).collect();

    let database = Database::create_without_tables(servers, kind);
    let mut php = Command::new(program("php", "php-cli"));
    php.current_dir(tree().join("usr/share/postfixadmin/public"))
        // Version 3.3 is older than this PHP, which complains.
        .args(["-d", "error_reporting=1", "-d", "display_errors=stderr", "-r", UPGRADE])
        .env("PFA_NAME", database.name());
    match kind {
        Kind::Sqlite => {
            php.env("PFA_TYPE", "sqlite").env("PFA_NAME", database.file());
        }
        Kind::MariaDb => {
            let socket = servers.mariadb(Which::First).socket.clone();
            php.env("PFA_TYPE", "mysqli")
                .env("PFA_USER", "root")
                .env("PFA_PASSWORD", "")
                .env("PFA_SOCKET", socket);
        }
        Kind::Postgres => {
            php.env("PFA_TYPE", "pgsql")
                .env("PFA_HOST", "127.0.0.1")
                .env("PFA_PORT", database.port().to_string())
                .env("PFA_USER", "mailadmin")
                .env("PFA_PASSWORD", DATABASE_PASSWORD);
        }
    }
    must(&mut php, b"");
    let mut theirs = describe(&database);
    theirs.retain(|line| tables.contains(&table_of(line)));
    let only = |one: &[String], other: &[String]| -> Vec<String> {
        one.iter().filter(|line| !other.contains(line)).cloned().collect()
    };
    let (only_ours, only_theirs) = (only(&ours, &theirs), only(&theirs, &ours));
    assert!(ours == theirs, "only ours: {only_ours:#?}\nonly theirs: {only_theirs:#?}");
}

/// A line for each column and each foreign key: the table, a `|`, and what there is to know. The
/// order of columns is left out: it is another one after an upgrade.
fn describe(database: &Database) -> Vec<String> {
    let text = database.execute(match database.kind {
        Kind::Sqlite => {
            "SELECT m.name, c.name, lower(c.type), c.\"notnull\", c.dflt_value, c.pk
             FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table';"
        }
        Kind::MariaDb => {
            "SELECT concat_ws('|', table_name, column_name, column_type, is_nullable,
                 column_default, collation_name, column_key = 'PRI', extra)
             FROM information_schema.columns WHERE table_schema = database();
             SELECT concat_ws('|', table_name, referenced_table_name, delete_rule)
             FROM information_schema.referential_constraints
             WHERE constraint_schema = database();"
        }
        Kind::Postgres => {
            "SELECT concat_ws('|', table_name, column_name, data_type, character_maximum_length,
                 is_nullable, column_default)
             FROM information_schema.columns WHERE table_schema = 'public';
             SELECT conrelid::regclass || '|' || pg_get_constraintdef(oid) FROM pg_constraint
             WHERE contype IN ('f', 'p');"
        }
    });
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

fn table_of(line: &str) -> &str {
    line.split('|').next().expect("the first part")
}

/// Debian's package, unpacked beside Dovecot 2.4: to install it would bring a web server.
fn tree() -> PathBuf {
    let test = env::current_exe().expect("path of this test");
    let target = test
        .ancestors()
        .find(|directory| directory.join("debian13/stamp").is_file())
        .expect("no debian13: run scripts/debian13 (scripts/test does)");
    let tree = target.join("postfixadmin");
    if !tree.exists() {
        let new = target.join("postfixadmin.new");
        drop(fs::remove_dir_all(&new));
        fs::create_dir(&new).expect("mkdir");
        unpack(&new);
        fs::rename(&new, &tree).expect("rename");
    }
    tree
}

fn unpack(directory: &Path) {
    must(
        Command::new(program("apt-get", "apt")).current_dir(directory).args([
            "--quiet=2",
            "-o",
            "APT::Sandbox::User=root",
            "download",
            "postfixadmin",
        ]),
        b"",
    );
    let mut entries = fs::read_dir(directory).expect("list");
    let package = entries.next().expect("the package").expect("entry").path();
    must(
        Command::new(program("dpkg-deb", "dpkg")).arg("--extract").args([&package, directory]),
        b"",
    );
    // Links to where the package would have them.
    let application = directory.join("usr/share/postfixadmin");
    let replace = |name: &str, text: &[u8]| {
        let path = application.join(name);
        drop(fs::remove_file(&path));
        fs::write(&path, text).expect("write");
    };
    let configuration = directory.join("etc/postfixadmin/config.inc.php");
    replace("config.inc.php", &fs::read(configuration).expect("config.inc.php"));
    replace("config.local.php", LOCAL.as_bytes());
    replace("dbconfig.inc.php", DATABASE.as_bytes());
}
