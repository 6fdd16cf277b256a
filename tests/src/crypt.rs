//! The system's own crypt(3), which Dovecot uses too.

use std::ffi::{CStr, CString, c_char};

#[link(name = "crypt")]
unsafe extern "C" {
    fn crypt(phrase: *const c_char, setting: *const c_char) -> *const c_char;
}

/// The stored value of `password` under `setting` (`$5$salt` or `$5$rounds=1000$salt`).
pub(crate) fn crypt3(password: &[u8], setting: &str) -> String {
    let phrase = CString::new(password).expect("no NUL in a password");
    let setting = CString::new(setting).expect("no NUL in a setting");
    // SAFETY: both arguments are NUL-terminated and live through the call. The result points to
    // static memory that the next call overwrites; it is copied before this function returns, and
    // the tests run on one thread.
    let value = unsafe {
        let value = crypt(phrase.as_ptr(), setting.as_ptr());
        assert!(!value.is_null(), "crypt(3) failed for {setting:?}");
        CStr::from_ptr(value).to_str().expect("ASCII").to_owned()
    };
    assert!(!value.starts_with('*'), "crypt(3) refuses {setting:?}");
    value
}
