//! What Dovecot asks without a password.

use std::sync::Arc;

use ispmail_tests::database::Servers;

use crate::fixture::{COULD_NOT, FOUND, Fixture, JOHN, PASSWORD, STORED, UNKNOWN, expect};

const CRYPT: &str = "$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1";

pub(crate) fn table(servers: &Arc<Servers>) {
    let fixture = Fixture::new(servers);
    fixture.database.add_users([
        ("null@example.org", None),
        ("locked@example.org", Some("!")),
        ("broken@example.org", Some("no value at all")),
    ]);
    // Mail is delivered to people who cannot sign in.
    for login in [JOHN, "null@example.org", "locked@example.org", "broken@example.org"] {
        let fields = expect(&fixture.call().look_up(login), FOUND, "", &[]).fields();
        let home = format!(
            "userdb_home=/var/vmail/example.org/{}",
            login.split('@').next().expect("name")
        );
        let user = format!("user={login}");
        assert_eq!(fields, [&user, &home, "userdb_uid=5000", "userdb_gid=5000"]);
    }
    for login in ["nobody@example.org", "' OR '1'='1", "", "%", "j_hn@example.org"] {
        expect(&fixture.call().look_up(login), UNKNOWN, "unknown user", &[]);
    }
    fixture.database.set_running(false);
    expect(&fixture.call().look_up(JOHN), COULD_NOT, "could not look up the user: ", &[]);
    expect(&fixture.call().look_up("nobody@example.org"), COULD_NOT, "could not look up", &[]);
}

/// The stored password goes out only where it can be used: in plain, or of the scheme asked for.
pub(crate) fn credentials(servers: &Arc<Servers>) {
    let fixture = Fixture::new(servers);
    let prefixed = format!("{{SHA256-CRYPT}}{CRYPT}");
    fixture.database.add_users([
        ("crypt@example.org", Some(CRYPT)),
        ("prefixed@example.org", Some(prefixed.as_str())),
        (
            "cram@example.org",
            Some("{CRAM-MD5}4e3771a1a672bdc8bd8db861c1f2a29a8e043c99300ca203a1a92bbea7506691"),
        ),
        ("encoded@example.org", Some("{PLAIN.b64}c3VtbWVyc3Vu")),
        ("null@example.org", None),
        ("locked@example.org", Some("!")),
    ]);
    for (login, scheme, password) in [
        (JOHN, "CRAM-MD5", Some(STORED)),
        (JOHN, "", Some(STORED)),
        (JOHN, "SHA256-CRYPT", Some(STORED)),
        ("encoded@example.org", "CRAM-MD5", Some("{PLAIN.b64}c3VtbWVyc3Vu")),
        (
            "cram@example.org",
            "CRAM-MD5",
            Some("{CRAM-MD5}4e3771a1a672bdc8bd8db861c1f2a29a8e043c99300ca203a1a92bbea7506691"),
        ),
        (
            "cram@example.org",
            "cram-md5",
            Some("{CRAM-MD5}4e3771a1a672bdc8bd8db861c1f2a29a8e043c99300ca203a1a92bbea7506691"),
        ),
        ("cram@example.org", "DIGEST-MD5", None),
        ("crypt@example.org", "CRAM-MD5", None),
        ("prefixed@example.org", "CRAM-MD5", None),
        ("prefixed@example.org", "SHA256-CRYPT", Some(prefixed.as_str())),
        // Its field needs a scheme, which the row leaves to the default.
        ("crypt@example.org", "", Some(prefixed.as_str())),
        ("null@example.org", "CRAM-MD5", None),
        ("locked@example.org", "CRAM-MD5", None),
    ] {
        let answer = expect(&fixture.call().credentials(login, scheme), FOUND, "", &[]);
        let fields = answer.fields();
        let found = fields.iter().find_map(|field| field.strip_prefix("password="));
        assert_eq!(found, password, "{login}, {scheme}: {fields:?}");
        assert!(fields.iter().any(|field| field.starts_with("userdb_home=")), "{fields:?}");
    }
    expect(
        &fixture.call().credentials("nobody@example.org", "CRAM-MD5"),
        UNKNOWN,
        "unknown user",
        &[],
    );

    // Another program than Dovecot's would get it through its environment, so it gets none.
    let call = fixture.call().credentials(JOHN, "CRAM-MD5").reply_program("/usr/bin/env");
    let answer = call.run();
    assert!(!String::from_utf8_lossy(&answer.reply).contains(PASSWORD), "{answer:?}");
    assert!(!answer.stderr.contains(PASSWORD), "{answer:?}");

    fixture.database.set_running(false);
    expect(
        &fixture.call().credentials(JOHN, "CRAM-MD5"),
        COULD_NOT,
        "could not look up the cred",
        &[],
    );
}
