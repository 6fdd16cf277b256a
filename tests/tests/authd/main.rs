//! `ispmail-authd` at its sockets: the protocol, bad input, its life, databases that fail, upgrades
//! and overload.

use ispmail_tests::runner::{Body, on_every_database, run, test};

mod activation;
mod bad_input;
mod failed_upgrades;
mod faults;
mod fixture;
mod life;
mod load;
mod logs;
mod master;
mod overload;
mod protocol;
mod sign_ins;
mod starts;
mod upgrades;
mod wire;

/// On every database.
const TESTS: &[(&str, Body)] = &[
    ("every_row", sign_ins::every_row),
    ("database_errors", sign_ins::database_errors),
    ("a_thousand_at_once", sign_ins::a_thousand_at_once),
    ("thousands_of_users", master::thousands_of_users),
    ("credentials", master::credentials),
    ("look_up_errors", master::database_errors),
    ("database_is_killed", faults::database_is_killed),
    ("outdated_rows", upgrades::outdated_rows),
    ("the_administrator_wins", upgrades::the_administrator_wins),
    ("upgrades_at_once", upgrades::at_once),
    ("no_grant", failed_upgrades::no_grant),
    ("no_primary", failed_upgrades::no_primary),
];

/// What only a database server can do.
const SERVER_TESTS: &[(&str, Body)] = &[
    ("database_hangs", faults::database_hangs),
    ("primary_is_killed", faults::primary_is_killed),
    ("narrow_column", failed_upgrades::narrow_column),
    ("hung_primary", failed_upgrades::hung_primary),
];

fn main() {
    run(|servers| {
        let mut tests = vec![
            test(servers, "handshakes", protocol::handshakes),
            test(servers, "other_peoples_handshakes", protocol::other_peoples_handshakes),
            test(servers, "exchanges", protocol::exchanges),
            test(servers, "bad_requests", protocol::bad_requests),
            test(servers, "cancelled", protocol::cancelled),
            test(servers, "protocol_errors", protocol::protocol_errors),
            test(servers, "a_dear_row_holds_up_nobody", sign_ins::a_dear_row_holds_up_nobody),
            test(servers, "authorization_ids", sign_ins::authorization_ids),
            test(servers, "own_fields", sign_ins::own_fields),
            test(servers, "fields_only_for_dovecot", sign_ins::fields_only_for_dovecot),
            test(servers, "untrusted", master::untrusted),
            test(servers, "master_protocol_errors", master::protocol_errors),
            test(servers, "broken_clients", bad_input::broken_clients),
            test(servers, "longest_line", bad_input::longest_line),
            test(servers, "byte_by_byte", bad_input::byte_by_byte),
            test(servers, "idle_connections", bad_input::idle_connections),
            test(servers, "answers_that_nobody_reads", bad_input::answers_that_nobody_reads),
            test(servers, "out_of_descriptors", bad_input::out_of_descriptors),
            test(servers, "stale_and_live_sockets", starts::stale_and_live_sockets),
            test(servers, "no_sockets", starts::no_sockets),
            test(servers, "owners_and_modes", starts::owners_and_modes),
            test(servers, "what_keeps_it_from_starting", starts::what_keeps_it_from_starting),
            test(servers, "started_by_the_first_client", activation::started_by_the_first_client),
            test(servers, "stray_socket", activation::stray_socket),
            test(servers, "restarted_behind_its_sockets", activation::restarted),
            test(servers, "notifications", life::notifications),
            test(servers, "reloads", life::reloads),
            test(servers, "stopped_while_it_starts", life::stopped_while_it_starts),
            test(servers, "stopped_under_load", life::stopped_under_load),
            test(servers, "stopped_in_time", life::stopped_in_time),
            test(servers, "killed", life::killed),
            test(servers, "daemon_is_restarted", faults::daemon_is_restarted),
            test(servers, "too_many_requests", overload::too_many_requests),
            test(servers, "dear_rows", overload::dear_rows),
            test(servers, "refuse_after", overload::refuse_after),
            test(servers, "own_statement", failed_upgrades::own_statement),
        ];
        tests.extend(on_every_database(servers, TESTS, SERVER_TESTS));
        // After all others.
        tests.push(test(servers, "logs_hold_no_secrets", logs::hold_no_secrets));
        tests
    })
}
