//! Troubles of aliases in words.

use std::fmt;

use ispmail_accounts::AliasTrouble;
use serde::Serialize;

use crate::words::{command, quoted};

/// What ought to be looked at, and how it is set right.
#[derive(Serialize)]
pub(crate) struct Warning {
    kind: &'static str,
    message: String,
    fix: String,
}

impl Warning {
    /// Those of an alias with these destinations. `layout` is the name of the table layout.
    pub(crate) fn all(troubles: &[AliasTrouble], to: &[String], layout: &str) -> Vec<Self> {
        troubles.iter().map(|trouble| Self::of(trouble, to, layout)).collect()
    }

    fn of(trouble: &AliasTrouble, to: &[String], layout: &str) -> Self {
        match trouble {
            AliasTrouble::TakesMailboxes { source, mailboxes, count } => {
                taken(source, mailboxes, *count, to, layout)
            }
            AliasTrouble::TakesItsMailbox { address } => Self {
                kind: "takes-its-mailbox",
                message: format!(
                    "{address} is also a mailbox, which gets no mail any more: all of it goes where \
                     the alias leads"
                ),
                fix: command(&["ispmail-pw", "alias", "add", address, address]),
            },
            AliasTrouble::Loop { way } => {
                let first = way.first().map_or("", String::as_str);
                let second = way.get(1).map_or(first, String::as_str);
                let around = way.join(" leads to ");
                Self {
                    kind: "loop",
                    message: format!(
                        "a loop: {around}, which leads to {first} again; Postfix accepts no mail \
                         for these addresses"
                    ),
                    fix: command(&["ispmail-pw", "alias", "remove", first, second]),
                }
            }
            AliasTrouble::Nowhere { source, destination } => Self {
                kind: "nowhere",
                message: format!(
                    "{destination}, where {source} leads, is neither a mailbox nor an alias, and \
                     no catch-all takes its mail"
                ),
                fix: format!(
                    "{}, or: {}",
                    command(&["ispmail-pw", "user", "add", destination]),
                    command(&["ispmail-pw", "alias", "remove", source, destination])
                ),
            },
            AliasTrouble::Disabled { source } => Self {
                kind: "disabled",
                message: format!("{source} is switched off (its flag active is 0)"),
                fix: "switch it on where it was switched off, in PostfixAdmin".to_owned(),
            },
            AliasTrouble::TooMany { looked_at } => Self {
                kind: "too-many",
                message: format!(
                    "so many addresses follow that only {looked_at} of them were looked at"
                ),
                fix: "a mailing list program suits so many better than aliases".to_owned(),
            },
            _ => Self { kind: "other", message: format!("{trouble:?}"), fix: String::new() },
        }
    }
}

fn taken(source: &str, boxes: &[String], count: usize, to: &[String], layout: &str) -> Warning {
    let named = boxes.join(", ");
    let more = match count.saturating_sub(boxes.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    // All ISPmail guides since Etch have Postfix ask for mailboxes before it looks for catch-alls.
    let unless = if layout.starts_with("ispmail") {
        ", unless Postfix also asks the map email2email of the ISPmail guides, which leads mailboxes \
         to themselves"
    } else {
        ""
    };
    let what = if count == 1 { "mailbox" } else { "mailboxes" };
    let fix = match boxes {
        [only] if count == 1 => command(&["ispmail-pw", "alias", "add", only, only]),
        _ => {
            let to = to.iter().map(|to| quoted(to)).collect::<Vec<_>>().join(" ");
            format!("ispmail-pw alias add {} {to} --keep-mailboxes", quoted(source))
        }
    };
    Warning {
        kind: "takes-mailboxes",
        message: format!(
            "{source} takes the mail of {count} {what} without an alias of its own: {named}{more}{unless}"
        ),
        fix,
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Note: {}. To set it right: {}", self.message, self.fix)
    }
}
