//! Every row with every password, at a running Dovecot and here.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use ispmail_password::{ParseError, Password, StoredPassword, Verdict, VerifyError};
use ispmail_tests::auth_client::{Answer, Decision};
use ispmail_tests::database::{Database, Kind as System, Layout, Servers};
use ispmail_tests::dovecot::Dovecot;
use ispmail_tests::scratch::write_configuration;
use ispmail_tests::shown;

use crate::SHOWN;
use crate::cases::{Case, Cases, defaults, domain};
use crate::differences::{DIFFERENCES, Difference};
use crate::directed;

/// Connections, and requests under way on each.
const CONNECTIONS: usize = 4;
const AT_ONCE: usize = 32;

/// What becomes of a row and a password here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ours {
    Accepted,
    Refused,
    /// The row is no stored password.
    Bad(ParseError),
    /// It is one, but is not checked.
    Unchecked(VerifyError),
}

/// One sign-in and what came of it.
pub(crate) struct SignIn<'a> {
    pub(crate) case: &'a Case,
    pub(crate) password: &'a [u8],
    pub(crate) dovecot: Decision,
    pub(crate) ours: Ours,
}

/// At least so many sign-ins.
pub(crate) fn compare(servers: &Arc<Servers>, seed: u64, wanted: usize) {
    let layout = Layout { wide: true, ..Layout::default() };
    let database = Database::create(servers, System::Sqlite, layout);
    let dovecot = start(servers, &database);
    let mut cases = Cases::new(seed);
    let mut tally = Tally::default();
    let mut first =
        [directed::all(&mut cases), cases.by_doveadm(), cases.bare(), cases.non_ascii()];
    let mut batch = first.iter_mut().flat_map(std::mem::take).collect::<Vec<_>>();
    loop {
        tally.add(&sign_in_at_both(&dovecot, &database, &batch));
        if tally.sign_ins >= wanted || tally.faults.len() > SHOWN {
            break;
        }
        batch = cases.batch();
    }
    tally.conclude();
}

/// Counts and disagreements.
#[derive(Default)]
struct Tally {
    sign_ins: usize,
    /// By scheme: sign-ins and how many of them succeed.
    schemes: BTreeMap<&'static str, (usize, usize)>,
    listed: Vec<usize>,
    /// What is different and not listed: how often, and an example.
    faults: BTreeMap<String, (usize, String)>,
}

impl Tally {
    fn add(&mut self, sign_ins: &[SignIn<'_>]) {
        self.listed.resize(DIFFERENCES.len(), 0);
        for sign_in in sign_ins {
            self.sign_ins += 1;
            let (count, accepted) = self.schemes.entry(sign_in.case.scheme).or_default();
            *count += 1;
            *accepted += usize::from(sign_in.dovecot == Decision::Accepted);
            if sign_in.ours.decision() == sign_in.dovecot {
                continue;
            }
            let covers = |known: &Difference| known.covers(sign_in);
            if let Some(row) = DIFFERENCES.iter().position(covers) {
                self.listed[row] += 1;
                continue;
            }
            let SignIn { case, password, dovecot, ours } = sign_in;
            let said = match ours {
                Ours::Bad(error) => error.to_string(),
                Ours::Unchecked(error) => error.to_string(),
                said => format!("{said:?}"),
            };
            let kind = format!("{} {}: Dovecot {dovecot:?}, we {said}", case.scheme, case.made);
            let example = format!(
                "\"{}\" (default {}) with \"{}\" as {}",
                shown(case.stored.escape_ascii().to_string().as_bytes()),
                case.default,
                password.escape_ascii(),
                case.login
            );
            self.faults.entry(kind).or_insert((0, example)).0 += 1;
        }
    }

    fn conclude(&self) {
        for (scheme, (sign_ins, accepted)) in &self.schemes {
            eprintln!("  {scheme:14} {sign_ins:7} sign-ins, {accepted:6} accepted");
        }
        eprintln!("{} sign-ins at Dovecot", self.sign_ins);
        for (row, times) in DIFFERENCES.iter().zip(&self.listed) {
            eprintln!("  {times:7} times: {}", row.reason);
        }
        for (kind, (times, example)) in self.faults.iter().take(SHOWN) {
            eprintln!("{kind}, {times} times, as in {example}");
        }
        let listed = DIFFERENCES.iter().zip(&self.listed);
        let idle = listed.filter(|(_, times)| **times == 0).map(|(row, _)| row.reason);
        let idle: Vec<_> = idle.collect();
        assert!(self.faults.is_empty(), "{} kinds of disagreement", self.faults.len());
        assert!(idle.is_empty(), "listed, but does not differ: {idle:?}");
        for (scheme, (sign_ins, accepted)) in &self.schemes {
            let enough = accepted * 20 > *sign_ins || *scheme == "ARGON2";
            assert!(enough, "too few sign-ins with {scheme} succeed to show anything");
        }
    }
}

impl Ours {
    pub(crate) fn decision(self) -> Decision {
        match self {
            Self::Accepted => Decision::Accepted,
            Self::Refused => Decision::Refused,
            Self::Bad(_) | Self::Unchecked(_) => Decision::CouldNotCheck,
        }
    }
}

fn sign_in_at_both<'a>(
    dovecot: &Dovecot,
    database: &Database,
    cases: &'a [Case],
) -> Vec<SignIn<'a>> {
    store(database, cases);
    let pairs: Vec<(&Case, &[u8])> = cases
        .iter()
        .flat_map(|case| case.passwords.iter().map(move |password| (case, &password[..])))
        .collect();
    let theirs = in_parts(&pairs, CONNECTIONS, |part| {
        let requests: Vec<_> = part
            .iter()
            .map(|(case, password)| (case.login.clone().into_bytes(), password.to_vec()))
            .collect();
        let answers = dovecot.auth().pipeline(&requests, AT_ONCE);
        answers.iter().map(Answer::decision).collect()
    });
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let ours = in_parts(&pairs, cores, |part| {
        part.iter().map(|(case, password)| decide(case, password)).collect()
    });
    pairs
        .into_iter()
        .zip(theirs)
        .zip(ours)
        .map(|(((case, password), dovecot), ours)| SignIn { case, password, dovecot, ours })
        .collect()
}

