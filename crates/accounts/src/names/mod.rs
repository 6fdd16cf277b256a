//! Mail addresses and domain names as they go into the tables.
//!
//! What is accepted here is in lower case, fits into RFC 5321's lengths and holds neither blanks
//! nor control characters, quotes, backslashes, `%` or `;`. Whether it fits into a column is the
//! layout's business.

mod character;
mod domain;
mod local;

#[cfg(test)]
mod tests;

pub use domain::unicode_domain;

use crate::Error;
use local::Use;

/// Most bytes of an address: RFC 5321 has 256 for a path with its angle brackets.
const MAX_ADDRESS: usize = 254;
/// Most characters of a bad name that an error repeats.
const MAX_SHOWN: usize = 100;

const DOMAIN: &str = "a domain name such as example.org";
const ADDRESS: &str = "a mail address such as john@example.org";
const SOURCE: &str = "a mail address such as john@example.org or, for a catch-all, @example.org";

/// A domain name in lower case, labels of letters, digits and hyphens with dots between them. An
/// internationalised one becomes its A-label form (`xn--bcher-kva.example`), whichever way it was
/// typed, by UTS 46 without transitional processing. At most 253 bytes, 63 a label. One label is
/// enough.
///
/// # Errors
///
/// [`Error::BadName`].
pub fn domain(text: &str) -> Result<String, Error> {
    domain::ascii(text).map_err(|why| bad(text, DOMAIN, why))
}

/// The address of a user in lower case, at most 254 bytes. Its local part, at most 64 bytes, has
/// letters, digits, dots (not at the ends, not two in a row), hyphens (not in front) and
/// underscores: what can be a login by Dovecot's `auth_username_chars`, a directory name and part of
/// an address everywhere. Its domain is a [`domain`].
///
/// # Errors
///
/// [`Error::BadName`].
pub fn address(text: &str) -> Result<String, Error> {
    of_use(text, Use::User).map_err(|why| bad(text, ADDRESS, why))
}

/// What an alias catches, in lower case: an address whose local part is an RFC 5321 dot-atom
/// (`john+lists@example.org`; no quotes and no `%`, and none of `/ | -` in front), or `@` and a
/// domain for a catch-all.
///
/// # Errors
///
/// [`Error::BadName`].
pub fn alias_source(text: &str) -> Result<String, Error> {
    let source = match text.strip_prefix('@') {
        Some(host) if !host.contains('@') => domain::ascii(host).map(|domain| format!("@{domain}")),
        _ => of_use(text, Use::Alias),
    };
    source.map_err(|why| bad(text, SOURCE, why))
}

/// Where an alias leads, in lower case: one address on any server, its local part as that of an
/// [`alias_source`]. Neither a bare user name nor what Postfix would run, write to or include.
///
/// # Errors
///
/// [`Error::BadName`].
pub fn destination(text: &str) -> Result<String, Error> {
    of_use(text, Use::Alias).map_err(|why| bad(text, ADDRESS, why))
}

/// An address with its domain as the tables have it, and lower-cased. What has no domain of which
/// that could be said stays as it is: rows that were made by hand have all kinds of names.
pub(crate) fn with_ascii_domain(text: &str) -> String {
    match text.rsplit_once('@').map(|(local, host)| (local, domain::ascii(host))) {
        Some((local, Ok(domain))) => format!("{}@{domain}", local.to_ascii_lowercase()),
        _ => text.to_owned(),
    }
}

fn of_use(text: &str, purpose: Use) -> Result<String, String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    let mut parts = text.split('@');
    let (Some(local), Some(host)) = (parts.next(), parts.next()) else {
        return Err(local::without_at(text));
    };
    if parts.next().is_some() {
        return Err("it has more than one @".to_owned());
    }
    let local = local::ascii(local, purpose)?;
    if host.is_empty() {
        return Err("nothing is behind the @".to_owned());
    }
    let address = format!("{local}@{}", domain::ascii(host)?);
    if address.len() > MAX_ADDRESS {
        return Err(format!("it has {} characters, and {MAX_ADDRESS} are allowed", address.len()));
    }
    Ok(address)
}

fn bad(text: &str, expected: &'static str, why: String) -> Error {
    let mut shown: String = text.chars().take(MAX_SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    Error::BadName { text: shown, expected, why }
}
