//! Any bytes under any scheme's name, with and without an encoding: read or refused, at linear
//! cost, and no error shows them.
//!
//! The first byte chooses the scheme.
#![no_main]

use ispmail_fuzz::choose;
use ispmail_password::StoredPassword;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((name, text)) = choose(data) else { return };
    for suffix in ["", ".HEX", ".B64"] {
        let value = [format!("{{{}{suffix}}}", name.name()).as_bytes(), text].concat();
        if let Err(error) = StoredPassword::parse(&value, name) {
            let shown = format!("{error} {error:?}");
            // Long enough not to be a word of the message.
            if let Some(secret) = str::from_utf8(text).ok().filter(|text| text.len() > 40) {
                assert!(!shown.contains(secret));
            }
        }
    }
});
