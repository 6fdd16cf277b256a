//! Accounts of every table layout sign in through every front door, over every database; and what
//! `ispmail-pw check` and `config` say of each layout.

use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::runner::{Body, run, test};

use crate::design::Design;

mod check;
mod config;
mod design;
#[path = "../front_doors/door.rs"]
mod door;
mod recognition;
mod sign_ins;
mod site;
mod upgrades;

/// On every database, for each design of tables.
type OfDesign = fn(&Arc<Servers>, Kind, Design);

const DESIGN_TESTS: &[(&str, OfDesign)] = &[
    ("sign_ins", sign_ins::sign_ins),
    ("upgrades", upgrades::upgrades),
    ("check", check::well),
    ("config", config::way_back),
];

/// On every database.
const TESTS: &[(&str, Body)] = &[
    ("no_layout", recognition::no_layout),
    ("several_layouts", recognition::several_layouts),
    ("another_layout", recognition::another_layout),
    ("older_postfixadmin", recognition::older_postfixadmin),
    ("without_unique_index", recognition::without_unique_index),
    ("grants", recognition::grants),
];

fn main() {
    run(|servers| {
        let mut tests = Vec::new();
        for kind in Kind::ALL {
            for design in Design::ALL {
                for &(name, body) in DESIGN_TESTS {
                    let name = format!("{}::{}::{name}", kind.name(), design.name());
                    tests.push(test(servers, name, move |servers| body(servers, kind, design)));
                }
            }
            for &(name, body) in TESTS {
                let name = format!("{}::{name}", kind.name());
                tests.push(test(servers, name, move |servers| body(servers, kind)));
            }
        }
        tests
    })
}
