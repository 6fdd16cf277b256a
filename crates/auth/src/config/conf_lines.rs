//! The syntax of Dovecot 2.3's stand-alone configuration files: `key = value` lines.
//!
//! Read as Dovecot 2.3.19 reads them (`lib-settings/settings.c`): `#` starts a comment except
//! within quotes, a backslash at the end of a line continues it (comments and empty lines in
//! between do not end it), a value whose first and last characters are the same quote loses both
//! and its backslashes, an unquoted value has its `$ENV:NAME` words replaced, `!include` and
//! `!include_try` read other files at once. Unlike there, sections are an error, not skipped, and
//! so are an environment variable that is not set and a last line that ends in a backslash.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::NotUsed;
use super::conf_include;
use super::error::{ConfigError, Origin};
use super::files;

/// One `key = value`.
pub(super) struct Setting {
    pub(super) key: String,
    pub(super) value: Zeroizing<String>,
    pub(super) origin: Origin,
}

/// All settings of a file and the files it includes, in the order in which they take effect.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) list: Vec<Setting>,
    pub(super) sources: Vec<PathBuf>,
    pub(super) not_used: Vec<NotUsed>,
}

/// How environment variables are looked up.
pub(super) type Environment<'a> = &'a dyn Fn(&OsStr) -> Option<OsString>;

/// Reads `path` and what it includes.
pub(super) fn read(path: &Path, environment: Environment<'_>) -> Result<Settings, ConfigError> {
    let mut read = Settings::default();
    // As in Dovecot, all files that a pattern matches are opened at once and the last is read
    // first: of two settings of the same name, the one in the alphabetically first file wins.
    let mut open = vec![OpenFile::open(path, 0)?];
    while let Some(file) = open.last_mut() {
        let Some((line, origin)) = file.next_line(&mut read.not_used)? else {
            if let Some(done) = open.pop() {
                read.sources.push(done.path);
            }
            continue;
        };
        match split(&line, &origin)? {
            Line::Setting { key, value } => {
                let value = plain(value, environment, &origin)?;
                read.list.push(Setting { key, value, origin });
            }
            Line::Include { pattern, must_exist } => {
                let depth = file.depth + 1;
                for found in conf_include::find(pattern, &file.path, must_exist, &origin)? {
                    if depth > DEEPEST || open.iter().any(|file| file.path == found) {
                        return Err(origin.invalid(
                            "!include of a file that is being read; expected no circle of files",
                        ));
                    }
                    match OpenFile::open(&found, depth) {
                        Ok(file) => open.push(file),
                        Err(error) if must_exist || !is_missing(&error) => return Err(error),
                        Err(_) => {}
                    }
                }
            }
        }
    }
    read.sources.reverse();
    Ok(read)
}

/// What a whole line, continuations joined, says.
enum Line<'a> {
    Setting { key: String, value: &'a [u8] },
    Include { pattern: &'a [u8], must_exist: bool },
}

fn split<'a>(line: &'a [u8], origin: &Origin) -> Result<Line<'a>, ConfigError> {
    let end = line.iter().position(|&b| is_blank(b) || b == b'=').unwrap_or(line.len());
    let (key, rest) = line.split_at(end);
    let rest = trim_start(rest);
    if key == b"!include" || key == b"!include_try" {
        return Ok(Line::Include { pattern: rest, must_exist: key == b"!include" });
    }
    if let Some((b'=', value)) = rest.split_first() {
        let key = String::from_utf8_lossy(key).into_owned();
        return Ok(Line::Setting { key, value: trim_start(value) });
    }
    let named = rest.iter().position(|&b| is_blank(b)).unwrap_or(rest.len());
    let (_, after_name) = rest.split_at(named);
    if key == b"}" || rest.first() == Some(&b'{') || trim_start(after_name).first() == Some(&b'{') {
        return Err(origin.invalid("a section; expected only KEY = VALUE in this file"));
    }
    Err(origin.invalid(
        "no '='; expected KEY = VALUE (a line goes on in the next only after a backslash)",
    ))
}

/// The value without its quotes, or with its environment variables replaced.
fn plain(
    value: &[u8],
    environment: Environment<'_>,
    origin: &Origin,
) -> Result<Zeroizing<String>, ConfigError> {
    let bytes = match value {
        [first @ (b'"' | b'\''), inner @ .., last] if first == last => unescape(inner),
        [b'"' | b'\''] => Zeroizing::default(),
        _ => expand(value, environment, origin)?,
    };
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| origin.invalid("not UTF-8; expected the value in UTF-8"))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Removes each backslash that quotes the byte behind it, and one at the very end.
fn unescape(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut plain = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        if byte == b'\\' {
            plain.extend(bytes.next());
        } else {
            plain.push(byte);
        }
    }
    plain
}

