//! Asks the auth daemon.

use ispmail_auth_client::{
    Account, Client, Decision, Error, LookUp, SESSION_FIELDS, Session, Sockets, Timeouts,
};

use crate::question::{Answer, Mode, Question, USERDB};

/// Nobody is there to be asked, for this reason.
pub(crate) struct Unreachable(pub(crate) Error);

/// Asks the daemon; one that is being restarted is waited for, if so wished.
pub(crate) fn ask(
    sockets: Sockets,
    wait: bool,
    question: &Question,
) -> Result<Answer, Unreachable> {
    let mut timeouts = Timeouts::default();
    if !wait {
        timeouts.restart = std::time::Duration::ZERO;
    }
    let mut client = Client::new(sockets, timeouts);
    match answer(&mut client, question) {
        Ok(answer) => Ok(answer),
        Err(error) if error.is_unreachable() => Err(Unreachable(error)),
        Err(error) => Ok(Answer::CouldNot(error.to_string())),
    }
}

fn answer(client: &mut Client, question: &Question) -> Result<Answer, Error> {
    let Question { mode, login, password, session } = question;
    let value = |name: &str| {
        let found = session.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    let fields: Vec<(&str, &[u8])> = SESSION_FIELDS
        .into_iter()
        .filter_map(|name| Some((name, value(name)?.as_bytes())))
        .collect();
    let session = Session { service: value("service").unwrap_or_default(), fields: &fields };
    Ok(match mode {
        Mode::SignIn => match client.sign_in(login, password, session)? {
            Decision::Accepted(account) => complete(account),
            Decision::Refused => Answer::Refused("the auth daemon's log says why".to_owned()),
        },
        Mode::User => match client.look_up(login, session)? {
            LookUp::Found(mut account) => {
                for field in &mut account.fields {
                    field.name.splice(..0, USERDB.bytes());
                }
                complete(account)
            }
            LookUp::Unknown => Answer::Unknown,
        },
        Mode::Credentials { scheme } => match client.credentials(login, scheme, session)? {
            LookUp::Found(account) => complete(account),
            LookUp::Unknown => Answer::Unknown,
        },
    })
}

/// Found, if the daemon has told everything.
fn complete(account: Account) -> Answer {
    if account.fields.iter().any(|field| field.name.starts_with(USERDB.as_bytes())) {
        Answer::Found(account)
    } else {
        Answer::CouldNot(
            "the auth daemon does not trust our user; expected it among the users in its \
             [master_socket]"
                .to_owned(),
        )
    }
}
