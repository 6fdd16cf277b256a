//! What Dovecot still knows of a user after a change: its auth cache, and sessions that go on.

use std::io;
use std::net::IpAddr;
use std::process::Output;
use std::time::Duration;

use tokio::process::Command;

use crate::answer::Answer;
use crate::words::command;
use crate::{Exit, Failure};

const DOVEADM: &str = "doveadm";
/// The longest that a command of Dovecot's may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How `doveadm kick` of Dovecot 2.3 ends if there was nobody to kick.
const NOBODY: i32 = 68;

/// What is to be done at Dovecot after a change.
pub(crate) struct Flush {
    /// The login as Dovecot has it; `None` for one that its commands would not take literally.
    login: Option<String>,
    /// Another one that Dovecot may have looked for in vain.
    new: Option<String>,
    wanted: bool,
    /// Whether sessions end as well.
    kicks: bool,
}

/// What was done.
pub(crate) struct Flushed {
    result: Result<bool, Failure>,
    hint: Option<String>,
}

impl Flush {
    /// For a user who has to stop what goes on.
    ///
    /// # Errors
    ///
    /// A [`Failure`] if it is wanted and cannot be done for this login. Better before the change.
    pub(crate) fn and_kick(address: &str, wanted: bool) -> Result<Self, Failure> {
        Self::new(address, wanted, true)
    }

    /// For a user who may do more than before.
    ///
    /// # Errors
    ///
    /// As [`Self::and_kick`].
    pub(crate) fn only(address: &str, wanted: bool) -> Result<Self, Failure> {
        Self::new(address, wanted, false)
    }

    fn new(address: &str, wanted: bool, kicks: bool) -> Result<Self, Failure> {
        // Its commands compare byte for byte with logins that have been lower-cased.
        let login = address.to_ascii_lowercase();
        match unfit(&login) {
            Some(why) if wanted => Err(Failure::new(
                Exit::Data,
                format!("--flush cannot be used for {address:?}: {why}; nothing was changed"),
            )),
            Some(_) => Ok(Self { login: None, new: None, wanted, kicks }),
            None => Ok(Self { login: Some(login), new: None, wanted, kicks }),
        }
    }

    /// Has it forget another login as well: that it does not exist.
    pub(crate) fn with_new(self, address: &str) -> Self {
        let new = address.to_ascii_lowercase();
        Self { new: unfit(&new).is_none().then_some(new), ..self }
    }

    /// Does it, if it is wanted and something was changed.
    pub(crate) async fn run(self, dry_run: bool) -> Flushed {
        let commands = self.commands();
        let hint = shown(&commands);
        if !self.wanted || dry_run {
            return Flushed { result: Ok(false), hint: Some(hint).filter(|hint| !hint.is_empty()) };
        }
        for words in &commands {
            if let Err(why) = run(words).await {
                let message = format!(
                    "the change was made, but not made known to Dovecot: {why}. Do it as root: \
                     {hint}"
                );
                return Flushed { result: Err(Failure::new(Exit::Temporary, message)), hint: None };
            }
        }
        Flushed { result: Ok(true), hint: None }
    }

    fn commands(&self) -> Vec<Vec<&str>> {
        let Some(login) = &self.login else { return Vec::new() };
        let end =
            if login.starts_with('-') { &["--", login.as_str()][..] } else { &[login.as_str()] };
        let mut flush = [&[DOVEADM, "auth", "cache", "flush"], end].concat();
        flush.extend(self.new.as_deref());
        let mut commands = vec![flush];
        if self.kicks {
            commands.push([&[DOVEADM, "kick"], end].concat());
        }
        commands
    }
}

impl Flushed {
    /// Without the advice, where nothing was changed.
    pub(crate) fn unless(mut self, unchanged: bool) -> Self {
        if unchanged {
            self.hint = None;
        }
        self
    }

    /// Whether Dovecot was told.
    pub(crate) fn done(&self) -> bool {
        matches!(self.result, Ok(true))
    }

