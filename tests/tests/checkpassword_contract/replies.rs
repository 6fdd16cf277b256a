//! The two ways out.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::sync::Arc;

use ispmail_tests::checkpassword::Call;
use ispmail_tests::database::Servers;
use ispmail_tests::dovecot::CHECKPASSWORD_REPLY;

use crate::fixture::{ACCEPTED, COULD_NOT, FOUND, Fixture, JOHN, PASSWORD, STORED, expect};

/// Writes environment, arguments and open descriptors to where the reply goes.
pub(crate) const DUMP: &str = "#!/bin/sh\nexec >&4\n/usr/bin/env\nfor each do echo \"argument $each\"; done\n\
                    for each in /proc/self/fd/*; do echo \"descriptor ${each##*/}\"; done\n";

const QUERY: &str = "SELECT email AS user, password, '/srv/%d/%n' AS userdb_home, \
                     1234 AS userdb_uid, 2345 AS userdb_gid, '*:bytes=9' AS userdb_quota_rule, \
                     'ALLOW-1' AS allow_nets FROM virtual_users WHERE email='%u'";

pub(crate) fn on_descriptor_4(servers: &Arc<Servers>) {
    let fixture = Fixture::new(servers);
    let plain = fixture.call().sign_in(JOHN, PASSWORD.as_bytes());
    let reply = expect(&plain, ACCEPTED, "", &[]).reply;
    let expected = "user=john@example.org\tuserdb_home=/var/vmail/example.org/john\t\
                    userdb_uid=5000\tuserdb_gid=5000\t";
    assert_eq!(String::from_utf8_lossy(&reply), expected);

    let own = fixture.call_with("--dovecot-sql", &fixture.dovecot_sql(QUERY));
    let fields =
        expect(&own.clone().sign_in(JOHN, PASSWORD.as_bytes()), ACCEPTED, "", &[]).fields();
    for field in [
        "user=john@example.org",
        "userdb_home=/srv/example.org/john",
        "userdb_uid=1234",
        "userdb_gid=2345",
        "userdb_quota_rule=*:bytes=9",
        "allow_nets=ALLOW-1",
    ] {
        assert!(fields.iter().any(|found| found == field), "no {field} in {fields:?}");
    }
    assert!(!fields.iter().any(|field| field.contains(PASSWORD)), "{fields:?}");

    // What would end a field or the reply is escaped as Dovecot escapes it.
    let tab = "SELECT email AS user, password, 'a' || char(9) || 'b' || char(10) || 'c' AS reason \
               FROM virtual_users WHERE email='%u'";
    let call = fixture.call_with("--dovecot-sql", &fixture.dovecot_sql(tab));
    let fields = expect(&call.sign_in(JOHN, PASSWORD.as_bytes()), ACCEPTED, "", &[]).fields();
    assert!(fields.iter().any(|field| field == "reason=a\u{1}tb\u{1}nc"), "{fields:?}");
}

/// Any other program gets what is found by its environment, and never the stored password.
pub(crate) fn by_environment(servers: &Arc<Servers>) {
    let fixture = Fixture::new(servers);
    let dump = script(&fixture, "dump", DUMP);
    let file = fixture.dovecot_sql(QUERY);
    let call = fixture.call_with("--dovecot-sql", &file).reply_program(&dump);
    let signed_in = call.clone().sign_in(JOHN, PASSWORD.as_bytes());
    let looked_up = call.clone().look_up(JOHN);
    let credentials = call.clone().credentials(JOHN, "CRAM-MD5");
    for (call, authorized) in [
        (&signed_in, None),
        (&signed_in.clone().variable("AUTHORIZED", "1"), None),
        (&looked_up, Some("AUTHORIZED=2")),
        (&credentials, Some("AUTHORIZED=2")),
    ] {
        let answer = call.run();
        assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{call:?}");
        let text = String::from_utf8(answer.reply).expect("text");
        let lines: Vec<&str> = text.lines().collect();
        for line in [
            "USER=john@example.org",
            "HOME=/srv/example.org/john",
            "userdb_uid=1234",
            "userdb_gid=2345",
            "userdb_quota_rule=*:bytes=9",
            "allow_nets=ALLOW-1",
            "SERVICE=imap",
        ] {
            assert!(lines.contains(&line), "no {line} in:\n{text}");
        }
        let extra = lines.iter().find_map(|line| line.strip_prefix("EXTRA=")).expect("EXTRA");
        let names: Vec<&str> = extra.split(' ').collect();
        for name in ["userdb_uid", "userdb_gid", "userdb_quota_rule", "allow_nets"] {
            assert!(names.contains(&name), "no {name} in EXTRA={extra}");
        }
        let found = lines.iter().copied().find(|line| line.starts_with("AUTHORIZED="));
        assert_eq!(found, authorized, "{text}");
        for secret in [PASSWORD, STORED, "password="] {
            assert!(!text.contains(secret), "{secret} in:\n{text}");
        }
        // Descriptor 9 came in as a second copy of 4, as Dovecot leaks one; the shell opens others.
        assert!(lines.contains(&"descriptor 4") && !lines.contains(&"descriptor 9"), "{text}");
    }
}

