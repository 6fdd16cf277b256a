//! The checkpassword interface of Dovecot 2.3 (`passdb checkpassword`, `userdb checkpassword`).
//!
//! Login and password come in on descriptor 3. The auth daemon or the database is asked. What is
//! found goes out on descriptor 4 in the form of Dovecot's checkpassword-reply, or into the
//! environment of the program that the arguments name. The [`Exit`] says the rest; one line on the
//! standard error says why.

mod arguments;
mod daemon;
#[cfg(feature = "database")]
mod database;
mod descriptors;
mod environment;
mod exit;
mod question;
mod reply;
mod request;

use std::panic;

use ispmail_auth_protocol::printable;

use arguments::{Arguments, Ask, Program};
use environment::Environment;
pub use exit::Exit;
use question::{Answer, Mode, Question};
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
    let (whom, program) = match arguments::parse() {
        Ok(Arguments::Run(whom, program)) => (whom, program),
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
    let session = environment::session();
    let question = Question { mode, login, password, session };
    finish(ask(whom, &question), &question.mode, &program, &environment, &shown)
}

fn ask(whom: Ask, question: &Question) -> Answer {
    match whom {
        Ask::Daemon(sockets) => daemon::ask(sockets, true, question)
            .unwrap_or_else(|daemon::Unreachable(why)| Answer::CouldNot(why.to_string())),
        #[cfg(feature = "database")]
        Ask::DaemonFirst(sockets, configuration) => daemon::ask(sockets, false, question)
            .unwrap_or_else(|daemon::Unreachable(why)| {
                say(&format!("asking the database instead: {why}"));
                database::ask(configuration, question)
            }),
        #[cfg(feature = "database")]
        Ask::Database(configuration) => database::ask(configuration, question),
    }
}

/// Puts an answer into Dovecot's terms.
fn finish(
    answer: Answer,
    mode: &Mode,
    program: &Program,
    environment: &Environment,
    shown: &str,
) -> Exit {
    let account = match answer {
        Answer::Found(account) => account,
        Answer::Refused(why) => {
            say(&format!("{shown}: refused: {why}"));
            return Exit::Refused;
        }
        Answer::Unknown => {
            say(&format!("{shown}: unknown user"));
            return Exit::Unknown;
        }
        Answer::CouldNot(why) => return temporary(shown, mode, &why),
    };
    let success = match mode {
        Mode::SignIn => Exit::Accepted,
        Mode::User | Mode::Credentials { .. } => Exit::Found,
    };
    let sent = if environment.may_answer_for(&program.path) {
        reply::write(&account).map(|()| success)
    } else {
        Err(reply::hand_over(&account, program, mode))
    };
    sent.unwrap_or_else(|why| temporary(shown, mode, &why))
}

/// Nothing can be said: Dovecot tells the client to try again later.
fn temporary(shown: &str, mode: &Mode, why: &str) -> Exit {
    let could_not = match mode {
        Mode::SignIn => "could not check",
        Mode::User => "could not look up the user",
        Mode::Credentials { .. } => "could not look up the credentials",
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
