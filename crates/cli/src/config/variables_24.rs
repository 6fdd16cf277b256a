//! Dovecot 2.3's variables (`%u`, `%Ln`, `%{domain}`) as Dovecot 2.4 writes them
//! (`%{user}`, `%{user | username | lower}`, `%{user | domain}`).

/// A text for Dovecot 2.4.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Translated {
    pub(super) text: String,
    /// Variables that 2.4 has no counterpart for. They stand in the text as they were.
    pub(super) left: Vec<String>,
}

/// Translates a text that Dovecot 2.3, and so also we, can expand.
pub(super) fn translate(text: &str) -> Translated {
    let mut done = Translated::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        done.text.push_str(before);
        let (spelling, behind) = variable(after);
        if spelling == "%" {
            // In 2.4 a % is just that, unless a brace follows.
            done.text.push_str(if behind.starts_with('{') { "%%" } else { "%" });
        } else if let Some(pipe) = pipe(spelling) {
            done.text.extend(["%{", &pipe, "}"]);
        } else {
            done.text.extend(["%", spelling]);
            done.left.push(format!("%{spelling}"));
        }
        rest = behind;
    }
    done.text.push_str(rest);
    done
}

/// Splits off what belongs to a `%`.
fn variable(after: &str) -> (&str, &str) {
    let front = after.find(|char| !is_width(char) && !is_modifier(char)).unwrap_or(after.len());
    let (front, name) = after.split_at_checked(front).unwrap_or((after, ""));
    let length = match name.chars().next() {
        Some('{') => name.find('}').map_or(1, |end| end + 1),
        Some(first) => first.len_utf8(),
        None => 0,
    };
    after.split_at_checked(front.len() + length).unwrap_or((after, ""))
}

/// What 2.4 has between the braces.
fn pipe(spelling: &str) -> Option<String> {
    let name = spelling.trim_start_matches(is_width).trim_start_matches(is_modifier);
    let front = spelling.strip_suffix(name)?;
    let (width, modifiers) =
        front.split_at_checked(front.find(is_modifier).unwrap_or(front.len()))?;
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    let mut pipe = NAMES.iter().find(|(names, _)| names.contains(&name))?.1.to_owned();
    for modifier in modifiers.chars() {
        let (_, filter) = FILTERS.iter().find(|(known, _)| *known == modifier)?;
        pipe = format!("{pipe} | {filter}");
    }
    if !width.is_empty() {
        // An offset, a negative width and padding with zeros are no plain number.
        let plain = width.bytes().all(|byte| byte.is_ascii_digit()) && !width.starts_with('0');
        pipe = plain.then(|| format!("{pipe} | truncate({width})"))?;
    }
    Some(pipe)
}

fn is_width(char: char) -> bool {
    char.is_ascii_digit() || char == '-' || char == '.'
}

fn is_modifier(char: char) -> bool {
    char.is_ascii_uppercase()
}

/// Names of Dovecot 2.3's variables, and what they are in 2.4.
const NAMES: &[(&[&str], &str)] = &[
    (&["u", "user"], "user"),
    (&["n", "username"], "user | username"),
    (&["d", "domain"], "user | domain"),
    (&["s", "service"], "protocol"),
    (&["l", "lip", "local_ip"], "local_ip"),
    (&["r", "rip", "remote_ip"], "remote_ip"),
    (&["a", "lport", "local_port"], "local_port"),
    (&["b", "rport", "remote_port"], "remote_port"),
    (&["p", "pid"], "client_pid"),
    (&["m", "mech", "mechanism"], "mechanism"),
    (&["c", "secured"], "secured"),
    (&["k", "cert"], "cert"),
    (&["domain_first"], "domain_first"),
    (&["domain_last"], "domain_last"),
    (&["login_user"], "login_user"),
    (&["login_username"], "login_user | username"),
    (&["login_domain"], "login_user | domain"),
    (&["auth_user"], "auth_user"),
    (&["auth_username"], "auth_user | username"),
    (&["auth_domain"], "auth_user | domain"),
    (&["orig_user"], "original_user"),
    (&["orig_username"], "original_user | username"),
    (&["orig_domain"], "original_user | domain"),
    (&["real_lip"], "real_local_ip"),
    (&["real_rip"], "real_remote_ip"),
    (&["real_lport"], "real_local_port"),
    (&["real_rport"], "real_remote_port"),
    (&["master_user"], "master_user"),
    (&["session"], "session"),
    (&["session_pid"], "session_pid"),
    (&["local_name"], "local_name"),
    (&["client_id"], "client_id"),
];

/// Dovecot 2.3's modifiers, as far as 2.4 has a filter that always does the same.
const FILTERS: &[(char, &str)] =
    &[('L', "lower"), ('U', "upper"), ('R', "reverse"), ('M', "md5 | hexlify"), ('D', "ldap_dn")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_counterpart() {
        for (text, want) in [
            ("'%u'", "'%{user}'"),
            ("'%{user}'", "'%{user}'"),
            ("/var/vmail/%d/%n", "/var/vmail/%{user | domain}/%{user | username}"),
            ("%Lu%Un", "%{user | lower}%{user | username | upper}"),
            ("%1Ln", "%{user | username | lower | truncate(1)}"),
            ("%LMu%L{domain}", "%{user | lower | md5 | hexlify}%{user | domain | lower}"),
            ("%s from %r", "%{protocol} from %{remote_ip}"),
            ("LIKE '%%x%%'", "LIKE '%x%'"),
            ("%%{user}%%u", "%%{user}%u"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(translate(text), Translated { text: want.to_owned(), left: vec![] });
        }
    }

    #[test]
    fn what_has_none() {
        for text in ["%2.256Nu", "%Hn", "%-3n", "%02n", "%1.2n", "%Tu", "%Xp", "%{nonsense}", "%h"]
        {
            let want = Translated { text: format!("'{text}'"), left: vec![text.to_owned()] };
            assert_eq!(translate(&format!("'{text}'")), want);
        }
        for text in ["100%", "%", "%{user", "%L"] {
            assert_eq!(translate(text).text, text);
        }
    }
}
