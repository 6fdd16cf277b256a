//! What is read can be written and read again, meaning the same.
//!
//! The first byte chooses the default scheme, the rest is the column's value.
#![no_main]

use ispmail_fuzz::choose;
use ispmail_password::{Prefix, StoredPassword};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((default, text)) = choose(data) else { return };
    let Ok(stored) = StoredPassword::parse(text, default) else { return };
    let written = stored.write(Prefix::Scheme);
    let again = StoredPassword::parse(&written, default).expect("what was written reads");
    assert_eq!(*again.write(Prefix::Scheme), *written);
    assert_eq!(again.disabled(), stored.disabled());
    if stored.disabled().is_none() {
        assert_eq!(again.scheme(), stored.scheme());
        assert_eq!(again.algorithm(), stored.algorithm());
        assert_eq!(again.cost(), stored.cost());
        assert_eq!(again.refused_by_dovecot_2_4(), stored.refused_by_dovecot_2_4());
        let bare = stored.write(Prefix::Bare);
        let bare = StoredPassword::parse_bare(&bare, stored.name()).expect("without a prefix too");
        assert_eq!(*bare.write(Prefix::Scheme), *written);
    }
});
