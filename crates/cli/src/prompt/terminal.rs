//! Lines from a terminal that does not show them, and from other inputs.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd as _, BorrowedFd};

use rustix::process::Signal;
use rustix::stdio::stdin;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use zeroize::Zeroizing;

use crate::{Exit, Failure};

/// Longest line that is read, in bytes.
const LONGEST: usize = 4096;

pub(super) enum Line {
    Typed(Zeroizing<Vec<u8>>),
    /// The input had ended before.
    End,
}

/// A line of the standard input. Read byte by byte, so that nothing is waited for and nothing is
/// taken from whoever reads on after us.
pub(super) fn line() -> Result<Line, Failure> {
    Ok(read(stdin(), &[])?.unwrap_or(Line::End))
}

/// A line typed on the terminal that is the standard input.
pub(super) fn ask(prompt: &str) -> Result<Line, Failure> {
    ask_on(stdin(), &mut io::stderr(), prompt)
}

/// A line typed on the terminal that the program runs on, whatever its standard input is. `None`
/// if there is no terminal.
pub(super) fn ask_on_the_terminal(prompt: &str) -> Option<Result<Line, Failure>> {
    let terminal = File::options().read(true).write(true).open("/dev/tty").ok()?;
    Some(ask_on(terminal.as_fd(), &mut &terminal, prompt))
}

fn ask_on(input: BorrowedFd<'_>, screen: &mut dyn Write, prompt: &str) -> Result<Line, Failure> {
    let no_echo = NoEcho::start(input)?;
    write!(screen, "{prompt}")?;
    let typed = read(input, &no_echo.interrupts);
    drop(no_echo);
    if let Some(line) = typed? {
        return Ok(line);
    }
    writeln!(screen)?;
    // The terminal is itself again; now the key does what it does elsewhere.
    rustix::process::kill_current_process_group(Signal::INT).map_err(io::Error::from)?;
    Err(Failure::new(Exit::Failed, ""))
}

/// One line without its end; `None` if one of the `interrupts` came.
fn read(input: BorrowedFd<'_>, interrupts: &[u8]) -> Result<Option<Line>, Failure> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    let mut byte = Zeroizing::new([0_u8; 1]);
    loop {
        // Not through std::io::stdin, whose buffer is never wiped.
        let read = rustix::io::read(input, &mut *byte);
        if read.map_err(io::Error::from)? == 0 {
            return Ok(Some(if bytes.is_empty() { Line::End } else { Line::Typed(bytes) }));
        }
        let [typed] = *byte;
        if interrupts.contains(&typed) {
            return Ok(None);
        }
        if typed == b'\n' {
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
            return Ok(Some(Line::Typed(bytes)));
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
struct NoEcho<'a> {
    terminal: BorrowedFd<'a>,
    before: Termios,
    interrupts: Vec<u8>,
}

impl<'a> NoEcho<'a> {
    fn start(terminal: BorrowedFd<'a>) -> io::Result<Self> {
        use SpecialCodeIndex as Key;
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
        silent.local_modes.insert(LocalModes::ECHONL | LocalModes::ICANON);
        let keys = [Key::VINTR, Key::VQUIT].map(|key| before.special_codes[key]);
        silent.special_codes[Key::VEOL] = keys[0];
        silent.special_codes[Key::VEOL2] = keys[1];
        // What was typed before this was shown, and is thrown away.
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        // 0 is a key that is switched off.
        let interrupts = keys.into_iter().filter(|&key| key != 0).collect();
        Ok(Self { terminal, before, interrupts })
    }
}

impl Drop for NoEcho<'_> {
    fn drop(&mut self) {
        // Where even that fails there is no terminal any more.
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}