/// Replaces `$ENV:NAME`, at the start or behind a blank and up to the next space.
fn expand(
    value: &[u8],
    environment: Environment<'_>,
    origin: &Origin,
) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    let mut expanded = Zeroizing::new(Vec::with_capacity(value.len()));
    let mut rest = value;
    let mut before = b' ';
    while let Some((&byte, behind)) = rest.split_first() {
        match rest.strip_prefix(b"$ENV:") {
            Some(tail) if is_blank(before) => {
                let end = tail.iter().position(|&b| b == b' ').unwrap_or(tail.len());
                let (name, tail) = tail.split_at(end);
                let set = environment(OsStr::from_bytes(name)).ok_or_else(|| {
                    origin.invalid(
                        "a variable named with $ENV: is not set; expected it in the environment \
                         (Dovecot passes on what import_environment lists)",
                    )
                })?;
                expanded.extend_from_slice(&Zeroizing::new(set.into_vec()));
                (before, rest) = (b'$', tail);
            }
            _ => {
                expanded.push(byte);
                (before, rest) = (byte, behind);
            }
        }
    }
    Ok(expanded)
}

/// A line with those that continue it, and where it starts.
type WholeLine = (Zeroizing<Vec<u8>>, Origin);

/// A file being read.
struct OpenFile {
    path: PathBuf,
    text: Zeroizing<Vec<u8>>,
    /// Bytes and lines read so far.
    position: usize,
    lines: usize,
    /// How many files deep it is included.
    depth: usize,
}

impl OpenFile {
    fn open(path: &Path, depth: usize) -> Result<Self, ConfigError> {
        let text = files::read(path)?;
        if text.starts_with(b"\xef\xbb\xbf") {
            return Err(Origin::line(path, 1).invalid(
                "starts with a byte order mark; expected plain UTF-8 as Dovecot reads it",
            ));
        }
        Ok(Self { path: path.to_owned(), text, position: 0, lines: 0, depth })
    }

    /// The next line that says something, continuations joined, and where it starts.
    fn next_line(&mut self, not_used: &mut Vec<NotUsed>) -> Result<Option<WholeLine>, ConfigError> {
        let mut joined: Option<WholeLine> = None;
        let Some(mut rest) = self.text.get(self.position..) else {
            return Ok(None);
        };
        while !rest.is_empty() {
            let end = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
            let (line, tail) = rest.split_at(end);
            rest = tail.strip_prefix(b"\n").unwrap_or(tail);
            self.lines += 1;
            self.position = self.text.len() - rest.len();
            let origin = Origin::line(&self.path, self.lines);
            if line.contains(&0) {
                return Err(origin.invalid("a NUL byte; expected text"));
            }
            let line = trim_start(line.strip_suffix(b"\r").unwrap_or(line));
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let line = without_comment(line, &origin, not_used);
            let (line, goes_on) = match line.strip_suffix(b"\\") {
                Some(line) => (trim_end(line), true),
                None => (line, false),
            };
            let (whole, _) = joined.get_or_insert_with(|| {
                (Zeroizing::new(Vec::with_capacity(self.text.len())), origin)
            });
            whole.extend_from_slice(line);
            if !goes_on {
                return Ok(joined);
            }
            whole.push(b' ');
        }
        match joined {
            None => Ok(None),
            Some((_, origin)) => Err(origin.invalid(
                "goes on with a backslash to the end of the file; expected a line behind it",
            )),
        }
    }
}

/// Cuts a comment off. Dovecot takes a `#` for one even in the middle of a word and warns.
fn without_comment<'a>(line: &'a [u8], origin: &Origin, not_used: &mut Vec<NotUsed>) -> &'a [u8] {
    let mut quote = None;
    let mut escaped = false;
    let mut before = b' ';
    for (position, &byte) in line.iter().enumerate() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if byte == b'\\' => escaped = true,
            Some(end) if byte == end => quote = None,
            None if byte == b'\'' || byte == b'"' => quote = Some(byte),
            None if byte == b'#' => {
                if !is_blank(before) {
                    not_used.push(NotUsed {
                        name: "what follows #",
                        origin: origin.clone(),
                        why: "it is a comment, as for Dovecot; put the value in quotes to keep it",
                    });
                }
                return trim_end(line.split_at(position).0);
            }
            Some(_) | None => {}
        }
        before = byte;
    }
    trim_end(line)
}

fn is_missing(error: &ConfigError) -> bool {
    matches!(error, ConfigError::Unreadable { cause, .. }
        if cause.kind() == std::io::ErrorKind::NotFound)
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn trim_start(line: &[u8]) -> &[u8] {
    let start = line.iter().position(|&b| !is_blank(b)).unwrap_or(line.len());
    line.split_at(start).1
}

fn trim_end(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|&b| !is_blank(b)).map_or(0, |last| last + 1);
    line.split_at(end).0
}

/// How deep files may include files.
const DEEPEST: usize = 16;

#[cfg(test)]
mod tests;
