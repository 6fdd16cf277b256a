//! Domain names, internationalised ones included.

use std::net::Ipv4Addr;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use super::character;

/// Most bytes of a name, and of a label.
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;
/// Most bytes that are looked at. A name in Unicode is longer than its ASCII form only by the
/// width of its characters, at most four times.
const MAX_TYPED: usize = 4 * MAX_NAME;
/// How the label of an internationalised name begins.
const PREFIX: &str = "xn--";

/// The name in ASCII, or what is wrong with it.
pub(super) fn ascii(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("the domain is empty".to_owned());
    }
    if text.len() > MAX_TYPED {
        return Err(too_long(text.chars().count()));
    }
    if text.starts_with('[') {
        return Err("an IP address is no domain".to_owned());
    }
    let allowed = |c: char| match c {
        '.' | '-' => true,
        _ if c.is_ascii() => c.is_ascii_alphanumeric(),
        _ => !character::is_refused(c),
    };
    if let Some(wrong) = text.chars().find(|&c| !allowed(c)) {
        return Err(character::wrong(wrong));
    }
    labels(text)?;
    // Two hyphens as third and fourth character stay allowed: such names are in use.
    let converted = Uts46::new().to_ascii(
        text.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::CheckFirstLast,
        DnsLength::Ignore,
    );
    let Ok(name) = converted else { return Err(unconvertible(text)) };
    // What dots and hyphens of other scripts became.
    labels(&name)?;
    if let Some(label) = name.split('.').find(|label| label.len() > MAX_LABEL) {
        let length = label.len();
        let coded = if label.starts_with(PREFIX) { " in its xn-- form" } else { "" };
        return Err(format!(
            "a part between dots has {length} characters{coded}, and {MAX_LABEL} are allowed"
        ));
    }
    if name.len() > MAX_NAME {
        return Err(too_long(name.len()));
    }
    if name.parse::<Ipv4Addr>().is_ok() {
        return Err("an IP address is no domain".to_owned());
    }
    Ok(name.into_owned())
}

/// A domain as people read it: `bücher.example` for `xn--bcher-kva.example`. What is no valid name
/// comes back as it is.
pub fn unicode_domain(name: &str) -> String {
    let (unicode, valid) =
        Uts46::new().to_unicode(name.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast);
    // What would not lead back to the same name must not be shown for it.
    let same = valid.is_ok() && ascii(&unicode).is_ok_and(|back| back.eq_ignore_ascii_case(name));
    if same { unicode.into_owned() } else { name.to_owned() }
}

/// Dots and hyphens where they may not be.
fn labels(name: &str) -> Result<(), String> {
    let wrong = if name.starts_with('.') {
        "the domain begins with a dot"
    } else if name.ends_with('.') {
        "the domain ends with a dot"
    } else if name.contains("..") {
        "the domain has two dots in a row"
    } else if name.split('.').any(|label| label.starts_with('-') || label.ends_with('-')) {
        "a part of the domain begins or ends with a hyphen"
    } else {
        return Ok(());
    };
    Err(wrong.to_owned())
}

/// The label that UTS 46 refuses.
fn unconvertible(text: &str) -> String {
    let valid = |label: &&str| {
        let hyphens = Hyphens::CheckFirstLast;
        let label = label.as_bytes();
        Uts46::new().to_ascii(label, AsciiDenyList::STD3, hyphens, DnsLength::Ignore).is_ok()
    };
    match text.split('.').find(|label| !valid(label)) {
        // Each is well by itself, so it is a matter of their directions.
        None => "its parts mix writing directions in a way that domain names must not".to_owned(),
        Some(label) if label.to_ascii_lowercase().starts_with(PREFIX) => {
            format!("{label:?} is no valid xn-- form of an internationalised name")
        }
        Some(label) => format!(
            "{label:?} has characters, or an order of characters, that domain names cannot have"
        ),
    }
}

fn too_long(length: usize) -> String {
    format!("the domain has {length} characters, and {MAX_NAME} are allowed")
}
