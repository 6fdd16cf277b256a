//! What stands before the @.

use super::character;

/// Most bytes, by RFC 5321.
const MAX: usize = 64;
/// What `auth_username_chars` of Dovecot has by default, beside letters, digits and @.
const OF_USERS: &str = ".-_";
/// RFC 5322's atext and the dot, without quotation marks and without %: Postfix can be told to
/// take `user%domain` for an address, and Dovecot expands %.
const OF_ALIASES: &str = ".!#$&*+-/=?^_{|}~";

/// What an address is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// A login and a directory.
    User,
    /// Either side of an alias.
    Alias,
}

/// The local part in lower case, or what is wrong with it.
pub(super) fn ascii(local: &str, purpose: Use) -> Result<String, String> {
    if local.is_empty() {
        return Err("nothing is before the @".to_owned());
    }
    let punctuation = match purpose {
        Use::User => OF_USERS,
        Use::Alias => OF_ALIASES,
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || punctuation.contains(c);
    if let Some(wrong) = local.chars().find(|&c| !allowed(c)) {
        return Err(refused(wrong, purpose));
    }
    if local.len() > MAX {
        let length = local.len();
        return Err(format!("{length} characters are before the @, and {MAX} are allowed"));
    }
    match ends(local) {
        Some(wrong) => Err(wrong.to_owned()),
        None => Ok(local.to_ascii_lowercase()),
    }
}

/// What something without an @ was meant to be.
pub(super) fn without_at(text: &str) -> String {
    let wrong = if text.starts_with('|') {
        "a command cannot take mail here"
    } else if text.starts_with('/') {
        "a file cannot take mail here"
    } else if text.starts_with(":include:") {
        "a file of addresses cannot be included here"
    } else {
        "it has no @"
    };
    wrong.to_owned()
}

fn refused(wrong: char, purpose: Use) -> String {
    let named = character::wrong(wrong);
    match (wrong, purpose) {
        ('+', Use::User) => format!(
            "{named}, which Dovecot takes in no login, and behind which Postfix sees an address \
             extension (an alias may have it)"
        ),
        (',', _) => format!("{named}; give one address at a time"),
        _ if !wrong.is_ascii() && !character::is_refused(wrong) => {
            format!("{named} before the @, where only ASCII can be")
        }
        _ => format!("{named} before the @"),
    }
}

/// What may not stand at the ends.
fn ends(local: &str) -> Option<&'static str> {
    match local.as_bytes() {
        [b'.', ..] => Some("it begins with a dot"),
        [.., b'.'] => Some("a dot is right before the @"),
        // allow_min_user is off, as programs take such an address for an option.
        [b'-', ..] => Some("it begins with a hyphen, which Postfix refuses"),
        [b'/', ..] => Some("it begins with a slash, as a file would"),
        [b'|', ..] => Some("it begins with a |, as a command would"),
        _ if local.contains("..") => Some("two dots are in a row before the @"),
        _ => None,
    }
}
