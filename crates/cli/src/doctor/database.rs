//! The way to the database, and whether its tables are those that are expected.

use std::slice;

use ispmail_accounts::{Access, Error, Layout, Manager};
use ispmail_auth::config::{Config, Queries};

use super::report::Report;
use super::stored::Width;
use crate::manage::connect_to;
use crate::{Exit, Failure};

/// Connects to the first database that answers, and says so of each.
pub(super) async fn open<'a>(config: &'a Config, report: &mut Report) -> Option<Manager<'a>> {
    const STEP: &str = "database";
    let mut open = None;
    let mut away = Vec::new();
    for endpoint in &config.endpoints {
        let place = endpoint.place();
        match connect_to(config, slice::from_ref(endpoint), Access::Read).await {
            Ok(manager) => {
                report.ok(STEP, format_args!("{place} answers"));
                if open.is_none() {
                    open = Some(manager);
                } else {
                    manager.close().await;
                }
            }
            Err(Failure { exit: Exit::Config, message }) => {
                report.ok(STEP, format_args!("{place} answers"));
                report.fix("layout", message, "name the layout: layout = \"…\" in ispmail.toml");
                return None;
            }
            Err(failure) => away.push(failure.message),
        }
    }
    for message in away {
        if open.is_some() {
            report.advise(STEP, message, ASK);
        } else {
            report.fix(STEP, message, ASK);
        }
    }
    if open.is_none() {
        report.could_not_look();
    }
    open
}

/// Says which layout the tables have; how wide the column of stored passwords is.
pub(super) async fn layout(
    config: &Config,
    manager: &mut Manager<'_>,
    report: &mut Report,
) -> Result<Option<Width>, Error> {
    const STEP: &str = "layout";
    let Layout { name, title, .. } = *manager.layout();
    if manager.layout().is_own() {
        report.note(
            STEP,
            "accounts are found by your own queries; what is in the tables besides is \
                           not known",
        );
        return Ok(None);
    }
    let tables = manager.tables().await?;
    let missing: Vec<String> = tables
        .iter()
        .filter(|table| !table.missing.is_empty())
        .map(|table| format!("{} ({})", table.name, table.missing.join(", ")))
        .collect();
    if missing.is_empty() {
        report.ok(STEP, format_args!("the tables are those of {title} ({name})"));
    } else {
        let missing = missing.join(", ");
        report.fix(
            STEP,
            format_args!("the layout is {name}, and its tables are missing or lack: {missing}"),
            "name another layout, or let the database account read them (GRANT SELECT)",
        );
    }
    if matches!(config.queries, Queries::OfLayout) && config.layout().name != name {
        report.fix(
            STEP,
            format_args!("sign-ins go by the layout {}", config.layout().name),
            format_args!("write layout = \"{name}\" above all sections of ispmail.toml"),
        );
    }
    let (table, column) = manager.layout().stored_column();
    let found = tables.iter().find(|one| one.name == table);
    let mut widths = found.into_iter().flat_map(|table| &table.widths);
    let width = widths.find(|(name, _)| name.eq_ignore_ascii_case(column));
    Ok(width.map(|&(_, characters)| Width { table, column, characters }))
}

const ASK: &str = "is the server running, and are host, user and password right?";
