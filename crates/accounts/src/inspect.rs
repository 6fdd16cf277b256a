//! What `ispmail-pw check` wants to know of a database.

use std::collections::BTreeMap;

use crate::database::{Dialect, Row};
use crate::layout::{Layout, Shape, in_dialect};
use crate::schema::WHAT;
use crate::statement::Statement;
use crate::{Error, Manager, Values};

/// One of the layout's tables as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Columns that the layout has and the table has not. All of them if there is no such table.
    pub missing: Vec<&'static str>,
    /// Whether there is nothing of it to be seen.
    pub absent: bool,
    /// Widths of its columns in characters, as far as the database has a limit.
    pub widths: Vec<(String, u64)>,
}

impl Manager<'_> {
    /// The layout's tables and what they lack. None for statements of the administrator's own.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn tables(&mut self) -> Result<Vec<Table>, Error> {
        let shapes = self.layout().shape;
        let schema = self.schema().await?;
        let table = |shape: &Shape| Table {
            name: shape.table,
            missing: schema.missing(shape),
            absent: schema.missing(shape).len() == shape.columns.len(),
            widths: schema.widths(shape.table),
        };
        Ok(shapes.iter().map(table).collect())
    }

    /// The layout that the tables are most like, for tables that are of none.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn nearest_layout(&mut self) -> Result<&'static Layout<'static>, Error> {
        Ok(self.schema().await?.nearest())
    }

    /// What would keep two rows from having one login, if nothing does: a `CREATE UNIQUE INDEX`.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn missing_unique_index(&mut self) -> Result<Option<String>, Error> {
        let (address, dialect) = (self.layout().users.address, self.database().dialect());
        let table = address.table;
        let sql = match dialect {
            Dialect::Sqlite => format!(
                "SELECT l.name AS place, c.name AS name FROM pragma_index_list('{table}') l \
                 JOIN pragma_index_info(l.name) c WHERE l.\"unique\" = 1 AND l.partial = 0 \
                 ORDER BY 1"
            ),
            Dialect::MySql => format!(
                "SELECT index_name AS place, column_name AS name \
                 FROM information_schema.statistics WHERE table_schema = DATABASE() \
                 AND table_name = '{table}' AND non_unique = 0 ORDER BY 1"
            ),
            Dialect::Postgres => format!(
                "SELECT i.indexrelid::text AS place, a.attname::text AS name FROM pg_index i \
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) \
                 WHERE i.indrelid = to_regclass('\"{table}\"') AND i.indisunique \
                 AND i.indpred IS NULL AND i.indexprs IS NULL ORDER BY 1"
            ),
        };
        // A local part is one login in each domain.
        let wanted: &[&str] =
            if address.local_part { &["domain_id", address.name] } else { &[address.name] };
        let mut indexes: BTreeMap<String, bool> = BTreeMap::new();
        for row in self.ask(&sql, usize::MAX).await? {
            let mut values = row.into_iter().map(|(_, value)| value.unwrap_or_default());
            let mut text =
                || values.next().map(|value| String::from_utf8_lossy(&value).into_owned());
            let (Some(index), Some(column)) = (text(), text()) else { continue };
            let within = wanted.iter().any(|name| name.eq_ignore_ascii_case(&column));
            *indexes.entry(index).or_insert(true) &= within;
        }
        let name = address.name;
        let columns =
            if address.local_part { format!("domain_id, NAME({name})") } else { name.to_owned() };
        let index = format!("CREATE UNIQUE INDEX login ON {table} ({columns})");
        let enough = indexes.into_values().any(|enough| enough);
        Ok((!enough).then(|| in_dialect(&index, dialect)))
    }

    /// Whether the database account may change the layout's users; `None` for SQLite, where the
    /// rights of the file decide.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn can_change(&mut self) -> Result<Option<bool>, Error> {
        let table = self.layout().users.table;
        let sql = match self.database().dialect() {
            Dialect::Sqlite => return Ok(None),
            Dialect::Postgres => format!(
                "SELECT CASE WHEN has_any_column_privilege('{table}', 'INSERT, UPDATE') \
                 OR has_table_privilege('{table}', 'DELETE') THEN 1 ELSE 0 END AS n"
            ),
            Dialect::MySql => format!(
                "SELECT count(*) AS n FROM (\
                 SELECT grantee, privilege_type FROM information_schema.user_privileges \
                 UNION ALL SELECT grantee, privilege_type FROM information_schema.schema_privileges \
                 WHERE DATABASE() LIKE table_schema \
                 UNION ALL SELECT grantee, privilege_type FROM information_schema.table_privileges \
                 WHERE table_schema = DATABASE() AND table_name = '{table}' \
                 UNION ALL SELECT grantee, privilege_type FROM information_schema.column_privileges \
                 WHERE table_schema = DATABASE() AND table_name = '{table}') AS granted \
                 WHERE privilege_type IN ('INSERT', 'UPDATE', 'DELETE') \
                 AND grantee = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')"
            ),
        };
        let rows = self.ask(&sql, 1).await?;
        let number = rows.into_iter().next().and_then(|row| row.into_iter().next()?.1);
        Ok(Some(number.is_some_and(|digits| digits.as_slice() != b"0")))
    }

    /// The layout's tables whose changes cannot be undone, as MariaDB's MyISAM has them.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn without_transactions(&mut self) -> Result<Vec<String>, Error> {
        if self.database().dialect() != Dialect::MySql {
            return Ok(Vec::new());
        }
        let tables: Vec<&str> = self.layout().tables().collect();
        let sql = format!(
            "SELECT t.table_name AS name FROM information_schema.tables t \
             JOIN information_schema.engines e ON e.engine = t.engine \
             WHERE t.table_schema = DATABASE() AND e.transactions <> 'YES' \
             AND t.table_name IN ('{}')",
            tables.join("', '")
        );
        let rows = self.ask(&sql, usize::MAX).await?;
        let name = |row: Row| row.into_iter().next()?.1;
        let names = rows.into_iter().filter_map(name);
        Ok(names.map(|name| String::from_utf8_lossy(&name).into_owned()).collect())
    }

    async fn ask(&mut self, sql: &str, limit: usize) -> Result<Vec<Row>, Error> {
        let statement = Statement::parse(sql, self.database().dialect())
            .map_err(|why| Error::Statement { what: WHAT, why })?;
        self.database().fetch(WHAT, &statement, &Values::default(), limit).await
    }
}
