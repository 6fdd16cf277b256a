//! `ispmail-pw check`: each line ok, a note, or what to do.

mod clock;
mod rows;
mod upgrade;

use std::fmt::Display;
use std::path::Path;

use ispmail_accounts::settings::Endpoint;
use ispmail_accounts::{Access, Error, ISPMAIL, Manager, Table};
use ispmail_auth::config::{Config, Queries, permissions};
use ispmail_auth::{Authenticator, Cause, LookUp, Request, Wanted};
use ispmail_password::{Password, Policy};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use crate::arguments::SourceArguments;
use crate::manage::{load, of_ispmail_tables, stored, wait};
use crate::{Exit, Failure, say};

/// The user that Dovecot's auth process runs as.
const READER: &str = "dovecot";

pub(crate) fn run(source: SourceArguments) -> Result<(), Failure> {
    let config = load(source.clone())?;
    let mut report = Report::default();
    files(&config, &mut report);
    wait(async {
        let mut examined = false;
        for endpoint in &config.endpoints {
            examined |= database(&config, endpoint, &mut report).await;
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

/// Looks at one of the databases; whether its stored passwords were looked at, too.
async fn database(config: &Config, endpoint: &Endpoint, report: &mut Report) -> bool {
    let place = endpoint.place();
    let endpoints = std::slice::from_ref(endpoint);
    let manager = Manager::connect(endpoints, config.timeouts, Access::Read, &ISPMAIL).await;
    let mut manager = match manager {
        Ok(manager) => manager,
        Err(error) => {
            report.fix(format_args!("{error}. {ASK_ABOUT_SERVER}"));
            return false;
        }
    };
    report.ok(format_args!("connection to the database {place}"));
    let examined = if of_ispmail_tables(&config.queries) {
        tables(config, &mut manager, report).await.unwrap_or_else(|error| {
            report.fix(format_args!(
                "{error}. May the database account read the tables (GRANT SELECT)?"
            ));
            true
        })
    } else {
        false
    };
    manager.close().await;
    examined
}

/// Looks at the tables of the guides; `false` if they are of another design.
async fn tables(
    config: &Config,
    manager: &mut Manager,
    report: &mut Report,
) -> Result<bool, Error> {
    let policy = &config.policy;
    let mut all_there = true;
    let tables = manager.tables().await?;
    let users = tables.iter().find(|table| table.name == "virtual_users");
    if matches!(config.queries, Queries::Own { .. })
        && users.is_some_and(|users| !users.missing.is_empty())
    {
        // A design of its own by the same name; whether its query runs shows further down.
        return Ok(false);
    }
    for table in tables {
        if table.missing.is_empty() {
            report.ok(format_args!("table {}", table.name));
            width(&table, policy, report);
        } else {
            all_there = false;
            report.fix(format_args!(
                "table {} is missing, or may not be read, or lacks: {}. Make it: ispmail-pw init",
                table.name,
                table.missing.join(", ")
            ));
        }
    }
    if !all_there {
        return Ok(true);
    }
    match manager.can_change().await? {
        Some(true) => report.note(
            "the database account may change accounts; sign-ins need only SELECT, and Postfix \
             often shares this account's password",
        ),
        Some(false) => report.ok(
            "the database account can only read: right for sign-ins; `ispmail-pw user …` needs \
             one that may write",
        ),
        None => {}
    }
    rows::examine(config, manager, report).await?;
    Ok(true)
}

/// Whether a new stored password fits.
fn width(table: &Table, policy: &Policy, report: &mut Report) {
    let Some((_, width)) = table.widths.iter().find(|(name, _)| name == "password") else { return };
    let example = Password::new(b"example".to_vec()).ok();
    let example = example.and_then(|password| stored(policy, &password).ok());
    let needed = example.map_or(0, |text| text.len() as u64);
    if *width < needed {
        report.fix(format_args!(
            "{}.password has {width} characters, new stored passwords have {needed}. Widen it: \
             ALTER TABLE {} … password varchar(150)",
            table.name, table.name
        ));
    } else {
        report.ok(format_args!("{}.password has {width} characters", table.name));
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
