//! A bar on the terminal while a batch runs.

use std::io::{self, IsTerminal as _};
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
    lines: u64,
}

impl Progress {
    /// Only if standard error is a terminal and neither of the others is: there the lines
    /// themselves are to be seen.
    pub(crate) fn start() -> Self {
        let shown =
            io::stderr().is_terminal() && !io::stdin().is_terminal() && !io::stdout().is_terminal();
        let mut this = Self { bar: shown.then(bar), start: Instant::now(), lines: 0 };
        this.advance(0, 0);
        this
    }

    /// More lines are done, and so many bytes of the input are by now.
    pub(crate) fn advance(&mut self, lines: usize, bytes: u64) {
        self.lines += lines as u64;
        let Some(bar) = &self.bar else { return };
        let millis = self.start.elapsed().as_millis().max(1);
        let rate = u128::from(self.lines) * 1000 / millis;
        bar.set_message(format!("{} lines, {rate}/s", self.lines));
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

fn bar() -> ProgressBar {
    let total = bytes_to_come();
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

/// What is left of the standard input, if it is a file.
fn bytes_to_come() -> Option<u64> {
    let stdin = rustix::stdio::stdin();
    let stat = fstat(stdin).ok()?;
    if !FileType::from_raw_mode(stat.st_mode).is_file() {
        return None;
    }
    let here = seek(stdin, SeekFrom::Current(0)).ok()?;
    Some(u64::try_from(stat.st_size).ok()?.saturating_sub(here))
}
