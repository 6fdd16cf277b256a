//! What this machine has for the user: the home directory, and a running Dovecot.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use ispmail_auth::Reply;

use super::report::{Report, shown};
use crate::words::command;

/// Says whether the home directory is there and whose it is.
pub(super) fn home(reply: &Reply, report: &Report) {
    const STEP: &str = "home";
    let path = Path::new(OsStr::from_bytes(&reply.home));
    let place = shown(&path.display().to_string());
    let number = |text: &[u8]| str::from_utf8(text).ok()?.parse::<u32>().ok();
    match path.metadata() {
        Ok(home) if !home.is_dir() => {
            report.note(STEP, format_args!("{place} is not a directory"));
        }
        Ok(home) => match (number(&reply.uid), number(&reply.gid)) {
            (Some(uid), Some(gid)) if (uid, gid) != (home.uid(), home.gid()) => report.advise(
                STEP,
                format_args!(
                    "{place} belongs to {}:{}, and by the configuration mail is kept as {uid}:{gid}",
                    home.uid(),
                    home.gid()
                ),
                command(&["chown", "-R", &format!("{uid}:{gid}"), &path.display().to_string()]),
            ),
            _ => report.ok(STEP, format_args!("{place} is there")),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => report.note(
            STEP,
            format_args!(
                "{place} is not on this machine; Dovecot makes it for the first mail, if it may"
            ),
        ),
        Err(error) => report.unknown(STEP, format_args!("{place}: {error}")),
    }
}

/// Asks a running Dovecot for the user.
pub(super) fn dovecot(login: &str, report: &Report) {
    const STEP: &str = "dovecot";
    if !rustix::process::geteuid().is_root() {
        report.unknown(STEP, "only root can ask Dovecot for a user");
        return;
    }
    if login.contains(['*', '?']) {
        report.unknown(STEP, "Dovecot would take this login for a mask");
        return;
    }
    match doveadm_user(login) {
        Ok(Some(0)) => report.note(STEP, "the running Dovecot finds the user"),
        Ok(Some(67)) => report.advise(
            STEP,
            "the running Dovecot does not find the user",
            "see whether its passdb and userdb ask this database: doveconf -n",
        ),
        Ok(_) => report.unknown(STEP, "no Dovecot that runs here could be asked"),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            report.unknown(STEP, "there is no doveadm on this machine");
        }
        Err(error) => report.unknown(STEP, format_args!("doveadm: {error}")),
    }
}

/// The exit code of `doveadm user`; `None` if it was ended.
fn doveadm_user(login: &str) -> io::Result<Option<i32>> {
    let mut doveadm = Command::new("doveadm")
        .args(["user", "--", login])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let begin = Instant::now();
    loop {
        if let Some(status) = doveadm.try_wait()? {
            return Ok(status.code());
        }
        if begin.elapsed() > LIMIT {
            // It may just have ended.
            let _ = doveadm.kill();
            doveadm.wait()?;
            return Ok(None);
        }
        sleep(POLL);
    }
}

const LIMIT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(10);
