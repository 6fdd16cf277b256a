//! The world that the account side is tested in: the tables that are out there, what reads them,
//! and what those do by themselves. No program of this project takes part.

use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::layouts::Tables;
use ispmail_tests::runner::{Body, on_every_database, run, test};

mod dovecot;
mod postfix;
mod postfixadmin;

const TESTS: &[(&str, Body)] = &[
    ("unusual_keys", postfix::unusual_keys),
    ("postfixadmin_makes_these_tables", postfixadmin::columns),
];

/// What runs for each design of tables, too.
type TablesTest = fn(&Arc<Servers>, Kind, Tables);

const TABLES_TESTS: &[(&str, TablesTest)] =
    &[("postfix", postfix::maps_answer), ("dovecot", dovecot::signs_in)];

fn main() {
    run(|servers| {
        let mut tests = on_every_database(servers, TESTS, &[]);
        tests.push(test(servers, "locked_rows", dovecot::locked_rows));
        for kind in Kind::ALL {
            for tables in Tables::ALL {
                for &(name, body) in TABLES_TESTS {
                    let name = format!("{}::{}::{name}", kind.name(), tables.name());
                    tests.push(test(servers, name, move |servers| body(servers, kind, tables)));
                }
            }
        }
        tests
    })
}
