//! Databases and daemons that fail while users sign in.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ispmail_tests::authd::{Authd, Start};
use ispmail_tests::database::{Database, Kind, Layout, Servers, Which};

use crate::fixture::{JOHN, Mail, QUICK, STORED};
use crate::load::{Load, expect_no_failure, expect_outage};

/// Attempts before, while and after.
const SOME: usize = 700;
/// For one answer, on a busy machine, where nothing has to be waited for.
const AT_ONCE: Duration = Duration::from_secs(5);

/// Killed, or a file moved away; and back.
pub(crate) fn database_is_killed(servers: &Arc<Servers>, kind: Kind) {
    let mail = Mail::new(servers, kind);
    let load = Load::start(&mail.daemon.client_socket());
    load.wait_for_decided(SOME);
    let down = Instant::now();
    mail.database.kill();
    load.wait_for_could_not(50);
    mail.database.set_running(true);
    let up = Instant::now();
    load.wait_for_decided(2 * SOME);
    expect_outage(&load.stop(), down, up, AT_ONCE);
    mail.expect_john();
    let place = match kind {
        Kind::Sqlite => mail.database.file().display().to_string(),
        Kind::MariaDb | Kind::Postgres => format!("127.0.0.1:{}", mail.database.port()),
    };
    let down = format!(" WARN the database {place} is down: ");
    let up = format!(" INFO the database {place} is up again");
    assert_eq!((mail.daemon.log_lines(&down), mail.daemon.log_lines(&up)), (1, 1));
}

/// It takes connections and says nothing.
pub(crate) fn database_hangs(servers: &Arc<Servers>, kind: Kind) {
    let sections = format!("query_timeout = 1\nconnect_timeout = 1\n{QUICK}");
    let mail = Mail::with(servers, kind, &sections, Start::default());
    let load = Load::start(&mail.daemon.client_socket());
    load.wait_for_decided(SOME);
    let down = Instant::now();
    let halt = Halt::of(&mail.database);
    load.wait_for_could_not(20);
    drop(halt);
    let up = Instant::now();
    load.wait_for_decided(SOME);
    expect_outage(&load.stop(), down, up, Duration::from_millis(3500));
}

/// With a replica nobody notices that the primary has gone, or has come back.
pub(crate) fn primary_is_killed(servers: &Arc<Servers>, kind: Kind) {
    let databases = [Which::First, Which::Second].map(|which| {
        let database = Database::create_on(servers, kind, which, Layout::default());
        database.add_user(JOHN, Some(STORED));
        database
    });
    let [primary, replica] = &databases;
    let [first, second] = databases.each_ref().map(|database| {
        let toml = database.toml();
        let url = toml.lines().find_map(|line| line.strip_prefix("url = "));
        url.expect("url").to_owned()
    });
    let urls = format!("urls = [{first}, {second}]");
    let toml = primary.toml().replace(&format!("url = {first}"), &urls) + QUICK;
    let daemon = Authd::start(servers, &toml);
    let load = Load::start(&daemon.client_socket());
    load.wait_for_decided(SOME);
    primary.kill();
    load.wait_for_decided(SOME);
    primary.set_running(true);
    daemon.wait_for_log("is up again", 1);
    load.wait_for_decided(SOME);
    // Now the primary is asked again, and the other one is not missed.
    replica.set_running(false);
    load.wait_for_decided(SOME);
    replica.set_running(true);
    expect_no_failure(&load.stop());
    assert_eq!(daemon.log_lines(" WARN the database "), 1);
}

/// The users of our own client do not notice that the daemon is restarted, however.
pub(crate) fn daemon_is_restarted(servers: &Arc<Servers>) {
    let mut mail = Mail::new(servers, Kind::Sqlite);
    let load = Load::start_with_client(&mail.daemon.client_socket());
    for _ in 0..3 {
        load.wait_for_decided(SOME / 2);
        mail.daemon.kill();
        mail.daemon.start_again();
        load.wait_for_decided(SOME / 2);
        mail.daemon.restart();
        load.wait_for_decided(SOME / 2);
        mail.daemon.reload();
    }
    load.wait_for_decided(SOME / 2);
    expect_no_failure(&load.stop());
}

/// A halted server, which goes on whatever becomes of the test.
pub(crate) struct Halt<'a>(&'a Database);

impl<'a> Halt<'a> {
    pub(crate) fn of(database: &'a Database) -> Self {
        database.set_halted(true);
        Self(database)
    }
}

impl Drop for Halt<'_> {
    fn drop(&mut self) {
        self.0.set_halted(false);
    }
}
