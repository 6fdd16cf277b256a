//! The `main` of every test program.

use std::process::{Command, exit};
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};

use crate::database::{Kind, Servers};

/// Runs the tests one after another on this thread: the kernel kills a server when the thread that
/// started it ends. The servers stop before the program ends.
pub fn run(tests: impl FnOnce(&Arc<Servers>) -> Vec<Trial>) -> ! {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    if !arguments.list && !is_root() {
        eprintln!(
            "these tests start servers as users of their own and need root: scripts/test uses sudo"
        );
        exit(1);
    }
    let servers = Servers::new();
    let conclusion = libtest_mimic::run(&arguments, tests(&servers));
    drop(servers);
    conclusion.exit()
}

/// One test, which fails by panicking.
pub fn test(
    servers: &Arc<Servers>,
    name: impl Into<String>,
    body: impl FnOnce(&Arc<Servers>) + Send + 'static,
) -> Trial {
    let servers = Arc::clone(servers);
    Trial::test(name, move || {
        body(&servers);
        Ok(())
    })
}

/// A test that runs once for each database.
pub type Body = fn(&Arc<Servers>, Kind);

/// `tests` on every database, `server_tests` on those that are servers.
pub fn on_every_database(
    servers: &Arc<Servers>,
    tests: &'static [(&str, Body)],
    server_tests: &'static [(&str, Body)],
) -> Vec<Trial> {
    let of = |kind: Kind| {
        let server_tests = if kind == Kind::Sqlite { &[] } else { server_tests };
        tests.iter().chain(server_tests).map(move |&(name, body)| {
            test(servers, format!("{}::{name}", kind.name()), move |servers| body(servers, kind))
        })
    };
    Kind::ALL.into_iter().flat_map(of).collect()
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}
