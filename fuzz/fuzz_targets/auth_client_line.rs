//! A line on a client socket: what is read can be written, and reads the same again.
#![no_main]

use ispmail_fuzz::CLIENT;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|line: &[u8]| {
    for again in CLIENT {
        let Some(written) = again(line) else { continue };
        let (end, body) = written.split_last().expect("a line");
        assert!(*end == b'\n' && !body.iter().any(|byte| b"\n\r\0".contains(byte)));
        assert_eq!(again(body).as_ref(), Some(&written));
    }
});
