use std::path::Path;

use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteValueRef};
use sqlx::{ConnectOptions as _, Decode, Sqlite, ValueRef as _};
use zeroize::Zeroizing;

use super::{Access, driver_queries};
use crate::settings::Timeouts;

pub(super) async fn connect(
    path: &Path,
    timeouts: Timeouts,
    access: Access,
) -> Result<SqliteConnection, sqlx::Error> {
    SqliteConnectOptions::new()
        .filename(path)
        .read_only(access == Access::Read)
        .create_if_missing(access == Access::Create)
        .busy_timeout(timeouts.query)
        .disable_statement_logging()
        .connect()
        .await
}

fn bind(
    sql: &str,
    bound: &[Zeroizing<String>],
) -> sqlx::query::Query<'static, Sqlite, SqliteArguments> {
    let query = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).persistent(false);
    bound.iter().fold(query, |query, value| query.bind(String::clone(value)))
}

/// SQLite turns numbers into text itself.
fn text(value: SqliteValueRef<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, &'static str> {
    if value.is_null() {
        return Ok(None);
    }
    let bytes = <Vec<u8> as Decode<'_, Sqlite>>::decode(value)
        .map_err(|_| "a value that cannot be read")?;
    Ok(Some(Zeroizing::new(bytes)))
}

driver_queries!(SqliteConnection, bind, text);