/// Does the parts of a list at the same time.
fn in_parts<T: Sync, R: Send>(
    all: &[T],
    parts: usize,
    work: impl Fn(&[T]) -> Vec<R> + Sync,
) -> Vec<R> {
    thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = all
            .chunks(all.len().div_ceil(parts).max(1))
            .map(|part| scope.spawn(move || work(part)))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    })
}

fn decide(case: &Case, password: &[u8]) -> Ours {
    let default = case.default.parse().expect("a scheme");
    let stored = match StoredPassword::parse(&case.stored, default) {
        Err(error) => return Ours::Bad(error),
        Ok(stored) => stored.for_login(case.login.as_bytes()),
    };
    // An empty one is let in nowhere.
    let Ok(password) = Password::new(password.to_vec()) else { return Ours::Refused };
    match stored.verify(&password) {
        Ok(Verdict::Match) => Ours::Accepted,
        Ok(Verdict::Mismatch) => Ours::Refused,
        Err(error) => Ours::Unchecked(error),
    }
}

/// One passdb for each default scheme. `nodelay`, since it answers other refusals twice in a
/// second.
fn start(servers: &Arc<Servers>, database: &Database) -> Dovecot {
    let mut settings = vec![String::from(
        "log_path = /dev/null\nauth_verbose = no\nauth_worker_max_count = 4\n\
         passdb {\n  driver = static\n  args = nopassword=y noauthenticate=y nodelay=y\n}\n\
         userdb {\n  driver = prefetch\n}\n",
    )];
    for (number, default) in defaults().iter().enumerate() {
        let file = servers.scratch().path().join(format!("dovecot-sql-{number}.conf.ext"));
        write_configuration(
            &file,
            &format!(
                "{}default_pass_scheme = {default}\n\
                 password_query = SELECT email AS user, password FROM virtual_users WHERE email = '%u'\n",
                database.dovecot_connect()
            ),
        );
        settings.push(format!(
            "passdb {{\n  driver = sql\n  args = {}\n  username_filter = *@{}\n}}\n",
            file.display(),
            domain(default)
        ));
    }
    Dovecot::start(servers, &settings.concat())
}

fn store(database: &Database, cases: &[Case]) {
    let inserts: Vec<String> = cases
        .iter()
        .map(|case| {
            format!(
                "INSERT INTO virtual_users (domain_id, email, password) VALUES (1, '{}', {});\n",
                case.login.to_ascii_lowercase(),
                database.literal(&case.stored)
            )
        })
        .collect();
    database.execute(&format!("BEGIN;\n{}COMMIT;\n", inserts.concat()));
}
