//! Several administrators at once, while users sign in.

use std::io::Write as _;
use std::process::{Child, Stdio};
use std::sync::Arc;

use ispmail_tests::database::{Kind, Servers};
use ispmail_tests::layouts::Tables;

use crate::site::{Site, texts};

const PASSWORD: &str = "Wolken-sieben-Reiter";
const ROUNDS: usize = 3;

pub(crate) fn nothing_is_lost(servers: &Arc<Servers>, kind: Kind, tables: Tables) {
    let site = Site::new(servers, kind, tables);
    site.add_user("steady@example.org", PASSWORD);
    site.add_user("shared@example.org", PASSWORD);
    for round in 0..ROUNDS {
        let doomed = format!("doomed{round}@example.org");
        site.add_user(&doomed, PASSWORD);
        let same = format!("same{round}@example.org");
        let domain = format!("example{round}.net");
        let own = |n: usize| format!("own{round}-{n}@example.org");
        let far = |n: usize| format!("far{round}-{n}@example.edu");
        let mut running = Vec::new();
        for n in 0..2 {
            let password = format!("Regen-{round}-Pferde-{n}\n");
            for (arguments, input) in [
                (vec!["user", "add", &same], password.clone()),
                (vec!["user", "add", &own(n)], password.clone()),
                (vec!["domain", "add", &domain], String::new()),
                (vec!["alias", "add", "list@example.org", &far(n)], String::new()),
                (vec!["user", "passwd", "shared@example.org"], password.clone()),
                (vec!["user", "remove", &doomed, "--yes"], String::new()),
            ] {
                let words = arguments.join(" ");
                running.push((words, start(&site, &arguments, &input)));
            }
        }
        // Whatever the administrators do, others sign in.
        for _ in 0..3 {
            let tested = site.dovecot.doveadm().auth_test("steady@example.org", PASSWORD);
            assert_eq!(tested.code(), 0, "{tested:?}");
        }
        let mut ends: Vec<(String, i32)> = Vec::new();
        for (words, child) in running {
            let output = child.wait_with_output().expect("output");
            let code = output.status.code().expect("exit code");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(matches!(code, 0 | 65 | 67), "{words}: {code} {said}");
            ends.push((words, code));
        }
        let codes = |start: &str| {
            let mut codes: Vec<i32> = ends
                .iter()
                .filter(|(words, _)| words.starts_with(start))
                .map(|one| one.1)
                .collect();
            codes.sort_unstable();
            codes
        };
        // Of two who do the same, one does it and the other is told.
        assert_eq!(codes(&format!("user add {same}")), [0, 65]);
        assert_eq!(codes("domain add"), [0, 65]);
        assert_eq!(codes("user remove"), [0, 67]);
        // What differs is all there.
        assert_eq!(codes("user add own"), [0, 0]);
        assert_eq!(codes("alias add"), [0, 0]);
        assert_eq!(codes("user passwd"), [0, 0]);
        for n in 0..2 {
            site.expect_user(&own(n), &format!("Regen-{round}-Pferde-{n}"));
            assert!(site.alias("list@example.org").contains(&far(n)), "{}", far(n));
        }
        let accepted = (0..2)
            .filter(|n| {
                let password = format!("Regen-{round}-Pferde-{n}");
                let test = |address| site.dovecot.doveadm().auth_test(address, &password).code();
                assert_eq!(test(&same) == 0, test(&same) != 77);
                test("shared@example.org") == 0
            })
            .count();
        assert_eq!(accepted, 1, "one of the two passwords, as a whole");
        site.expect_unknown(&doomed);
    }
    assert_eq!(site.alias("list@example.org").len(), 2 * ROUNDS);
    let mut domains = texts(&site.does(&["domain", "list"], ""), "domain");
    domains.dedup();
    assert_eq!(domains.len(), 1 + ROUNDS);
}

fn start(site: &Site, arguments: &[&str], input: &str) -> Child {
    let mut command = site.command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("start");
    let mut stdin = child.stdin.take().expect("stdin");
    stdin.write_all(input.as_bytes()).expect("write");
    child
}
