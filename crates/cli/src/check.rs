//! `ispmail-pw check`: each line ok, a note, or what to do.

mod clock;
mod rows;
mod tables;
mod upgrade;

use std::fmt::Display;
use std::path::Path;

use ispmail_accounts::Error;
use ispmail_accounts::settings::Endpoint;
use ispmail_auth::config::{Config, Queries, permissions};
use ispmail_auth::{Authenticator, Cause, LookUp, Request, Wanted};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use crate::arguments::SourceArguments;
use crate::manage::{load, wait};
use crate::{Exit, Failure, say};

/// The user that Dovecot's auth process runs as.
pub(crate) const READER: &str = "dovecot";

pub(crate) fn run(source: SourceArguments) -> Result<(), Failure> {
    let config = load(source.clone())?;
    let mut report = Report::default();
    files(&config, &mut report);
    wait(async {
        let mut examined = false;
        for endpoint in &config.endpoints {
            examined |= tables::examine(&config, endpoint, &mut report).await;
        }
        let to_do = report.to_do;
        if let Some(authenticator) = queries(load(source)?, &mut report).await {
            let lists = iterate(&authenticator, &mut report).await;
            if lists && !examined && report.to_do == to_do {
                listed(&config, &mut report).await;
            }
            upgrade::examine(&config, &mut report).await;
        }
        Ok(())
    })?;
    let Report { well, notes, to_do } = report;
    say(format_args!("{well} ok, {notes} to note, {to_do} to fix"));
    if to_do == 0 { Ok(()) } else { Err(Failure::new(Exit::Failed, "")) }
}

/// Prints lines and counts them by what they ask for.
#[derive(Default)]
struct Report {
    well: usize,
    notes: usize,
    to_do: usize,
}

impl Report {
    fn ok(&mut self, line: impl Display) {
        say(format_args!("ok    {line}"));
        self.well += 1;
    }

    fn note(&mut self, line: impl Display) {
        say(format_args!("note  {line}"));
        self.notes += 1;
    }

    fn fix(&mut self, line: impl Display) {
        say(format_args!("FIX   {line}"));
        self.to_do += 1;
    }
}

fn files(config: &Config, report: &mut Report) {
    for path in &config.sources {
        report.ok(format_args!("configuration {}", path.display()));
        readable(path, report);
    }
    for endpoint in &config.endpoints {
        if let Endpoint::Sqlite(path) = endpoint {
            readable(path, report);
        }
    }
    for setting in &config.not_used {
        report.note(setting);
    }
}

fn readable(path: &Path, report: &mut Report) {
    match permissions::check(path, READER) {
        Ok(None) => report.ok(format_args!("{} is readable for {READER} only", path.display())),
        Ok(Some(advice)) => {
            let problems: Vec<String> = advice.problems.iter().map(ToString::to_string).collect();
            let commands = advice.commands.join("; ");
            let place = path.display();
            report.fix(format_args!("{place}: {}. Run: {commands}", problems.join("; ")));
        }
        Err(error) => report.fix(format_args!("{}: {error}", path.display())),
    }
}

/// Runs the queries for a login that cannot exist; `None` if the configuration is of no use.
async fn queries(config: Config, report: &mut Report) -> Option<Authenticator> {
    let authenticator = match Authenticator::serving(config, |_| ()) {
        Ok(authenticator) => authenticator,
        Err(error) => {
            report.fix(error);
            return None;
        }
    };
    for (wanted, query) in [
        (Wanted::Credentials { scheme: String::new() }, "the password query"),
        (Wanted::User, "the user look-up"),
    ] {
        let request = Request {
            login: NOBODY.as_bytes().to_vec(),
            password: Zeroizing::default(),
            values: ispmail_accounts::Values::default(),
        };
        match authenticator.look_up(request, &wanted).await {
            LookUp::Found(_) => report
                .fix(format_args!("{query} finds a user for {NOBODY}: has it a WHERE with '%u'?")),
            LookUp::Unknown => report.ok(format_args!("{query} runs")),
            LookUp::CouldNotLook(cause) if is_away(&cause) => {}
            LookUp::CouldNotLook(cause) => report.fix(format_args!("{query}: {cause}")),
        }
    }
    // A look-up that finds nobody does not show this one.
    if let Err(Cause::Accounts(error @ Error::NoPasswordColumn)) =
        authenticator.check_queries().await
    {
        report.fix(error);
    }
    Some(authenticator)
}

/// Lists as far as the first login; whether that can be done.
async fn iterate(authenticator: &Authenticator, report: &mut Report) -> bool {
    let (sender, nobody_listens) = mpsc::channel(1);
    drop(nobody_listens);
    let listed = authenticator.list(sender).await;
    let lists = listed.is_ok();
    match listed {
        Ok(()) => report.ok("the iterate query runs"),
        Err(Cause::Accounts(Error::NoIterateQuery)) => report.note(
            "there is no iterate query: `doveadm user '*'` and `doveadm … -A` cannot list the users",
        ),
        Err(cause) if is_away(&cause) => {}
        Err(cause) => report.fix(cause),
    }
    lists
}

/// Looks at the stored passwords that an administrator's own queries find.
async fn listed(config: &Config, report: &mut Report) {
    let Queries::Own { password, iterate: Some(iterate), .. } = &config.queries else { return };
    if let Err(error) = rows::examine_listed(config, (password, iterate), report).await {
        report.fix(format_args!("the list of users: {error}"));
    }
}

/// Whether it was said above, for each of the databases.
fn is_away(cause: &Cause) -> bool {
    matches!(cause, Cause::Accounts(Error::Connect { .. } | Error::Down { .. }))
}

/// A login that cannot exist.
const NOBODY: &str = "ispmail-check@check.invalid";
const ASK_ABOUT_SERVER: &str = "Is the server running, and are host, user and password right?";
