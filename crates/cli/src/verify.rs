//! `ispmail-pw verify`.

mod answer;
mod batch;

use answer::{Answer, Checker};

use crate::arguments::VerifyArguments;
use crate::{Exit, Failure, prompt, say};

pub(crate) fn run(arguments: VerifyArguments) -> Result<(), Failure> {
    let checker = Checker::new(arguments.default_scheme);
    if arguments.batch {
        crate::batch::demand_no_terminal()?;
        return batch::run(&checker);
    }
    let login = arguments.login.map(String::into_bytes);
    let text = prompt::stored_password().map_err(unusable)?;
    let answer = match checker.read(&text, login.as_deref()) {
        Err(answer) => answer,
        Ok(stored) => {
            let password = prompt::password_for_stored().map_err(unusable)?;
            checker.check(&stored, &password)
        }
    };
    match answer {
        Answer::Match { needs_upgrade: false } => say("match"),
        Answer::Match { needs_upgrade: true } => {
            say("match; the stored password ought to be replaced");
        }
        Answer::Mismatch { reason, .. } => {
            let reason = reason.unwrap_or("the password does not match");
            return Err(Failure::new(Exit::Failed, reason));
        }
        Answer::Malformed(reason) => return Err(Failure::new(Exit::Data, reason)),
        Answer::CouldNotCheck(reason) => return Err(Failure::new(Exit::Temporary, reason)),
    }
    Ok(())
}

/// Nothing was checked: that must not look like a mismatch.
fn unusable(failure: Failure) -> Failure {
    match failure.exit {
        Exit::Failed => Failure { exit: Exit::Data, ..failure },
        _ => failure,
    }
}
