use std::io::{self, Write as _};

use serde_json::json;

use crate::answer::Answer;
use crate::{Exit, Failure, complain};

/// Errors that are shown before the rest is only counted.
const MOST: usize = 20;
const UNCHANGED: &str = "; nothing was changed";

/// What is wrong with a file.
#[derive(Default)]
pub(super) struct Errors {
    first: Vec<(u64, String)>,
    count: usize,
    records: usize,
    /// Of an error that ends the import.
    exit: Option<Exit>,
}

impl Errors {
    pub(super) fn add(&mut self, line: u64, message: String, exit: Exit) {
        self.count += 1;
        if exit != Exit::Data {
            self.exit = Some(exit);
        }
        if self.first.len() < MOST {
            self.first.push((line, message));
        }
    }

    pub(super) fn count_records(&mut self, more: usize) {
        self.records += more;
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether no record could be added any more.
    pub(super) const fn are_final(&self) -> bool {
        self.exit.is_some()
    }

    /// Says them, a line each, and gives what is to be said last.
    pub(super) fn tell(self, answer: Answer) -> Failure {
        let exit = self.exit.unwrap_or(Exit::Data);
        if let (1, [(line, message)]) = (self.count, self.first.as_slice()) {
            // Errors of the tables say it themselves.
            let end = if message.contains("nothing was changed") { "" } else { UNCHANGED };
            return Failure::new(exit, format!("line {line}: {message}{end}"));
        }
        for (line, message) in &self.first {
            if answer.is_json() {
                let object = json!({"error": format!("line {line}: {message}"), "line": line});
                // There is still the exit code.
                let _ = writeln!(io::stderr(), "{object}");
            } else {
                complain(format_args!("line {line}: {message}"));
            }
        }
        let more = match self.count - self.first.len() {
            0 => String::new(),
            more => format!("{more} more; "),
        };
        let (count, records) = (self.count, self.records);
        Failure::new(exit, format!("{more}errors in {count} of {records} records{UNCHANGED}"))
    }
}
