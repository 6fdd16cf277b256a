//! Passwords and confirmations from a terminal or from lines on the standard input.

use std::io::{self, IsTerminal as _, Write as _};

use ispmail_password::{Password, PasswordError};
use rustix::process::Signal;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use zeroize::Zeroizing;

use crate::{Exit, Failure, complain};

/// Longest password that is read, in bytes.
const LONGEST: usize = 4096;
/// How often two different passwords may be typed.
const TRIES: usize = 3;

/// A new password, typed twice; from a pipe it stands in two lines.
pub(crate) fn new_password_twice() -> Result<Password, Failure> {
    if !io::stdin().is_terminal() {
        let (first, second) = (line(&[])?, line(&[])?);
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
        let first = ask("Enter new password: ")?;
        let second = ask("Retype new password: ")?;
        if *first == *second {
            return password(first);
        }
        complain(different().message);
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
    write!(io::stderr(), "{question} [y/N] ")?;
    match line(&[])? {
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
    match line(&[])? {
        Line::Typed(bytes) => password(bytes),
        Line::End | Line::Interrupted => Err(empty()),
    }
}

fn ask(prompt: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let no_echo = NoEcho::start()?;
    write!(io::stderr(), "{prompt}")?;
    let typed = line(&no_echo.interrupts);
    drop(no_echo);
    match typed? {
        Line::Typed(bytes) => Ok(bytes),
        Line::End => Err(empty()),
        Line::Interrupted => {
            writeln!(io::stderr())?;
            // The terminal is itself again; now the key does what it does elsewhere.
            rustix::process::kill_current_process_group(Signal::INT).map_err(io::Error::from)?;
            Err(Failure::new(Exit::Failed, ""))
        }
    }
}

fn empty() -> Failure {
    Failure::new(Exit::Failed, PasswordError::Empty.to_string())
}

fn different() -> Failure {
    Failure::new(Exit::Failed, "the passwords do not match")
}

enum Line {
    Typed(Zeroizing<Vec<u8>>),
    /// The input had ended before.
    End,
    Interrupted,
}

/// One line without its end, or up to one of the `interrupts`. Read byte by byte, so that nothing
/// is waited for and nothing is taken from whoever reads on after us.
fn line(interrupts: &[u8]) -> Result<Line, Failure> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    let mut byte = Zeroizing::new([0_u8; 1]);
    loop {
        // Not through std::io::stdin, whose buffer is never wiped.
        let read = rustix::io::read(rustix::stdio::stdin(), &mut *byte);
        if read.map_err(io::Error::from)? == 0 {
            return Ok(if bytes.is_empty() { Line::End } else { Line::Typed(bytes) });
        }
        let [typed] = *byte;
        if interrupts.contains(&typed) {
            return Ok(Line::Interrupted);
        }
        if typed == b'\n' {
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
            return Ok(Line::Typed(bytes));
        }
        if bytes.len() >= LONGEST {
            return Err(Failure::new(Exit::Failed, "a line of more than 4096 bytes"));
        }
        bytes.push(typed);
    }
}

/// While it lives the terminal shows nothing of what is typed but the end of the line. The keys
/// that interrupt end the line and come as bytes, so that a program that is interrupted can set
/// the terminal right first.
struct NoEcho {
    before: Termios,
    interrupts: Vec<u8>,
}

impl NoEcho {
    fn start() -> io::Result<Self> {
        use SpecialCodeIndex as Key;
        let before = tcgetattr(rustix::stdio::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
        silent.local_modes.insert(LocalModes::ECHONL | LocalModes::ICANON);
        let keys = [Key::VINTR, Key::VQUIT].map(|key| before.special_codes[key]);
        silent.special_codes[Key::VEOL] = keys[0];
        silent.special_codes[Key::VEOL2] = keys[1];
        // What was typed before this was shown, and is thrown away.
        tcsetattr(rustix::stdio::stdin(), OptionalActions::Flush, &silent)?;
        // 0 is a key that is switched off.
        let interrupts = keys.into_iter().filter(|&key| key != 0).collect();
        Ok(Self { before, interrupts })
    }
}

impl Drop for NoEcho {
    fn drop(&mut self) {
        // Where even that fails there is no terminal any more.
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &self.before);
    }
}
