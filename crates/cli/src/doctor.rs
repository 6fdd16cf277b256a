//! `doctor`: why a user cannot sign in.

mod account;
mod database;
mod login;
mod machine;
mod report;
mod stored;
mod trial;

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use ispmail_accounts::settings::Endpoint;
use ispmail_accounts::{Access, Error, Layout, Manager, User, Values};
use ispmail_auth::config::{Config, Queries, permissions};
use ispmail_auth::{Authenticator, Cause, LookUp, Request, Wanted};
use zeroize::Zeroizing;

use account::Found;
use report::{Report, shown};

use crate::Failure;
use crate::arguments::{DoctorArguments, SourceArguments};
use crate::check::READER;
use crate::manage::{choose, load, wait};

pub(crate) fn run(source: SourceArguments, arguments: &DoctorArguments) -> Result<(), Failure> {
    let mut report = Report::new(arguments.answer.json);
    let Some(config) = configuration(&source, &mut report)? else {
        return report.end(&arguments.login);
    };
    let Some(login) = login::read(&arguments.login, &config.login, &mut report) else {
        return report.end(&arguments.login);
    };
    wait(async {
        let Some(mut manager) = database::open(&config, &mut report).await else { return Ok(()) };
        let looked = look(&config, &mut manager, &login, &mut report).await;
        manager.close().await;
        let (found, stored) = match looked {
            Ok(looked) => looked,
            Err(error) => {
                could_not_look("user", &error, &mut report);
                return Ok(());
            }
        };
        // A configuration is used up by what decides sign-ins.
        let authenticator = match Authenticator::new(load(source)?) {
            Ok(authenticator) => authenticator,
            Err(error) => {
                report.fix(QUERY, error, "correct it in the configuration");
                return Ok(());
            }
        };
        query(&authenticator, &login, &found, &mut report).await;
        if found.user.is_some() {
            user(&authenticator, &login, &report).await;
        }
        machine::dovecot(&login, &report);
        trial::test(arguments, &authenticator, &login, stored.as_ref(), &mut report).await
    })?;
    report.end(&login)
}

/// Reads the configuration and sees who else can.
fn configuration(source: &SourceArguments, report: &mut Report) -> Result<Option<Config>, Failure> {
    const STEP: &str = "configuration";
    let file = choose(source.clone())?;
    let config = match load(source.clone()) {
        Ok(config) => config,
        Err(failure) => {
            let denied = |error: std::io::Error| error.kind() == ErrorKind::PermissionDenied;
            if File::open(file.path()).err().is_some_and(denied) {
                report.could_not_look();
                report.unknown(STEP, format_args!("{}; run this as root", failure.message));
            } else {
                report.fix(STEP, failure.message, "correct it; ispmail-pw check says more");
            }
            return Ok(None);
        }
    };
    for path in &config.sources {
        report.ok(STEP, path.display());
        readable(path, report);
    }
    for endpoint in &config.endpoints {
        if let Endpoint::Sqlite(path) = endpoint {
            readable(path, report);
        }
    }
    Ok(Some(config))
}

fn readable(path: &Path, report: &mut Report) {
    const STEP: &str = "permissions";
    let place = path.display();
    match permissions::check(path, READER) {
        Ok(None) => report.ok(STEP, format_args!("{place} is readable for {READER} only")),
        Ok(Some(advice)) => {
            let problems: Vec<String> = advice.problems.iter().map(ToString::to_string).collect();
            let says = format_args!("{place}: {}", problems.join("; "));
            report.fix(STEP, says, advice.commands.join("; "));
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            report.unknown(STEP, format_args!("{place}: {error}"));
        }
        Err(error) => report.fix(STEP, format_args!("{place}: {error}"), "see where the file is"),
    }
}

/// What the tables say.
async fn look(
    config: &Config,
    manager: &mut Manager<'_>,
    login: &str,
    report: &mut Report,
) -> Result<(Found, Option<ispmail_password::StoredPassword>), Error> {
    let width = database::layout(config, manager, report).await?;
    let found = account::examine(manager, login, report).await?;
    let Some(user) = &found.user else { return Ok((found, None)) };
    // What an administrator's own query gives need not be what the column holds.
    let given = if manager.layout().is_own() { None } else { by_own_query(config, login).await };
    let column = given.as_ref().unwrap_or(user).stored.as_ref();
    let stored = stored::examine(config, column, width.as_ref(), login, report);
    Ok((found, stored))
}

/// What the administrator's own query finds, if there is one. What is wrong with it is said where
/// sign-ins are asked.
async fn by_own_query(config: &Config, login: &str) -> Option<User> {
    let Queries::Own { password, .. } = &config.queries else { return None };
    let own = Layout::own(&password.text, None, None);
    let (endpoints, timeouts) = (&config.endpoints, config.timeouts);
    let mut manager = Manager::connect(endpoints, timeouts, Access::Read, &own).await.ok()?;
    let found = manager.users_alike(login).await;
    manager.close().await;
    found.ok()?.into_iter().next()
}

/// Whether the query that sign-ins go by finds the user.
async fn query(authenticator: &Authenticator, login: &str, found: &Found, report: &mut Report) {
    let wanted = Wanted::Credentials { scheme: String::new() };
    match authenticator.look_up(request(login), &wanted).await {
        LookUp::Found(reply) if reply.user == login => {
            report.ok(QUERY, "it finds the user");
        }
        LookUp::Found(reply) => {
            report.note(QUERY, format_args!("it finds the user, as {}", shown(&reply.user)));
        }
        LookUp::Unknown if found.explained => report.note(QUERY, "it does not find the user"),
        LookUp::Unknown => report.fix(
            QUERY,
            "it does not find the user, who is in the tables",
            "see what else its WHERE asks for",
        ),
        // The stored password has been looked at.
        LookUp::CouldNotLook(Cause::Stored(_)) => report.ok(QUERY, "it finds the user"),
        LookUp::CouldNotLook(Cause::Accounts(error)) if error.is_temporary() => {
            could_not_look(QUERY, &error, report);
        }
        LookUp::CouldNotLook(cause) if found.explained => report.note(QUERY, cause),
        LookUp::CouldNotLook(cause) => {
            report.fix(QUERY, cause, "correct the query in the configuration");
        }
    }
}

/// What a user who is there has besides.
async fn user(authenticator: &Authenticator, login: &str, report: &Report) {
    let wanted = Wanted::Credentials { scheme: "CRAM-MD5".to_owned() };
    if let LookUp::Found(reply) = authenticator.look_up(request(login), &wanted).await {
        report.note(
            "cram-md5",
            if reply.credentials.is_some() {
                "mail programs may be set to CRAM-MD5 (encrypted password), too"
            } else {
                "mail programs must be set to PLAIN or LOGIN (normal password, over TLS); CRAM-MD5 \
                 (encrypted password) cannot work with this stored password"
            },
        );
    }
    match authenticator.look_up(request(login), &Wanted::User).await {
        LookUp::Found(reply) => machine::home(&reply, report),
        LookUp::Unknown => report.note("home", "the user look-up does not find the user"),
        LookUp::CouldNotLook(cause) => report.unknown("home", cause),
    }
}

fn request(login: &str) -> Request {
    let login = login.as_bytes().to_vec();
    Request { login, password: Zeroizing::default(), values: Values::default() }
}

fn could_not_look(step: &str, error: &Error, report: &mut Report) {
    report.could_not_look();
    report.unknown(step, error);
}

const QUERY: &str = "password query";
