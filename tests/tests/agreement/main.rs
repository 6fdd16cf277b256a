//! Whoever Dovecot's own `passdb sql` lets in, we let in, and nobody else: the same rows, the same
//! passwords, two Dovecots.
//!
//! `ISPMAIL_SEED=N` repeats a run; without it every run has a seed of its own, which it prints.

use std::collections::BTreeMap;
use std::sync::Arc;

use ispmail_tests::auth_client::{Answer, Decision};
use ispmail_tests::binaries::{CHECKPASSWORD, install};
use ispmail_tests::database::{Database, Kind as System, Layout, Servers};
use ispmail_tests::dovecot::Dovecot;
use ispmail_tests::random::{Random, seed};
use ispmail_tests::runner::{run, test};
use ispmail_tests::scratch::write_configuration;
use ispmail_tests::shown;

mod cases;
mod differences;
mod oddities;

use cases::{Case, DEFAULTS, generate};
use differences::{DIFFERENCES, Difference};

/// How many sign-ins are under way: Dovecot answers each refusal half a second late.
const AT_ONCE: usize = 192;
/// How many disagreements a failure shows.
const SHOWN: usize = 40;

fn main() {
    run(|servers| vec![test(servers, "accepted_and_refused_like_dovecot", compare)])
}

/// One sign-in and what came of it.
struct SignIn<'a> {
    case: &'a Case,
    password: &'a [u8],
    dovecot: Decision,
    ours: Decision,
}

fn compare(servers: &Arc<Servers>) {
    let seed = seed();
    let cases = generate(&mut Random::new(seed));
    let sign_ins = sign_in_at_both(servers, &cases);
    let accepted = sign_ins.iter().filter(|sign_in| sign_in.dovecot == Decision::Accepted).count();
    eprintln!("{} rows, {} sign-ins, {accepted} accepted", cases.len(), sign_ins.len());
    assert!(accepted * 20 > sign_ins.len(), "too few sign-ins succeed to show anything");

    let faults = [unlisted(&sign_ins), no_longer(&sign_ins), undecided(&sign_ins)].concat();
    for fault in faults.iter().take(SHOWN) {
        eprintln!("{fault}");
    }
    assert!(faults.is_empty(), "{} disagreements, seed {seed}", faults.len());
}

