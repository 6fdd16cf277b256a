//! What the stored password is like. Nothing of what it holds is ever printed.

use ispmail_accounts::StoredColumn;
use ispmail_auth::DefaultScheme;
use ispmail_auth::config::Config;
use ispmail_password::{
    Disabled, ParseError, Prefix, SCHEMES, Scheme, SchemeName, StoredPassword, identify, unlock,
};
use zeroize::Zeroizing;

use super::report::Report;
use crate::words::{Dovecot24, command};

/// A column and how many characters it holds.
pub(super) struct Width {
    pub(super) table: &'static str,
    pub(super) column: &'static str,
    pub(super) characters: u64,
}

/// Says what the stored password is like, and gives it if a password can be tested against it.
pub(super) fn examine(
    config: &Config,
    column: Option<&StoredColumn>,
    width: Option<&Width>,
    login: &str,
    report: &mut Report,
) -> Option<StoredPassword> {
    let anew = command(&["ispmail-pw", "user", "passwd", login]);
    let default = match DefaultScheme::new(&config.default_scheme) {
        Ok(default) => default,
        Err(error) => {
            report.fix(STEP, error, "name one that `ispmail-pw schemes` lists");
            return None;
        }
    };
    let Some(column) = column else {
        report.fix(STEP, "there is none: the column is NULL", anew);
        return None;
    };
    if unlock(&column.text).is_some() {
        let enable = command(&["ispmail-pw", "user", "enable", login]);
        report.fix(STEP, "it is locked, as `ispmail-pw user disable` does it", enable);
        return None;
    }
    let scheme = &config.default_scheme.text;
    let stored = match default.parse(column) {
        Ok(stored) => stored,
        Err(error) => {
            malformed(&column.text, scheme, error, width, &anew, report);
            return None;
        }
    };
    match stored.disabled() {
        Some(Disabled::Empty) => report.fix(STEP, "there is none: the column is empty", anew),
        Some(Disabled::Locked) => report.fix(
            STEP,
            "it is locked by a ! or * in front (which Dovecot 2.4 does not know as a lock: to it \
             the sign-in is a temporary failure)",
            format_args!("remove that character, or set a new password: {anew}"),
        ),
        None => {
            sound(config, column, &stored, width, &anew, report);
            return Some(stored.for_login(login.as_bytes()));
        }
    }
    None
}

fn sound(
    config: &Config,
    column: &StoredColumn,
    stored: &StoredPassword,
    width: Option<&Width>,
    anew: &str,
    report: &mut Report,
) {
    let scheme = stored.scheme().name();
    let text = &column.text;
    if scheme == "PLAIN" && looks_hashed(if column.noscheme { text } else { content(text) }) {
        report.fix(
            STEP,
            "it is a hash that is read as plain text: only somebody who types the hash gets in",
            format_args!("write the right {{SCHEME}} in front of it, or set it anew: {anew}"),
        );
        return;
    }
    if let Err(error) = config.policy.allow(stored) {
        report.fix(
            STEP,
            format_args!("it is {scheme}, and is not checked: {error}"),
            format_args!("{anew}; or allow it in [policy] of ispmail.toml"),
        );
    } else {
        let default = &config.default_scheme.text;
        let how = match stored.prefix() {
            Prefix::Scheme => "with its scheme in front".to_owned(),
            Prefix::Bare => format!("without a scheme in front, read by the default {default}"),
        };
        report.ok(STEP, format_args!("it is {scheme} ({}), {how}", stored.cost()));
    }
    if scheme == "PLAIN" {
        cut(text, width, anew, report);
    }
    match Dovecot24::of(stored) {
        Dovecot24::Taken => {}
        refuses => report.advise("dovecot 2.4", format_args!("it {}", refuses.text()), anew),
    }
}

/// Says why no password matches, and what probably happened to it.
fn malformed(
    text: &[u8],
    default: &str,
    error: ParseError,
    width: Option<&Width>,
    anew: &str,
    report: &mut Report,
) {
    if matches!(error, ParseError::Unsupported { .. }) {
        report.unknown(STEP, format_args!("it could not be checked: {error}"));
        report.could_not_look();
        return;
    }
    let scheme: Option<SchemeName> = default.parse().ok();
    let probably = scheme.and_then(|scheme| damage(text, scheme));
    match probably {
        Some(what) => report.fix(STEP, format_args!("{error}; probably {what}"), anew),
        None if is_full(text, width) => {
            report.fix(STEP, format_args!("{error}; probably it was cut"), anew);
        }
        None => report.fix(STEP, error, anew),
    }
    cut(text, width, anew, report);
}

