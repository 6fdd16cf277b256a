//! The files an `!include` line of Dovecot's names.

use std::path::{Path, PathBuf};

use super::error::{ConfigError, Origin};

/// Finds the files that `pattern`, written in `file`, stands for, in alphabetical order.
///
/// A relative pattern starts at the directory of `file`; `* ? [a-z]` and `{a,b}` are expanded.
/// Nothing found is an error only if something `must_exist`.
pub(super) fn find(
    pattern: &[u8],
    file: &Path,
    must_exist: bool,
    origin: &Origin,
) -> Result<Vec<PathBuf>, ConfigError> {
    let pattern = std::str::from_utf8(pattern)
        .map_err(|_| origin.invalid("!include: not UTF-8; expected a path in UTF-8"))?;
    if pattern.is_empty() {
        return Err(origin.invalid("!include without a path; expected the path of a file"));
    }
    let options = glob::MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    let directory = file.parent().unwrap_or(Path::new(""));
    let mut found = Vec::new();
    for pattern in braces(pattern) {
        if !pattern.contains(['*', '?', '[']) {
            let path = directory.join(&pattern);
            // Not there: left to whoever opens it. There but not to be seen: that is an error.
            if must_exist || !matches!(path.try_exists(), Ok(false)) {
                found.push(path);
            }
            continue;
        }
        // The directory is taken literally, whatever characters it has.
        let rooted = if pattern.starts_with('/') {
            pattern
        } else {
            let directory = directory.to_str().ok_or_else(|| {
                origin.invalid("!include: directory not UTF-8; expected a path from the root")
            })?;
            let escaped = glob::Pattern::escape(directory);
            if escaped.is_empty() { pattern } else { format!("{escaped}/{pattern}") }
        };
        let paths = glob::glob_with(&rooted, options)
            .map_err(|_| origin.invalid("!include: bad pattern; expected * ? [a-z] {a,b}"))?;
        for path in paths {
            let path = path.map_err(|error| {
                let file = error.path().to_owned();
                ConfigError::unreadable(&file, error.into())
            })?;
            found.push(path);
        }
    }
    if found.is_empty() && must_exist {
        return Err(origin.invalid("!include: no file matches; expected at least one"));
    }
    Ok(found)
}

/// Expands `a{b,c}d` to `abd` and `acd`; what has no closing brace stays as it is.
fn braces(pattern: &str) -> Vec<String> {
    let mut done = Vec::new();
    let mut waiting = vec![pattern.to_owned()];
    while let Some(pattern) = waiting.pop() {
        match first_brace(&pattern) {
            Some((before, choices, after)) if waiting.len() < MOST_CHOICES => waiting
                .extend(choices.iter().rev().map(|choice| format!("{before}{choice}{after}"))),
            _ => done.push(pattern),
        }
        if done.len() > MOST_CHOICES {
            break;
        }
    }
    done
}

/// The first `{…}` of a pattern: what is before it, its alternatives, what is behind it.
fn first_brace(pattern: &str) -> Option<(&str, Vec<&str>, &str)> {
    let (before, inside) = pattern.split_once('{')?;
    let mut depth = 0_usize;
    let mut start = 0;
    let mut choices = Vec::new();
    for (position, character) in inside.char_indices() {
        match character {
            '{' => depth += 1,
            ',' if depth == 0 => {
                choices.push(inside.get(start..position)?);
                start = position + 1;
            }
            '}' if depth == 0 => {
                choices.push(inside.get(start..position)?);
                return Some((before, choices, inside.get(position + 1..)?));
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// How many alternatives are followed at most.
const MOST_CHOICES: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_expand_like_a_shell() {
        for (pattern, expected) in [
            ("a", vec!["a"]),
            ("a{b,c}d", vec!["abd", "acd"]),
            ("{a,b}{1,2}", vec!["a1", "a2", "b1", "b2"]),
            ("{a,{b,c}}", vec!["a", "b", "c"]),
            ("{a}", vec!["a"]),
            ("a{b,c", vec!["a{b,c"]),
            ("a}b", vec!["a}b"]),
        ] {
            assert_eq!(braces(pattern), expected, "{pattern}");
        }
        assert!(braces(&"{a,b}".repeat(40)).len() <= MOST_CHOICES + 1);
    }

    #[test]
    fn patterns_start_at_the_directory_of_the_file() {
        let directory = tempfile::Builder::new().prefix("a[b]*").tempdir().unwrap();
        for name in ["b.conf", "a.conf", ".hidden.conf", "c.txt"] {
            std::fs::write(directory.path().join(name), "").unwrap();
        }
        let file = directory.path().join("sql.ext");
        let origin = Origin::line(&file, 1);
        let names = |pattern: &str, must_exist| {
            find(pattern.as_bytes(), &file, must_exist, &origin)
                .map(|found| {
                    let name = |path: &PathBuf| path.file_name().unwrap().to_owned();
                    found.iter().map(name).collect::<Vec<_>>()
                })
                .map_err(|error| error.to_string().split_once(":1: ").unwrap().1.to_owned())
        };
        assert_eq!(names("*.conf", true).unwrap(), ["a.conf", "b.conf"]);
        assert_eq!(names("{b,a}.conf", true).unwrap(), ["b.conf", "a.conf"]);
        assert_eq!(names("none", true).unwrap(), ["none"]);
        assert!(names("none", false).unwrap().is_empty());
        assert!(names("*.none", false).unwrap().is_empty());
        let absolute = format!("{}/c.*", glob::Pattern::escape(directory.path().to_str().unwrap()));
        assert_eq!(names(&absolute, true).unwrap(), ["c.txt"]);
        for (pattern, expected) in [
            ("*.none", "!include: no file matches; expected at least one"),
            ("", "!include without a path; expected the path of a file"),
            ("a**", "!include: bad pattern; expected * ? [a-z] {a,b}"),
        ] {
            assert_eq!(names(pattern, true).unwrap_err(), expected);
        }
    }
}
