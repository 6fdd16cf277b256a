use std::path::PathBuf;

use clap::Parser;
use ispmail_auth::config::{ConfigError, Source};

/// Checks logins for Dovecot and other programs on this machine, against the accounts in SQL.
///
/// SIGHUP reads the configuration again, SIGTERM stops.
#[derive(Parser)]
#[command(name = "ispmail-authd", version)]
pub(crate) struct Arguments {
    /// The configuration [default: $ISPMAIL_CONFIG, else /etc/ispmail/ispmail.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Dovecot's own dovecot-sql.conf.ext as the configuration
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    dovecot_sql: Option<PathBuf>,
    /// Also log what went well
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

impl Arguments {
    pub(crate) fn source(&self) -> Result<Source, ConfigError> {
        let environment = std::env::var_os("ISPMAIL_CONFIG");
        Source::choose(self.config.clone(), self.dovecot_sql.clone(), environment)
    }
}
