//! What may come in on descriptor 3 and in the environment.

use std::sync::Arc;

use ispmail_tests::checkpassword::Call;
use ispmail_tests::database::{Layout, Servers};

use crate::fixture::{
    ACCEPTED, CALLED_WRONGLY, COULD_NOT, FOUND, Fixture, JOHN, PASSWORD, REFUSED, UNKNOWN, expect,
};

const FORM: &str = "called wrongly: descriptor 3 does not hold: login NUL password NUL";

pub(crate) fn table(servers: &Arc<Servers>) {
    let fixture = Fixture::new(servers);
    let john = |tail: &[u8]| [b"john@example.org\0Summersun-77", tail].concat();
    let of_length = |length: usize| {
        let front = b"john@example.org\0";
        [&front[..], &vec![b'p'; length - front.len() - 2], b"\0\0"].concat()
    };
    for (request, code, message) in [
        (john(b"\0\0"), ACCEPTED, ""),
        // The original interface has a timestamp, and some callers leave its NUL out.
        (john(b"\0Y123456\0"), ACCEPTED, ""),
        (john(b"\0"), ACCEPTED, ""),
        (b"JOHN@Example.ORG\0Summersun-77\0\0".to_vec(), ACCEPTED, ""),
        (
            b"john@example.org\0wintermoon\0\0".to_vec(),
            REFUSED,
            "john@example.org: refused: wrong password",
        ),
        (b"john@example.org\0\0\0".to_vec(), REFUSED, "refused: the password is empty"),
        (b"nobody@example.org\0Summersun-77\0\0".to_vec(), REFUSED, "refused: unknown login"),
        (b"\0Summersun-77\0\0".to_vec(), REFUSED, "refused: empty login"),
        (b"' OR '1'='1\0Summersun-77\0\0".to_vec(), REFUSED, "refused: the login has a character"),
        (b"j\xffhn@example.org\0Summersun-77\0\0".to_vec(), REFUSED, "refused: the login"),
        (b"john@example.org\n\0Summersun-77\0\0".to_vec(), REFUSED, "refused: the login"),
        (b"john@example.org \0Summersun-77\0\0".to_vec(), REFUSED, "refused: the login"),
        (of_length(512), REFUSED, "refused: wrong password"),
        (of_length(513), CALLED_WRONGLY, "called wrongly: more than 512 bytes"),
        (vec![0; 513], CALLED_WRONGLY, "called wrongly: more than 512 bytes"),
        (vec![b'x'; 1 << 16], CALLED_WRONGLY, "called wrongly: more than 512 bytes"),
        (Vec::new(), CALLED_WRONGLY, FORM),
        (b"\0".to_vec(), CALLED_WRONGLY, FORM),
        (john(b""), CALLED_WRONGLY, FORM),
        (b"john@example.org".to_vec(), CALLED_WRONGLY, FORM),
        (b"john@example.org\0".to_vec(), CALLED_WRONGLY, FORM),
        (john(b"\0x"), CALLED_WRONGLY, FORM),
        (john(b"\0\0\0"), CALLED_WRONGLY, FORM),
        (john(b"\0\0x"), CALLED_WRONGLY, FORM),
        (vec![0; 512], CALLED_WRONGLY, FORM),
        ((1..=255).collect(), CALLED_WRONGLY, FORM),
        (vec![b'x'; 512], CALLED_WRONGLY, FORM),
    ] {
        expect(&fixture.call().request(&request), code, message, &[]);
    }
    let right = || fixture.call().sign_in(JOHN, PASSWORD.as_bytes());
    expect(&right().without_request(), CALLED_WRONGLY, "descriptor 3 cannot be read", &[]);
    expect(&right().without_reply_program(), CALLED_WRONGLY, "no program to hand over to", &[]);

    // Who asks for a look-up must not take 2 for "found".
    let look_up = || fixture.call().look_up(JOHN);
    expect(&look_up().without_request(), COULD_NOT, "descriptor 3 cannot be read", &[]);
    expect(&look_up().request(b"garbage"), COULD_NOT, FORM, &[]);
    expect(&look_up().without_reply_program(), COULD_NOT, "no program to hand over to", &[]);
}

