//! A private Dovecot 2.4 with the passdb and userdb that a test asks for.
//!
//! It comes from the packages of Debian 13, which `scripts/debian13` unpacks, and runs in mount and
//! process namespaces of its own: what it mounts and starts goes when it ends, however that comes.
//! The test's directory is at the same path inside, and users have the same numbers.

use std::fmt::Write as _;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use crate::database::{Database, Servers};
use crate::dovecot::{Dovecot, Place};
use crate::scratch::write_configuration;

mod inside;

/// What every instance has: the same as in [`Dovecot`].
const COMMON: &str = "\
protocols = imap
ssl = no
auth_allow_cleartext = yes
auth_mechanisms = plain login cram-md5
auth_cache_size = 0
auth_failure_delay = 0
auth_internal_failure_delay = 0
auth_verbose = yes
first_valid_uid = 5000
mail_driver = maildir
mail_path = ~/Maildir
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
";

/// A running Dovecot 2.4, which can do all that a [`Dovecot`] can.
#[derive(Debug)]
pub struct Dovecot24(Dovecot);

impl Dovecot24 {
    /// Starts one with these further settings: at least a passdb and a userdb.
    pub fn start(servers: &Arc<Servers>, settings: &str) -> Self {
        let tree = inside::tree();
        let place = Place::new(servers);
        let own = format!(
            "dovecot_config_version = {0}\ndovecot_storage_version = {0}\n\
             base_dir = {1}/base\nstate_dir = {1}/state\nlog_path = {1}/log\n\
             service imap-login {{\n  inet_listener imap {{\n    listen = 127.0.0.1\n    port = {2}\n  }}\n  \
             inet_listener imaps {{\n    port = 0\n  }}\n}}\n",
            inside::version(&tree, &place),
            place.directory.display(),
            place.port
        );
        // The versions have to come first.
        write_configuration(&place.configuration(), &format!("{own}{COMMON}{settings}"));

        let command = inside::server(&tree, &place);
        let mut dovecot = Dovecot::run(place, &command);
        let first_process = inside::first_process(&dovecot.place);
        dovecot.doveadm = inside::doveadm(&dovecot.place, &first_process);
        dovecot.server.signal_to(first_process);
        Self(dovecot)
    }
}

impl Deref for Dovecot24 {
    type Target = Dovecot;

    fn deref(&self) -> &Dovecot {
        &self.0
    }
}

/// A `passdb` or `userdb` block with these settings, each without the block's own prefix.
pub fn block(kind: &str, driver: &str, settings: &[(&str, &str)]) -> String {
    let mut text = format!("{kind} {driver} {{\n");
    for (name, value) in settings {
        writeln!(text, "  {name} = {value}").expect("a String takes everything");
    }
    text + "}\n"
}

/// The connection to this database, and a `passdb sql` on the guides' table.
pub fn passdb_sql(database: &Database, default_scheme: &str) -> String {
    let query = "SELECT email AS user, password FROM virtual_users WHERE email = '%{user}'";
    let settings = [("query", query), ("default_password_scheme", default_scheme)];
    database.dovecot24_connect() + &block("passdb", "sql", &settings)
}

/// The guides' `userdb static`, with the mail below this directory.
pub fn userdb_static(homes: &Path, (uid, gid): (u32, u32)) -> String {
    let home = homes.display();
    format!(
        "userdb static {{\n  fields {{\n    uid = {uid}\n    gid = {gid}\n    \
         home = {home}/%{{user | domain}}/%{{user | username}}\n  }}\n}}\n"
    )
}

/// A `passdb` or `userdb` in this Lua script.
pub fn lua(kind: &str, script: &Path) -> String {
    block(kind, "lua", &[("lua_file", &script.display().to_string())])
}
