//! What can be wrong with a configuration, said with file and line and without the file's text.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Where a setting stands: `FILE:LINE`, or just `FILE` for what is built in or missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub file: PathBuf,
    /// The line in it, from 1; of a setting that goes over several lines, the first.
    pub line: Option<usize>,
}

impl Origin {
    /// The file as a whole.
    pub fn file(file: &Path) -> Self {
        Self { file: file.to_owned(), line: None }
    }

    /// One line of the file, from 1.
    pub fn line(file: &Path, line: usize) -> Self {
        Self { file: file.to_owned(), line: Some(line) }
    }

    /// An error here. `problem` says what is wrong and, after a semicolon, what was expected; it
    /// must not quote the file, which holds a database password.
    pub fn invalid(&self, problem: impl Into<String>) -> ConfigError {
        ConfigError::Invalid { origin: self.clone(), problem: problem.into() }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        match self.line {
            Some(line) => write!(f, ":{line}"),
            None => Ok(()),
        }
    }
}

/// A text from the configuration and where it stands, so that whoever interprets it later can
/// still name file and line.
///
/// There is no `Debug`: a query may hold a key (`AES_DECRYPT(password, '…')`).
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    /// The text, variables (`%u`) not expanded.
    pub text: String,
    /// Where it was found.
    pub origin: Origin,
}

/// A configuration that cannot be used. Its text is one line that never quotes the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// `--config` and `--dovecot-sql` together.
    #[error("both --config and --dovecot-sql are given; expected one of them")]
    TwoSources,
    /// The file exists and we may not read it.
    #[error(
        "{f}: cannot be read: permission denied; user dovecot must be able to read it \
         (chgrp dovecot {f}; chmod 0640 {f})",
        f = .file.display()
    )]
    Denied {
        /// The file.
        file: PathBuf,
    },
    /// The file cannot be read for another reason.
    #[error("{}: cannot be read: {}; expected a configuration file", .file.display(), reason(.cause))]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// Something in the file is wrong or missing.
    #[error("{origin}: {problem}")]
    Invalid {
        /// Where.
        origin: Origin,
        /// What is wrong, and what was expected.
        problem: String,
    },
}

impl ConfigError {
    /// The error for a file that could not be opened or read.
    pub(super) fn unreadable(file: &Path, cause: io::Error) -> Self {
        let file = file.to_owned();
        match cause.kind() {
            io::ErrorKind::PermissionDenied => Self::Denied { file },
            _ => Self::Unreadable { file, cause },
        }
    }
}

fn reason(cause: &io::Error) -> String {
    match cause.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => cause.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_is_one_line_that_names_the_file() {
        let file = PathBuf::from("/etc/ispmail/ispmail.toml");
        let cause = |kind: io::ErrorKind| io::Error::from(kind);
        let unreadable = |kind| ConfigError::Unreadable { file: file.clone(), cause: cause(kind) };
        for (error, expected) in [
            (
                ConfigError::Denied { file: file.clone() },
                "/etc/ispmail/ispmail.toml: cannot be read: permission denied; user dovecot must \
                 be able to read it (chgrp dovecot /etc/ispmail/ispmail.toml; chmod 0640 \
                 /etc/ispmail/ispmail.toml)",
            ),
            (
                unreadable(io::ErrorKind::NotFound),
                "/etc/ispmail/ispmail.toml: cannot be read: there is no such file; expected a \
                 configuration file",
            ),
            (
                unreadable(io::ErrorKind::IsADirectory),
                "/etc/ispmail/ispmail.toml: cannot be read: it is a directory; expected a \
                 configuration file",
            ),
            (
                Origin::line(&file, 7).invalid("uid: 0 is root; expected 1 to 4294967294"),
                "/etc/ispmail/ispmail.toml:7: uid: 0 is root; expected 1 to 4294967294",
            ),
            (
                Origin::file(&file).invalid("[database] is missing; expected a url"),
                "/etc/ispmail/ispmail.toml: [database] is missing; expected a url",
            ),
        ] {
            assert_eq!(error.to_string(), expected);
        }
    }
}
