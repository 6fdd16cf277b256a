//! SQL as data: a statement with `%` variables in its quoted literals becomes a statement with
//! placeholders and one bound value for each such literal.

use thiserror::Error;
use zeroize::Zeroizing;

use crate::database::Dialect;
use crate::{Template, TemplateError, Values};

/// A statement that is ready to be prepared, and what to bind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    parameters: Vec<Template>,
}

/// Why a statement cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatementError {
    /// A variable that is not supported.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A variable outside of a quoted literal would have to become text of the statement.
    #[error("the variable stands outside of quotes; write it as '%u' so that it becomes a value")]
    Unquoted,
    /// A variable in a quoted name, such as "%u" for PostgreSQL.
    #[error("the variable stands in a quoted name (\"…\" or `…`); values have single quotes")]
    InName,
    /// A variable in a literal with something in front, such as x'…' or _utf8'…'.
    #[error("the variable stands in a literal with a prefix (x'…', _utf8'…', $$…$$)")]
    InPrefixedLiteral,
    /// A variable that the statement cannot do without.
    #[error("'%{{{0}}}' is missing")]
    Missing(&'static str),
    /// A comparison of stored passwords that takes different ones for the same.
    #[error(
        "it has to compare the old value byte by byte, without regard to collations: \
         … AND BINARY password = '%{{old_password}}'"
    )]
    NotByBytes,
    /// A quote or comment that does not end.
    #[error("a quote or comment is not closed")]
    Unclosed,
}

impl Statement {
    pub(crate) fn parse(text: &str, dialect: Dialect) -> Result<Self, StatementError> {
        let mut builder = Builder { dialect, sql: String::new(), parameters: Vec::new() };
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            rest = match first {
                '\'' | '"' | '`' => builder.quoted(first, rest)?,
                '$' if dialect == Dialect::Postgres => builder.dollar_quoted(rest)?,
                '%' => builder.bare_percent(rest)?,
                _ => match comment(rest, dialect)? {
                    Some(comment) => builder.copy(rest, comment),
                    None => builder.copy(rest, first.len_utf8()),
                },
            };
        }
        Ok(Self { sql: builder.sql, parameters: builder.parameters })
    }

    /// Whether a variable of that long name is in it.
    pub(crate) fn uses(&self, name: &str) -> bool {
        self.parameters.iter().any(|template| template.uses(name))
    }

    /// What to bind, in order; `None` if a value is no longer text.
    pub(crate) fn bind(&self, values: &Values) -> Option<Vec<Zeroizing<String>>> {
        self.bind_each(std::slice::from_ref(values))
    }

    /// The same for a statement that has one part again and again, each part with values of its
    /// own.
    pub(crate) fn bind_each(&self, values: &[Values]) -> Option<Vec<Zeroizing<String>>> {
        let each = self.parameters.len().checked_div(values.len())?.max(1);
        let parts = self.parameters.chunks(each).zip(values);
        let expanded =
            parts.flat_map(|(part, values)| part.iter().map(|template| template.expand(values)));
        expanded.map(|value| String::from_utf8(value).ok().map(Zeroizing::new)).collect()
    }
}

struct Builder {
    dialect: Dialect,
    sql: String,
    parameters: Vec<Template>,
}

impl Builder {
    /// Takes over `length` bytes as they are.
    fn copy<'a>(&mut self, rest: &'a str, length: usize) -> &'a str {
        let (head, tail) = rest.split_at_checked(length).unwrap_or((rest, ""));
        self.sql.push_str(head);
        tail
    }

    fn quoted<'a>(&mut self, quote: char, rest: &'a str) -> Result<&'a str, StatementError> {
        let escapes = self.backslash_escapes(quote);
        let length = quoted_length(rest, quote, escapes).ok_or(StatementError::Unclosed)?;
        let (literal, tail) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let inner = literal.get(1..length - 1).unwrap_or_default();
        let template = Template::parse(inner)?;
        if !template.has_variables() {
            // Dovecot turns %% into % everywhere, so a literal without variables is expanded too.
            self.sql.push(quote);
            self.sql.push_str(&String::from_utf8_lossy(&template.expand(&Values::default())));
            self.sql.push(quote);
            return Ok(tail);
        }
        if !self.is_literal(quote) {
            return Err(StatementError::InName);
        }
        if self.sql.ends_with(|last: char| last.is_alphanumeric() || last == '_' || last == '&') {
            return Err(StatementError::InPrefixedLiteral);
        }
        self.parameters.push(Template::parse(&unquote(inner, quote, escapes))?);
        match self.dialect {
            Dialect::Postgres => {
                self.sql.push('$');
                self.sql.push_str(&self.parameters.len().to_string());
            }
            Dialect::MySql | Dialect::Sqlite => self.sql.push('?'),
        }
        Ok(tail)
    }

    /// PostgreSQL's `$tag$…$tag$`; a lone `$` is copied.
    fn dollar_quoted<'a>(&mut self, rest: &'a str) -> Result<&'a str, StatementError> {
        let Some(tag) = dollar_tag(rest) else { return Ok(self.copy(rest, 1)) };
        let body = rest.get(tag.len()..).unwrap_or_default();
        let end = body.find(tag).ok_or(StatementError::Unclosed)?;
        if Template::parse(body.get(..end).unwrap_or_default())?.has_variables() {
            return Err(StatementError::InPrefixedLiteral);
        }
        Ok(self.copy(rest, 2 * tag.len() + end))
    }

    /// Outside of quotes only `%%` stands, as the modulo operator.
    fn bare_percent<'a>(&mut self, rest: &'a str) -> Result<&'a str, StatementError> {
        if let Some(tail) = rest.strip_prefix("%%") {
            self.sql.push('%');
            return Ok(tail);
        }
        Template::parse(rest)?;
        Err(StatementError::Unquoted)
    }

    /// In MariaDB and SQLite "…" is a literal where it names no column.
    fn is_literal(&self, quote: char) -> bool {
        quote == '\'' || (quote == '"' && self.dialect != Dialect::Postgres)
    }

    fn backslash_escapes(&self, quote: char) -> bool {
        self.dialect == Dialect::MySql && quote != '`'
    }
}

