use std::env;
use std::ffi::OsStr;
use std::path::Path;

use crate::Exit;
use crate::question::Mode;

/// What the environment says about the request.
pub(crate) struct Environment {
    /// `AUTHORIZED` is set: a look-up, if the rest agrees.
    authorized: bool,
    /// uid of the process that started us, by its own word.
    orig_uid: Option<u32>,
    credentials: Option<String>,
}

impl Environment {
    pub(crate) fn of_process() -> Self {
        let scheme = || env::var("SCHEME").unwrap_or_default();
        Self {
            authorized: env::var_os("AUTHORIZED").is_some(),
            orig_uid: env::var("ORIG_UID").ok().and_then(|uid| uid.parse().ok()),
            credentials: env::var_os("CREDENTIALS_LOOKUP").map(|_| scheme()),
        }
    }

    /// A look-up skips the password, so all that Dovecot says with one must be there: fields of
    /// earlier passdbs come as variables too, and one could be called `authorized`.
    pub(crate) fn mode(&self, empty_password: bool) -> Mode {
        if !(self.authorized && self.orig_uid.is_some() && empty_password) {
            return Mode::SignIn;
        }
        match &self.credentials {
            Some(scheme) => Mode::Credentials { scheme: scheme.clone() },
            None => Mode::User,
        }
    }

    /// Whether we may write Dovecot's reply ourselves instead of starting its checkpassword-reply:
    /// under another uid that program is what keeps others from writing replies.
    pub(crate) fn may_answer_for(&self, program: &OsStr) -> bool {
        let uid = rustix::process::getuid();
        let same = self.orig_uid == Some(uid.as_raw()) && uid == rustix::process::geteuid();
        same && Path::new(program).file_name() == Some(OsStr::new("checkpassword-reply"))
    }

    /// On a look-up the number that says "called wrongly" would mean "found".
    pub(crate) fn called_wrongly(&self) -> Exit {
        if self.authorized { Exit::Temporary } else { Exit::CalledWrongly }
    }
}

/// What is known about the session, by the names of Dovecot's variables. Where a name is there
/// twice the later one holds.
pub(crate) fn session() -> Vec<(String, String)> {
    let ucspi = [
        ("SERVICE", "service"),
        ("TCPLOCALIP", "lip"),
        ("TCPREMOTEIP", "rip"),
        ("TCPLOCALPORT", "lport"),
        ("TCPREMOTEPORT", "rport"),
    ];
    let ucspi = ucspi
        .into_iter()
        .filter_map(|(variable, name)| Some((name.to_owned(), env::var(variable).ok()?)));
    let dovecots = env::vars_os().filter_map(|(variable, value)| {
        let name = variable.to_str()?.strip_prefix("AUTH_")?.to_ascii_lowercase();
        Some((name, value.into_string().ok()?))
    });
    ucspi.chain(dovecots).collect()
}
