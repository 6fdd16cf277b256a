//! Every task of `ispmail-pw` on every design of tables and every database, as the tables' own
//! guides make them. After each task the programs that read the tables agree: Postfix's maps by
//! `postmap -q`, and a Dovecot with the guide's own `passdb sql` by `doveadm` and IMAP.

use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::layouts::Tables;
use ispmail_tests::runner::{run, test};

mod aliases;
mod domains;
mod own;
mod postfixadmin;
mod site;
mod together;
mod users;

/// What runs for each design of tables on each database.
type TablesTest = fn(&Arc<Servers>, Kind, Tables);

const TESTS: &[(&str, TablesTest)] = &[
    ("domains", domains::tasks),
    ("users", users::tasks),
    ("aliases", aliases::tasks),
    ("together", together::nothing_is_lost),
];

fn main() {
    run(|servers| {
        let mut tests = Vec::new();
        for kind in Kind::ALL {
            for tables in Tables::ALL {
                for &(name, body) in TESTS {
                    let name = format!("{}::{}::{name}", kind.name(), tables.name());
                    tests.push(test(servers, name, move |servers| body(servers, kind, tables)));
                }
            }
            let name = format!("{}::postfixadmin::what_else_it_knows", kind.name());
            tests.push(test(servers, name, move |servers| {
                postfixadmin::what_else_it_knows(servers, kind);
            }));
            let name = format!("{}::own_statements", kind.name());
            tests.push(test(servers, name, move |servers| own::statements(servers, kind)));
        }
        tests
    })
}
