//! Which layout the tables are of, whether sign-ins go by it, and what the tables lack.

use ispmail_accounts::settings::Endpoint;
use ispmail_accounts::{Access, Error, ISPMAIL, Layout, Manager, Table};
use ispmail_auth::config::{Config, Queries};
use ispmail_password::{Password, Policy, Prefix};

use super::{ASK_ABOUT_SERVER, Report, rows};
use crate::manage::{connect_to, stored};
use crate::{Exit, Failure};

/// Looks at one of the databases; whether its stored passwords were looked at, too.
pub(super) async fn examine(config: &Config, endpoint: &Endpoint, report: &mut Report) -> bool {
    let endpoints = std::slice::from_ref(endpoint);
    let opened = match connect_to(config, endpoints, Access::Read).await {
        Ok(manager) => Ok((manager, None)),
        Err(Failure { exit: Exit::Config, message }) => {
            let opened = connect(config, endpoint, config.layout()).await;
            opened.map(|manager| (manager, Some(message))).map_err(|error| error.to_string())
        }
        Err(failure) => Err(failure.message),
    };
    let (mut manager, trouble) = match opened {
        Ok(opened) => opened,
        Err(message) => {
            report.fix(format_args!("{message}. {ASK_ABOUT_SERVER}"));
            return false;
        }
    };
    report.ok(format_args!("connection to the database {}", endpoint.place()));
    let looked = match trouble {
        None => look(config, &mut manager, report).await,
        Some(trouble) => look_all_the_same(config, endpoint, &mut manager, &trouble, report).await,
    };
    let examined = looked.unwrap_or_else(|error| {
        report.fix(format_args!("{error}. {}", ask_to_grant(manager.layout())));
        true
    });
    manager.close().await;
    examined
}

async fn connect(
    config: &Config,
    endpoint: &Endpoint,
    layout: &Layout<'static>,
) -> Result<Manager<'static>, Error> {
    let endpoints = std::slice::from_ref(endpoint);
    Manager::connect(endpoints, config.timeouts, Access::Read, layout).await
}

/// Where it is not sure whose tables they are: says so, and goes by what is likely.
async fn look_all_the_same(
    config: &Config,
    endpoint: &Endpoint,
    manager: &mut Manager<'_>,
    trouble: &str,
    report: &mut Report,
) -> Result<bool, Error> {
    let found = manager.layouts().await?;
    match found.as_slice() {
        [] => {
            report.fix(trouble);
            let nearest = manager.nearest_layout().await?;
            report.note(format_args!(
                "they are most like those of {} (layout {}):",
                nearest.title, nearest.name
            ));
            let mut manager = connect(config, endpoint, nearest).await?;
            let tables = manager.tables().await?;
            manager.close().await;
            missing(nearest, &tables, report);
            Ok(true)
        }
        [_] => {
            report.fix(trouble);
            Ok(true)
        }
        [_, _, ..] => {
            report.fix(format_args!("{trouble}: {}", to_write("NAME")));
            if found.iter().any(|layout| layout.name == config.layout().name) {
                look(config, manager, report).await
            } else {
                Ok(true)
            }
        }
    }
}

/// Looks at the layout's tables; `false` if they are of another design.
async fn look(
    config: &Config,
    manager: &mut Manager<'_>,
    report: &mut Report,
) -> Result<bool, Error> {
    let layout = *manager.layout();
    if layout.is_own() {
        return Ok(false);
    }
    let tables = manager.tables().await?;
    let users = tables.iter().find(|table| table.name == layout.users_table());
    if matches!(config.queries, Queries::Own { .. })
        && config.named_layout.is_none()
        && users.is_some_and(|users| !users.missing.is_empty())
    {
        // A design of its own by the same name; whether its query runs shows further down.
        return Ok(false);
    }
    let found = manager.layouts().await?;
    if !recognised(config, &layout, &found, report) {
        if found.is_empty() {
            missing(&layout, &tables, report);
        }
        return Ok(true);
    }
    for table in &tables {
        report.ok(format_args!("table {}", table.name));
        width(table, &layout, &config.policy, report);
    }
    notes(manager, report).await?;
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

/// Says which layout the tables have, and whether sign-ins go by it; `false` if they are not of
/// this one.
fn recognised(
    config: &Config,
    layout: &Layout<'_>,
    found: &[&Layout<'_>],
    report: &mut Report,
) -> bool {
    let Layout { name, title, .. } = layout;
    if !found.iter().any(|other| other.name == *name) {
        for Layout { name: other, title, .. } in found {
            report.fix(format_args!(
                "the tables are those of {title} (layout {other}), and the layout that is named is \
                 {name}: {}",
                to_write(other)
            ));
        }
        return false;
    }
    report.ok(format_args!("the tables are those of {title} (layout {name})"));
    for other in found.iter().filter(|other| other.name != *name) {
        report.note(format_args!(
            "the tables of {} (layout {}) are there, too; nothing goes by them",
            other.title, other.name
        ));
    }
    if matches!(config.queries, Queries::OfLayout) && config.layout().name != *name {
        let goes_by = config.layout().name;
        report.fix(format_args!("sign-ins go by the layout {goes_by}: {}", to_write(name)));
    }
    true
}

/// Names the tables and columns that are not there.
fn missing(layout: &Layout<'_>, tables: &[Table], report: &mut Report) {
    for Table { name, missing, absent, .. } in tables {
        if missing.is_empty() {
            report.ok(format_args!("table {name}"));
            continue;
        }
        let columns = missing.join(", ");
        let advice = match absent {
            true if layout.name == ISPMAIL.name => ". Make it: ispmail-pw init".to_owned(),
            true => format!(". May the database account read it (GRANT SELECT ON {name})?"),
            false => String::new(),
        };
        report.fix(format_args!(
            "table {name} is missing, or may not be read, or lacks: {columns}{advice}"
        ));
    }
}

/// What is no trouble for sign-ins as it is, but can become one.
async fn notes(manager: &mut Manager<'_>, report: &mut Report) -> Result<(), Error> {
    for table in manager.without_transactions().await? {
        report.note(format_args!(
            "table {table} knows no transactions (MyISAM): a change that breaks off stays half \
             done. ALTER TABLE {table} ENGINE = InnoDB gives it some"
        ));
    }
    if let Some(index) = manager.missing_unique_index().await? {
        report.note(format_args!(
            "nothing keeps table {} from having a login twice, which then nobody can sign in with. \
             This does: {index}",
            manager.layout().users_table()
        ));
    }
    Ok(())
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

/// The line of the configuration that names a layout.
fn to_write(name: &str) -> String {
    format!("write layout = \"{name}\" above all sections of the configuration")
}

fn ask_to_grant(layout: &Layout<'_>) -> String {
    let tables: Vec<&str> = layout.tables().collect();
    format!("May the database account read the tables (GRANT SELECT ON {})?", tables.join(", "))
}
