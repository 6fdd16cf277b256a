//! The first row of CSV, which says what the others hold.

use super::csv::{SEMICOLONS, Value};
use super::fields::shown;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Address,
    Password,
    Stored,
    Quota,
    Enabled,
    Source,
    Destination,
    Domain,
}

impl Column {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Password => "password",
            Self::Stored => "stored",
            Self::Quota => "quota",
            Self::Enabled => "enabled",
            Self::Source => "source",
            Self::Destination => "destination",
            Self::Domain => "domain",
        }
    }
}

/// What the rows of a file are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Users,
    Aliases,
    Domains,
}

/// By the first of its columns a kind is known.
const KINDS: &[(Kind, &[Column])] = &[
    (
        Kind::Users,
        &[Column::Address, Column::Password, Column::Stored, Column::Quota, Column::Enabled],
    ),
    (Kind::Aliases, &[Column::Source, Column::Destination]),
    (Kind::Domains, &[Column::Domain]),
];

const EXPECTED: &str = "expected a header with the column address (and password or stored, quota, \
                        enabled), source (and destination) or domain";

pub(super) struct Header {
    pub(super) kind: Kind,
    columns: Vec<Column>,
}

impl Header {
    pub(super) fn parse(values: &[Value<'_>]) -> Result<Self, String> {
        let names: Vec<_> = values.iter().map(|value| value.text.trim()).collect();
        let is = |column: &Column, name: &str| name.eq_ignore_ascii_case(column.name());
        let known = |columns: &[Column]| {
            columns.first().is_some_and(|first| names.iter().any(|name| is(first, name)))
        };
        let Some((kind, known)) = KINDS.iter().find(|(_, columns)| known(columns)) else {
            // Nothing is quoted: a file without a header has a password here.
            return Err(match names.as_slice() {
                [name] if name.contains(';') => SEMICOLONS.to_owned(),
                [name] if name.contains('\t') => {
                    format!("the values are separated by tabs; {EXPECTED}, separated by commas")
                }
                _ => format!("no header; {EXPECTED}"),
            });
        };
        let expected = known.iter().map(|column| column.name()).collect::<Vec<_>>().join(", ");
        let mut columns = Vec::new();
        for name in names {
            let Some(&column) = known.iter().find(|column| is(column, name)) else {
                return Err(format!("unknown column {}; expected {expected}", shown(name)));
            };
            if columns.contains(&column) {
                return Err(format!("the column {} stands there twice", column.name()));
            }
            columns.push(column);
        }
        let missing = match kind {
            Kind::Users => {
                let secrets = [Column::Password, Column::Stored];
                let found = columns.iter().any(|column| secrets.contains(column));
                (!found).then_some("password or stored")
            }
            Kind::Aliases => (!columns.contains(&Column::Destination)).then_some("destination"),
            Kind::Domains => None,
        };
        match missing {
            Some(missing) => Err(format!("the column {missing} is missing; expected {expected}")),
            None => Ok(Self { kind: *kind, columns }),
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().map(|column| column.name())
    }

    /// The values of a row by their columns.
    pub(super) fn row<'a>(&'a self, values: Vec<Value<'a>>) -> Result<Cells<'a>, String> {
        if values.len() == self.columns.len() {
            return Ok(Cells { columns: &self.columns, values });
        }
        if let [value] = values.as_slice()
            && value.text.contains(';')
        {
            return Err(SEMICOLONS.to_owned());
        }
        let s = |count: usize| if count == 1 { "" } else { "s" };
        let (found, expected) = (values.len(), self.columns.len());
        Err(format!(
            "{found} value{}, where the header has {expected} column{}",
            s(found),
            s(expected)
        ))
    }
}

/// The values of a row.
pub(super) struct Cells<'a> {
    columns: &'a [Column],
    values: Vec<Value<'a>>,
}

impl<'a> Cells<'a> {
    /// `None` where there is no such column, or nothing in it. What is quoted and empty was meant
    /// to be: a column that holds an empty stored password.
    pub(super) fn get(&self, column: Column) -> Option<&'a str> {
        let index = self.columns.iter().position(|&there| there == column)?;
        let value = self.values.get(index)?;
        (value.quoted || !value.text.is_empty()).then_some(value.text)
    }
}