/// Differences that nobody listed, one example of each kind.
fn unlisted(sign_ins: &[SignIn<'_>]) -> Vec<String> {
    let mut found: BTreeMap<_, (usize, &SignIn<'_>)> = BTreeMap::new();
    for sign_in in sign_ins {
        let &SignIn { case, dovecot, ours, .. } = sign_in;
        let listed = DIFFERENCES.iter().any(|known| known.covers(case.kind, dovecot, ours));
        if dovecot != ours && !listed {
            found.entry((case.kind, dovecot, ours)).or_insert((0, sign_in)).0 += 1;
        }
    }
    found
        .into_iter()
        .map(|((kind, dovecot, ours), (times, example))| {
            format!(
                "{kind:?}: Dovecot {dovecot:?}, we {ours:?}, {times} times, as in {}",
                described(example)
            )
        })
        .collect()
}

/// Listed differences that do not show: the list is to be cut.
fn no_longer(sign_ins: &[SignIn<'_>]) -> Vec<String> {
    let shows = |known: &Difference| {
        sign_ins.iter().any(|one| known.covers(one.case.kind, one.dovecot, one.ours))
    };
    DIFFERENCES
        .iter()
        .filter(|known| !shows(known))
        .map(|known| format!("listed, but does not differ: {} ({})", known.kind, known.reason))
        .collect()
}

/// Whether a row can be checked is the row's matter, not the password's. (An empty password is
/// refused whatever the row holds.)
fn undecided(sign_ins: &[SignIn<'_>]) -> Vec<String> {
    let typed: Vec<&SignIn<'_>> = sign_ins.iter().filter(|one| !one.password.is_empty()).collect();
    typed
        .windows(2)
        .filter(|pair| std::ptr::eq(pair[0].case, pair[1].case))
        .filter(|pair| {
            let could_not = |one: &SignIn<'_>| one.ours == Decision::CouldNotCheck;
            could_not(pair[0]) != could_not(pair[1])
        })
        .map(|pair| {
            format!("we could check it once: {} and {}", described(pair[0]), described(pair[1]))
        })
        .collect()
}

fn described(sign_in: &SignIn<'_>) -> String {
    format!(
        "{:?} (default {}) with {:?}: {:?}",
        shown(&sign_in.case.stored),
        sign_in.case.default_scheme,
        shown(sign_in.password),
        sign_in.ours
    )
}

fn sign_in_at_both<'a>(servers: &Arc<Servers>, cases: &'a [Case]) -> Vec<SignIn<'a>> {
    let layout = Layout { wide: true, ..Layout::default() };
    let database = Database::create(servers, System::Sqlite, layout);
    store(&database, cases);
    let requests: Vec<(Vec<u8>, Vec<u8>)> = cases
        .iter()
        .enumerate()
        .flat_map(|(number, case)| {
            let login = login(number, case).into_bytes();
            case.passwords.iter().map(move |password| (login.clone(), password.clone()))
        })
        .collect();

    let dovecot = decide(servers, &database, &requests, |file| ("sql", file.to_owned()));
    let program = install(servers.scratch(), CHECKPASSWORD);
    let ours = decide(servers, &database, &requests, |file| {
        ("checkpassword", format!("{} --dovecot-sql {file}", program.display()))
    });

    cases
        .iter()
        .flat_map(|case| case.passwords.iter().map(move |password| (case, password)))
        .zip(dovecot)
        .zip(ours)
        .map(|(((case, password), dovecot), ours)| SignIn { case, password, dovecot, ours })
        .collect()
}

/// Puts the requests to a Dovecot whose passdb is of this driver, with these arguments for each
/// `dovecot-sql.conf.ext`: one for each default scheme.
fn decide(
    servers: &Arc<Servers>,
    database: &Database,
    requests: &[(Vec<u8>, Vec<u8>)],
    passdb: impl Fn(&str) -> (&'static str, String),
) -> Vec<Decision> {
    let mut settings = vec![String::from("userdb {\n  driver = prefetch\n}\n")];
    for (number, default_scheme) in DEFAULTS.iter().enumerate() {
        let name = format!("dovecot-sql{}-{number}.conf.ext", servers.next_number());
        let file = servers.scratch().path().join(name);
        write_configuration(
            &file,
            &format!(
                "{}default_pass_scheme = {default_scheme}\n\
                 password_query = SELECT email AS user, password FROM virtual_users \
                 WHERE email = '%u'\n",
                database.dovecot_connect()
            ),
        );
        let (driver, arguments) = passdb(&file.display().to_string());
        settings.push(format!(
            "passdb {{\n  driver = {driver}\n  args = {arguments}\n  \
             username_filter = *@{}\n}}\n",
            domain(default_scheme)
        ));
    }
    let dovecot = Dovecot::start(servers, &settings.concat());
    let answers = dovecot.auth().pipeline(requests, AT_ONCE);
    answers.iter().map(Answer::decision).collect()
}

fn store(database: &Database, cases: &[Case]) {
    let inserts: Vec<String> = cases
        .iter()
        .enumerate()
        .map(|(number, case)| {
            format!(
                "INSERT INTO virtual_users (domain_id, email, password) VALUES (1, '{}', {});\n",
                login(number, case),
                database.literal(&case.stored)
            )
        })
        .collect();
    database.execute(&format!("BEGIN;\n{}COMMIT;\n", inserts.concat()));
}

fn login(number: usize, case: &Case) -> String {
    format!("u{number}@{}", domain(case.default_scheme))
}

fn domain(default_scheme: &str) -> String {
    format!("{}.example", default_scheme.to_ascii_lowercase())
}
