use std::ffi::OsString;
use std::path::PathBuf;

use ispmail_auth_client::Sockets;
use lexopt::prelude::{Long, Short, Value};

#[cfg(feature = "database")]
use crate::database::Configuration;

/// What the arguments ask for.
pub(crate) enum Arguments {
    Run(Ask, Program),
    Show(String),
}

/// Whom to ask.
pub(crate) enum Ask {
    Daemon(Sockets),
    /// The database if there is no daemon.
    #[cfg(feature = "database")]
    DaemonFirst(Sockets, Configuration),
    #[cfg(feature = "database")]
    Database(Configuration),
}

/// The program to hand over to.
pub(crate) struct Program {
    pub(crate) path: OsString,
    pub(crate) arguments: Vec<OsString>,
}

/// The options as they come.
#[derive(Default)]
struct Options {
    daemon: Option<PathBuf>,
    master: Option<PathBuf>,
    #[cfg(feature = "database")]
    fall_back: bool,
    #[cfg(feature = "database")]
    configuration: Configuration,
}

const USAGE: &str = "\
Usage: ispmail-checkpassword [OPTION…] PROGRAM [ARGUMENT…]

Reads login and password from descriptor 3 and checks them against the accounts in SQL.
Dovecot 2.3 starts it and adds PROGRAM itself:

  passdb {
    driver = checkpassword
";

const DAEMON: &str = "    args = /usr/bin/ispmail-checkpassword
  }

Options:
  --daemon SOCKET     ispmail-authd's client socket (default: /run/ispmail/auth-client)
  --master SOCKET     its master socket (default: auth-master beside it)
";

const DATABASE: &str = "    args = /usr/bin/ispmail-checkpassword --daemon /run/ispmail/auth-client
  }

Options:
  --daemon SOCKET     ask ispmail-authd by its client socket
  --master SOCKET     its master socket (default: auth-master beside it)
  --fall-back         ask the database where the daemon cannot be reached
Without --daemon, or with --fall-back:
  --config FILE       configuration (default: $ISPMAIL_CONFIG, /etc/ispmail/ispmail.toml)
  --dovecot-sql FILE  use Dovecot's dovecot-sql.conf.ext instead
";

const REST: &str = "  --help, --version

Exit codes: 0 accepted, 1 refused, 2 called wrongly, 111 could not check;
look-ups (AUTHORIZED set): 2 found, 3 unknown user, 111 could not look.";

/// The arguments of the process. What follows PROGRAM belongs to it.
pub(crate) fn parse() -> Result<Arguments, String> {
    let mut parser = lexopt::Parser::from_env();
    let mut options = Options::default();
    let wrong = |error: lexopt::Error| error.to_string();
    while let Some(argument) = parser.next().map_err(wrong)? {
        match argument {
            Long("daemon") => options.daemon = Some(parser.value().map_err(wrong)?.into()),
            Long("master") => options.master = Some(parser.value().map_err(wrong)?.into()),
            #[cfg(feature = "database")]
            Long("fall-back") => options.fall_back = true,
            #[cfg(feature = "database")]
            Long("config") => {
                options.configuration.config = Some(parser.value().map_err(wrong)?.into());
            }
            #[cfg(feature = "database")]
            Long("dovecot-sql") => {
                options.configuration.dovecot_sql = Some(parser.value().map_err(wrong)?.into());
            }
            Long("help") | Short('h') => {
                let options = if cfg!(feature = "database") { DATABASE } else { DAEMON };
                return Ok(Arguments::Show([USAGE, options, REST].concat()));
            }
            Long("version") | Short('V') => {
                let version = concat!("ispmail-checkpassword ", env!("CARGO_PKG_VERSION"));
                return Ok(Arguments::Show(version.to_owned()));
            }
            Value(path) => {
                let arguments = parser.raw_args().map_err(wrong)?.collect();
                return Ok(Arguments::Run(options.ask()?, Program { path, arguments }));
            }
            other => return Err(other.unexpected().to_string()),
        }
    }
    Err("no program to hand over to (Dovecot adds its checkpassword-reply)".to_owned())
}

impl Options {
    #[cfg(feature = "database")]
    fn ask(self) -> Result<Ask, String> {
        let Self { daemon, master, fall_back, configuration } = self;
        let configured = configuration.config.is_some() || configuration.dovecot_sql.is_some();
        match daemon {
            None if master.is_some() => Err("--master without --daemon".to_owned()),
            None if fall_back => Err("--fall-back without --daemon".to_owned()),
            None => Ok(Ask::Database(configuration)),
            Some(daemon) if fall_back => {
                Ok(Ask::DaemonFirst(sockets(daemon, master), configuration))
            }
            Some(_) if configured => {
                Err("--daemon needs no configuration; expected --fall-back with it".to_owned())
            }
            Some(daemon) => Ok(Ask::Daemon(sockets(daemon, master))),
        }
    }

    #[cfg(not(feature = "database"))]
    #[allow(clippy::unnecessary_wraps, reason = "more can be wrong with a database")]
    fn ask(self) -> Result<Ask, String> {
        let daemon = self.daemon.unwrap_or_else(|| Sockets::default().client);
        Ok(Ask::Daemon(sockets(daemon, self.master)))
    }
}

fn sockets(daemon: PathBuf, master: Option<PathBuf>) -> Sockets {
    let mut sockets = Sockets::with_client(daemon);
    if let Some(master) = master {
        sockets.master = master;
    }
    sockets
}