/// Length of a quoted text with its quotes; a doubled quote does not end it.
fn quoted_length(text: &str, quote: char, escapes: bool) -> Option<usize> {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((position, char)) = chars.next() {
        if char == '\\' && escapes {
            chars.next();
        } else if char == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return Some(position + 1);
        }
    }
    None
}

/// What a literal means: doubled quotes and, in MariaDB, backslash escapes undone.
fn unquote(inner: &str, quote: char, escapes: bool) -> String {
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(char) = chars.next() {
        if char == quote {
            chars.next();
            out.push(quote);
        } else if char == '\\' && escapes {
            match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('0') => out.push('\0'),
                // They keep their backslash, which matters to LIKE.
                Some(special @ ('%' | '_')) => out.extend(['\\', special]),
                Some(other) => out.push(other),
                None => {}
            }
        } else {
            out.push(char);
        }
    }
    out
}

fn dollar_tag(text: &str) -> Option<&str> {
    let end = text.get(1..)?.find('$')? + 2;
    let tag = text.get(..end)?;
    let name = tag.trim_matches('$');
    let word = name.chars().all(|char| char.is_alphanumeric() || char == '_');
    (word && !name.starts_with(|first: char| first.is_ascii_digit())).then_some(tag)
}

/// Length of the comment that begins here.
fn comment(text: &str, dialect: Dialect) -> Result<Option<usize>, StatementError> {
    let to_line_end = || Ok(Some(text.find('\n').unwrap_or(text.len())));
    if text.starts_with("--") || (text.starts_with('#') && dialect == Dialect::MySql) {
        return to_line_end();
    }
    if text.starts_with("/*") {
        return match text.find("*/") {
            Some(end) => Ok(Some(end + 2)),
            None => Err(StatementError::Unclosed),
        };
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compile(dialect: Dialect, text: &str) -> Result<(String, Vec<String>), StatementError> {
        let values = Values::new("john@example.org");
        let statement = Statement::parse(text, dialect)?;
        let bound = statement.bind(&values).unwrap();
        let bound = bound.iter().map(|value| value.to_string()).collect();
        Ok((statement.sql, bound))
    }

    #[test]
    fn literals_become_values() {
        use Dialect::{MySql, Postgres, Sqlite};
        for (dialect, text, sql, bound) in [
            (
                MySql,
                "SELECT email as user, password FROM virtual_users WHERE email='%u'",
                "SELECT email as user, password FROM virtual_users WHERE email=?",
                &["john@example.org"][..],
            ),
            (
                Postgres,
                "SELECT '/var/vmail/%d/%n' AS userdb_home, 'x' AS y FROM t WHERE a='%Lu'",
                "SELECT $1 AS userdb_home, 'x' AS y FROM t WHERE a=$2",
                &["/var/vmail/example.org/john", "john@example.org"],
            ),
            (MySql, r#"WHERE a="%u" AND `b`=1"#, "WHERE a=? AND `b`=1", &["john@example.org"]),
            (Sqlite, r#"WHERE a="%u""#, "WHERE a=?", &["john@example.org"]),
            (MySql, r"WHERE a='o\'%n'' \%%d'", "WHERE a=?", &[r"o'john' \%d"]),
            (MySql, r"a LIKE '%%x' AND 5 %% 2", "a LIKE '%x' AND 5 % 2", &[]),
            (Postgres, r"WHERE a='\%n'", "WHERE a=$1", &[r"\john"]),
            (Postgres, "SELECT $$it's$$, $1", "SELECT $$it's$$, $1", &[]),
            (MySql, "SELECT 1 -- it's %u\n, 'a'", "SELECT 1 -- it's %u\n, 'a'", &[]),
            (MySql, "SELECT /* it's %u */ 1 # %u", "SELECT /* it's %u */ 1 # %u", &[]),
            (Sqlite, "SELECT 'ä%n€'", "SELECT ?", &["äjohn€"]),
        ] {
            let bound: Vec<String> = bound.iter().map(ToString::to_string).collect();
            assert_eq!(compile(dialect, text), Ok((sql.to_owned(), bound)), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_bound() {
        use Dialect::{MySql, Postgres, Sqlite};
        for (dialect, text, error) in [
            (MySql, "WHERE a=%u", StatementError::Unquoted),
            (MySql, "WHERE `%u`=1", StatementError::InName),
            (Postgres, "WHERE \"%u\"=1", StatementError::InName),
            (MySql, "WHERE a=_utf8'%u'", StatementError::InPrefixedLiteral),
            (Postgres, "WHERE a=E'%u'", StatementError::InPrefixedLiteral),
            (Postgres, "WHERE a=U&'%u'", StatementError::InPrefixedLiteral),
            (Postgres, "WHERE a=$x$%u$x$", StatementError::InPrefixedLiteral),
            (Sqlite, "WHERE a='%u", StatementError::Unclosed),
            (Sqlite, "WHERE a='%u' /* x", StatementError::Unclosed),
            (MySql, r"WHERE a='%u\'", StatementError::Unclosed),
            (MySql, "WHERE a='%w'", StatementError::Template(TemplateError::Password)),
        ] {
            assert_eq!(compile(dialect, text), Err(error), "{text}");
        }
    }
}
