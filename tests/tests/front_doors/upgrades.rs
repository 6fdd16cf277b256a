//! Rows that Dovecot 2.4 refuses: signed in, and replaced by what it takes.

use std::fs;

use ispmail_tests::auth_client::Decision::{self, Accepted, CouldNotCheck, Refused};
use ispmail_tests::dovecot24::{Dovecot24, passdb_sql, userdb_static};

use crate::door::Door;
use crate::mechanisms::expect_cram_md5;
use crate::site::{CRAM, GOOD, PLAIN, Site, VMAIL, WRONG, expect};

/// Rows of summersun by `doveadm pw` of Dovecot 2.3.19.1, one of each scheme.
const WEAK: [(&str, &str); 7] = [
    ("plain-md5@example.org", "{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6dd"),
    ("ldap-md5@example.org", "{LDAP-MD5}FMv7hFrx8DDjcrHLknXm3Q=="),
    ("smd5@example.org", "{SMD5}LHP4IlgNacZPKP15thnNYPX85SM="),
    ("md5-crypt@example.org", "{MD5-CRYPT}$1$fSSi46YX$wHRZppAvB.YfK4lVcXfPj/"),
    ("md5@example.org", "{MD5}$1$jJPHc0RW$P0izKkjBtjD4DCWUGxbxp."),
    ("plain-md4@example.org", "{PLAIN-MD4}02132756396b17c8f5f4888d3c5b2a51"),
    ("des-crypt@example.org", "{DES-CRYPT}HIoxgc4GWPzpo"),
];

/// Refused too, but never replaced: CRAM-MD5 needs it.
const HMAC: (&str, &str) = (
    "hmac-md5@example.org",
    "{HMAC-MD5}4e3771a1a672bdc8bd8db861c1f2a29a8e043c99300ca203a1a92bbea7506691",
);

pub(crate) fn weak_rows(site: &mut Site) {
    let rows: Vec<_> = WEAK.into_iter().chain([HMAC]).collect();
    site.database.add_users(rows.iter().map(|&(login, stored)| (login, Some(stored))));
    let own_sql = (site.door == Door::Lua24).then(|| own_sql(site));
    if let Some(own_sql) = &own_sql {
        expect_all(own_sql, &rows, CouldNotCheck);
    }
    let unchanged = [PLAIN, CRAM, HMAC.0].map(|login| (login, site.stored(login)));

    let logins = WEAK.map(|(login, _)| login);
    let upgraded = site.daemon.log_lines("stored password upgraded");
    sign_in(site, &rows);
    expect_all(&site.dovecot, &unchanged, Accepted);
    site.daemon.wait_for_log("stored password upgraded", upgraded + logins.len());
    for login in logins {
        let stored = site.stored(login);
        assert!(stored.starts_with("{SHA256-CRYPT}$5$rounds=2000$"), "{login}: {stored}");
    }
    for (login, before) in &unchanged {
        assert_eq!(site.stored(login), *before);
    }
    sign_in(site, &rows);
    expect_cram_md5(&site.dovecot);
    if let Some(own_sql) = &own_sql {
        expect_all(own_sql, &WEAK, Accepted);
        expect_all(own_sql, &[HMAC], CouldNotCheck);
    }
}

/// The same where the rows have no prefix, because an old default scheme says what they are.
pub(crate) fn bare_md5_rows(site: &mut Site) {
    let rows = [
        ("bare@example.org", "14cbfb845af1f030e372b1cb9275e6dd"),
        ("bare-upper@example.org", "14CBFB845AF1F030E372B1CB9275E6DD"),
    ];
    site.database.add_users(rows.map(|(login, stored)| (login, Some(stored))));
    set_default_scheme(site, "SHA256-CRYPT", "PLAIN-MD5");
    let upgraded = site.daemon.log_lines("stored password upgraded");
    sign_in(site, &rows);
    site.daemon.wait_for_log("stored password upgraded", upgraded + rows.len());
    expect_all(&site.dovecot, &rows, Accepted);
    for (login, _) in rows {
        let stored = site.stored(login);
        assert!(stored.starts_with("{SHA256-CRYPT}$5$rounds=2000$"), "{login}: {stored}");
    }
    set_default_scheme(site, "PLAIN-MD5", "SHA256-CRYPT");
    expect_all(&site.dovecot, &rows, Accepted);
    if site.door == Door::Lua24 {
        expect_all(&own_sql(site), &rows, Accepted);
    }
}

/// All are let in, with the right password only.
fn sign_in<T>(site: &Site, rows: &[(&str, T)]) {
    let wrong: Vec<_> = rows.iter().map(|(login, _)| (*login, WRONG.as_bytes(), Refused)).collect();
    expect(&site.dovecot, &wrong);
    expect_all(&site.dovecot, rows, Accepted);
}

fn expect_all<T>(
    dovecot: &ispmail_tests::dovecot::Dovecot,
    rows: &[(&str, T)],
    expected: Decision,
) {
    let cases: Vec<_> = rows.iter().map(|(login, _)| (*login, GOOD.as_bytes(), expected)).collect();
    expect(dovecot, &cases);
}

/// Dovecot 2.4 with its own `passdb sql` on the same table.
fn own_sql(site: &Site) -> Dovecot24 {
    let settings = passdb_sql(&site.database, "SHA256-CRYPT") + &userdb_static(&site.homes, VMAIL);
    Dovecot24::start(&site.servers, &settings)
}

fn set_default_scheme(site: &Site, from: &str, to: &str) {
    let file = site.daemon.configuration();
    let text = fs::read_to_string(&file).expect("ispmail.toml");
    let line = |scheme: &str| format!("default_scheme = \"{scheme}\"\n");
    assert!(text.contains(&line(from)));
    fs::write(&file, text.replace(&line(from), &line(to))).expect("ispmail.toml");
    site.daemon.reload();
}
