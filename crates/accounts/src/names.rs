//! Mail addresses and domain names as they go into the tables.

use crate::Error;

/// Longest name in `virtual_domains.name`, in characters.
const MAX_DOMAIN: usize = 50;
/// Longest address in `virtual_users.email`, in characters.
const MAX_ADDRESS: usize = 100;

/// A domain name in lower case: letters, digits and hyphens in labels of 1 to 63 with dots
/// between them (internationalised names in their `xn--` form), at most 50 characters.
pub(crate) fn domain(text: &str) -> Result<String, Error> {
    let label_ok = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if text.len() <= MAX_DOMAIN && text.split('.').all(label_ok) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(Error::BadName {
        text: text.to_owned(),
        expected: "a domain name such as example.org, at most 50 characters",
    })
}

/// A mail address in lower case, at most 100 characters. Its local part has letters, digits,
/// dots (not at the ends, not two in a row), hyphens (not in front) and underscores: what can be a
/// login, a directory name and part of an address everywhere.
pub(crate) fn address(text: &str) -> Result<String, Error> {
    let bad = || Error::BadName {
        text: text.to_owned(),
        expected: "a mail address such as john@example.org, at most 100 characters",
    };
    let (local, host) = text.split_once('@').ok_or_else(bad)?;
    let local_ok = (1..=64).contains(&local.len())
        && local.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
        && !local.split('.').any(str::is_empty)
        // Postfix refuses it (allow_min_user), as programs take it for an option.
        && !local.starts_with('-');
    if !local_ok || text.len() > MAX_ADDRESS {
        return Err(bad());
    }
    Ok(format!("{}@{}", local.to_ascii_lowercase(), domain(host).map_err(|_| bad())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_and_bad_names() {
        assert_eq!(address("John.Doe@Example.ORG").ok().as_deref(), Some("john.doe@example.org"));
        assert_eq!(domain("xn--bcher-kva.example").ok().as_deref(), Some("xn--bcher-kva.example"));
        for bad in [
            "",
            "john",
            "john+x@example.org",
            "@example.org",
            "john@",
            "john@@example.org",
            "jo hn@example.org",
            "john@exam_ple.org",
            "john@-a.org",
            "john@a..org",
            "john@.org",
            "../x@example.org",
            ".john@example.org",
            "-john@example.org",
            "jo..hn@example.org",
            "john@example.org\n",
            "“john”@example.org",
            "j/n@example.org",
            "j%n@example.org",
            "j;n@example.org",
            "j'n@example.org",
        ] {
            assert!(address(bad).is_err(), "{bad}");
        }
        assert!(address(&format!("{}@example.org", "a".repeat(65))).is_err());
        assert!(domain(&"a.".repeat(30)).is_err());
    }
}
