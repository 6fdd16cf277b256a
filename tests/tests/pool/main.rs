//! The pool of connections and the upgrade of stored passwords against real databases that stall,
//! crash, come back and run out.

use ispmail_tests::runner::{Body, on_every_database, run};

mod connections;
mod fixture;
mod lists;
mod lookers;
mod outages;
mod swaps;
mod tls;

const TESTS: &[(&str, Body)] = &[
    ("killed_and_started_again", outages::killed_and_started_again),
    ("next_host_stands_in", outages::next_host_stands_in),
    ("all_hosts_down", outages::all_hosts_down),
    ("cancelled_look_ups", connections::cancelled_look_ups),
    ("tables_change", connections::tables_change),
    ("a_hundred_thousand_logins", lists::a_hundred_thousand_logins),
    ("logins_of_own_queries", lists::logins_of_own_queries),
    ("swap", swaps::swap),
    ("swaps_at_once", swaps::swaps_at_once),
    ("column_that_cuts", swaps::column_that_cuts),
    ("locked_row", swaps::locked_row),
    ("no_primary", swaps::no_primary),
    ("own_statement", swaps::own_statement),
];

/// What only a database server can do.
const SERVER_TESTS: &[(&str, Body)] = &[
    ("connections_are_reused", connections::connections_are_reused),
    ("idle_connections_are_killed", connections::idle_connections_are_killed),
    ("one_query_after_the_other", connections::one_query_after_the_other),
    ("no_connection_is_free", connections::no_connection_is_free),
    ("too_many_connections", connections::too_many_connections),
    ("halted", outages::halted),
    ("next_host_stands_in_for_a_halted_one", outages::next_host_stands_in_for_a_halted_one),
    ("narrow_column", swaps::narrow_column),
    ("no_grant", swaps::no_grant),
    ("tls_who_is_trusted", tls::who_is_trusted),
    ("tls_server_without", tls::server_without),
];

fn main() {
    run(|servers| on_every_database(servers, TESTS, SERVER_TESTS))
}
