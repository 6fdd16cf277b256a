//! `ispmail-pw check`: each line ok, a note, or what to do.

mod clock;
mod rows;
mod upgrade;

use std::fmt::Display;
use std::path::Path;

use ispmail_accounts::settings::Endpoint;
use ispmail_accounts::{Access, Error, Layout, Manager, Table};
use ispmail_auth::config::{Config, Queries, permissions};
use ispmail_auth::{Authenticator, Cause, LookUp, Request, Wanted};
use ispmail_password::{Password, Policy, Prefix};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use crate::arguments::SourceArguments;
use crate::manage::{connect_to, load, stored, wait};
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
    let mut manager = match connect_to(config, std::slice::from_ref(endpoint), Access::Read).await {
        Ok(manager) => manager,
        Err(Failure { exit: Exit::Config, message }) => {
            report.ok(format_args!("connection to the database {place}"));
            report.fix(message);
            return true;
        }
        Err(failure) => {
            report.fix(format_args!("{}. {ASK_ABOUT_SERVER}", failure.message));
            return false;
        }
    };
    report.ok(format_args!("connection to the database {place}"));
    let examined = if manager.layout().is_own() {
        false
    } else {
        layout(config, manager.layout(), report);
        tables(config, &mut manager, report).await.unwrap_or_else(|error| {
            report.fix(format_args!(
                "{error}. May the database account read the tables (GRANT SELECT)?"
            ));
            true
        })
    };
    manager.close().await;
    examined
}

/// Says which layout the tables have, and whether sign-ins go by it.
fn layout(config: &Config, found: &Layout<'_>, report: &mut Report) {
    let Layout { name, title, .. } = found;
    report.ok(format_args!("the tables are those of {title} (layout {name})"));
    if matches!(config.queries, Queries::OfLayout) && config.layout().name != *name {
        report.fix(format_args!(
            "sign-ins go by the layout {}: write layout = \"{name}\" above all sections of the \
             configuration",
            config.layout().name
        ));
    }
}

/// Looks at the layout's tables; `false` if they are of another design.
async fn tables(
    config: &Config,
    manager: &mut Manager<'_>,
    report: &mut Report,
) -> Result<bool, Error> {
    let policy = &config.policy;
    let mut all_there = true;
    let tables = manager.tables().await?;
    let users = manager.layout().users_table();
    let users = tables.iter().find(|table| table.name == users);
    if matches!(config.queries, Queries::Own { .. })
        && users.is_some_and(|users| !users.missing.is_empty())
    {
        // A design of its own by the same name; whether its query runs shows further down.
        return Ok(false);
    }
    for table in tables {
        if table.missing.is_empty() {
            report.ok(format_args!("table {}", table.name));
            width(&table, manager.layout(), policy, report);
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
fn width(table: &Table, layout: &Layout<'_>, policy: &Policy, report: &mut Report) {
    let (place, column) = layout.stored_column();
    let found = table.widths.iter().find(|(name, _)| name.eq_ignore_ascii_case(column));
    let Some((_, width)) = found.filter(|_| table.name == place) else { return };
    let example = Password::new(b"example".to_vec()).ok();
    let prefix = if layout.with_prefix { Prefix::Scheme } else { Prefix::Bare };
    let example = example.and_then(|password| stored(policy, &password, prefix).ok());
    let needed = example.map_or(0, |text| text.len() as u64);
    if *width < needed {
        report.fix(format_args!(
            "{0}.{column} has {width} characters, new stored passwords have {needed}. Widen it: \
             ALTER TABLE {0} … {column} varchar(150)",
            table.name
        ));
    } else {
        report.ok(format_args!("{}.{column} has {width} characters", table.name));
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