    /// Says what is left to do.
    ///
    /// # Errors
    ///
    /// A [`Failure`] if Dovecot could not be told. The change stands.
    pub(crate) fn tell(self, answer: Answer) -> Result<(), Failure> {
        if let Some(hint) = self.hint {
            answer.hint(format_args!(
                "Dovecot may still go by what it knew. Tell it, as root, or use --flush: {hint}"
            ));
        }
        self.result.map(drop)
    }
}

/// Says how Dovecot is told of a change that many logins have seen.
pub(crate) fn hint_of_domain(answer: Answer, domain: &str) {
    answer.hint(format_args!(
        "Dovecot may still go by what it knew. Tell it, as root: doveadm auth cache flush; doveadm \
         kick '*@{domain}'"
    ));
}

/// Why Dovecot would not take a login for just this one.
fn unfit(login: &str) -> Option<&'static str> {
    let before_slash = login.split('/').next().unwrap_or_default();
    if login.contains(['*', '?']) {
        Some("to Dovecot * and ? stand for any characters")
    } else if before_slash.parse::<IpAddr>().is_ok() {
        Some("Dovecot would take it for an IP address")
    } else if login.contains(char::is_control) || login.is_empty() {
        Some("it cannot be an argument")
    } else {
        None
    }
}

/// The commands as they are typed.
fn shown(commands: &[Vec<&str>]) -> String {
    let commands = commands.iter().map(|words| command(words));
    commands.collect::<Vec<_>>().join("; ")
}

async fn run(words: &[&str]) -> Result<(), String> {
    let Some((program, arguments)) = words.split_first() else { return Ok(()) };
    let command = arguments.iter().take_while(|word| !word.contains('@')).copied();
    let name = std::iter::once(*program).chain(command).collect::<Vec<_>>().join(" ");
    let mut child = Command::new(program);
    child.args(arguments).stdin(std::process::Stdio::null()).kill_on_drop(true);
    let output = match tokio::time::timeout(LIMIT, child.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
            return Err(format!("there is no program {program}"));
        }
        Ok(Err(error)) => return Err(format!("{program} cannot be started: {error}")),
        Err(_) => return Err(format!("{name} did not end within {} s", LIMIT.as_secs())),
    };
    let kicks = arguments.first() == Some(&"kick");
    if went_well(kicks, &output) { Ok(()) } else { Err(format!("{name}: {}", complaint(&output))) }
}

/// The flush of a cache ends with 0 even where Dovecot is not running, but not without a word then.
fn went_well(kicks: bool, output: &Output) -> bool {
    match output.status.code() {
        Some(0) => kicks || output.stderr.is_empty(),
        Some(NOBODY) => kicks,
        _ => false,
    }
}

/// The first line that it said of what is wrong.
fn complaint(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    match text.lines().map(str::trim).find(|line| !line.is_empty()) {
        Some(line) => line.escape_debug().to_string(),
        None => output.status.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_dovecot_takes_literally() {
        for login in ["*", "j?hn@example.org", "127.0.0.1", "::1", "10.0.0.0/8", "a\nb", ""] {
            assert!(Flush::and_kick(login, true).is_err(), "{login}");
            let hint = shown(&Flush::and_kick(login, false).ok().unwrap().commands());
            assert_eq!(hint, "", "{login}");
        }
    }

    #[test]
    fn commands_as_they_are_typed() {
        for (login, kicks, want) in [
            (
                "John@example.org",
                true,
                "doveadm auth cache flush john@example.org; doveadm kick john@example.org",
            ),
            ("-x@a", false, "doveadm auth cache flush -- -x@a"),
            ("o'neill@a", false, "doveadm auth cache flush 'o'\\''neill@a'"),
        ] {
            let flush = Flush::new(login, false, kicks).ok().unwrap();
            assert_eq!(shown(&flush.commands()), want);
        }
    }
}
