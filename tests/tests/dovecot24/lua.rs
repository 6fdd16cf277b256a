//! Scripts as passdb and userdb: where they run, as whom, and what they may return.

use std::path::PathBuf;
use std::sync::Arc;

use ispmail_tests::auth_client::Decision::{self, Accepted, CouldNotCheck, Refused};
use ispmail_tests::database::Servers;
use ispmail_tests::dovecot;
use ispmail_tests::dovecot::Dovecot;
use ispmail_tests::dovecot24::{Dovecot24, block, lua};
use ispmail_tests::process::ids_of;
use ispmail_tests::scratch::write_with;

use crate::expect_log;

const JOHN: &str = "john@example.org";

/// The user of worker processes, who is root unless told otherwise.
const UNPRIVILEGED: &str = "service auth-worker {\n  user = $SET:default_internal_user\n}\n";

/// Says in the log in which process it runs, and as whom.
const SCRIPT: &str = r#"
local function note(event)
  local file = io.open("/proc/self/cmdline")
  local process = file:read("a"):find("-w", 1, true) and "worker" or "main"
  file:close()
  for line in io.lines("/proc/self/status") do
    local uid = line:match("^Uid:%s+%d+%s+(%d+)")
    if uid then dovecot.i_info(event .. " in " .. process .. " as " .. uid) end
  end
end

note("load")

function script_init(settings)
  note("init")
  return 0
end

function auth_password_verify(req, password)
  note("verify")
  if password == "summersun" then
    return dovecot.auth.PASSDB_RESULT_OK,
      { userdb_home = "/tmp", userdb_uid = 5000, userdb_gid = "5000" }
  end
  return dovecot.auth.PASSDB_RESULT_PASSWORD_MISMATCH, ""
end

function auth_passdb_lookup(req)
  return dovecot.auth.PASSDB_RESULT_OK,
    { password = "{PLAIN}summersun", userdb_home = "/tmp", userdb_uid = 5000, userdb_gid = 5000 }
end

function auth_userdb_lookup(req)
  if req.user ~= "john@example.org" then
    return dovecot.auth.USERDB_RESULT_USER_UNKNOWN, ""
  end
  return dovecot.auth.USERDB_RESULT_OK, { home = "/tmp", uid = 5000, gid = 5000 }
end

function auth_userdb_iterate()
  note("iterate")
  return { "john@example.org", "jane@example.org" }
end
"#;

pub(crate) fn worker(servers: &Arc<Servers>) {
    let dovecot = start(servers, SCRIPT, "");
    expect_answers(&dovecot);
    for event in ["load", "init", "verify", "iterate"] {
        expect_log(&dovecot, &format!("{event} in worker as 0"));
    }
    // The main process reads the script, too.
    expect_log(&dovecot, "init in main as 0");
}

/// The script is read as root all the same; whatever it opens later is opened as user dovecot.
pub(crate) fn unprivileged_worker(servers: &Arc<Servers>) {
    let dovecot = start(servers, SCRIPT, UNPRIVILEGED);
    expect_answers(&dovecot);
    let (uid, _) = ids_of("dovecot");
    for event in ["load in worker as 0", "init in worker as 0"] {
        expect_log(&dovecot, event);
    }
    for event in ["verify", "iterate"] {
        expect_log(&dovecot, &format!("{event} in worker as {uid}"));
    }
}

/// Without workers; but lists of users always come from one.
pub(crate) fn main_process(servers: &Arc<Servers>) {
    let script = write_script(servers, SCRIPT).display().to_string();
    let settings = [("lua_file", script.as_str()), ("use_worker", "no")];
    let settings = block("passdb", "lua", &settings) + &block("userdb", "lua", &settings);
    let dovecot = Dovecot24::start(servers, &settings);
    expect_answers(&dovecot);
    let (uid, _) = ids_of("dovecot");
    expect_log(&dovecot, &format!("verify in main as {uid}"));
    expect_log(&dovecot, "iterate in worker as 0");
}

pub(crate) fn cram_md5(servers: &Arc<Servers>) {
    let dovecot = start(servers, SCRIPT, UNPRIVILEGED);
    let reply = dovecot.imap().authenticate_cram_md5(JOHN, "summersun");
    assert!(reply.ok, "{}\n{}", reply.line, dovecot.log());

    let dovecot = start(servers, &SCRIPT.replace("auth_passdb_lookup", "unused"), UNPRIVILEGED);
    let reply = dovecot.imap().authenticate_cram_md5(JOHN, "summersun");
    assert!(reply.line.contains("[UNAVAILABLE]"), "{}", reply.line);
    expect_log(&dovecot, "'auth_passdb_lookup' is not a function");
}

