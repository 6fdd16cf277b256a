//! Signals that would end the program while a terminal shows nothing.

use std::fs;
use std::io::{self, Read as _};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::{flag, low_level};

/// What a person, a closed window or the system sends.
const SIGNALS: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

static WATCH: OnceLock<Watch> = OnceLock::new();

/// Handlers that, once set, stay to the end of the process: at rest they do what the signal does
/// without them, so that nothing changes for what comes between and after the prompts.
struct Watch {
    at_rest: Arc<AtomicBool>,
    /// The last signal that came while not at rest; 0 for none.
    came: Arc<AtomicUsize>,
    /// Readable when one has come.
    wake: UnixStream,
}

/// While it lives, a signal does not end the program but the waiting.
pub(super) struct Held(&'static Watch);

/// What the waiting ended with.
pub(super) enum Event {
    /// There is something to read, or an error or the end to be met by reading.
    Input,
    /// A signal came.
    Signal,
}

impl Held {
    /// Holds the signals back from now on. One person is asked at a time, so there is never a second
    /// of these.
    pub(super) fn start() -> io::Result<Self> {
        let watch = if let Some(watch) = WATCH.get() {
            watch
        } else {
            let new = Watch::set()?;
            WATCH.get_or_init(|| new)
        };
        watch.came.store(0, Ordering::SeqCst);
        let mut wakes = [0_u8; 64];
        while matches!((&watch.wake).read(&mut wakes), Ok(1..)) {}
        watch.at_rest.store(false, Ordering::SeqCst);
        Ok(Self(watch))
    }

    pub(super) fn wait(&self, input: BorrowedFd<'_>) -> io::Result<Event> {
        loop {
            let mut fds = [
                PollFd::from_borrowed_fd(input, PollFlags::IN),
                PollFd::from_borrowed_fd(self.0.wake.as_fd(), PollFlags::IN),
            ];
            match poll(&mut fds, None) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            }
            let [input, wake] = fds;
            if !wake.revents().is_empty() {
                return Ok(Event::Signal);
            }
            if !input.revents().is_empty() {
                return Ok(Event::Input);
            }
        }
    }
}

/// Lets the signals through again. One that was held back does now what it would have done, which
/// mostly ends the program.
impl Drop for Held {
    fn drop(&mut self) {
        self.0.at_rest.store(true, Ordering::SeqCst);
        if let Ok(signal @ 1..) = i32::try_from(self.0.came.load(Ordering::SeqCst)) {
            // Of a signal that there is, and that has a default, it cannot fail.
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}

impl Watch {
    fn set() -> io::Result<Self> {
        let (wake, writer) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let (at_rest, came) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
        // One that whoever started us had ignored (nohup, a job in the background) stays ignored.
        let ignored = ignored();
        for signal in SIGNALS.into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0) {
            let number = usize::try_from(signal).map_err(io::Error::other)?;
            // In the order in which they are to run.
            flag::register_conditional_default(signal, Arc::clone(&at_rest))?;
            flag::register_usize(signal, Arc::clone(&came), number)?;
            low_level::pipe::register(signal, writer.try_clone()?)?;
        }
        Ok(Self { at_rest, came, wake })
    }
}

/// The ignored signals as a set of bits, from the lowest for signal 1. Where /proc is missing, none.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let set = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    set.and_then(|set| u64::from_str_radix(set.trim(), 16).ok()).unwrap_or(0)
}
