//! The few words that a layout's statements have for what every database spells differently.

use crate::database::Dialect;

/// Puts a layout's statement into the words of a database:
///
/// | written | for |
/// |---|---|
/// | `BYTES(x)` | the bytes of `x`, which no collation makes equal to others |
/// | `INT('…')` | a number from text |
/// | `BOOL('…')` | a truth value from `1` or `0` |
/// | `NAME(x)` | a name that is a word of SQL somewhere |
/// | `DOMAIN_OF(x)` | what follows the `@` of an address |
pub(crate) fn in_dialect(text: &str, dialect: Dialect) -> String {
    use Dialect::{MySql, Postgres, Sqlite};
    let mut out = text.to_owned();
    for (word, before, after) in [
        ("BYTES(", ["CAST(", "CAST(", "convert_to("], [" AS BLOB)", " AS BINARY)", ", 'UTF8')"]),
        ("INT(", FROM_TEXT, [" AS INTEGER)", " AS SIGNED)", " AS TEXT) AS BIGINT)"]),
        ("BOOL(", FROM_TEXT, [" AS INTEGER)", " AS SIGNED)", " AS TEXT) AS BOOLEAN)"]),
        ("NAME(", ["\"", "`", "\""], ["\"", "`", "\""]),
        (
            "DOMAIN_OF(",
            ["substr(", "substring_index(", "split_part("],
            ["", ", '@', -1)", ", '@', 2)"],
        ),
    ] {
        let index = match dialect {
            Sqlite => 0,
            MySql => 1,
            Postgres => 2,
        };
        let pick = |of: [&'static str; 3]| of.get(index).copied().unwrap_or_default();
        let (before, after) = (pick(before), pick(after));
        while let Some((head, (inner, tail))) =
            out.split_once(word).and_then(|(head, rest)| Some((head, inner(rest)?)))
        {
            // SQLite has no function for the last part of a text.
            let after = if after.is_empty() {
                format!(", instr({inner}, '@') + 1)")
            } else {
                after.to_owned()
            };
            out = format!("{head}{before}{inner}{after}{tail}");
        }
    }
    out
}

/// PostgreSQL would take the value itself for a number, in its binary form.
const FROM_TEXT: [&str; 3] = ["CAST(", "CAST(", "CAST(CAST("];

/// What stands before the parenthesis that closes the one already open, and what follows it.
fn inner(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1;
    for (position, char) in text.char_indices() {
        match char {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((text.get(..position)?, text.get(position + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let text = "SET q = INT('%{quota}') WHERE BYTES(p) = BYTES('%{x}') AND NAME(user) = \
                    DOMAIN_OF(concat(a, b)) AND BOOL('1')";
        assert_eq!(
            in_dialect(text, Dialect::Sqlite),
            "SET q = CAST('%{quota}' AS INTEGER) WHERE CAST(p AS BLOB) = CAST('%{x}' AS BLOB) AND \
             \"user\" = substr(concat(a, b), instr(concat(a, b), '@') + 1) AND \
             CAST('1' AS INTEGER)"
        );
        assert_eq!(
            in_dialect(text, Dialect::MySql),
            "SET q = CAST('%{quota}' AS SIGNED) WHERE CAST(p AS BINARY) = CAST('%{x}' AS BINARY) \
             AND `user` = substring_index(concat(a, b), '@', -1) AND CAST('1' AS SIGNED)"
        );
        assert_eq!(
            in_dialect(text, Dialect::Postgres),
            "SET q = CAST(CAST('%{quota}' AS TEXT) AS BIGINT) WHERE convert_to(p, 'UTF8') = \
             convert_to('%{x}', 'UTF8') AND \"user\" = split_part(concat(a, b), '@', 2) AND \
             CAST(CAST('1' AS TEXT) AS BOOLEAN)"
        );
    }
}
