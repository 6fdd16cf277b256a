//! What was typed as the login.

use ispmail_accounts::{Login, LoginError, LoginRules, names};

use super::report::{Report, shown};

const STEP: &str = "login";

/// The login that is looked for; `None` if there is nothing that could be.
pub(super) fn read(typed: &str, rules: &LoginRules, report: &mut Report) -> Option<String> {
    let bare = typed.trim_matches(|char: char| char.is_whitespace() || is_quote(char));
    if bare != typed && !bare.is_empty() {
        report.fix(
            STEP,
            format_args!("there are blanks or quotation marks around {}", shown(bare)),
            format_args!("sign in as {}, without them", shown(bare)),
        );
    }
    match Login::new(bare.as_bytes(), rules) {
        Ok(login) => {
            let login = login.as_str();
            if login == bare {
                report.ok(STEP, format_args!("{} may be a login", shown(login)));
            } else {
                let says = format_args!("{} is looked for as {}", shown(bare), shown(login));
                report.note(STEP, says);
            }
            Some(login.to_owned())
        }
        Err(LoginError::Empty) => {
            report.fix(STEP, "there is no login", "sign in as the whole mail address");
            None
        }
        Err(error) => Some(refused(bare, error, rules, report)),
    }
}

/// A login that is refused before anybody looks for it; what it may have been meant for.
fn refused(bare: &str, error: LoginError, rules: &LoginRules, report: &mut Report) -> String {
    let wrong = bare.chars().filter(|&char| !is_allowed(char, rules)).map(named);
    let wrong: Vec<String> = wrong.collect();
    let says = match error {
        LoginError::Character => format!(
            "{} has characters that no login may have: {}. Sign-ins with it are refused before \
             anybody looks for it",
            shown(bare),
            wrong.join(", ")
        ),
        other => format!("{}: {other}", shown(bare)),
    };
    let written = names::address(bare).ok();
    let written = written.filter(|written| Login::new(written.as_bytes(), rules).is_ok());
    if let Some(written) = written {
        let fix = format_args!(
            "sign in as {written}: that is how an internationalised domain stands in the tables"
        );
        report.fix(STEP, says, fix);
        return written;
    }
    report.fix(
        STEP,
        says,
        "sign in without them; or, if the address is to have them, allow them: chars in [login] \
         of ispmail.toml, and auth_username_chars in Dovecot's configuration",
    );
    if rules.lowercase { bare.to_ascii_lowercase() } else { bare.to_owned() }
}

fn is_allowed(char: char, rules: &LoginRules) -> bool {
    // As in the rule itself, bytes count.
    let mut buffer = [0; 4];
    let mut bytes = char.encode_utf8(&mut buffer).bytes();
    rules.chars.is_empty() || bytes.all(|byte| rules.chars.as_bytes().contains(&byte))
}

/// The character, or its number where it cannot be seen.
fn named(char: char) -> String {
    let seen = !char.is_whitespace() && char.escape_debug().count() == 1;
    if seen { char.to_string() } else { format!("U+{:04X}", u32::from(char)) }
}

/// Straight and typographic quotation marks, as they come from pasted text.
fn is_quote(char: char) -> bool {
    matches!(
        char,
        '\'' | '"' | '`' | '´' | '\u{2018}'..='\u{201f}' | '«' | '»' | '‹' | '›' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for() {
        let rules = LoginRules::default();
        for (typed, login, well) in [
            ("john@example.org", Some("john@example.org"), true),
            ("John@Example.org", Some("john@example.org"), true),
            ("“john@example.org”", Some("john@example.org"), false),
            (" john@example.org\n", Some("john@example.org"), false),
            ("john@bücher.example", Some("john@xn--bcher-kva.example"), false),
            ("jöhn@example.org", Some("jöhn@example.org"), false),
            ("john doe@example.org", Some("john doe@example.org"), false),
            ("''", None, false),
        ] {
            let mut report = Report::new(true);
            assert_eq!(read(typed, &rules, &mut report).as_deref(), login, "{typed}");
            assert_eq!(report.is_well(), well, "{typed}");
        }
    }
}
