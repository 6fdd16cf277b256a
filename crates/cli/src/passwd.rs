//! `passwd`: users change their passwords by the old one.

use ispmail_accounts::{Access, Login, Manager, Swapped, Values, names};
use ispmail_auth::config::Config;
use ispmail_auth::{Request, SignIn};
use serde_json::json;

use crate::answer::Answer;
use crate::arguments::{PasswdArguments, SourceArguments};
use crate::manage::{authenticator, connect, demand_update, load, new_stored, not_stored, wait};
use crate::new_password::NewPassword;
use crate::{Exit, Failure, prompt};

pub(crate) fn run(source: SourceArguments, arguments: PasswdArguments) -> Result<(), Failure> {
    let config = load(source.clone())?;
    wait(async {
        let mut manager = connect(&config, Access::Write).await?;
        let done = change(source, &config, &mut manager, arguments).await;
        manager.close().await;
        done
    })
}

async fn change(
    source: SourceArguments,
    config: &Config,
    manager: &mut Manager<'_>,
    arguments: PasswdArguments,
) -> Result<(), Failure> {
    let PasswdArguments { login, change } = arguments;
    demand_update(config, manager)?;
    if change.dry_run {
        manager.pretend().await?;
    }
    let authenticator = authenticator(source, manager)?;
    let old = prompt::old_password()?;
    let login = as_signed_in(config, &login);
    // Before the check: what is replaced must not be newer than what was checked.
    let user = match &login {
        Some(login) => manager.user(login).await?,
        None => None,
    };
    let request = Request {
        login: login.unwrap_or_default().into_bytes(),
        password: old,
        values: Values::default().with("service", SERVICE),
    };
    // For an unknown login too, so that nothing tells it apart.
    let signed_in = match authenticator.sign_in(request).await {
        SignIn::Accepted { reply, .. } => reply.user,
        SignIn::Refused(_) => return Err(Failure::new(Exit::Failed, REFUSED)),
        SignIn::CouldNotCheck(cause) => {
            let message = format!("the old password could not be checked: {cause}");
            return Err(Failure::new(Exit::Temporary, message));
        }
    };
    // Names that differ in letter case only can be two users.
    let found = user.filter(|user| user.address == signed_in);
    let Some((user, before)) = found.and_then(|user| Some((user.address, user.stored?))) else {
        let message = "the password was checked, but of another row than the one to be changed; \
                       nothing was changed";
        return Err(Failure::new(Exit::Temporary, message));
    };
    let NewPassword { password, .. } = NewPassword::obtain(config, &user, false)?;
    let stored = new_stored(config, manager.layout(), &password, before.noscheme)?;
    let swapped = manager.swap_password(&user, &before.text, &stored).await;
    match swapped.map_err(|error| not_stored(error, manager, &stored))? {
        Swapped::Done => {}
        Swapped::Changed => {
            let message = "somebody else has changed the password meanwhile; nothing was changed";
            return Err(Failure::new(Exit::Temporary, message));
        }
    }
    let fields = json!({"action": "passwd", "address": user});
    Answer::from(change).tell(format_args!("Changed the password of {user}."), fields);
    Ok(())
}

/// The login as a sign-in takes it; `None` for what no sign-in takes.
fn as_signed_in(config: &Config, typed: &str) -> Option<String> {
    let address = names::address(typed).unwrap_or_else(|_| typed.to_owned());
    let login = Login::new(address.as_bytes(), &config.login).ok()?;
    Some(login.as_str().to_owned())
}

/// What queries with `%s` are told.
const SERVICE: &str = "passwd";
/// The same for all, so that nobody learns which logins there are.
const REFUSED: &str = "the login or the password is wrong";
