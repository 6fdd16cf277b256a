//! The system's own crypt(3), which Dovecot uses too.

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_int, c_ulong};

/// What salts are made of.
pub const ALPHABET: &str = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `struct crypt_data` of <crypt.h>, which has this size on purpose.
#[repr(C, align(16))]
struct CryptData([u8; 32_768]);

/// `CRYPT_GENSALT_OUTPUT_SIZE`.
const SETTING_SIZE: usize = 192;

#[link(name = "crypt")]
unsafe extern "C" {
    fn crypt_r(
        phrase: *const c_char,
        setting: *const c_char,
        data: *mut CryptData,
    ) -> *const c_char;

    fn crypt_gensalt_rn(
        prefix: *const c_char,
        count: c_ulong,
        random: *const c_char,
        random_size: c_int,
        output: *mut c_char,
        output_size: c_int,
    ) -> *const c_char;
}

thread_local! {
    static DATA: RefCell<Box<CryptData>> = RefCell::new(Box::new(CryptData([0; 32_768])));
}

/// What crypt(3) answers, also where that is `*0` or `*1`, which mean no.
///
/// # Panics
///
/// On a NUL in either.
pub fn crypt3(password: &[u8], setting: &[u8]) -> Vec<u8> {
    let phrase = CString::new(password).expect("no NUL in a password");
    let setting = CString::new(setting).expect("no NUL in a setting");
    DATA.with_borrow_mut(|data| {
        // SAFETY: both arguments are NUL-terminated and live through the call; the data, zeros at
        // first, are this thread's alone. The result is NULL or a NUL-terminated text inside the
        // data, copied before they are let go.
        unsafe {
            let value = crypt_r(phrase.as_ptr(), setting.as_ptr(), &raw mut **data);
            assert!(!value.is_null(), "crypt(3) always answers here: it has failure tokens");
            CStr::from_ptr(value).to_bytes().to_vec()
        }
    })
}

/// The stored value of `password` under a setting (`$5$salt` or `$5$rounds=1000$salt`) that
/// crypt(3) takes.
///
/// # Panics
///
/// If it does not.
pub fn hashed(password: &[u8], setting: &str) -> String {
    let value = String::from_utf8(crypt3(password, setting.as_bytes())).expect("ASCII");
    assert!(!value.starts_with('*'), "crypt(3) refuses {setting:?}");
    value
}

/// A setting as crypt(3) itself makes them out of random bytes.
///
/// # Panics
///
/// If it does not take the prefix or the cost.
pub fn new_setting(prefix: &str, cost: u32, random: &[u8]) -> String {
    let name = CString::new(prefix).expect("no NUL in a prefix");
    let mut output = [0_u8; SETTING_SIZE];
    // SAFETY: the prefix is NUL-terminated, the sizes are those of the two buffers, and all of them
    // live through the call. The result is NULL or `output`, which is NUL-terminated then.
    let made = unsafe {
        crypt_gensalt_rn(
            name.as_ptr(),
            cost.into(),
            random.as_ptr().cast(),
            c_int::try_from(random.len()).expect("few"),
            output.as_mut_ptr().cast(),
            c_int::try_from(output.len()).expect("few"),
        )
    };
    assert!(!made.is_null(), "crypt_gensalt refuses {prefix:?} with cost {cost}");
    let setting = CStr::from_bytes_until_nul(&output).expect("terminated");
    setting.to_str().expect("ASCII").to_owned()
}
