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

use super::signals::{Event, Held};
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
    Ok(read(stdin(), None)?.unwrap_or(Line::End))
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
    let mut no_echo = NoEcho::start(input)?;
    write!(screen, "{prompt}")?;
    let typed = read(input, Some(&no_echo));
    if let Ok(Some(_)) = typed {
        no_echo.complete = true;
    } else {
        // The end of the line that nobody ended; where it cannot be shown, that is no matter.
        let _ = writeln!(screen);
    }
    // A signal that came ends the program here.
    drop(no_echo);
    if let Some(line) = typed? {
        return Ok(line);
    }
    // The terminal is itself again; now the key does what it does elsewhere.
    rustix::process::kill_current_process_group(Signal::INT).map_err(io::Error::from)?;
    Err(Failure::new(Exit::Failed, ""))
}

/// One line without its end; `None` if a key that interrupts, or a signal, came before that.
fn read(input: BorrowedFd<'_>, silent: Option<&NoEcho<'_>>) -> Result<Option<Line>, Failure> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    let mut byte = Zeroizing::new([0_u8; 1]);
    loop {
        if let Some(silent) = silent
            && matches!(silent.signals.wait(input)?, Event::Signal)
        {
            return Ok(None);
        }
        // Not through std::io::stdin, whose buffer is never wiped.
        let read = rustix::io::read(input, &mut *byte);
        if read.map_err(io::Error::from)? == 0 {
            return Ok(Some(if bytes.is_empty() { Line::End } else { Line::Typed(bytes) }));
        }
        let [typed] = *byte;
        if silent.is_some_and(|silent| silent.interrupts.contains(&typed)) {
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
/// that interrupt end the line and come as bytes, and signals are held back, so that a program that
/// is interrupted can set the terminal right first.
struct NoEcho<'a> {
    terminal: BorrowedFd<'a>,
    before: Termios,
    interrupts: Vec<u8>,
    /// Whether a whole line was read.
    complete: bool,
    /// Dropped after the terminal has been set right.
    signals: Held,
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
        // 0 is a key that is switched off.
        let interrupts = keys.into_iter().filter(|&key| key != 0).collect();
        let signals = Held::start()?;
        let no_echo = Self { terminal, before, interrupts, complete: false, signals };
        // What was typed before this was shown, and is thrown away.
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(no_echo)
    }
}

impl Drop for NoEcho<'_> {
    fn drop(&mut self) {
        // Half a password must not become what the shell reads, and shows, next.
        let actions = if self.complete { OptionalActions::Now } else { OptionalActions::Flush };
        // Where even that fails there is no terminal any more.
        let _ = tcsetattr(self.terminal, actions, &self.before);
    }
}
