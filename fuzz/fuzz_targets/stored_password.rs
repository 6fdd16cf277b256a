//! Stored passwords: what is read can be written and read again, meaning the same.
//!
//! The first byte chooses the default scheme, the rest is the column's value.
#![no_main]

use ispmail_password::{Password, Prefix, SchemeName, StoredPassword, Verdict};
use libfuzzer_sys::fuzz_target;

const DEFAULTS: [&str; 5] = ["SHA256-CRYPT", "PLAIN-MD5", "PLAIN-MD5.b64", "PLAIN", "CRYPT.hex"];
const CHEAP: u32 = 5_000;

fuzz_target!(|data: &[u8]| {
    let Some((first, text)) = data.split_first() else { return };
    let default: SchemeName = DEFAULTS[usize::from(*first) % DEFAULTS.len()].parse().unwrap();
    let Ok(stored) = StoredPassword::parse(text, default) else { return };
    let written = stored.write(Prefix::Scheme);
    let again = StoredPassword::parse(&written, default).expect("what was written reads");
    assert_eq!(*again.write(Prefix::Scheme), *written);
    assert_eq!(again.disabled(), stored.disabled());
    assert_eq!(again.rounds(), stored.rounds());
    if stored.rounds().is_none_or(|rounds| rounds <= CHEAP) {
        let password = Password::new(b"hunter2".to_vec()).unwrap();
        let verdict = stored.verify(&password);
        assert_eq!(verdict, again.verify(&password));
        assert!(stored.disabled().is_none() || verdict == Verdict::Mismatch);
    }
});
