use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value};

/// What the arguments ask for.
pub(crate) enum Arguments {
    Run(Invocation),
    Show(&'static str),
}

/// Where the configuration is, and the program to hand over to.
pub(crate) struct Invocation {
    pub(crate) config: Option<PathBuf>,
    pub(crate) dovecot_sql: Option<PathBuf>,
    pub(crate) program: OsString,
    pub(crate) rest: Vec<OsString>,
}

const HELP: &str = "\
Usage: ispmail-checkpassword [OPTION] PROGRAM [ARGUMENT…]

Reads login and password from descriptor 3 and checks them against the accounts in SQL.
Dovecot 2.3 starts it and adds PROGRAM itself:

  passdb {
    driver = checkpassword
    args = /usr/bin/ispmail-checkpassword --dovecot-sql /etc/dovecot/dovecot-sql.conf.ext
  }

Options:
  --config FILE       configuration (default: $ISPMAIL_CONFIG, /etc/ispmail/ispmail.toml)
  --dovecot-sql FILE  use Dovecot's dovecot-sql.conf.ext instead
  --help, --version

Exit codes: 0 accepted, 1 refused, 2 called wrongly, 111 could not check;
look-ups (AUTHORIZED set): 2 found, 3 unknown user, 111 could not look.";

/// The arguments of the process. What follows PROGRAM belongs to it.
pub(crate) fn parse() -> Result<Arguments, String> {
    let mut parser = lexopt::Parser::from_env();
    let (mut config, mut dovecot_sql) = (None, None);
    let wrong = |error: lexopt::Error| error.to_string();
    while let Some(argument) = parser.next().map_err(wrong)? {
        match argument {
            Long("config") => config = Some(parser.value().map_err(wrong)?.into()),
            Long("dovecot-sql") => dovecot_sql = Some(parser.value().map_err(wrong)?.into()),
            Long("help") | Short('h') => return Ok(Arguments::Show(HELP)),
            Long("version") | Short('V') => {
                let version = concat!("ispmail-checkpassword ", env!("CARGO_PKG_VERSION"));
                return Ok(Arguments::Show(version));
            }
            Value(program) => {
                let rest = parser.raw_args().map_err(wrong)?.collect();
                return Ok(Arguments::Run(Invocation { config, dovecot_sql, program, rest }));
            }
            other => return Err(other.unexpected().to_string()),
        }
    }
    Err("no program to hand over to (Dovecot adds its checkpassword-reply)".to_owned())
}
