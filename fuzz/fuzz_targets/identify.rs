//! Whatever a value may be, all readings of it hold together.
#![no_main]

use ispmail_password::{SCHEMES, identify};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let Ok(readings) = identify(text) else { return };
    assert!(!readings.is_empty() && readings.len() <= SCHEMES.len());
    for reading in readings {
        assert!(!reading.algorithm().is_empty());
        assert!(!reading.cost().to_string().is_empty());
        let _ = (reading.secrecy(), reading.weak(), reading.refused_by_dovecot_2_4());
    }
});
