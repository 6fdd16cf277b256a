//! A check ends, quickly where the value is cheap, and says the same for a value that was written
//! and read again.
//!
//! The first byte chooses the default scheme, the second the length of the password behind it; the
//! rest is the column's value.
#![no_main]

use ispmail_fuzz::choose;
use ispmail_password::{Ceilings, Password, Policy, Prefix, StoredPassword, Verdict};
use libfuzzer_sys::fuzz_target;

const CHEAP: Ceilings =
    Ceilings { rounds: 2_000, iterations: 5_000, bcrypt: 4, kib: 256, kib_passes: 1_024 };

fuzz_target!(|data: &[u8]| {
    let Some((default, rest)) = choose(data) else { return };
    let Some((length, rest)) = rest.split_first() else { return };
    let Some((typed, text)) = rest.split_at_checked((*length).into()) else { return };
    let Ok(password) = Password::new(typed.to_vec()) else { return };
    let Ok(stored) = StoredPassword::parse(text, default) else { return };
    let stored = stored.for_login(b"john@example.org");
    if CHEAP.allow(stored.scheme(), stored.cost()).is_err() {
        return;
    }
    let verdict = stored.verify(&password).expect("cheap enough to be checked");
    assert!(stored.disabled().is_none() || verdict == Verdict::Mismatch);
    let again = StoredPassword::parse(&stored.write(Prefix::Scheme), default).expect("it reads");
    let again = again.for_login(b"john@example.org");
    assert_eq!(again.verify(&password), Ok(verdict));
    if verdict == Verdict::Match {
        let _ = Policy::default().needs_upgrade(&stored);
    }
});
