//! Runs a checkpassword program the way Dovecot 2.3 does, but one call at a time.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::dovecot::CHECKPASSWORD_REPLY;
use crate::process::{self, program, run};

/// Puts standard input on 3 and standard output on 4 and, as Dovecot does, leaves another copy of
/// the reply pipe open by mistake.
const WITH_BOTH: &str = r#"unset PWD; exec "$@" 3<&0 4>&1 9>&1 0</dev/null 1>/dev/null"#;
const WITHOUT_REQUEST: &str = r#"unset PWD; exec "$@" 4>&1 0</dev/null 1>/dev/null"#;
const WITHOUT_REPLY: &str = r#"unset PWD; exec "$@" 3<&0 0</dev/null 1>/dev/null"#;

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    program: PathBuf,
    arguments: Vec<String>,
    reply_program: Option<String>,
    environment: Vec<(String, String)>,
    request: Vec<u8>,
    descriptors: &'static str,
}

/// What came of it.
#[derive(Debug)]
pub struct Answer {
    /// The exit code.
    pub code: i32,
    /// What was written to fd 4.
    pub reply: Vec<u8>,
    /// What the administrator finds in the log.
    pub stderr: String,
}

impl Answer {
    /// The reply's fields.
    pub fn fields(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.reply);
        text.split('\t').filter(|field| !field.is_empty()).map(str::to_owned).collect()
    }
}

impl Call {
    /// A call of `program` with these arguments, as user dovecot, with Dovecot's own reply program.
    pub fn new(program: &Path, arguments: &[&str]) -> Self {
        let (uid, _) = process::ids_of("dovecot");
        let environment = [("PROTO", "TCP"), ("SERVICE", "imap"), ("ORIG_UID", &uid.to_string())];
        Self {
            program: program.to_path_buf(),
            arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
            reply_program: Some(CHECKPASSWORD_REPLY.to_owned()),
            environment: environment
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            request: Vec::new(),
            descriptors: WITH_BOTH,
        }
    }

    /// A well-formed request.
    #[must_use]
    pub fn sign_in(self, login: &str, password: &[u8]) -> Self {
        let request = [login.as_bytes(), b"\0", password, b"\0\0"].concat();
        self.request(&request)
    }

    /// A userdb look-up, as Dovecot sends it.
    #[must_use]
    pub fn look_up(self, login: &str) -> Self {
        self.sign_in(login, b"").variable("AUTHORIZED", "1")
    }

    /// A credentials look-up for this scheme, as Dovecot sends it.
    #[must_use]
    pub fn credentials(self, login: &str, scheme: &str) -> Self {
        self.look_up(login).variable("CREDENTIALS_LOOKUP", "1").variable("SCHEME", scheme)
    }

    /// Any bytes on fd 3.
    #[must_use]
    pub fn request(mut self, bytes: &[u8]) -> Self {
        self.request = bytes.to_vec();
        self
    }

    /// One more environment variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self = self.without_variable(name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// One environment variable fewer.
    #[must_use]
    pub fn without_variable(mut self, name: &str) -> Self {
        self.environment.retain(|(existing, _)| existing != name);
        self
    }

    /// Another reply program.
    #[must_use]
    pub fn reply_program(mut self, path: impl AsRef<Path>) -> Self {
        self.reply_program = Some(path.as_ref().display().to_string());
        self
    }

    /// No program to hand over to at all.
    #[must_use]
    pub fn without_reply_program(mut self) -> Self {
        self.reply_program = None;
        self
    }

    /// Nothing on fd 3.
    #[must_use]
    pub fn without_request(mut self) -> Self {
        self.descriptors = WITHOUT_REQUEST;
        self
    }

    /// Nothing on fd 4.
    #[must_use]
    pub fn without_reply(mut self) -> Self {
        self.descriptors = WITHOUT_REPLY;
        self
    }

    /// Makes the call. The reply ends only when every copy of fd 4 is closed, as for Dovecot.
    pub fn run(&self) -> Answer {
        let (uid, gid) = process::ids_of("dovecot");
        let mut command = Command::new(program("setpriv", "util-linux"));
        command
            .args([
                "--reuid",
                &uid.to_string(),
                "--regid",
                &gid.to_string(),
                "--clear-groups",
                "--",
            ])
            .args(["/bin/sh", "-c", self.descriptors, "sh"])
            .arg(&self.program)
            .args(&self.arguments)
            .args(&self.reply_program)
            .current_dir("/")
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        let output = run(&mut command, &self.request);
        Answer { code: output.code(), reply: output.stdout.clone(), stderr: output.err() }
    }
}
