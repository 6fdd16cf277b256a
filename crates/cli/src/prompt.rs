//! Passwords and confirmations from a terminal or from lines on the standard input.

use std::io::{self, IsTerminal as _, Write as _};

use ispmail_password::{Password, PasswordError};
use zeroize::Zeroizing;

use crate::{Exit, Failure};

/// Longest password that is read, in bytes.
const LONGEST: usize = 4096;
/// How often two different passwords may be typed.
const TRIES: usize = 3;

/// A new password, typed twice; from a pipe it stands in two lines.
pub(crate) fn new_password_twice() -> Result<Password, Failure> {
    if !io::stdin().is_terminal() {
        let (first, second) = (line()?, line()?);
        let Some(first) = first else { return Err(empty()) };
        let Some(second) = second else {
            return Err(Failure::new(
                Exit::Failed,
                "only one line on the standard input; expected the password on two lines",
            ));
        };
        return if *first == *second { password(first) } else { Err(different()) };
    }
    for _ in 0..TRIES {
        let first = ask("Enter new password: ")?;
        let second = ask("Retype new password: ")?;
        if *first == *second {
            return password(first);
        }
        eprintln!("ispmail-pw: {}", different().message);
    }
    Err(Failure::new(Exit::Failed, ""))
}

/// A new password, typed twice; from a pipe it is one line.
pub(crate) fn new_password() -> Result<Password, Failure> {
    if io::stdin().is_terminal() { new_password_twice() } else { password_line() }
}

/// A password to be tested.
pub(crate) fn password_to_verify() -> Result<Password, Failure> {
    if io::stdin().is_terminal() {
        password(ask("Enter password to verify: ")?)
    } else {
        password_line()
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
    eprint!("{question} [y/N] ");
    io::stderr().flush()?;
    let answer = line()?.unwrap_or_default();
    if matches!(answer.as_slice(), b"y" | b"Y" | b"yes") {
        return Ok(());
    }
    Err(Failure::new(Exit::Failed, "nothing was changed"))
}

/// A password out of bytes, with the exit code that belongs to what is wrong with it.
pub(crate) fn password(mut bytes: Zeroizing<Vec<u8>>) -> Result<Password, Failure> {
    Password::new(std::mem::take(&mut *bytes))
        .map_err(|error: PasswordError| Failure::new(Exit::Failed, error.to_string()))
}

fn password_line() -> Result<Password, Failure> {
    password(line()?.ok_or_else(empty)?)
}

fn ask(prompt: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    Ok(Zeroizing::new(rpassword::prompt_password(prompt)?.into_bytes()))
}

fn empty() -> Failure {
    Failure::new(Exit::Failed, PasswordError::Empty.to_string())
}

fn different() -> Failure {
    Failure::new(Exit::Failed, "the passwords do not match")
}

/// One line without its end; `None` at the end of the input. Read byte by byte, so that nothing
/// is waited for and nothing is taken from whoever reads on after us.
fn line() -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    let mut byte = Zeroizing::new([0_u8; 1]);
    loop {
        // Not through std::io::stdin, whose buffer is never wiped.
        let read = rustix::io::read(rustix::stdio::stdin(), &mut *byte);
        if read.map_err(io::Error::from)? == 0 {
            return Ok((!bytes.is_empty()).then_some(bytes));
        }
        if *byte == *b"\n" {
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
            return Ok(Some(bytes));
        }
        if bytes.len() >= LONGEST {
            return Err(Failure::new(Exit::Failed, "a line of more than 4096 bytes"));
        }
        bytes.extend_from_slice(&*byte);
    }
}