/// Nothing is cached unless the script names a key.
pub(crate) fn cache(servers: &Arc<Servers>) {
    const KEY: &str = "\nfunction auth_passdb_get_cache_key() return \"%{user}\" end\n";
    const ON: &str = "auth_cache_size = 1M\n";
    for (script, calls) in [(SCRIPT.to_owned(), 3), (format!("{SCRIPT}{KEY}"), 1)] {
        let dovecot = start(servers, &script, &format!("{ON}{UNPRIVILEGED}"));
        let mut auth = dovecot.auth();
        for _ in 0..3 {
            assert_eq!(auth.plain(JOHN.as_bytes(), b"summersun").decision(), Accepted);
        }
        // Written after all that the three requests wrote.
        assert_eq!(auth.plain(JOHN.as_bytes(), b"wintermoon").decision(), Refused);
        expect_log(&dovecot, "Password mismatch");
        assert_eq!(dovecot.log().matches("verify in worker").count(), calls + 1);
    }
}

/// What `auth_password_verify` returns, and what 2.3 and 2.4 make of it. A refusal has to come with
/// a text, and an acceptance with a table: only these mean the same to both.
pub(crate) fn returns(servers: &Arc<Servers>) {
    const RETURNS: [(&str, Decision, Decision); 10] = [
        ("return r.PASSDB_RESULT_OK, {}", Accepted, Accepted),
        ("return r.PASSDB_RESULT_OK, 'k=v'", Accepted, CouldNotCheck),
        ("return r.PASSDB_RESULT_OK", CouldNotCheck, Accepted),
        ("return r.PASSDB_RESULT_PASSWORD_MISMATCH, ''", Refused, Refused),
        ("return r.PASSDB_RESULT_PASSWORD_MISMATCH, {}", Refused, CouldNotCheck),
        ("return r.PASSDB_RESULT_PASSWORD_MISMATCH", CouldNotCheck, Refused),
        ("return r.PASSDB_RESULT_USER_UNKNOWN, ''", Refused, Refused),
        ("return r.PASSDB_RESULT_INTERNAL_FAILURE, ''", CouldNotCheck, CouldNotCheck),
        ("return nil", CouldNotCheck, CouldNotCheck),
        ("error('broken')", CouldNotCheck, CouldNotCheck),
    ];
    let branches: Vec<String> = RETURNS
        .iter()
        .enumerate()
        .map(|(number, (text, ..))| format!("if req.user == 'user{number}' then {text} end\n"))
        .collect();
    let script = format!(
        "local r = dovecot.auth\nfunction auth_password_verify(req, password)\n{}end\n",
        branches.concat()
    );
    let new = start(servers, &script, UNPRIVILEGED);
    let file = write_script(servers, &script);
    // 2.3 reads it as user dovecot.
    write_with(&file, &script, "dovecot", 0o640);
    let old = Dovecot::start(
        servers,
        &(dovecot::block("passdb", "lua", &format!("file={}", file.display()))
            + "userdb {\n  driver = prefetch\n}\n\
               service auth-worker {\n  user = $default_internal_user\n}\n"),
    );
    let requests: Vec<_> = (0..RETURNS.len())
        .map(|number| (format!("user{number}").into_bytes(), b"summersun".to_vec()))
        .collect();
    for (version, dovecot) in [("2.3", &old), ("2.4", &new)] {
        let answers = dovecot.auth().pipeline(&requests, requests.len());
        for ((text, on_old, on_new), answer) in RETURNS.iter().zip(answers) {
            let expected = if version == "2.3" { on_old } else { on_new };
            assert_eq!(answer.decision(), *expected, "{version}: {text}\n{}", dovecot.log());
        }
    }
}

fn start(servers: &Arc<Servers>, script: &str, settings: &str) -> Dovecot24 {
    let script = write_script(servers, script);
    let settings = format!("{}{}{settings}", lua("passdb", &script), lua("userdb", &script));
    Dovecot24::start(servers, &settings)
}

/// Only root may read it, which is enough for 2.4.
fn write_script(servers: &Servers, text: &str) -> PathBuf {
    let number = servers.next_number();
    let path = servers.scratch().path().join(format!("script{number}.lua"));
    write_with(&path, text, "dovecot", 0o600);
    path
}

#[track_caller]
fn expect_answers(dovecot: &Dovecot24) {
    let mut auth = dovecot.auth();
    assert_eq!(auth.plain(JOHN.as_bytes(), b"summersun").decision(), Accepted);
    assert_eq!(auth.plain(JOHN.as_bytes(), b"wintermoon").decision(), Refused);
    let doveadm = dovecot.doveadm();
    assert!(doveadm.user(JOHN).out().contains("home\t/tmp"));
    assert_eq!(doveadm.user("nobody@example.org").code(), 67);
    assert_eq!(doveadm.user("*").out(), "john@example.org\njane@example.org\n");
}
