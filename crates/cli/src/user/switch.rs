//! `user disable` and `user enable`: by the layout's flag, else by a mark in front of the stored
//! password.

use ispmail_accounts::{Error, Swapped, User};
use ispmail_auth::DefaultScheme;
use ispmail_password::{lock, unlock};
use serde_json::json;
use zeroize::Zeroizing;

use super::password::{TRIES, busy};
use super::show::Standing;
use crate::answer::Answer;
use crate::arguments::{ChangeArguments, FlushArguments};
use crate::flush::Flush;
use crate::manage::{demand_update, existing, not_stored};
use crate::words::command;
use crate::work::Work;
use crate::{Exit, Failure};

/// What came of it.
enum Switched {
    Done,
    /// It was so already.
    Already,
    /// Nobody can sign in anyway.
    NoPassword,
}

pub(super) async fn disable(
    work: &mut Work<'_>,
    address: &str,
    flush: FlushArguments,
    change: ChangeArguments,
) -> Result<(), Failure> {
    let (user, turn) =
        Turn::begin(work, address, change, |address| Flush::and_kick(address, flush.flush)).await?;
    let switched = if turn.by == FLAG {
        set_flag(work, &user, false).await?
    } else {
        lock_stored(work, &user.address).await?
    };
    let address = &user.address;
    let says = match switched {
        Switched::Done => format!("Disabled the user {address}."),
        Switched::Already => format!("The user {address} was disabled already."),
        Switched::NoPassword => {
            format!("The user {address} has no password, so nobody can sign in anyway.")
        }
    };
    turn.end("user disable", &user, switched, says).await
}

pub(super) async fn enable(
    work: &mut Work<'_>,
    address: &str,
    flush: FlushArguments,
    change: ChangeArguments,
) -> Result<(), Failure> {
    let (user, turn) =
        Turn::begin(work, address, change, |address| Flush::only(address, flush.flush)).await?;
    let address = &user.address;
    let unlocked = unlock_stored(work, address).await;
    let switched = match (turn.by == FLAG, unlocked) {
        (false, unlocked) => unlocked?,
        (true, unlocked) => match (set_flag(work, &user, true).await?, unlocked) {
            (Switched::Done, Ok(_)) | (_, Ok(Switched::Done)) => Switched::Done,
            (_, Ok(other)) => other,
            (Switched::Done, Err(failure)) => {
                turn.answer.hint(format_args!("Set the flag of {address}."));
                return Err(failure);
            }
            (_, Err(failure)) => return Err(failure),
        },
    };
    let says = match switched {
        Switched::Done => format!("Enabled the user {address}."),
        Switched::Already => format!("The user {address} was not disabled."),
        Switched::NoPassword => format!(
            "The user {address} is not disabled, but has no password; to set one: {}",
            command(&["ispmail-pw", "user", "passwd", address])
        ),
    };
    turn.end("user enable", &user, switched, says).await
}

const FLAG: &str = "flag";
const LOCK: &str = "lock";

/// What both have around the change.
struct Turn {
    by: &'static str,
    flush: Flush,
    answer: Answer,
    dry_run: bool,
}

impl Turn {
    async fn begin(
        work: &mut Work<'_>,
        address: &str,
        change: ChangeArguments,
        flush: impl FnOnce(&str) -> Result<Flush, Failure>,
    ) -> Result<(User, Self), Failure> {
        demand_update(work.config, &work.manager)?;
        let user = existing(&mut work.manager, address).await?;
        let by = if work.manager.layout().has_flag() { FLAG } else { LOCK };
        if by == LOCK && user.stored.as_ref().is_some_and(|stored| stored.noscheme) {
            let message = "a column password_noscheme cannot hold the mark that locks a password; \
                           nothing was changed";
            return Err(Failure::new(Exit::Config, message));
        }
        let flush = flush(&user.address)?;
        let answer = work.begin(change).await?;
        Ok((user, Self { by, flush, answer, dry_run: change.dry_run }))
    }

    /// Tells what came of it, and Dovecot as well if that is wanted. Even if it was so already:
    /// Dovecot may not know it yet.
    async fn end(
        self,
        action: &str,
        user: &User,
        switched: Switched,
        says: String,
    ) -> Result<(), Failure> {
        let Self { by, flush, answer, dry_run } = self;
        let flushed = flush.run(dry_run).await;
        answer.tell(
            says,
            json!({
                "action": action,
                "address": user.address,
                "by": by,
                "flushed": flushed.done(),
            }),
        );
        flushed.unless(!matches!(switched, Switched::Done)).tell(answer)
    }
}

async fn set_flag(work: &mut Work<'_>, user: &User, enabled: bool) -> Result<Switched, Failure> {
    if user.enabled == Some(enabled) {
        return Ok(Switched::Already);
    }
    work.manager.set_enabled(&user.address, enabled).await?;
    Ok(Switched::Done)
}

async fn lock_stored(work: &mut Work<'_>, address: &str) -> Result<Switched, Failure> {
    let default_scheme = DefaultScheme::new(&work.config.default_scheme)?;
    change_stored(work, address, |user| {
        let Some(stored) = user.stored.as_ref().filter(|stored| !stored.text.is_empty()) else {
            return Ok(Err(Switched::NoPassword));
        };
        if Standing::of(user, &default_scheme).locked {
            return Ok(Err(Switched::Already));
        }
        Ok(Ok(lock(&stored.text)))
    })
    .await
}

async fn unlock_stored(work: &mut Work<'_>, address: &str) -> Result<Switched, Failure> {
    let default_scheme = DefaultScheme::new(&work.config.default_scheme)?;
    change_stored(work, address, |user| {
        let Some(stored) = user.stored.as_ref().filter(|stored| !stored.text.is_empty()) else {
            return Ok(Err(Switched::NoPassword));
        };
        if let Some(before) = unlock(&stored.text) {
            return Ok(Ok(before));
        }
        if Standing::of(user, &default_scheme).locked {
            let message = format!(
                "the stored password of {address} was locked by hand, with a ! or *; what it was \
                 before cannot be known for sure. Set a new one: {}",
                command(&["ispmail-pw", "user", "passwd", address])
            );
            return Err(Failure::new(Exit::Failed, message));
        }
        Ok(Err(Switched::Already))
    })
    .await
}

/// Replaces the stored password by what `change` makes of it, and by that of no other: one that
/// has changed in between is looked at again.
async fn change_stored(
    work: &mut Work<'_>,
    address: &str,
    change: impl Fn(&User) -> Result<Result<Zeroizing<Vec<u8>>, Switched>, Failure>,
) -> Result<Switched, Failure> {
    for _ in 0..TRIES {
        let user = existing(&mut work.manager, address).await?;
        let new = match change(&user)? {
            Ok(new) => new,
            Err(switched) => return Ok(switched),
        };
        let new = str::from_utf8(&new).map_err(|_| Error::NotText)?;
        let old = user.stored.as_ref().map_or(&[][..], |stored| &stored.text);
        match work.manager.swap_password(&user.address, old, new).await {
            Ok(Swapped::Done) => return Ok(Switched::Done),
            Ok(Swapped::Changed) => {}
            Err(error) => return Err(not_stored(error, &work.manager, new)),
        }
    }
    Err(busy(address))
}
