//! The system's own crypt(3) (libxcrypt) with random inputs.

#![cfg(target_os = "linux")]
#![expect(unsafe_code, reason = "a C function")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::ffi::{CStr, CString, c_char, c_void};

use common::{Owned, Random, crypt_base64};
use ispmail_sha256_crypt::backends::Backend;
use ispmail_sha256_crypt::{Job, sha256_crypt_batch};

const SALTS: &[u8] =
    b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#%&'()+,-<=>?@^_|~";
/// libxcrypt takes no longer ones.
const LONGEST: usize = 511;

/// Bytes of `struct crypt_data` of libxcrypt's crypt.h.
const CRYPT_DATA: usize = 32768;

#[link(name = "crypt")]
unsafe extern "C" {
    fn crypt_r(phrase: *const c_char, setting: *const c_char, data: *mut c_void) -> *const c_char;
}

/// The hash alone, behind the last `$`.
fn crypt3(job: &Job<'_>) -> String {
    let salt = str::from_utf8(job.salt).unwrap();
    let setting = CString::new(format!("$5$rounds={}${salt}", job.rounds)).unwrap();
    let phrase = CString::new(job.password).unwrap();
    let mut data = vec![0_u128; CRYPT_DATA / size_of::<u128>()];
    // SAFETY: both strings are NUL-terminated; `data` is as large as crypt.h says and zeroed, as it
    // asks. The result, if not null, points to a string in `data`, which lives until it is copied.
    let value = unsafe {
        let value = crypt_r(phrase.as_ptr(), setting.as_ptr(), data.as_mut_ptr().cast());
        assert!(!value.is_null(), "crypt(3) refuses {setting:?}");
        CStr::from_ptr(value).to_str().unwrap().to_owned()
    };
    let (_, hash) = value.rsplit_once('$').expect("crypt(3) refuses the setting");
    hash.to_owned()
}

#[test]
fn random_inputs() {
    let mut random = Random::new();
    let no_nul: Vec<u8> = (1..=255).collect();
    let owned: Vec<Owned> = (0..150)
        .map(|_| {
            let longest = [20, 100, LONGEST][random.below(3)];
            let (password, salt) = (random.below(longest + 1), random.below(21));
            Owned {
                password: random.text(&no_nul, password),
                salt: random.text(SALTS, salt),
                rounds: 1000 + u32::try_from(random.below(300)).unwrap(),
            }
        })
        .collect();
    let jobs: Vec<Job<'_>> = owned.iter().map(Owned::job).collect();
    let want: Vec<String> = jobs.iter().map(crypt3).collect();
    let compare = |name: &str, digests: Vec<[u8; 32]>| {
        for ((digest, want), owned) in digests.iter().zip(&want).zip(&owned) {
            assert_eq!(crypt_base64(digest), *want, "{name}: {}", owned.describe());
        }
    };
    for backend in Backend::ALL.iter().filter(|backend| backend.is_available()) {
        compare(&format!("{backend:?}"), backend.digests(&jobs).unwrap());
    }
    compare("batch", sha256_crypt_batch(&jobs));
}
