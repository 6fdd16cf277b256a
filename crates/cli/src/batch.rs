//! Many lines in, an answer to each out, in order and in constant memory.

mod answer;
mod lines;
mod output;
mod progress;
mod record;

use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

pub(crate) use answer::Answer;
pub(crate) use lines::Line;
use lines::{Lines, Stdin};
pub(crate) use output::Output;
pub(crate) use progress::Progress;
pub(crate) use record::{Record, bytes, string};

use crate::{Exit, Failure};

/// Most lines that are worked on at a time.
const MOST: usize = 1024;
/// A chunk that takes less is smaller than it could be.
const SHORT: Duration = Duration::from_millis(200);
/// Nobody should wait longer for an answer that is there.
const LONG: Duration = Duration::from_secs(1);

/// Hands all lines of the standard input to `answer`, some at a time. It writes the answers, and
/// returns how many of the lines cannot be used. What is there is not kept waiting for more: one
/// line is answered before the next has to come.
pub(crate) fn each_chunk(
    mut answer: impl FnMut(&[Line<'_>], &mut Output) -> io::Result<usize>,
) -> Result<(), Failure> {
    let mut lines = Lines::new(Stdin);
    let mut output = Output::new();
    let mut progress = Progress::of_batch();
    let (mut count, mut bad) = (0, 0);
    let mut most = MOST.min(8 * cores());
    loop {
        let chunk = lines.next(most)?;
        if chunk.is_empty() {
            break;
        }
        let start = Instant::now();
        let written = answer(&chunk, &mut output).and_then(|bad| output.flush().map(|()| bad));
        bad += written.map_err(unwritten)?;
        let length = chunk.len();
        count += length;
        drop(chunk);
        progress.advance(length, lines.done());
        if length == most {
            most = match start.elapsed() {
                short if short < SHORT => MOST.min(most * 2),
                long if long > LONG => (most / 2).max(cores()),
                _ => most,
            };
        }
    }
    drop(progress);
    if bad == 0 {
        return Ok(());
    }
    Err(Failure::new(Exit::Data, format!("errors in {bad} of {count} lines")))
}

/// The lines of a batch are no lines to be typed: passwords would be on the screen.
pub(crate) fn demand_no_terminal() -> Result<(), Failure> {
    if io::stdin().is_terminal() {
        let message = "--batch reads JSON lines from a pipe or a file, not from a terminal";
        return Err(Failure::new(Exit::Usage, message));
    }
    Ok(())
}

/// A reader who has had enough is nothing to complain about.
pub(crate) fn unwritten(error: io::Error) -> Failure {
    match error.kind() {
        ErrorKind::BrokenPipe => Failure::new(Exit::Temporary, ""),
        _ => error.into(),
    }
}

fn cores() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}
