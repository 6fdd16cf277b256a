use std::sync::Arc;

use ispmail_tests::authd::{Authd, Start};
use ispmail_tests::database::{Database, Kind, Layout, Servers};
use ispmail_tests::rows::{MALFORMED, REAL, REFUSED};

use crate::wire::{Wire, id_of, plain};

/// The guides' own example.
pub(crate) const JOHN: &str = "john@example.org";
pub(crate) const GOOD: &str = "summersun";
pub(crate) const WRONG: &str = "wintersun";
/// What john's row holds.
pub(crate) const STORED: &str =
    "{SHA256-CRYPT}$5$M/GWzmtjsLroRWIf$0qDt7IgXCoCQyvQZO7v.NC46rXzFVBSkZcilijlwgL7";
/// The same password by bcrypt with 2^10 and 2^12 rounds, by libxcrypt 4.4.33: dear ones, 1/16 s
/// and 1/4 s of one core.
pub(crate) const DEAR: &str =
    "{BLF-CRYPT}$2y$10$abcdefghijklmnopqrstuuyV6yVQQVcJOnWglSMD.hmMaanj/XSZ6";
pub(crate) const DEARER: &str =
    "{BLF-CRYPT}$2y$12$abcdefghijklmnopqrstuunC.z8ypx.2PaovnkpfBPaeiKbbFY.IK";

/// A daemon and the database behind it.
pub(crate) struct Mail {
    // Dropped first.
    pub(crate) daemon: Authd,
    pub(crate) database: Database,
}

impl Mail {
    /// With john and all rows that are out there, and refusals that are cheap.
    pub(crate) fn new(servers: &Arc<Servers>, kind: Kind) -> Self {
        Self::with(servers, kind, QUICK, Start::default())
    }

    /// The same with these further sections of the configuration.
    pub(crate) fn with(
        servers: &Arc<Servers>,
        kind: Kind,
        sections: &str,
        start: Start<'_>,
    ) -> Self {
        let database = accounts(servers, kind);
        let daemon = Authd::start_as(servers, &(database.toml() + sections), start);
        Self { daemon, database }
    }

    /// A client after both handshakes.
    pub(crate) fn client(&self) -> Wire {
        Wire::client(&self.daemon.client_socket())
    }

    /// A master after both handshakes.
    pub(crate) fn master(&self) -> Wire {
        Wire::master(&self.daemon.master_socket())
    }

    /// Fails unless john gets in, on a new connection.
    pub(crate) fn expect_john(&self) {
        assert_eq!(self.client().ask(plain(1, JOHN, GOOD)), ok(1, JOHN));
    }
}

/// A database with john and all rows that are out there.
pub(crate) fn accounts(servers: &Arc<Servers>, kind: Kind) -> Database {
    let database = Database::create(servers, kind, Layout::default());
    let real = REAL.iter().map(|row| (row.login, Some(row.stored)));
    let malformed = MALFORMED.iter().map(|&(login, stored)| (login, Some(stored)));
    let rows = real.chain(malformed).chain(REFUSED.iter().copied());
    database.add_users(rows.chain([(JOHN, Some(STORED))]));
    database
}

/// The lines of answers.
pub(crate) fn ok(id: usize, user: &str) -> String {
    format!("OK\t{id}\tuser={user}")
}

pub(crate) fn fail(id: usize) -> String {
    format!("FAIL\t{id}")
}

pub(crate) fn temporary(id: usize) -> String {
    format!("FAIL\t{id}\tcode=temp_fail")
}

/// Fails unless these answers, in any order, are the expected ones, in the order of their ids.
pub(crate) fn expect_answers(mut answers: Vec<String>, expected: impl IntoIterator<Item = String>) {
    answers.sort_by_key(|line| id_of(line));
    let expected: Vec<_> = expected.into_iter().collect();
    for (answer, expected) in answers.iter().zip(&expected) {
        assert_eq!(answer, expected);
    }
    assert_eq!(answers.len(), expected.len());
}

/// Refusals that cost little and are answered at once: for tests with many of them.
pub(crate) const QUICK: &str = "\n[policy]\nrounds = 2000\n[daemon]\nrefuse_after = 0\n";
