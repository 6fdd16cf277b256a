//! What a command did, said to people or to scripts.

use std::fmt::Display;

use serde_json::Value;

use crate::arguments::{AnswerArguments, ChangeArguments};
use crate::say;

/// Says what was done.
#[derive(Clone, Copy)]
pub(crate) struct Answer {
    json: bool,
    dry_run: bool,
}

impl From<AnswerArguments> for Answer {
    fn from(arguments: AnswerArguments) -> Self {
        Self { json: arguments.json, dry_run: false }
    }
}

impl From<ChangeArguments> for Answer {
    fn from(arguments: ChangeArguments) -> Self {
        Self { json: arguments.answer.json, dry_run: arguments.dry_run }
    }
}

impl Answer {
    /// A line, or the object that `fields` (an object) makes: with `"dry_run": true` in it if
    /// nothing was changed.
    pub(crate) fn tell(self, line: impl Display, fields: Value) {
        match (self.json, fields) {
            (true, Value::Object(mut fields)) => {
                if self.dry_run {
                    fields.insert("dry_run".to_owned(), Value::Bool(true));
                }
                say(Value::Object(fields));
            }
            _ if self.dry_run => say(format_args!("Would be done: {line}")),
            _ => say(line),
        }
    }

    /// Advice for people; scripts get it from the fields.
    pub(crate) fn hint(self, line: impl Display) {
        if !self.json {
            say(line);
        }
    }

    pub(crate) fn is_json(self) -> bool {
        self.json
    }
}