/// A look-up answers without a password, so `AUTHORIZED` alone asks for none: a field of another
/// passdb could have that name.
pub(crate) fn authorized(servers: &Arc<Servers>) {
    let fixture = Fixture::new(servers);
    let call = |password: &str| {
        fixture.call().sign_in(JOHN, password.as_bytes()).variable("AUTHORIZED", "1")
    };
    let strange = |call: Call| call.without_variable("ORIG_UID").reply_program("/bin/true");
    for (call, code, message) in [
        (call(""), FOUND, ""),
        (call("wintermoon"), REFUSED, "refused: wrong password"),
        (call(PASSWORD), ACCEPTED, ""),
        (strange(call("")), REFUSED, "refused: the password is empty"),
        (strange(call("wintermoon")), REFUSED, "refused: wrong password"),
        (call("").variable("ORIG_UID", ""), REFUSED, "refused: the password is empty"),
        (call("").variable("ORIG_UID", "dovecot"), REFUSED, "refused: the password is empty"),
    ] {
        expect(&call, code, message, &[]);
    }
}

/// Tables that are not as the guides have them.
pub(crate) fn own_schemas(servers: &Arc<Servers>) {
    let right = |fixture: &Fixture| fixture.call().sign_in(JOHN, PASSWORD.as_bytes());
    for (sql, message) in [
        ("DROP TABLE virtual_users;", "could not check: "),
        ("ALTER TABLE virtual_users RENAME COLUMN password TO secret;", "password"),
        ("ALTER TABLE virtual_users RENAME COLUMN email TO address;", "email"),
    ] {
        let fixture = Fixture::new(servers);
        fixture.database.execute(sql);
        expect(&right(&fixture), COULD_NOT, message, &[]);
        expect(&fixture.call().look_up(JOHN), COULD_NOT, "could not look up the user: ", &[]);
    }

    let fixture = Fixture::with_layout(servers, Layout { wide: true, duplicates: true });
    fixture.database.add_user(JOHN, Some("{PLAIN}wintermoon"));
    expect(&right(&fixture), COULD_NOT, "more than one row", &[]);
    expect(&fixture.call().look_up(JOHN), COULD_NOT, "more than one row", &[]);

    let fixture = Fixture::new(servers);
    for (query, code, message) in [
        ("SELECT email AS user, password FROM virtual_users WHERE email='%u'", ACCEPTED, ""),
        ("SELECT password FROM virtual_users WHERE email='%n@%d'", ACCEPTED, ""),
        (
            "SELECT email AS user FROM virtual_users WHERE email='%u'",
            COULD_NOT,
            "no column named password",
        ),
        ("SELECT * FROM no_such_table WHERE email='%u'", COULD_NOT, "no_such_table"),
        ("SELECT this is no SQL", COULD_NOT, "could not check: "),
        ("SELECT NULL AS password FROM virtual_users WHERE email='%u'", REFUSED, "no password set"),
        ("SELECT password FROM virtual_users WHERE 0", REFUSED, "unknown login"),
        (
            "SELECT password FROM virtual_users, virtual_domains WHERE email='%u' AND name<>'%u'",
            ACCEPTED,
            "",
        ),
        (
            "SELECT password, 'y' AS nopassword FROM virtual_users WHERE email='%u'",
            COULD_NOT,
            "nopassword",
        ),
    ] {
        let call = fixture.call_with("--dovecot-sql", &fixture.dovecot_sql(query));
        expect(&call.sign_in(JOHN, PASSWORD.as_bytes()), code, message, &[]);
    }
    expect(&fixture.call().look_up("nobody@example.org"), UNKNOWN, "unknown user", &[]);
}
