//! An administrator's query as text: what pasting leaves in it.

use super::error::{ConfigError, Origin, Text};

/// Takes the query `name` out of the file: without blanks and semicolons at its end.
///
/// Empty queries are an error, and so are typographic quotes and no-break spaces, which SQL does
/// not know and which come along when a query is copied from a web page.
pub(super) fn statement(name: &str, text: &str, origin: &Origin) -> Result<Text, ConfigError> {
    let text = text.trim_end_matches(|c: char| c == ';' || c.is_ascii_whitespace());
    let text = text.trim_start_matches(|c: char| c.is_ascii_whitespace());
    if text.is_empty() {
        return Err(origin.invalid(format!("{name}: empty; expected a query")));
    }
    for character in text.chars() {
        if let Some((_, what)) = PASTED.iter().find(|(known, _)| *known == character) {
            return Err(origin.invalid(format!(
                "{name}: {what} ({character}), as web pages put it; expected plain quotes (' or \")"
            )));
        }
        if character == '\u{a0}' {
            return Err(origin.invalid(format!(
                "{name}: a no-break space, as web pages put it; expected plain spaces"
            )));
        }
    }
    Ok(Text { text: text.to_owned(), origin: origin.clone() })
}

/// Characters that stand where a quote was.
const PASTED: [(char, &str); 9] = [
    ('\u{2018}', "a typographic quote"),
    ('\u{2019}', "a typographic quote"),
    ('\u{201a}', "a typographic quote"),
    ('\u{201c}', "a typographic quote"),
    ('\u{201d}', "a typographic quote"),
    ('\u{201e}', "a typographic quote"),
    ('\u{2032}', "a prime"),
    ('\u{2033}', "a double prime"),
    ('\u{b4}', "an acute accent"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn taken(text: &str) -> Result<String, String> {
        let origin = Origin::line(Path::new("sql"), 3);
        statement("password_query", text, &origin)
            .map(|taken| taken.text)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn ends_are_trimmed_and_the_rest_stays() {
        let query = "SELECT a, ';' FROM b WHERE c='%u'";
        for text in [query.to_owned(), format!("{query};"), format!("  {query} ; ;\t\n")] {
            assert_eq!(taken(&text).as_deref(), Ok(query));
        }
        assert_eq!(taken("SELECT 'ö' FROM `a`").as_deref(), Ok("SELECT 'ö' FROM `a`"));
    }

    #[test]
    fn pasted_characters_are_named() {
        for (text, expected) in [
            ("", "sql:3: password_query: empty; expected a query"),
            (" ; ", "sql:3: password_query: empty; expected a query"),
            (
                "SELECT a FROM b WHERE c=‘%u’",
                "sql:3: password_query: a typographic quote (‘), as web pages put it; expected \
                 plain quotes (' or \")",
            ),
            (
                "SELECT a FROM b WHERE c=”%u”",
                "sql:3: password_query: a typographic quote (”), as web pages put it; expected \
                 plain quotes (' or \")",
            ),
            (
                "SELECT a FROM b WHERE c=´%u´",
                "sql:3: password_query: an acute accent (´), as web pages put it; expected plain \
                 quotes (' or \")",
            ),
            (
                "SELECT\u{a0}a FROM b",
                "sql:3: password_query: a no-break space, as web pages put it; expected plain \
                 spaces",
            ),
        ] {
            assert_eq!(taken(text).as_ref().map_err(String::as_str), Err(expected));
        }
    }
}
