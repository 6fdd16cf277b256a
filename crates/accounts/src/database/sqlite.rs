use std::path::Path;

use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteError, SqliteRow, SqliteValueRef,
};
use sqlx::{ConnectOptions as _, Decode, Sqlite, ValueRef as _};
use zeroize::Zeroizing;

use super::Access;
use super::driver::driver_queries;
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
    let query = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned()));
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

/// Never: SQLite prepares a statement anew by itself.
fn outlived(_: &sqlx::Error) -> bool {
    false
}

/// Whether the file cannot be read at all, as opposed to what SQL may say or a lock.
pub(super) fn is_away(error: &sqlx::Error) -> bool {
    let error =
        error.as_database_error().filter(|error| error.try_downcast_ref::<SqliteError>().is_some());
    let code = error.and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| AWAY.contains(&(code & 0xff)))
}

/// `SQLITE_IOERR`, `SQLITE_CORRUPT`, `SQLITE_CANTOPEN`, `SQLITE_NOTADB`.
const AWAY: &[u32] = &[10, 11, 14, 26];

driver_queries!(SqliteConnection, SqliteRow, bind, text, outlived);
