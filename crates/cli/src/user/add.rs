//! `user add`.

use ispmail_accounts::NewUser;
use ispmail_password::lock;
use serde_json::json;
use zeroize::Zeroizing;

use crate::Failure;
use crate::alias::Warning;
use crate::arguments::ChangeArguments;
use crate::manage::{advise, demand_layout, new_stored, not_stored};
use crate::new_password::NewPassword;
use crate::work::Work;

/// Who is to be added.
pub(super) struct Wanted {
    pub(super) address: String,
    pub(super) generate: bool,
    pub(super) quota: Option<u64>,
    pub(super) enabled: bool,
}

pub(super) async fn run(
    work: &mut Work<'_>,
    wanted: Wanted,
    change: ChangeArguments,
) -> Result<(), Failure> {
    let Wanted { address, generate, quota, enabled } = wanted;
    demand_layout(work.config, &work.manager, "adding a user")?;
    work.manager.demand_new_user(&address).await.map_err(advise)?;
    if quota.is_some() && !work.manager.layout().has_quota() {
        return Err(no_quota(work.manager.layout().name));
    }
    let answer = work.begin(change).await?;
    let login = ispmail_accounts::names::address(&address)?;
    let NewPassword { password, generated } = NewPassword::obtain(work.config, &login, generate)?;
    let mut stored = new_stored(work.config, work.manager.layout(), &password, false)?;
    if !enabled && !work.manager.layout().has_flag() {
        stored = locked(&stored);
    }
    let user = NewUser { address: &login, stored: &stored, quota, enabled };
    let added = work.manager.add_user(&user).await;
    let address = added.map_err(|error| not_stored(error, &work.manager, &stored))?;
    // A catch-all may take the mail of the new mailbox. (A dry run has left nothing to look at.)
    let troubles =
        if change.dry_run { Vec::new() } else { work.manager.alias_troubles(&address).await? };
    let warnings = Warning::all(&troubles, &[], work.manager.layout().name);
    let disabled = if enabled { "" } else { ", who is disabled" };
    let fields = json!({"action": "user add", "address": address, "quota": quota, "enabled": enabled,
            "warnings": warnings});
    answer.tell_password(format_args!("Added the user {address}{disabled}."), fields, generated)?;
    for warning in &warnings {
        answer.hint(format_args!("Note: {warning}"));
    }
    Ok(())
}

/// Refused before a password is asked for.
fn no_quota(layout: &'static str) -> Failure {
    ispmail_accounts::Error::NotInLayout { what: "setting the quota", layout }.into()
}

/// A stored password of ours, which is ASCII, as one that lets nobody in.
pub(super) fn locked(stored: &str) -> Zeroizing<String> {
    let locked = lock(stored.as_bytes());
    Zeroizing::new(String::from_utf8_lossy(&locked).into_owned())
}
