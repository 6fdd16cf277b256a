//! `user passwd`.

use ispmail_accounts::{Error, Swapped};
use ispmail_auth::DefaultScheme;
use serde_json::json;

use super::add::locked;
use super::show::Standing;
use crate::arguments::{ChangeArguments, FlushArguments};
use crate::flush::Flush;
use crate::manage::{demand_update, existing, new_stored, not_stored};
use crate::new_password::NewPassword;
use crate::words::command;
use crate::work::Work;
use crate::{Exit, Failure};

/// How often a row may change under our hands.
pub(super) const TRIES: usize = 5;

pub(super) async fn run(
    work: &mut Work<'_>,
    address: &str,
    generate: bool,
    flush: FlushArguments,
    change: ChangeArguments,
) -> Result<(), Failure> {
    demand_update(work.config, &work.manager)?;
    let user = existing(&mut work.manager, address).await?;
    let noscheme = user.stored.as_ref().is_some_and(|stored| stored.noscheme);
    let address = user.address;
    let flush = Flush::and_kick(&address, flush.flush)?;
    let answer = work.begin(change).await?;
    let NewPassword { password, generated } = NewPassword::obtain(work.config, &address, generate)?;
    let stored = new_stored(work.config, work.manager.layout(), &password, noscheme)?;
    let before = set(work, &address, &stored).await?;
    let flushed = flush.run(change.dry_run).await;
    let fields = json!({"action": "user passwd", "address": address, "flushed": flushed.done()});
    let line = format_args!("Changed the password of {address}.");
    let told = answer.tell_password(line, fields, generated);
    if before.undoable {
        answer.hint(format_args!(
            "The user stays disabled; to undo that: {}",
            command(&["ispmail-pw", "user", "enable", &address])
        ));
    } else if before.locked {
        answer.hint("The old one was marked as locked by hand; the user can sign in now.");
    }
    if !work.manager.layout().credentials_query.is_empty() {
        answer.hint(
            "If there was a plain text beside it, that is gone, and CRAM-MD5 with it: it would \
             have let the old password in.",
        );
    }
    told.and(flushed.tell(answer))
}

/// Replaces the stored password; one that is locked stays so, whoever locks or unlocks it in just
/// this moment. What the old one was like.
async fn set(work: &mut Work<'_>, address: &str, stored: &str) -> Result<Standing, Failure> {
    let default_scheme = DefaultScheme::new(&work.config.default_scheme)?;
    for _ in 0..TRIES {
        let user = existing(&mut work.manager, address).await?;
        let standing = Standing::of(&user, &default_scheme);
        let new = if standing.undoable { locked(stored) } else { stored.to_owned().into() };
        let set = match &user.stored {
            Some(old) => match work.manager.swap_password(&user.address, &old.text, &new).await {
                // Bytes that are no text, which nobody can compare with.
                Err(Error::NotText) => set_anyway(work, &user.address, &new).await,
                swapped => swapped,
            },
            None => set_anyway(work, &user.address, &new).await,
        };
        match set.map_err(|error| not_stored(error, &work.manager, &new))? {
            Swapped::Done => return Ok(standing),
            Swapped::Changed => {}
        }
    }
    Err(busy(address))
}

async fn set_anyway(work: &mut Work<'_>, address: &str, new: &str) -> Result<Swapped, Error> {
    work.manager.set_password(address, new).await.map(|()| Swapped::Done)
}

/// Others change the same row all the time.
pub(super) fn busy(address: &str) -> Failure {
    let message = format!("the stored password of {address} is being changed by others; try again");
    Failure::new(Exit::Temporary, message)
}
