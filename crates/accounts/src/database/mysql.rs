use sqlx::mysql::{
    MySqlArguments, MySqlConnectOptions, MySqlConnection, MySqlDatabaseError, MySqlRow,
    MySqlSslMode, MySqlValueRef,
};
use sqlx::{ConnectOptions as _, Decode, MySql, TypeInfo as _, ValueRef as _};
use zeroize::Zeroizing;

use super::driver::driver_queries;
use crate::settings::{Address, Server, TlsMode};

pub(super) async fn connect(server: &Server) -> Result<MySqlConnection, sqlx::Error> {
    let mut options = MySqlConnectOptions::new()
        .username(&server.user)
        .database(&server.database)
        .ssl_mode(match server.tls.mode {
            TlsMode::Off => MySqlSslMode::Disabled,
            TlsMode::Prefer => MySqlSslMode::Preferred,
            TlsMode::Require => MySqlSslMode::Required,
            TlsMode::VerifyCa => MySqlSslMode::VerifyCa,
            TlsMode::VerifyFull => MySqlSslMode::VerifyIdentity,
        })
        // The statements are the administrator's, written for the server's own settings; and each
        // of these would cost a round trip.
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .timezone(None)
        .set_names(false)
        .disable_statement_logging();
    options = match &server.address {
        Address::Tcp(host, port) => options.host(host).port(*port),
        Address::Socket(path, _) => options.socket(path),
    };
    if let Some(password) = &server.password {
        options = options.password(password);
    }
    if let Some(ca) = &server.tls.ca {
        options = options.ssl_ca(ca);
    }
    if let Some(cert) = &server.tls.cert {
        options = options.ssl_client_cert(cert);
    }
    if let Some(key) = &server.tls.key {
        options = options.ssl_client_key(key);
    }
    options.connect().await
}

fn bind(
    sql: &str,
    bound: &[Zeroizing<String>],
) -> sqlx::query::Query<'static, MySql, MySqlArguments> {
    let query = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned()));
    bound.iter().fold(query, |query, value| query.bind(String::clone(value)))
}

/// Prepared statements give numbers in binary; Dovecot, which does not prepare, sees digits.
fn text(value: MySqlValueRef<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, &'static str> {
    const UNREADABLE: &str = "a value that cannot be read";
    if value.is_null() {
        return Ok(None);
    }
    let kind = value.type_info().name().to_owned();
    let bytes = match kind.trim_end_matches(" UNSIGNED") {
        "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" | "BOOLEAN" | "YEAR" => {
            let digits = if kind.ends_with(" UNSIGNED") || kind == "YEAR" {
                <u64 as Decode<'_, MySql>>::decode(value).map(|number| number.to_string())
            } else {
                <i64 as Decode<'_, MySql>>::decode(value).map(|number| number.to_string())
            };
            digits.map_err(|_| UNREADABLE)?.into_bytes()
        }
        "DATE" | "TIME" | "DATETIME" | "TIMESTAMP" | "FLOAT" | "DOUBLE" | "BIT" | "GEOMETRY" => {
            return Err("a value that is no text; write CAST(… AS CHAR) in the query");
        }
        _ => <Vec<u8> as Decode<'_, MySql>>::decode(value).map_err(|_| UNREADABLE)?,
    };
    Ok(Some(Zeroizing::new(bytes)))
}

/// The server forgot the statement (1243) or could not prepare it anew (1615).
fn outlived(error: &sqlx::Error) -> bool {
    matches!(number(error), Some(1243 | 1615))
}

/// Whether the server ended the connection, or takes no queries now.
pub(super) fn is_away(error: &sqlx::Error) -> bool {
    number(error).is_some_and(|number| AWAY.contains(&number))
}

/// Whether there are too many connections: to the server, of this account, of this account by its
/// own limit.
pub(super) fn is_full(error: &sqlx::Error) -> bool {
    matches!(number(error), Some(1040 | 1203 | 1226))
}

fn number(error: &sqlx::Error) -> Option<u16> {
    error
        .as_database_error()?
        .try_downcast_ref::<MySqlDatabaseError>()
        .map(MySqlDatabaseError::number)
}

/// Numbers of errors that are no answer to the statement sent.
const AWAY: &[u16] = &[
    1040, // too many connections
    1047, // a Galera node that is not ready for queries
    1053, // the server is being stopped
    1077, // the same
    1080, // connection closed by force
    1129, // this client is blocked after too many broken connections
    1152, // connection aborted
    1158, 1159, 1160, 1161, // reading from or writing to the network
    1184, // connection aborted before it was used
    1203, // too many connections of this account
    1226, // the account has used up what it may per hour
    1927, // connection killed
    4031, // MySQL: idle for too long
];

driver_queries!(MySqlConnection, MySqlRow, bind, text, outlived);
