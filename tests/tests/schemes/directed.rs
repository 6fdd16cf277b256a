//! Rows that every run has, so that each known difference shows.

use ispmail_tests::crypt::hashed;

use crate::cases::{Case, Cases};

const PASSWORD: &[u8] = b"summersun";
const KEY: &str = "0c60c80f961f0e71f3a9b524af6012062fe037a6";

/// Scheme and the whole value.
const ROWS: &[(&str, &str)] = &[
    // Nothing there, or everybody let in.
    ("PLAIN", "{PLAIN}"),
    ("CLEARTEXT", "{CLEARTEXT.b64}"),
    ("PLAIN-TRUNC", "{PLAIN-TRUNC}5-"),
    ("PLAIN-TRUNC", "{PLAIN-TRUNC}0-"),
    // A NUL behind the whole password.
    ("PLAIN-TRUNC", "{PLAIN-TRUNC.hex}392d73756d6d657273756e0078"),
    ("PBKDF2", "{PBKDF2}$1$salt$0$0000000000000000000000000000000000000000"),
    // Locked.
    ("SSHA", "{SSHA}!"),
    ("PLAIN-MD5", "{PLAIN-MD5}*14cbfb845af1f030e372b1cb9275e6dd"),
    ("SHA512-CRYPT", "{SHA512-CRYPT}!$6$salt$x"),
    ("MD5-CRYPT", "{MD5-CRYPT}*"),
    ("CRYPT", "{CRYPT}$!$$6$salt$x"),
    ("CRYPT", "{CRYPT}$!${PLAIN}summersun"),
    ("BLF-CRYPT", "{BLF-CRYPT}!"),
    ("SCRAM-SHA-1", "{SCRAM-SHA-1}!"),
    ("PLAIN", "{PLAIN}!"),
    // What no password could ever match.
    ("ARGON2I", "{ARGON2I}$argon2i$v=16$m=8,t=1,p=1$c29tZXNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaa"),
    ("PLAIN", "{NO-SUCH}summersun"),
    ("PLAIN", "{PLAIN.rot13}summersun"),
    ("PLAIN", "{PLAIN.hex}7"),
    ("PLAIN", "{PLAIN.b64}c3Vtb"),
    ("PLAIN", "{PLAIN.hex}73756d006d6572"),
    ("PLAIN-MD5", "{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6d"),
    ("PLAIN-MD5", "{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6"),
    ("PLAIN-MD5", "{PLAIN-MD5.hex}14cb"),
    ("CRYPT", "{CRYPT}14cbfb845af1f030e372b1cb9275e6dd"),
    ("CRYPT", "{CRYPT}$9$salt$hash"),
    ("CRYPT", "{CRYPT}a:b"),
    ("SHA256-CRYPT", "{SHA256-CRYPT}$5$rounds=999$salt$x"),
    ("SHA256-CRYPT", "{SHA256-CRYPT}$5$rounds=01000$salt$x"),
    ("MD5-CRYPT", "{MD5-CRYPT}$1$saltsaltx$aaaaaaaaaaaaaaaaaaaaa."),
    ("DES-CRYPT", "{DES-CRYPT}$sha1$1$_$x"),
    ("SSHA256", "{SSHA256.hex}0000000000000000000000000000000000000000000000000000000000000000"),
    ("PBKDF2", "{PBKDF2}$1$salt$+1$KEY"),
    ("PBKDF2", "{PBKDF2}$1$salt$0$KEY"),
    ("PBKDF2", "{PBKDF2}$2$salt$1$KEY"),
    ("PBKDF2", "{PBKDF2}$1$salt$1$KEY$"),
    ("PLAIN-TRUNC", "{PLAIN-TRUNC}summersun"),
    ("BLF-CRYPT", "{BLF-CRYPT}$2y$05$EvfedKzPsSlPCj2Tabcdefabcdefabcdefabcdefabcdefabcdefa"),
    ("SHA512-CRYPT", "{SHA512-CRYPT}$5$salt$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaz"),
];

/// Values of PASSWORD, by `doveadm pw` of Dovecot 2.3.19 but for OTP's.
const RIGHT: &[(&str, &str)] = &[
    // Of 2.4's name 2.3 knows nothing.
    (
        "ARGON2",
        "{ARGON2}$argon2i$v=19$m=32768,t=4,p=1$at/uK+xS4a5C8kP9RwqwlQ$yG5IzyFgbxeUOHmm4Mc74qO96dszTC/tKEVD4xYe/5Q",
    ),
    // Just over the ceilings; Dovecot pays for them.
    ("BLF-CRYPT", "{BLF-CRYPT}$2y$15$XflVfIMWzdmSWJ/0fSc5deRtNdm7J85Qq47Vp5v6x2pjYlmAMAydq"),
    ("PBKDF2", "{PBKDF2}$1$xzcb70LYm8CcXYQI$4000001$ce7c902978eba2abf0f12980f4bf4a4810c35535"),
    ("OTP", "{OTP}sha1 1000001 salt 0eb59de15969b4a2"),
];

pub(crate) fn all(cases: &mut Cases) -> Vec<Case> {
    let owned = |&(scheme, text): &(&'static str, &str)| (scheme, text.replace("KEY", KEY));
    let mut rows: Vec<(&str, String)> = ROWS.iter().chain(RIGHT).map(owned).collect();
    let dear = hashed(PASSWORD, "$5$rounds=1000001$EvfedKzPsSlPCj2T");
    rows.push(("SHA256-CRYPT", format!("{{SHA256-CRYPT}}{dear}")));
    // crypt(3) gives this back for every password.
    rows.push(("CRYPT", format!("{{CRYPT}}$sha1$1${}", "a".repeat(375))));

    rows.into_iter()
        .map(|(scheme, stored)| {
            let login = cases.login("PLAIN");
            let kind = (scheme, "directed", "PLAIN");
            let mut case = cases.case(kind, login, stored.into_bytes(), PASSWORD);
            case.passwords = vec![PASSWORD.to_vec(), Vec::new()];
            case
        })
        .collect()
}
