//! Whoever Dovecot's own `passdb sql` lets in, we let in, and nobody else: the same rows, the same
//! passwords, two Dovecots.
//!
//! `ISPMAIL_SEED=N` repeats a run; without it every run has a seed of its own, which it prints.

use std::collections::BTreeMap;
use std::env;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use ispmail_tests::auth_client::Decision;
use ispmail_tests::binaries::{CHECKPASSWORD, install};
use ispmail_tests::database::{Database, Kind, Layout, Servers};
use ispmail_tests::dovecot::Dovecot;
use ispmail_tests::runner::{run, test};
use ispmail_tests::scratch::write_configuration;
use ispmail_tests::shown;

mod cases;
mod crypt;
mod differences;
mod oddities;
mod random;

use cases::{Case, DEFAULTS, generate};
use differences::DIFFERENCES;
use random::Random;

/// How many sign-ins are under way: Dovecot answers each refusal half a second late.
const AT_ONCE: usize = 96;
/// How many disagreements a failure shows.
const SHOWN: usize = 400;

fn main() {
    run(|servers| vec![test(servers, "accepted_and_refused_like_dovecot", compare)])
}

fn compare(servers: &Arc<Servers>) {
    let seed = seed();
    eprintln!("ISPMAIL_SEED={seed}");
    let cases = generate(&mut Random::new(seed));
    let database =
        Database::create(servers, Kind::Sqlite, Layout { wide: true, ..Layout::default() });
    store(&database, &cases);

    let requests: Vec<(Vec<u8>, Vec<u8>)> = cases
        .iter()
        .enumerate()
        .flat_map(|(number, case)| {
            let login = login(number, case).into_bytes();
            case.passwords.iter().map(move |password| (login.clone(), password.clone()))
        })
        .collect();
    let kinds = cases.iter().flat_map(|case| case.passwords.iter().map(move |_| case));

    let dovecots = decide(servers, &database, &requests, |file| ("sql", file.to_owned()));
    let program = install(servers.scratch(), CHECKPASSWORD);
    let ours = decide(servers, &database, &requests, |file| {
        ("checkpassword", format!("{} --dovecot-sql {file}", program.display()))
    });

    let accepted = dovecots.iter().filter(|&&decision| decision == Decision::Accepted).count();
    eprintln!("{} rows, {} sign-ins, {accepted} accepted", cases.len(), requests.len());
    assert!(accepted * 20 > requests.len(), "too few sign-ins succeed to show anything");

    let mut used = vec![false; DIFFERENCES.len()];
    let mut unexpected = BTreeMap::new();
    for (((case, (_, password)), dovecot), ours) in kinds.zip(&requests).zip(dovecots).zip(ours) {
        if dovecot == ours {
            continue;
        }
        match DIFFERENCES.iter().position(|known| known.covers(&case.kind, dovecot, ours)) {
            Some(place) => used[place] = true,
            None => unexpected
                .entry((case.kind.as_str(), dovecot, ours))
                .or_insert_with(Vec::new)
                .push(format!(
                    "{:?} (default {}) with {:?}",
                    shown(&case.stored),
                    case.default_scheme,
                    shown(password)
                )),
        }
    }
    let unused: Vec<_> = DIFFERENCES.iter().zip(used).filter(|(_, used)| !used).collect();
    for ((kind, dovecot, ours), examples) in unexpected.iter().take(SHOWN) {
        eprintln!(
            "{kind}: Dovecot {dovecot:?}, we {ours:?}, {} times, as in {}",
            examples.len(),
            examples[0]
        );
    }
    for (difference, _) in &unused {
        eprintln!("no longer differs: {} ({})", difference.kind, difference.reason);
    }
    assert!(unexpected.is_empty(), "{} kinds of disagreement, seed {seed}", unexpected.len());
    assert!(unused.is_empty(), "{} listed differences do not show, seed {seed}", unused.len());
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
    answers.iter().map(ispmail_tests::auth_client::Answer::decision).collect()
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

fn seed() -> u64 {
    if let Ok(text) = env::var("ISPMAIL_SEED") {
        return text.parse().expect("ISPMAIL_SEED is a number");
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    u64::from(since.subsec_nanos())
}