/// What may have happened to a value that cannot be read.
fn damage(text: &[u8], default: SchemeName) -> Option<String> {
    let reads = |text: &[u8]| {
        let read = StoredPassword::parse(text, default).ok();
        read.filter(|read| read.disabled().is_none())
    };
    let trimmed = text.trim_ascii();
    if trimmed.len() < text.len() && reads(trimmed).is_some() {
        return Some("blanks or a line end got in at its ends".to_owned());
    }
    let inner = content(text);
    if inner.len() < text.len() && inner.starts_with(b"{") && reads(inner).is_some() {
        return Some("it has a {SCHEME} in front twice".to_owned());
    }
    if let Some(read) = as_crypt(inner) {
        let name = read.scheme().name();
        return Some(format!("the {{SCHEME}} is wrong: what follows it is {name}"));
    }
    for front in ["$5$", "$", "$6$", "$1$", "$2y$"] {
        let mut whole = Zeroizing::new(Vec::with_capacity(front.len() + inner.len()));
        whole.extend_from_slice(front.as_bytes());
        whole.extend_from_slice(inner);
        if as_crypt(&whole).is_some() {
            let what = "is missing at the beginning of the hash, as a shell takes it away in double \
                        quotes";
            return Some(format!("the {front} {what}"));
        }
    }
    let mut readings = identify(inner).ok()?.into_iter();
    let other = readings.find(|read| read.disabled().is_none())?.scheme().name();
    let prefixed = inner.len() < text.len();
    match (other, prefixed) {
        ("PLAIN", _) => None,
        (_, true) => Some(format!("the {{SCHEME}} is wrong: what follows it may be {other}")),
        (_, false) => Some(format!(
            "it lacks its {{SCHEME}} in front: by the default {default} it cannot be read, but as \
             {{{other}}} it can"
        )),
    }
}

/// Says so if the column's width is what cut it.
fn cut(text: &[u8], width: Option<&Width>, anew: &str, report: &mut Report) {
    let Some(width) = width.filter(|_| is_full(text, width)) else { return };
    let Width { table, column, characters } = width;
    report.fix(
        "column",
        format_args!("{table}.{column} has {characters} characters, and the value fills them all"),
        format_args!("ALTER TABLE {table} … {column} varchar(150), and then: {anew}"),
    );
}

fn is_full(text: &[u8], width: Option<&Width>) -> bool {
    let length = str::from_utf8(text).map_or(text.len(), |text| text.chars().count());
    width.is_some_and(|width| width.characters == length as u64)
}

/// Whether plain text is nobody's password, but a hash.
fn looks_hashed(content: &[u8]) -> bool {
    let md5 = content.len() == 32 && content.iter().all(u8::is_ascii_hexdigit);
    let prefixed = content.starts_with(b"{")
        && plain().is_some_and(|plain| {
            StoredPassword::parse(content, plain).is_ok_and(|read| read.prefix() == Prefix::Scheme)
        });
    md5 || prefixed || as_crypt(content).is_some()
}

/// A value of the crypt(3) family that begins with `$`.
fn as_crypt(content: &[u8]) -> Option<StoredPassword> {
    let crypt = SCHEMES.iter().find(|scheme| scheme.name() == "CRYPT")?;
    let read = StoredPassword::parse_bare(content, crypt.as_name()).ok()?;
    (content.starts_with(b"$") && read.disabled().is_none()).then_some(read)
}

fn plain() -> Option<SchemeName> {
    SCHEMES.iter().find(|scheme| scheme.name() == "PLAIN").map(Scheme::as_name)
}

/// What follows the `{SCHEME}`, or all of it.
fn content(text: &[u8]) -> &[u8] {
    if !text.starts_with(b"{") {
        return text;
    }
    let end = text.iter().position(|&byte| byte == b'}');
    end.and_then(|end| text.get(end + 1..)).unwrap_or(text)
}

const STEP: &str = "stored password";

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1";
    const MD5: &str = "14cbfb845af1f030e372b1cb9275e6dd";

    #[test]
    fn what_probably_happened() {
        let default: SchemeName = "SHA256-CRYPT".parse().unwrap();
        let bare = HASH.strip_prefix("$5$").unwrap();
        for (text, says) in [
            (format!("{{SHA256-CRYPT}}{bare}"), "the $5$ is missing"),
            (bare.to_owned(), "the $5$ is missing"),
            (format!("{{SHA256-CRYPT}}5${bare}"), "the $ is missing"),
            (format!("{{SHA256-CRYPT}}{HASH}\n"), "blanks or a line end"),
            (format!("{{SHA256-CRYPT}}{{SHA256-CRYPT}}{HASH}"), "in front twice"),
            (format!("{{PLAIN-MD5}}{HASH}"), "is wrong: what follows it is SHA256-CRYPT"),
            (format!("{{SHA257-CRYPT}}{HASH}"), "is wrong: what follows it is SHA256-CRYPT"),
            (MD5.to_owned(), "as {PLAIN-MD5} it can"),
            (format!("{{SHA256-CRYPT}}{MD5}"), "may be PLAIN-MD5"),
        ] {
            assert!(StoredPassword::parse(text.as_bytes(), default).is_err(), "{text}");
            let what = damage(text.as_bytes(), default).unwrap_or_default();
            assert!(what.contains(says), "{text}: {what}");
        }
        assert_eq!(damage(b"{SHA256-CRYPT}$5$cut", default), None);
    }

    #[test]
    fn hashes_as_plain_text() {
        for hashed in [
            HASH,
            MD5,
            "{SHA256-CRYPT}$5$EvfedKzPsSlPCj2T$.yQ7um2G0wQ83wR8TlQSfboy1yR8FjOdJcxNT5H3pv1",
        ] {
            assert!(looks_hashed(hashed.as_bytes()), "{hashed}");
        }
        for plain in ["summersun", "$5$", "{x", "{curly}", "summersunshin"] {
            assert!(!looks_hashed(plain.as_bytes()), "{plain}");
        }
    }
}
