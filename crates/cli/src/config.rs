//! `ispmail-pw config`: the auth part of a Dovecot configuration that signs in through the daemon.

mod auth_blocks;
mod dovecot_sql_24;
mod report;
mod text;
mod variables_24;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ispmail_auth::config::Source;
use ispmail_auth::{Authenticator, StartError};

pub(crate) use auth_blocks::checkpassword_blocks;
use report::Summary;

use crate::arguments::{ConfigArguments, DovecotVersion, SourceArguments, Through};
use crate::manage::{choose, load, wait};
use crate::{Exit, Failure, sibling};

pub(crate) fn run(source: SourceArguments, arguments: &ConfigArguments) -> Result<(), Failure> {
    let config = load(source.clone())?;
    let again = load(source.clone())?;
    let wanted = Wanted::new(&choose(source)?, arguments)?;
    if wanted.through != Through::Database {
        word(&config.daemon.client.path)?;
        word(&config.daemon.master.path)?;
    }
    // What keeps the daemon from starting is better said now.
    Authenticator::serving(again, |_| ()).map_err(|error| match error {
        StartError::Config(error) => error.into(),
        error => Failure::new(Exit::Temporary, error.to_string()),
    })?;
    let accounts = if arguments.offline { None } else { Some(wait(Summary::of(&config))?) };
    let text = auth_blocks::print(&wanted, &config, accounts.as_ref());
    io::stdout().write_all(text.as_bytes())?;
    if let Some(accounts) = accounts {
        accounts.tell(&config);
    }
    Ok(())
}

/// What is to be printed.
struct Wanted {
    version: DovecotVersion,
    through: Through,
    /// Where the configuration is.
    source: Source,
    lua_file: String,
    checkpassword: String,
}

impl Wanted {
    fn new(source: &Source, arguments: &ConfigArguments) -> Result<Self, Failure> {
        let ConfigArguments { dovecot: version, through, lua_file, checkpassword, .. } = arguments;
        let (version, through) = (*version, *through);
        if version == DovecotVersion::V24 && through != Through::Lua {
            let message = "Dovecot 2.4 has no passdb checkpassword; expected --through lua";
            return Err(Failure::new(Exit::Usage, message));
        }
        let absolute = std::path::absolute(source.path())?;
        let checkpassword = match checkpassword {
            Some(path) => path.clone(),
            None => installed_checkpassword(through)?,
        };
        // Of all the paths only those that are printed as settings have to be words.
        let word_if = |printed: bool, path: &Path| {
            if printed { word(path) } else { Ok(String::new()) }
        };
        if through == Through::Database {
            word(&absolute)?;
        }
        Ok(Self {
            version,
            through,
            source: match source {
                Source::Toml(_) => Source::Toml(absolute),
                Source::DovecotSql(_) => Source::DovecotSql(absolute),
            },
            lua_file: word_if(through == Through::Lua, lua_file)?,
            checkpassword: word_if(through != Through::Lua, &checkpassword)?,
        })
    }
}

/// The checkpassword program beside this one: for the daemon the thin one, where it is installed.
fn installed_checkpassword(through: Through) -> io::Result<PathBuf> {
    let thin = sibling("ispmail-checkpassword-thin")?;
    let serves = through == Through::Checkpassword && thin.exists();
    if serves { Ok(thin) } else { sibling("ispmail-checkpassword") }
}

/// A path that Dovecot takes for one word, whatever version it is.
fn word(path: &Path) -> Result<String, Failure> {
    let plain = |text: &&str| {
        let odd = |byte: u8| !byte.is_ascii_graphic() || b"\"'#$%\\=".contains(&byte);
        text.starts_with('/') && !text.bytes().any(odd)
    };
    path.to_str().filter(plain).map(str::to_owned).ok_or_else(|| {
        let message = format!(
            "{}: cannot stand in Dovecot's configuration; expected a path from the root without \
             blanks and special characters",
            path.display().to_string().escape_debug()
        );
        Failure::new(Exit::Data, message)
    })
}
