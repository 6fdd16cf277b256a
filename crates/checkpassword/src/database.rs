//! Asks the database.

use std::path::PathBuf;

use ispmail_accounts::Values;
use ispmail_auth::config::{Config, Source};
use ispmail_auth::{Authenticator, LookUp, Reply, Request, SignIn, Wanted};
use ispmail_auth_client::{Account, Field};
use zeroize::Zeroizing;

use crate::question::{Answer, Mode, Question, USERDB};

/// Where the configuration is.
#[derive(Default)]
pub(crate) struct Configuration {
    pub(crate) config: Option<PathBuf>,
    pub(crate) dovecot_sql: Option<PathBuf>,
}

/// Connects, and asks. What goes wrong is in the answer.
pub(crate) fn ask(configuration: Configuration, question: &Question) -> Answer {
    answer(configuration, question).unwrap_or_else(Answer::CouldNot)
}

fn answer(configuration: Configuration, question: &Question) -> Result<Answer, String> {
    let Configuration { config, dovecot_sql } = configuration;
    let source = Source::choose(config, dovecot_sql, std::env::var_os("ISPMAIL_CONFIG"));
    let config = source.and_then(|source| Config::load(&source));
    let authenticator = config.and_then(Authenticator::new).map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let with = |values: Values, (name, value): &(String, String)| values.with(name, value);
    let request = Request {
        login: question.login.clone(),
        password: question.password.clone(),
        values: question.session.iter().fold(Values::default(), with),
    };
    let wanted = match &question.mode {
        Mode::SignIn => {
            return Ok(match runtime.block_on(authenticator.sign_in(request)) {
                SignIn::Accepted { reply, .. } => Answer::Found(account(reply)),
                SignIn::Refused(why) => Answer::Refused(why.to_string()),
                SignIn::CouldNotCheck(why) => Answer::CouldNot(why.to_string()),
            });
        }
        Mode::User => Wanted::User,
        Mode::Credentials { scheme } => Wanted::Credentials { scheme: scheme.clone() },
    };
    Ok(match runtime.block_on(authenticator.look_up(request, &wanted)) {
        LookUp::Found(reply) => Answer::Found(account(reply)),
        LookUp::Unknown => Answer::Unknown,
        LookUp::CouldNotLook(why) => Answer::CouldNot(why.to_string()),
    })
}

/// The names that fields have in Dovecot's reply.
fn account(reply: Reply) -> Account {
    let Reply { user, home, uid, gid, userdb, extra, credentials } = reply;
    let own = [("home", home), ("uid", uid), ("gid", gid)];
    let own = own.map(|(name, value)| field(format!("{USERDB}{name}"), Zeroizing::new(value)));
    let userdb = userdb
        .into_iter()
        .map(|other| field(format!("{USERDB}{}", other.name), Zeroizing::new(other.value)));
    let extra = extra.into_iter().map(|other| field(other.name, Zeroizing::new(other.value)));
    let password = credentials.map(|credentials| field("password".to_owned(), credentials.0));
    let fields = own.into_iter().chain(userdb).chain(extra).chain(password).collect();
    Account { user: user.into_bytes(), fields }
}

fn field(name: String, value: Zeroizing<Vec<u8>>) -> Field {
    Field { name: name.into_bytes(), value }
}
