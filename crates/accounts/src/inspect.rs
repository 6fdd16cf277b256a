//! What `ispmail-pw check` wants to know of a database.

use crate::database::{Dialect, Row};
use crate::statement::Statement;
use crate::{Error, Manager, StoredColumn, Values};

/// One of the layout's tables as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Columns that the layout has and the table has not. All of them if there is no such table.
    pub missing: Vec<&'static str>,
    /// Widths of its columns in characters, as far as the database has a limit.
    pub widths: Vec<(String, u64)>,
}

/// A user's stored password, for looking through all of them.
pub struct StoredRow {
    /// The address.
    pub user: String,
    /// `None` where the column is NULL.
    pub stored: Option<StoredColumn>,
}

/// The columns without which the layout does not work.
const COLUMNS: [(&str, &[&str]); 3] = [
    ("virtual_domains", &["id", "name"]),
    ("virtual_users", &["id", "domain_id", "email", "password"]),
    ("virtual_aliases", &["id", "domain_id", "source", "destination"]),
];

const WHAT: &str = "the look at the tables";

impl Manager {
    /// The layout's tables and what they lack.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn tables(&mut self) -> Result<Vec<Table>, Error> {
        let mut tables = Vec::new();
        for (name, columns) in COLUMNS {
            let sql = columns_of(name, self.dialect());
            let rows = self.ask(&sql, usize::MAX).await?;
            let found: Vec<(String, Option<u64>)> = rows.into_iter().filter_map(column).collect();
            let has =
                |wanted: &&str| found.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
            tables.push(Table {
                name,
                missing: columns.iter().copied().filter(|column| !has(column)).collect(),
                widths: found
                    .into_iter()
                    .filter_map(|(name, width)| Some((name, width?)))
                    .collect(),
            });
        }
        Ok(tables)
    }

    /// Whether the database account may change `virtual_users`; `None` for SQLite, where the
    /// rights of the file decide.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn can_change(&mut self) -> Result<Option<bool>, Error> {
        let sql = match self.dialect() {
            Dialect::Sqlite => return Ok(None),
            Dialect::Postgres => {
                "SELECT CASE WHEN has_any_column_privilege('virtual_users', 'INSERT, UPDATE') \
                 OR has_table_privilege('virtual_users', 'DELETE') THEN 1 ELSE 0 END AS n"
            }
            Dialect::MySql => {
                "SELECT count(*) AS n FROM (\
                 SELECT grantee, privilege_type FROM information_schema.user_privileges \
                 UNION ALL SELECT grantee, privilege_type FROM information_schema.schema_privileges \
                 WHERE DATABASE() LIKE table_schema \
                 UNION ALL SELECT grantee, privilege_type FROM information_schema.table_privileges \
                 WHERE table_schema = DATABASE() AND table_name = 'virtual_users' \
                 UNION ALL SELECT grantee, privilege_type FROM information_schema.column_privileges \
                 WHERE table_schema = DATABASE() AND table_name = 'virtual_users') AS granted \
                 WHERE privilege_type IN ('INSERT', 'UPDATE', 'DELETE') \
                 AND grantee = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')"
            }
        };
        let rows = self.ask(sql, 1).await?;
        let number = rows.into_iter().next().and_then(|row| row.into_iter().next()?.1);
        Ok(Some(number.is_some_and(|digits| digits.as_slice() != b"0")))
    }

    /// The stored passwords of all users.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn stored_passwords(&mut self) -> Result<Vec<StoredRow>, Error> {
        let sql = "SELECT email, password FROM virtual_users ORDER BY email";
        let rows = self.ask(sql, usize::MAX).await?;
        Ok(rows.into_iter().map(stored_row).collect())
    }

    /// Width of a column in characters; `None` where it has no limit or may not be seen.
    pub(crate) async fn width(
        &mut self,
        table: &'static str,
        wanted: &str,
    ) -> Result<Option<u64>, Error> {
        let sql = columns_of(table, self.dialect());
        let columns = self.ask(&sql, usize::MAX).await?.into_iter().filter_map(column);
        let mut wanted = columns.filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        Ok(wanted.next().and_then(|(_, width)| width))
    }

    async fn ask(&mut self, sql: &str, limit: usize) -> Result<Vec<Row>, Error> {
        let statement = Statement::parse(sql, self.dialect())
            .map_err(|why| Error::Statement { what: WHAT, why })?;
        self.database().fetch(WHAT, &statement, &Values::default(), limit).await
    }

    fn dialect(&mut self) -> Dialect {
        self.database().dialect()
    }
}

/// Name and width of each column of a table of ours.
fn columns_of(table: &'static str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite => format!("SELECT name, NULL AS width FROM pragma_table_info('{table}')"),
        Dialect::MySql => format!(
            "SELECT column_name AS name, character_maximum_length AS width \
             FROM information_schema.columns \
             WHERE table_schema = DATABASE() AND table_name = '{table}'"
        ),
        Dialect::Postgres => format!(
            "SELECT column_name::text AS name, character_maximum_length::int AS width \
             FROM information_schema.columns \
             WHERE table_schema = ANY (current_schemas(false)) AND table_name = '{table}'"
        ),
    }
}

fn column(row: Row) -> Option<(String, Option<u64>)> {
    let mut values = row.into_iter().map(|(_, value)| value);
    let name = String::from_utf8_lossy(&values.next()??).into_owned();
    let width = values.next()?;
    let width = width.and_then(|digits| str::from_utf8(&digits).ok()?.parse().ok());
    Some((name, width))
}

fn stored_row(row: Row) -> StoredRow {
    let mut values = row.into_iter().map(|(_, value)| value);
    let user = values.next().flatten().unwrap_or_default();
    let stored = values.next().flatten();
    StoredRow {
        user: String::from_utf8_lossy(&user).into_owned(),
        stored: stored.map(|text| StoredColumn { text, noscheme: false }),
    }
}
