use sqlx::mysql::{
    MySqlArguments, MySqlConnectOptions, MySqlConnection, MySqlSslMode, MySqlValueRef,
};
use sqlx::{ConnectOptions as _, Decode, MySql, TypeInfo as _, ValueRef as _};
use zeroize::Zeroizing;

use super::driver_queries;
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
    let query = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).persistent(false);
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

driver_queries!(MySqlConnection, bind, text);
