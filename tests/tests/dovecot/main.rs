//! A real Dovecot 2.3 signs real ISPmail users in through ispmail-checkpassword, over every
//! database.

use ispmail_tests::runner::{Body, on_every_database, run};

mod configuration;
mod failures;
mod mail;
mod requests;
mod sign_in;

const TESTS: &[(&str, Body)] = &[
    ("own_sql_agrees_on_the_rows", sign_in::own_sql_agrees_on_the_rows),
    ("real_rows", sign_in::real_rows),
    ("bare_md5_rows", sign_in::bare_md5_rows),
    ("mailbox_by_prefetch", sign_in::mailbox_by_prefetch),
    ("mailbox_by_userdb", sign_in::mailbox_by_userdb),
    ("cram_md5", sign_in::cram_md5),
    ("injection", requests::injection),
    ("longest_request", requests::longest_request),
    ("every_byte", requests::every_byte),
    ("malformed_rows", failures::malformed_rows),
    ("megabyte", failures::megabyte),
    ("two_rows", failures::two_rows),
    ("missing_tables", failures::missing_tables),
    ("database_stopped", failures::database_stopped),
    ("own_queries", configuration::own_queries),
];

/// What only a database server can do.
const SERVER_TESTS: &[(&str, Body)] = &[
    ("several_hosts", configuration::several_hosts),
    ("over_socket", configuration::over_socket),
    ("wrong_database_password", configuration::wrong_database_password),
];

fn main() {
    run(|servers| on_every_database(servers, TESTS, SERVER_TESTS))
}
