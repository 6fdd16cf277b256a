//! Every scheme against the programs whose behaviour it matches: crypt(3) and a running Dovecot.
//! The values are made by either side, damaged in all ways, and tried with right and wrong
//! passwords.
//!
//! `ISPMAIL_SEED=N` repeats a run; without it every run has a seed of its own, which it prints.
//! `ISPMAIL_CASES=1000000` asks for so many cases.

use std::env;

use ispmail_tests::random::{Random, seed};
use ispmail_tests::runner::{run, test};

mod bad_input;
mod cases;
mod costs;
mod crypt3;
mod differences;
mod directed;
mod dovecot;
mod mishaps;
mod passwords;
mod settings;
mod values;

/// How many cases there are at least, half of them against either.
const CASES: usize = 48_000;
/// How many disagreements a failure shows.
const SHOWN: usize = 40;

fn main() {
    let cases = env::var("ISPMAIL_CASES")
        .map_or(CASES, |text| text.parse().expect("ISPMAIL_CASES is a number"));
    run(move |servers| {
        let seed = seed();
        let half = cases.div_ceil(2);
        vec![
            test(servers, "like_crypt3", move |_| crypt3::compare(&mut Random::new(seed), half)),
            test(servers, "like_dovecot", move |servers| dovecot::compare(servers, seed, half)),
            test(servers, "long_values", move |_| bad_input::long_values(&mut Random::new(seed))),
            test(servers, "long_passwords", move |_| {
                bad_input::long_passwords(&mut Random::new(seed));
            }),
        ]
    })
}
