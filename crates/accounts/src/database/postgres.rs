use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{
    PgArgumentBuffer, PgArguments, PgConnectOptions, PgConnection, PgDatabaseError, PgRow,
    PgSeverity, PgSslMode, PgTypeInfo, PgTypeKind, PgValueRef,
};
use sqlx::{ConnectOptions as _, Encode, Postgres, Type, TypeInfo as _, ValueRef as _};
use zeroize::Zeroizing;

use super::driver::driver_queries;
use crate::settings::{Address, Server, TlsMode};

pub(super) async fn connect(server: &Server) -> Result<PgConnection, sqlx::Error> {
    let mut options = PgConnectOptions::new_without_pgpass()
        .username(&server.user)
        .database(&server.database)
        .application_name("ispmail-pw")
        .ssl_mode(match server.tls.mode {
            TlsMode::Off => PgSslMode::Disable,
            TlsMode::Prefer => PgSslMode::Prefer,
            TlsMode::Require => PgSslMode::Require,
            TlsMode::VerifyCa => PgSslMode::VerifyCa,
            TlsMode::VerifyFull => PgSslMode::VerifyFull,
        })
        .disable_statement_logging();
    options = match &server.address {
        Address::Tcp(host, port) => options.host(host).port(*port),
        Address::Socket(directory, port) => options.socket(directory).port(*port),
    };
    if let Some(password) = &server.password {
        options = options.password(password);
    }
    if let Some(ca) = &server.tls.ca {
        options = options.ssl_root_cert(ca);
    }
    if let Some(cert) = &server.tls.cert {
        options = options.ssl_client_cert(cert);
    }
    if let Some(key) = &server.tls.key {
        options = options.ssl_client_key(key);
    }
    options.connect().await
}

/// A value of no declared type, so that the server takes it as it takes a quoted literal: a
/// `citext` column, say, goes on comparing without regard to case.
struct Literal(Zeroizing<String>);

impl Type<Postgres> for Literal {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Literal {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }
}

fn bind(
    sql: &str,
    bound: &[Zeroizing<String>],
) -> sqlx::query::Query<'static, Postgres, PgArguments> {
    let query = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned()));
    bound.iter().fold(query, |query, value| query.bind(Literal(value.clone())))
}

/// Values come in binary; Dovecot, which does not prepare, sees the server's own text.
#[allow(clippy::needless_pass_by_value, reason = "the same signature for every driver")]
fn text(value: PgValueRef<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, &'static str> {
    if value.is_null() {
        return Ok(None);
    }
    let kind = value.type_info().into_owned();
    let bytes = value.as_bytes().map_err(|_| "a value that cannot be read")?;
    let text = as_text(&kind, bytes);
    text.map(|text| Some(Zeroizing::new(text)))
        .ok_or("a value that is no text; write …::text in the query")
}

fn as_text(kind: &PgTypeInfo, bytes: &[u8]) -> Option<Vec<u8>> {
    match kind.kind() {
        PgTypeKind::Enum(_) => return Some(bytes.to_vec()),
        PgTypeKind::Domain(base) => return as_text(base, bytes),
        _ => {}
    }
    let number = match kind.name() {
        "INT2" => i64::from(i16::from_be_bytes(bytes.try_into().ok()?)),
        "INT4" => i64::from(i32::from_be_bytes(bytes.try_into().ok()?)),
        "INT8" => i64::from_be_bytes(bytes.try_into().ok()?),
        "OID" => i64::from(u32::from_be_bytes(bytes.try_into().ok()?)),
        "BOOL" => return Some(if bytes == [0] { b"f" } else { b"t" }.to_vec()),
        name if is_textual(name) => return Some(bytes.to_vec()),
        _ => return None,
    };
    Some(number.to_string().into_bytes())
}

fn is_textual(name: &str) -> bool {
    ["TEXT", "VARCHAR", "CHAR", "\"CHAR\"", "NAME", "UNKNOWN", "CITEXT"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// The table has changed since the statement was prepared (the message is in the server's
/// language, the function that wrote it is not), or the server does not know it any more.
fn outlived(error: &sqlx::Error) -> bool {
    database_error(error).is_some_and(|error| match error.code() {
        "0A000" => error.routine() == Some("RevalidateCachedQuery"),
        code => code == "26000",
    })
}

/// Whether the server ended the connection (57P01 and others), or took none (53300, 57P03).
pub(super) fn is_away(error: &sqlx::Error) -> bool {
    database_error(error)
        .is_some_and(|error| matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic))
}

/// Whether there are too many connections: to the server, to the database or of this account.
pub(super) fn is_full(error: &sqlx::Error) -> bool {
    database_error(error).is_some_and(|error| error.code() == "53300")
}

fn database_error(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    error.as_database_error()?.try_downcast_ref::<PgDatabaseError>()
}

driver_queries!(PgConnection, PgRow, bind, text, outlived);
