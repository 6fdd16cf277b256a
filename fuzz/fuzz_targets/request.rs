//! The request on descriptor 3: what is read makes up the bytes again.
#![no_main]

use ispmail_checkpassword::{MAX_REQUEST, RequestError, parse_request};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| match parse_request(data) {
    Ok((login, password)) => {
        let front = [&login[..], b"\0", &password[..], b"\0"].concat();
        assert!(data.starts_with(&front));
        assert!(!login.contains(&0) && !password.contains(&0));
        assert_eq!(data.last(), Some(&0));
    }
    Err(error) => assert_eq!(error == RequestError::TooLong, data.len() > MAX_REQUEST),
});
