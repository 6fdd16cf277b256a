//! The tables as they are: which there are, their columns, and how wide those are.

use crate::database::{Database, Dialect, Row};
use crate::layout::{ISPMAIL, LAYOUTS, Layout, Shape};
use crate::statement::Statement;
use crate::{Error, Values};

/// The tables of a database that some layout knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    columns: Vec<TableColumn>,
}

#[derive(Clone, Debug)]
struct TableColumn {
    table: String,
    name: String,
    kind: String,
    /// In characters.
    width: Option<u64>,
}

pub(crate) const WHAT: &str = "the look at the tables";

impl Schema {
    /// Reads it. What the database account may not see is not there.
    pub(crate) async fn read(database: &mut Database) -> Result<Self, Error> {
        let sql = columns(database.dialect());
        let statement = Statement::parse(&sql, database.dialect())
            .map_err(|why| Error::Statement { what: WHAT, why })?;
        let rows = database.fetch(WHAT, &statement, &Values::default(), usize::MAX).await?;
        Ok(Self { columns: rows.into_iter().filter_map(column).collect() })
    }

    /// The layouts whose tables are all there. One that is contained in another one found is left
    /// out.
    pub(crate) fn layouts(&self) -> Vec<&'static Layout<'static>> {
        let mut found: Vec<&'static Layout<'static>> = Vec::new();
        for layout in LAYOUTS {
            let fits = layout.shape.iter().all(|shape| self.fits(shape));
            let known = found.iter().any(|other| other.tables().eq(layout.tables()));
            if fits && !known {
                found.push(layout);
            }
        }
        found
    }

    /// The layout that lacks the fewest columns.
    pub(crate) fn nearest(&self) -> &'static Layout<'static> {
        let lacks = |layout: &&Layout<'_>| {
            layout.shape.iter().map(|shape| self.missing(shape).len()).sum::<usize>()
        };
        LAYOUTS.into_iter().min_by_key(lacks).unwrap_or(&ISPMAIL)
    }

    /// The columns of a layout's table that are not there. All of them if there is no such table.
    pub(crate) fn missing(&self, shape: &Shape) -> Vec<&'static str> {
        let lacks = |column: &&str| self.find(shape.table, column).is_none();
        shape.columns.iter().copied().filter(lacks).collect()
    }

    /// Width of a column in characters; `None` where it has no limit or may not be seen.
    pub(crate) fn width(&self, table: &str, column: &str) -> Option<u64> {
        self.find(table, column)?.width
    }

    /// Widths of the columns of a table, as far as the database has a limit.
    pub(crate) fn widths(&self, table: &str) -> Vec<(String, u64)> {
        let columns = self.columns.iter().filter(|column| same(&column.table, table));
        columns.filter_map(|column| Some((column.name.clone(), column.width?))).collect()
    }

    /// The tables seen by which layouts are recognised, for messages.
    pub(crate) fn tables(&self) -> Vec<&str> {
        let mut tables: Vec<&str> = self.columns.iter().map(|column| &*column.table).collect();
        tables.dedup();
        let recognises = |table: &&str| {
            LAYOUTS.into_iter().flat_map(Layout::tables).any(|known| same(known, table))
        };
        tables.retain(recognises);
        tables
    }

    /// Whether there is such a table.
    pub(crate) fn has(&self, table: &str) -> bool {
        self.columns.iter().any(|column| same(&column.table, table))
    }

    fn fits(&self, shape: &Shape) -> bool {
        let is_text = |column: &&str| {
            self.find(shape.table, column)
                .is_some_and(|found| found.kind.to_ascii_lowercase().contains("char"))
        };
        self.missing(shape).is_empty()
            && shape.without.iter().all(|column| self.find(shape.table, column).is_none())
            && shape.text.iter().all(is_text)
    }

    fn find(&self, table: &str, name: &str) -> Option<&TableColumn> {
        self.columns.iter().find(|column| same(&column.table, table) && same(&column.name, name))
    }
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// Table, name, type and width of each column of the tables that layouts know.
fn columns(dialect: Dialect) -> String {
    let tables =
        LAYOUTS.into_iter().flat_map(|layout| layout.tables().chain(layout.other_tables()));
    let mut tables: Vec<&str> = tables.collect();
    tables.sort_unstable();
    tables.dedup();
    let tables = tables.join("', '");
    match dialect {
        Dialect::Sqlite => format!(
            "SELECT m.name AS place, c.name AS name, c.type AS kind, NULL AS width \
             FROM sqlite_schema m JOIN pragma_table_info(m.name) c \
             WHERE m.name COLLATE NOCASE IN ('{tables}') ORDER BY m.name, c.cid"
        ),
        Dialect::MySql => format!(
            "SELECT table_name AS place, column_name AS name, data_type AS kind, \
             character_maximum_length AS width FROM information_schema.columns \
             WHERE table_schema = DATABASE() AND table_name IN ('{tables}') \
             ORDER BY table_name, ordinal_position"
        ),
        Dialect::Postgres => format!(
            "SELECT table_name::text AS place, column_name::text AS name, \
             data_type::text AS kind, character_maximum_length::int AS width \
             FROM information_schema.columns \
             WHERE table_schema = ANY (current_schemas(false)) AND table_name IN ('{tables}') \
             ORDER BY table_name, ordinal_position"
        ),
    }
}

fn column(row: Row) -> Option<TableColumn> {
    let mut values = row.into_iter().map(|(_, value)| value);
    let mut text = || Some(String::from_utf8_lossy(&values.next()??).into_owned());
    let (table, name, kind) = (text()?, text()?, text()?);
    let width = values.next()?;
    let width = width.and_then(|digits| str::from_utf8(&digits).ok()?.parse().ok());
    Some(TableColumn { table, name, kind, width })
}
