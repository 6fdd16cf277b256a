//! The checkpassword interface of Dovecot 2.3 (`passdb checkpassword`, `userdb checkpassword`).
//!
//! Login and password come in on descriptor 3. What is found goes out on descriptor 4 in the form
//! of Dovecot's checkpassword-reply, or into the environment of the program that the arguments
//! name. The [`Exit`] says the rest; one line on the standard error says why.

mod arguments;
mod descriptors;
mod environment;
mod exit;
mod reply;
mod request;

use std::panic;

use ispmail_auth::config::{Config, Source};
use ispmail_auth::{Authenticator, LookUp, Request, SignIn, Wanted, printable};

use arguments::{Arguments, Invocation};
use environment::{Environment, Mode};
pub use exit::Exit;
pub use request::{MAX_REQUEST, RequestError, parse as parse_request};

/// The whole program. Does not return when it hands over to the program of the arguments.
pub fn run() -> Exit {
    // A panic message could hold anything. Where it happened is enough to find it.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        say(&format!("internal error at {place}"));
    }));
    panic::catch_unwind(start).unwrap_or(Exit::Temporary)
}

fn start() -> Exit {
    descriptors::no_core_dumps();
    descriptors::close_leaked();
    let environment = Environment::of_process();
    let invocation = match arguments::parse() {
        Ok(Arguments::Run(invocation)) => invocation,
        Ok(Arguments::Show(text)) => {
            println!("{text}");
            return Exit::Accepted;
        }
        Err(why) => return called_wrongly(&environment, &why),
    };
    let (login, password) =
        match descriptors::read_request().and_then(|bytes| request::parse(&bytes)) {
            Ok(request) => request,
            Err(why) => return called_wrongly(&environment, &why.to_string()),
        };
    let mode = environment.mode(password.is_empty());
    let shown = printable(&login);
    let authenticator = match load(&invocation) {
        Ok(authenticator) => authenticator,
        Err(why) => return temporary(&shown, &mode, &why),
    };
    let request = Request { login, password, values: environment::values() };
    answer(&authenticator, request, &mode, &invocation, &environment, &shown)
}

fn load(invocation: &Invocation) -> Result<Authenticator, String> {
    let source = Source::choose(
        invocation.config.clone(),
        invocation.dovecot_sql.clone(),
        std::env::var_os("ISPMAIL_CONFIG"),
    );
    let config = source.and_then(|source| Config::load(&source));
    config.and_then(Authenticator::new).map_err(|error| error.to_string())
}

fn answer(
    authenticator: &Authenticator,
    request: Request,
    mode: &Mode,
    invocation: &Invocation,
    environment: &Environment,
    shown: &str,
) -> Exit {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return temporary(shown, mode, &error.to_string()),
    };
    let reply = match mode {
        Mode::Verify => match runtime.block_on(authenticator.sign_in(request)) {
            SignIn::Accepted { reply, .. } => reply,
            SignIn::Refused(why) => {
                say(&format!("{shown}: refused: {why}"));
                return Exit::Refused;
            }
            SignIn::CouldNotCheck(why) => return temporary(shown, mode, &why.to_string()),
        },
        Mode::LookUp(wanted) => match runtime.block_on(authenticator.look_up(request, wanted)) {
            LookUp::Found(reply) => reply,
            LookUp::Unknown => {
                say(&format!("{shown}: unknown user"));
                return Exit::Unknown;
            }
            LookUp::CouldNotLook(why) => return temporary(shown, mode, &why.to_string()),
        },
    };
    let success = match mode {
        Mode::Verify => Exit::Accepted,
        Mode::LookUp(_) => Exit::Found,
    };
    let sent = if environment.may_answer_for(&invocation.program) {
        reply::write(&reply).map(|()| success)
    } else {
        Err(reply::hand_over(&reply, invocation, mode))
    };
    sent.unwrap_or_else(|why| temporary(shown, mode, &why))
}

/// Nothing can be said: Dovecot tells the client to try again later.
fn temporary(shown: &str, mode: &Mode, why: &str) -> Exit {
    let could_not = match mode {
        Mode::Verify => "could not check",
        Mode::LookUp(Wanted::User) => "could not look up the user",
        Mode::LookUp(Wanted::Credentials { .. }) => "could not look up the credentials",
    };
    say(&format!("{shown}: {could_not}: {why}"));
    Exit::Temporary
}

fn called_wrongly(environment: &Environment, why: &str) -> Exit {
    say(&format!("called wrongly: {why}"));
    environment.called_wrongly()
}

/// One line for the administrator's log. Losing it changes nothing.
fn say(line: &str) {
    use std::io::Write as _;
    let _ = std::io::stderr().write_all(format!("ispmail-checkpassword: {line}\n").as_bytes());
}
