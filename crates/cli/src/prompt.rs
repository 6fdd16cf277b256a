//! Passwords and confirmations from a terminal or from lines on the standard input.

mod signals;
mod terminal;

use std::io::{self, IsTerminal as _, Write as _};

use ispmail_password::{Password, PasswordError};
use terminal::{Line, line};
use zeroize::Zeroizing;

use crate::new_password::Weak;
use crate::{Exit, Failure, complain};

/// How often two different passwords may be typed.
const TRIES: usize = 3;
const OLD: &str = "Enter old password: ";
const NEW: &str = "Enter new password: ";
const AGAIN: &str = "Retype new password: ";
const VERIFY: &str = "Enter password to verify: ";
const TRY: &str = "Test a password? Leave empty to skip: ";
const STORED: &str = "Enter stored password: ";

/// A new password, typed twice; from a pipe it stands in two lines.
pub(crate) fn new_password_twice() -> Result<Password, Failure> {
    if !io::stdin().is_terminal() {
        let (first, second) = (line()?, line()?);
        let Line::Typed(first) = first else { return Err(empty()) };
        let Line::Typed(second) = second else {
            return Err(Failure::new(
                Exit::Failed,
                "only one line on the standard input; expected the password on two lines",
            ));
        };
        return if *first == *second { password(first) } else { Err(different()) };
    }
    for _ in 0..TRIES {
        let first = ask(NEW)?;
        let second = ask(AGAIN)?;
        if *first == *second {
            return password(first);
        }
        complain(different().message);
    }
    Err(Failure::new(Exit::Failed, ""))
}

/// The password that there is, to be replaced; from a pipe it is one line. Bytes, of which a
/// sign-in decides.
pub(crate) fn old_password() -> Result<Zeroizing<Vec<u8>>, Failure> {
    some(if io::stdin().is_terminal() { ask(OLD)? } else { typed(line()?)? })
}

/// A new password that is good enough; on a terminal a weak one is asked for again before it is
/// retyped.
pub(crate) fn strong_password(
    judge: impl Fn(&[u8]) -> Result<(), Weak>,
) -> Result<Password, Failure> {
    if !io::stdin().is_terminal() {
        let bytes = some(typed(line()?)?)?;
        judge(&bytes).map_err(|weak| Failure::new(Exit::Failed, weak.to_string()))?;
        return password(bytes);
    }
    let mut left = TRIES;
    loop {
        let first = some(ask(NEW)?)?;
        let wrong = match judge(&first) {
            Err(weak) => Failure::new(Exit::Failed, weak.to_string()),
            Ok(()) if *first == *ask(AGAIN)? => return password(first),
            Ok(()) => different(),
        };
        left -= 1;
        if left == 0 {
            return Err(wrong);
        }
        complain(wrong.message);
    }
}

/// A password to be tested.
pub(crate) fn password_to_verify() -> Result<Password, Failure> {
    if io::stdin().is_terminal() { password(ask(VERIFY)?) } else { password_line() }
}

/// A stored password to be tested: what is typed, or the first line.
pub(crate) fn stored_password() -> Result<Zeroizing<Vec<u8>>, Failure> {
    let stored = if io::stdin().is_terminal() { terminal::ask(STORED) } else { line() };
    match stored? {
        Line::Typed(stored) if !stored.is_empty() => Ok(stored),
        _ => Err(Failure::new(Exit::Failed, "the stored password is missing")),
    }
}

/// The password to be tested against it. Where the input ended with the stored one, as it does
/// behind a database's client, it is asked for on the terminal.
pub(crate) fn password_for_stored() -> Result<Password, Failure> {
    if io::stdin().is_terminal() {
        return password(ask(VERIFY)?);
    }
    let second = match line()? {
        Line::Typed(second) => Line::Typed(second),
        Line::End => terminal::ask_on_the_terminal(VERIFY).unwrap_or_else(|| {
            let message = "no password on the second line, and no terminal to ask for it";
            Err(Failure::new(Exit::Failed, message))
        })?,
    };
    password(typed(second)?)
}

/// One of several stored passwords, typed; `None` behind the last.
pub(crate) fn another_stored_password() -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    match terminal::ask("Enter stored password, or nothing to end: ")? {
        Line::Typed(stored) if !stored.is_empty() => Ok(Some(stored)),
        _ => Ok(None),
    }
}

/// A password to be tried: what is typed, or the first line; `None` for nothing.
pub(crate) fn password_to_try() -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    let typed = if io::stdin().is_terminal() { terminal::ask(TRY) } else { line() };
    match typed? {
        Line::Typed(password) if !password.is_empty() => Ok(Some(password)),
        _ => Ok(None),
    }
}

/// Asks for a yes. Without a terminal to ask on, `--yes` must have been given.
pub(crate) fn confirm(question: &str, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, "no terminal to ask on; confirm with --yes"));
    }
    write!(io::stderr(), "{question} [y/N] ")?;
    match line()? {
        Line::Typed(answer) if matches!(answer.as_slice(), b"y" | b"Y" | b"yes") => return Ok(()),
        _ => {}
    }
    Err(Failure::new(Exit::Failed, "nothing was changed"))
}

/// A password out of bytes, with the exit code that belongs to what is wrong with it.
pub(crate) fn password(mut bytes: Zeroizing<Vec<u8>>) -> Result<Password, Failure> {
    Password::new(std::mem::take(&mut *bytes))
        .map_err(|error: PasswordError| Failure::new(Exit::Failed, error.to_string()))
}

fn password_line() -> Result<Password, Failure> {
    password(typed(line()?)?)
}

fn ask(prompt: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    typed(terminal::ask(prompt)?)
}

fn typed(line: Line) -> Result<Zeroizing<Vec<u8>>, Failure> {
    match line {
        Line::Typed(bytes) => Ok(bytes),
        Line::End => Err(empty()),
    }
}

/// What is too short anyway is told apart from nothing at all.
fn some(bytes: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    if bytes.is_empty() { Err(empty()) } else { Ok(bytes) }
}

fn empty() -> Failure {
    Failure::new(Exit::Failed, PasswordError::Empty.to_string())
}

fn different() -> Failure {
    Failure::new(Exit::Failed, "the passwords do not match")
}
