//! Fields of the protocol, in and out.

use ispmail_accounts::Values;
use ispmail_auth::Reply;
use ispmail_auth_protocol::{Fields, Line};

/// Dovecot's names of what may be known about a session, and the variable that each fills.
const VARIABLES: &[(&str, &str)] = &[
    ("service", "service"),
    ("protocol", "service"),
    ("lip", "lip"),
    ("rip", "rip"),
    ("lport", "lport"),
    ("rport", "rport"),
    ("real_lip", "real_lip"),
    ("real_rip", "real_rip"),
    ("real_lport", "real_lport"),
    ("real_rport", "real_rport"),
    ("session", "session"),
    ("secured", "secured"),
    ("local_name", "local_name"),
    ("client_id", "client_id"),
];

/// What a request says about its session, for the administrator's own queries.
pub(crate) fn values(fields: Fields<'_>) -> Values {
    let mut values = Values::default();
    for (field, variable) in VARIABLES {
        if let Some(value) = fields.get(field)
            && let Ok(text) = str::from_utf8(&value)
        {
            // A flag counts by being there.
            values = values.with(variable, if text.is_empty() { field } else { text });
        }
    }
    values
}

/// The passdb's fields of an account.
pub(crate) fn passdb<'a>(mut line: Line<'a>, reply: &Reply) -> Line<'a> {
    for field in &reply.extra {
        line = line.field(&field.name, &field.value);
    }
    line
}

/// The userdb's fields of an account, with `prefix` in front of each name.
pub(crate) fn userdb<'a>(line: Line<'a>, reply: &Reply, prefix: &str) -> Line<'a> {
    let name = |name: &str| format!("{prefix}{name}");
    let mut line = line
        .field(name("home"), &reply.home)
        .field(name("uid"), &reply.uid)
        .field(name("gid"), &reply.gid);
    for field in &reply.userdb {
        line = line.field(name(&field.name), &field.value);
    }
    line
}

/// What stands before the names of the userdb's fields among the passdb's.
pub(crate) const USERDB: &str = "userdb_";

/// Fields that only Dovecot can honour: where they stand, a client that is not behind Dovecot must
/// not be told that somebody may sign in.
pub(crate) fn only_for_dovecot(reply: &Reply) -> Option<&str> {
    let names = ["allow_nets", "allow_real_nets", "proxy", "proxy_maybe", "proxy_always", "pass"];
    let field = reply.extra.iter().find(|field| names.contains(&field.name.as_str()));
    field.map(|field| field.name.as_str())
}
