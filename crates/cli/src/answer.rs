//! What a command did, said to people or to scripts.

use std::fmt::Display;
use std::io::{self, Write as _};

use serde_json::Value;
use zeroize::Zeroizing;

use crate::arguments::{AnswerArguments, ChangeArguments};
use crate::batch::Output;
use crate::{Exit, Failure, say};

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
        say(self.text(line, fields));
    }

    /// The same with a password that was made, unless nothing was changed: it is of no use then.
    ///
    /// # Errors
    ///
    /// A [`Failure`] if it cannot be written, since nobody knows the password then.
    pub(crate) fn tell_password(
        self,
        line: impl Display,
        fields: Value,
        password: Option<Zeroizing<String>>,
    ) -> Result<(), Failure> {
        let text = self.text(line, fields);
        let Some(password) = password.filter(|_| !self.dry_run) else {
            say(text);
            return Ok(());
        };
        self.write_with(&text, &password).map_err(|error| {
            let message = format!(
                "the change was made, but the new password could not be shown: {error}; set \
                 another one: ispmail-pw user passwd"
            );
            Failure::new(Exit::Temporary, message)
        })
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

    fn text(self, line: impl Display, fields: Value) -> String {
        match (self.json, fields) {
            (true, Value::Object(mut fields)) => {
                if self.dry_run {
                    fields.insert("dry_run".to_owned(), Value::Bool(true));
                }
                Value::Object(fields).to_string()
            }
            _ if self.dry_run => format!("Would be done: {line}"),
            _ => line.to_string(),
        }
    }

    fn write_with(self, text: &str, password: &str) -> io::Result<()> {
        let mut out = Output::new();
        if self.json {
            // Of letters, digits and hyphens: nothing in it has to be escaped.
            let open = text.strip_suffix('}').unwrap_or(text);
            for part in [open, ",\"password\":\"", password, "\"}\n"] {
                out.write_all(part.as_bytes())?;
            }
        } else {
            for part in [text, "\nPassword, shown only now: ", password, "\n"] {
                out.write_all(part.as_bytes())?;
            }
        }
        out.flush()
    }
}
