//! A bar on the terminal while many lines or records are worked on.

use std::io::{self, IsTerminal as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use rustix::fs::{FileType, SeekFrom, fstat, seek};

const TICK: Duration = Duration::from_millis(200);
const WITH_TOTAL: &str = "{bar:40} {percent:>3} %, {msg}, {eta} to go";
const WITHOUT_TOTAL: &str = "{spinner} {msg}, {elapsed}";

/// Gone from the screen when it is dropped.
pub(crate) struct Progress {
    /// `None` where nobody would see it.
    bar: Option<ProgressBar>,
    start: Instant,
    /// How many are done.
    count: u64,
    /// What is counted.
    unit: &'static str,
}

impl Progress {
    /// Only if standard error is a terminal and neither of the others is: there the lines
    /// themselves are to be seen.
    pub(crate) fn of_batch() -> Self {
        let shown = !io::stdin().is_terminal() && !io::stdout().is_terminal();
        Self::start(shown, Some(rustix::stdio::stdin()), "lines")
    }

    /// For reading records from this file, if standard error is a terminal.
    pub(crate) fn of_import(input: impl AsFd) -> Self {
        Self::start(true, Some(input), "records")
    }

    /// For records that go to a file or the standard output, unless they are to be seen there
    /// themselves.
    pub(crate) fn of_export(to_file: bool) -> Self {
        Self::start(to_file || !io::stdout().is_terminal(), None::<BorrowedFd<'_>>, "records")
    }

    fn start(shown: bool, input: Option<impl AsFd>, unit: &'static str) -> Self {
        let shown = shown && io::stderr().is_terminal();
        let bar = shown.then(|| bar(input.and_then(bytes_to_come)));
        let mut this = Self { bar, start: Instant::now(), count: 0, unit };
        this.advance(0, 0);
        this
    }

    /// More are done, and so many bytes of the input are by now.
    pub(crate) fn advance(&mut self, more: usize, bytes: u64) {
        self.count += more as u64;
        let Some(bar) = &self.bar else { return };
        let millis = self.start.elapsed().as_millis().max(1);
        let rate = u128::from(self.count) * 1000 / millis;
        bar.set_message(format!("{} {}, {rate}/s", self.count, self.unit));
        bar.set_position(bytes);
        bar.tick();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (ProgressBar::new(total), WITH_TOTAL),
        None => (ProgressBar::new_spinner(), WITHOUT_TOTAL),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(TICK);
    bar
}

/// What is left of the input, if it is a file.
fn bytes_to_come(input: impl AsFd) -> Option<u64> {
    let stat = fstat(&input).ok()?;
    if !FileType::from_raw_mode(stat.st_mode).is_file() {
        return None;
    }
    let here = seek(&input, SeekFrom::Current(0)).ok()?;
    Some(u64::try_from(stat.st_size).ok()?.saturating_sub(here))
}
