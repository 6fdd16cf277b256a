//! `user list`: as many users as there are, in the memory of one page of them.

use std::io::{self, Write as _};

use ispmail_accounts::{Error, User};
use ispmail_auth::DefaultScheme;
use serde_json::json;

use super::show::Standing;
use crate::Failure;
use crate::answer::Answer;
use crate::batch::Output;
use crate::manage::demand_iterate;
use crate::work::Work;

/// Why a list ends.
enum End {
    /// Nobody reads on.
    NoReader,
    Failed(Failure),
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NoReader,
            _ => Self::Failed(error.into()),
        }
    }
}

pub(super) async fn run(
    work: &mut Work<'_>,
    domain: Option<&str>,
    answer: Answer,
) -> Result<(), Failure> {
    demand_iterate(work.config, &work.manager)?;
    let mut end = None;
    if let Some(domain) = domain {
        let domain = if work.manager.layout().is_managed() {
            work.manager.domain(domain).await?.name
        } else {
            ispmail_accounts::names::domain(domain)?
        };
        end = Some(format!("@{domain}"));
    }
    let is_wanted = |address: &str| {
        let Some(end) = &end else { return true };
        let start = address.len().checked_sub(end.len());
        let tail = start.and_then(|start| address.get(start..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    let default_scheme = DefaultScheme::new(&work.config.default_scheme)?;
    // An administrator's own list tells nothing but the logins.
    let only_logins = work.manager.layout().is_own();
    let mut out = Output::new();
    let mut listed = 0_u64;
    let each = work.manager.each_user(|user| {
        if !is_wanted(&user.address) {
            return Ok(());
        }
        if answer.is_json() {
            let standing = (!only_logins).then(|| Standing::of(&user, &default_scheme));
            out.json(&fields(&user, standing.as_ref()))?;
        } else {
            writeln!(out, "{}", user.address)?;
        }
        listed += 1;
        // The first at once; then as many as a look at a page takes.
        if listed == 1 || listed.is_multiple_of(AT_ONCE) { Ok(out.flush()?) } else { Ok(()) }
    });
    let ended = match each.await {
        Ok(()) => out.flush().map_err(End::from),
        Err(end) => Err(end),
    };
    match ended {
        Ok(()) | Err(End::NoReader) => Ok(()),
        Err(End::Failed(failure)) => Err(failure),
    }
}

fn fields(user: &User, standing: Option<&Standing>) -> serde_json::Value {
    json!({
        "address": user.address,
        "enabled": user.enabled,
        "locked": standing.map(|standing| standing.locked),
        "quota": user.quota,
        "scheme": standing.and_then(Standing::scheme),
    })
}

/// Lines that are written together.
const AT_ONCE: u64 = 1000;
