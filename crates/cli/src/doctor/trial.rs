//! Testing a password, by the same decision as every sign-in.

use std::io::{self, IsTerminal as _};

use ispmail_accounts::Values;
use ispmail_auth::{Authenticator, Cause, Refusal, Request, SignIn};
use ispmail_password::{New, Password, Policy, Prefix, SchemeName, StoredPassword, Verdict};
use zeroize::Zeroizing;

use super::report::Report;
use crate::arguments::DoctorArguments;
use crate::words::command;
use crate::{Failure, prompt};

const STEP: &str = "password";

/// Tests a password, if there is one.
pub(super) async fn test(
    arguments: &DoctorArguments,
    authenticator: &Authenticator,
    login: &str,
    stored: Option<&StoredPassword>,
    report: &mut Report,
) -> Result<(), Failure> {
    let offered = io::stdin().is_terminal() && !arguments.answer.json;
    if !offered && !arguments.password_stdin {
        return Ok(());
    }
    let Some(typed) = prompt::password_to_try()? else {
        report.unknown(STEP, "not tested");
        return Ok(());
    };
    let request = Request {
        login: login.as_bytes().to_vec(),
        password: typed.clone(),
        values: Values::default(),
    };
    match authenticator.sign_in(request).await {
        SignIn::Accepted { .. } => report.ok(STEP, "match: it is the right one"),
        SignIn::Refused(Refusal::WrongPassword) => {
            let anew = command(&["ispmail-pw", "user", "passwd", login]);
            match stored.and_then(|stored| hashed_instead(stored, &typed)) {
                Some(what) => {
                    let says =
                        format_args!("mismatch: what was hashed is not the password but {what}");
                    report.fix(STEP, says, anew);
                }
                None => report.fix(STEP, "mismatch: it is not the right one", anew),
            }
        }
        SignIn::Refused(why) => {
            report.fix(STEP, format_args!("mismatch: {why}"), "see the lines above");
        }
        SignIn::CouldNotCheck(cause) => {
            if matches!(&cause, Cause::Accounts(error) if error.is_temporary()) {
                report.could_not_look();
            }
            report.unknown(STEP, format_args!("not checked: {cause}"));
        }
    }
    Ok(())
}

/// What scripts hash by mistake instead of the password that was typed, if it is that.
fn hashed_instead(stored: &StoredPassword, typed: &[u8]) -> Option<&'static str> {
    let policy = Policy::default().offline();
    let matches = |bytes: Zeroizing<Vec<u8>>| {
        let password = Password::new(bytes.to_vec()).ok();
        password.is_some_and(|password| {
            matches!(policy.verify(Some(stored), &password), Ok(Verdict::Match))
        })
    };
    for (end, what) in [
        (&b"\n"[..], "the password with a line end (echo without -n)"),
        (b"\r\n", "the password with a line end"),
        (b" ", "the password with a blank behind it"),
    ] {
        let mut longer = Zeroizing::new(Vec::with_capacity(typed.len() + end.len()));
        longer.extend_from_slice(typed);
        longer.extend_from_slice(end);
        if matches(longer) {
            return Some(what);
        }
    }
    for name in ["PLAIN-MD5", "SHA1.hex", "SHA256.hex"] {
        let name: SchemeName = name.parse().ok()?;
        let password = Password::new(typed.to_vec()).ok()?;
        let digest = name.hash(&password, New::default()).ok()?;
        if [Prefix::Bare, Prefix::Scheme].into_iter().any(|prefix| matches(digest.write(prefix))) {
            return Some("a hash of it: it was hashed twice");
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_hashed() {
        let md5: SchemeName = "PLAIN-MD5".parse().unwrap();
        // MD5 of what MD5 of summersun is in hexadecimal; and of summersun with a line end.
        for (of, says) in [
            (&b"14cbfb845af1f030e372b1cb9275e6dd"[..], Some("a hash of it: it was hashed twice")),
            (
                b"{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6dd",
                Some("a hash of it: it was hashed twice"),
            ),
            (b"summersun\n", Some("the password with a line end (echo without -n)")),
            (b"wintermoon", None),
        ] {
            let password = Password::new(of.to_vec()).unwrap();
            let stored = md5.hash(&password, New::default()).unwrap();
            assert_eq!(hashed_instead(&stored, b"summersun"), says);
        }
    }
}
