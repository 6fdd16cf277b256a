//! What was found, step by step.

use std::fmt::Display;

use serde_json::json;

use crate::{Exit, Failure, say};

/// Prints each step as it is done, and remembers how it went.
pub(super) struct Report {
    json: bool,
    to_fix: usize,
    /// Whether something that decides could not be looked at.
    blind: bool,
}

impl Report {
    pub(super) fn new(json: bool) -> Self {
        Self { json, to_fix: 0, blind: false }
    }

    pub(super) fn ok(&self, step: &str, says: impl Display) {
        self.line("ok", step, &says.to_string(), None);
    }

    pub(super) fn note(&self, step: &str, says: impl Display) {
        self.line("note", step, &says.to_string(), None);
    }

    /// A note of something that could be changed.
    pub(super) fn advise(&self, step: &str, says: impl Display, fix: impl Display) {
        self.line("note", step, &says.to_string(), Some(&fix.to_string()));
    }

    /// Something that keeps the user from signing in.
    pub(super) fn fix(&mut self, step: &str, says: impl Display, fix: impl Display) {
        self.to_fix += 1;
        self.line("fix", step, &says.to_string(), Some(&fix.to_string()));
    }

    /// Something that could not be looked at and does not decide.
    pub(super) fn unknown(&self, step: &str, says: impl Display) {
        self.line("unknown", step, &says.to_string(), None);
    }

    /// From here on nothing can be said of whether the user can sign in.
    pub(super) fn could_not_look(&mut self) {
        self.blind = true;
    }

    #[cfg(test)]
    pub(super) fn is_well(&self) -> bool {
        self.to_fix == 0 && !self.blind
    }

    /// The last line, and the exit code.
    pub(super) fn end(self, login: &str) -> Result<(), Failure> {
        let Self { json, to_fix, blind } = self;
        let login = shown(login);
        if !json {
            match (blind, to_fix) {
                (true, _) => say(format_args!("Whether {login} can sign in could not be seen.")),
                (false, 0) => say(format_args!("{login} can sign in, as far as can be seen.")),
                (false, number) => say(format_args!("{number} to fix for {login}")),
            }
        }
        match (blind, to_fix) {
            (true, _) => Err(Failure::new(Exit::Temporary, "")),
            (false, 0) => Ok(()),
            (false, _) => Err(Failure::new(Exit::Failed, "")),
        }
    }

    fn line(&self, state: &str, step: &str, says: &str, fix: Option<&str>) {
        if self.json {
            say(json!({"step": step, "state": state, "says": says, "fix": fix}));
            return;
        }
        let state = if state == "fix" { "FIX" } else { state };
        match fix {
            Some(fix) => say(format_args!("{state:<8}{step}: {says}. To set it right: {fix}")),
            None => say(format_args!("{state:<8}{step}: {says}")),
        }
    }
}

/// Text from the command line or a table, so that it cannot pass for a line of the report.
pub(super) fn shown(text: &str) -> String {
    text.escape_debug().to_string().replace("\\'", "'")
}
