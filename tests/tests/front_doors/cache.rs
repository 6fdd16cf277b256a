//! Dovecot's own cache in front of us, and who its workers are.

use ispmail_tests::auth_client::Decision::{Accepted, CouldNotCheck, Refused};
use ispmail_tests::process::ids_of;

use crate::site::{GOOD, JOHN, Site, WRONG, expect, expect_log, one_of_crowd};

/// The second sign-in is answered without the daemon.
pub(crate) fn cache(site: &mut Site) {
    let dovecot = site.another_dovecot("auth_cache_size = 1M\n");
    let right = [(JOHN, GOOD.as_bytes(), Accepted)];
    expect(&dovecot, &right);
    site.daemon.stop();
    expect(&dovecot, &right);
    let (other, password) = one_of_crowd(1);
    // While nobody can be asked, what is cached counts.
    expect(&dovecot, &[(JOHN, WRONG.as_bytes(), Refused)]);
    expect(&dovecot, &[(&other, password.as_bytes(), CouldNotCheck)]);
    site.daemon.start_again();
    expect(&dovecot, &[(JOHN, WRONG.as_bytes(), Refused)]);
    expect(&dovecot, &right);
    expect(&dovecot, &[(&other, password.as_bytes(), Accepted)]);
}

/// Workers need no rights; and the home comes with the sign-in, without another look-up.
pub(crate) fn workers(site: &mut Site) {
    const NOTES: &str = r#"
for _, name in ipairs({ "auth_password_verify", "auth_userdb_lookup", "auth_userdb_iterate" }) do
  local ask = _G[name]
  _G[name] = function(...)
    for line in io.lines("/proc/self/status") do
      local uid = line:match("^Uid:%s+%d+%s+(%d+)")
      if uid then dovecot.i_info(name .. " as " .. uid) end
    end
    return ask(...)
  end
end
"#;
    let dovecot = site.dovecot_with_script(|script| script + NOTES);
    let reply = dovecot.imap().login(JOHN.as_bytes(), GOOD.as_bytes());
    assert!(reply.ok, "{}", reply.line);
    expect_log(&dovecot, "auth_password_verify as");
    assert!(!dovecot.log().contains("auth_userdb_lookup as"), "{}", dovecot.log());
    assert_eq!(dovecot.doveadm().user(JOHN).code(), 0);
    assert_eq!(dovecot.doveadm().user("*").code(), 0);
    let (uid, _) = ids_of("dovecot");
    for name in ["auth_password_verify", "auth_userdb_lookup", "auth_userdb_iterate"] {
        expect_log(&dovecot, &format!("{name} as {uid}"));
    }
}
