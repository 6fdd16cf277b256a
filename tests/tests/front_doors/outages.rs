//! Nobody is there to be asked.

use std::thread;

use ispmail_tests::auth_client::Decision::{Accepted, CouldNotCheck, Refused};

use crate::door::Door;
use crate::site::{GOOD, JOHN, Site, WRONG, expect_log};

/// Everything is a temporary failure, and the log names the socket.
pub(crate) fn absent(site: &mut Site) {
    site.daemon.stop();
    thread::scope(|scope| {
        let site = &*site;
        // Each waits two seconds for a daemon that is being restarted.
        scope.spawn(|| {
            for reply in site.imap(&[(JOHN, GOOD.as_bytes()), (JOHN, WRONG.as_bytes())]) {
                assert!(reply.line.contains("[UNAVAILABLE]"), "{}", reply.line);
            }
        });
        scope.spawn(|| {
            let line = site.dovecot.imap().authenticate_cram_md5(JOHN, GOOD).line;
            assert!(line.contains("[UNAVAILABLE]"), "{line}");
        });
        scope.spawn(|| site.expect("nobody@example.org", GOOD, CouldNotCheck));
        scope.spawn(|| {
            // 75: a delivery is tried again later; 67 would send it back.
            let user = site.dovecot.doveadm().user(JOHN);
            assert_eq!(user.code(), 75, "{user:?}");
        });
        if site.door != Door::Checkpassword23 {
            scope.spawn(|| {
                let all = site.dovecot.doveadm().user("*");
                assert_eq!((all.code(), all.out().as_str()), (75, ""), "{all:?}");
            });
        }
    });
    expect_log(&site.dovecot, &site.daemon.client_socket().display().to_string());
    expect_log(&site.dovecot, &site.daemon.master_socket().display().to_string());
    site.daemon.start_again();
    site.expect(JOHN, GOOD, Accepted);
    site.expect(JOHN, WRONG, Refused);
}
