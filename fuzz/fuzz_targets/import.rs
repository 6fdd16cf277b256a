//! A file to be imported, CSV or NDJSON: what is read comes back from what `export` writes of it.
#![no_main]

use ispmail_pw::there_and_back;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Err(why) = there_and_back(data) {
        panic!("{why}");
    }
});