/// Dovecot's program under another name, so that it is started and not stood in for.
pub(crate) fn by_dovecots_program(servers: &Arc<Servers>) {
    let fixture = Fixture::new(servers);
    let link = fixture.servers.scratch().path().join("reply-by-another-name");
    symlink(CHECKPASSWORD_REPLY, &link).expect("symlink");
    for query in [QUERY, "SELECT password FROM virtual_users WHERE email='%u'"] {
        let direct = fixture.call_with("--dovecot-sql", &fixture.dovecot_sql(query));
        let linked = direct.clone().reply_program(&link);
        for (asked, code) in [
            (
                &(|call: Call| call.sign_in(JOHN, PASSWORD.as_bytes())) as &dyn Fn(Call) -> Call,
                ACCEPTED,
            ),
            (&|call: Call| call.look_up(JOHN), FOUND),
        ] {
            let mut by_program = expect(&asked(linked.clone()), code, "", &[]).fields();
            let mut by_us = expect(&asked(direct.clone()), code, "", &[]).fields();
            by_program.sort();
            by_us.sort();
            assert_eq!(by_program, by_us);
        }
    }
    // Under another uid than the auth process's, Dovecot's program is what refuses to answer.
    let other = fixture.call().sign_in(JOHN, PASSWORD.as_bytes()).variable("ORIG_UID", "1");
    let answer = other.run();
    assert_eq!((answer.code, answer.reply.len()), (COULD_NOT, 0), "{answer:?}");
    assert!(answer.stderr.contains("couldn't be run securely"), "{answer:?}");
}

pub(crate) fn that_cannot_go_out(servers: &Arc<Servers>) {
    let fixture = Fixture::new(servers);
    let right = || fixture.call().sign_in(JOHN, PASSWORD.as_bytes());
    let not_executable = fixture.file("#!/bin/sh\nexit 0\n");
    let cannot = "cannot be started";
    for (call, message) in [
        (right().without_reply(), "could not check: the reply could not be written"),
        (right().reply_program("/no/such/program"), cannot),
        (right().reply_program(not_executable), cannot),
        (right().reply_program("/"), cannot),
        (right().reply_program(""), cannot),
        (fixture.call().look_up(JOHN).reply_program("/no/such/program"), cannot),
    ] {
        expect(&call, COULD_NOT, message, &[]);
    }
    // checkpassword-reply would call a tab a wrong password.
    let tab = "SELECT email AS user, password, 'a' || char(9) AS userdb_home FROM virtual_users \
               WHERE email='%u'";
    let call = fixture.call_with("--dovecot-sql", &fixture.dovecot_sql(tab));
    let call = call.sign_in(JOHN, PASSWORD.as_bytes()).reply_program("/bin/true");
    expect(&call, COULD_NOT, "tab", &[]);

    let endless = "SELECT email AS user, password, hex(zeroblob(8192)) AS reason FROM \
                   virtual_users WHERE email='%u'";
    let call = fixture.call_with("--dovecot-sql", &fixture.dovecot_sql(endless));
    expect(&call.sign_in(JOHN, PASSWORD.as_bytes()), COULD_NOT, "8192 bytes", &[]);
}

pub(crate) fn script(fixture: &Fixture, name: &str, text: &str) -> PathBuf {
    let path = fixture.servers.scratch().path().join(name);
    fs::write(&path, text).expect("script");
    fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("chmod 0755");
    path
}
