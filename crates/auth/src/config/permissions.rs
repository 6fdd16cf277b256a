//! Who can read a configuration file: the programs must, and nobody else.
//!
//! Dovecot runs `passdb checkpassword` programs as its own unprivileged user, without
//! supplementary groups, so that a file of root's with mode 0600 cannot be read by them.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What is wrong with who can read a file, and how to set it right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What is wrong, the worst first; never empty.
    pub problems: Vec<Problem>,
    /// What root types to set it right, one command each.
    pub commands: Vec<String>,
}

/// Something wrong with who can read a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Everybody on the machine can read the database password.
    #[error("everybody on this machine can read it, and it holds a database password")]
    OthersRead,
    /// Somebody besides the owner can change where accounts are looked up.
    #[error("others than its owner can change it")]
    OthersWrite,
    /// There is no such user.
    #[error("there is no user {0} on this machine")]
    NoUser(String),
    /// The programs cannot read the file.
    #[error("user {0} cannot read it")]
    CannotRead(String),
    /// The programs cannot get at the file.
    #[error("user {user} cannot get into {}", .directory.display())]
    CannotEnter {
        /// The user.
        user: String,
        /// The directory on the way to the file.
        directory: PathBuf,
    },
}

/// Checks whether `user` (for Dovecot `dovecot`) can read `path` and others cannot; `None` if all
/// is well.
///
/// Goes by owner, group and mode of the file and the directories above it, and by `/etc/passwd`
/// and `/etc/group`; access control lists are not looked at.
///
/// # Errors
///
/// Whatever the operating system says about the file, its directories, or `/etc/passwd`.
pub fn check(path: &Path, user: &str) -> io::Result<Option<Advice>> {
    let path = fs::canonicalize(path)?;
    let directories = path.ancestors().skip(1).map(|at| Ok((at, Rights::of(&fs::metadata(at)?))));
    let directories: Vec<_> = directories.collect::<io::Result<_>>()?;
    let file = Rights::of(&fs::metadata(&path)?);
    let reader = Reader::find(user, &fs::read("/etc/passwd")?, &fs::read("/etc/group")?);
    Ok(advise(&path, &file, &directories, user, reader.as_ref()))
}

fn advise(
    path: &Path,
    file: &Rights,
    directories: &[(&Path, Rights)],
    user: &str,
    reader: Option<&Reader>,
) -> Option<Advice> {
    let mut problems = Vec::new();
    let mut commands = Vec::new();
    if file.mode & 0o004 != 0 {
        problems.push(Problem::OthersRead);
    }
    if file.mode & 0o022 != 0 {
        problems.push(Problem::OthersWrite);
    }
    match reader {
        None => problems.push(Problem::NoUser(user.to_owned())),
        Some(reader) if !reader.may(file, 0o4) => {
            problems.push(Problem::CannotRead(user.to_owned()));
        }
        Some(_) => {}
    }
    if !problems.is_empty() {
        let path = quoted(path);
        let reads_as_owner = reader.is_some_and(|reader| reader.uid == file.uid);
        if let Some(reader) = reader.filter(|_| !reads_as_owner) {
            commands.push(format!("chown root:{} {path}", reader.group));
        }
        commands.push(format!("chmod {} {path}", if reads_as_owner { "0600" } else { "0640" }));
    }
    let closed = |reader: &&Reader, at: &Rights| !reader.may(at, 0o1);
    for (directory, rights) in directories {
        if reader.as_ref().is_some_and(|reader| closed(reader, rights)) {
            let directory = directory.to_path_buf();
            commands.push(format!("chmod o+x {}", quoted(&directory)));
            problems.push(Problem::CannotEnter { user: user.to_owned(), directory });
        }
    }
    if problems.is_empty() { None } else { Some(Advice { problems, commands }) }
}

/// Owner, group and mode of a file.
struct Rights {
    uid: u32,
    gid: u32,
    mode: u32,
}

impl Rights {
    fn of(metadata: &Metadata) -> Self {
        Self { uid: metadata.uid(), gid: metadata.gid(), mode: metadata.mode() }
    }
}

/// Who has to read the file.
struct Reader {
    uid: u32,
    gid: u32,
    /// The main group's name, or its number if it has none.
    group: String,
}

impl Reader {
    /// Finds a user and the main group in the texts of `/etc/passwd` and `/etc/group`.
    fn find(user: &str, passwd: &[u8], groups: &[u8]) -> Option<Self> {
        let line = fields(passwd, |line| line.first() == Some(&user))?;
        let [_, _, uid, gid, ..] = line.as_slice() else {
            return None;
        };
        let (uid, gid): (u32, u32) = (uid.parse().ok()?, gid.parse().ok()?);
        let number = gid.to_string();
        let group = fields(groups, |line| line.get(2) == Some(&number.as_str()));
        let name = group.and_then(|line| line.first().copied()).unwrap_or(&number);
        Some(Self { uid, gid, group: name.to_owned() })
    }

    /// Whether this one may do what `bit` (4 read, 1 enter) stands for, by the first class that
    /// fits, as the kernel decides.
    fn may(&self, at: &Rights, bit: u32) -> bool {
        let class = if self.uid == at.uid {
            6
        } else if self.gid == at.gid {
            3
        } else {
            0
        };
        self.uid == 0 || at.mode & (bit << class) != 0
    }
}

/// The fields of the first line that `fits`.
fn fields(text: &[u8], fits: impl Fn(&[&str]) -> bool) -> Option<Vec<&str>> {
    let lines = text.split(|&byte| byte == b'\n');
    lines
        .filter_map(|line| Some(std::str::from_utf8(line).ok()?.split(':').collect::<Vec<_>>()))
        .find(|line| fits(line))
}

/// The path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const PASSWD: &[u8] = b"root:x:0:0:root:/root:/bin/sh\n\xff\ndovecot:x:104:108::/:/bin/false\nvmail:x:5000:5001::/:/bin/false\n";
    const GROUPS: &[u8] = b"root:x:0:\ndovecot:x:108:postfix\n";

    fn advice(uid: u32, gid: u32, mode: u32, user: &str) -> (Vec<String>, Vec<String>) {
        let path = Path::new("/etc/dovecot/dovecot-sql.conf.ext");
        let reader = Reader::find(user, PASSWD, GROUPS);
        let open = Rights { uid: 0, gid: 0, mode: 0o40_755 };
        let directories = [(Path::new("/etc"), open)];
        let file = Rights { uid, gid, mode: 0o100_000 | mode };
        match advise(path, &file, &directories, user, reader.as_ref()) {
            Some(Advice { problems, commands }) => {
                (problems.iter().map(ToString::to_string).collect(), commands)
            }
            None => (Vec::new(), Vec::new()),
        }
    }

    #[test]
    fn who_may_read() {
        let all = "everybody on this machine can read it, and it holds a database password";
        let write = "others than its owner can change it";
        let chmod = "chmod 0640 /etc/dovecot/dovecot-sql.conf.ext";
        let chown = "chown root:dovecot /etc/dovecot/dovecot-sql.conf.ext";
        let vmail = "chown root:5001 /etc/dovecot/dovecot-sql.conf.ext";
        let cannot = "user dovecot cannot read it";
        for (uid, gid, mode, user, problems, commands) in [
            (0, 108, 0o640, "dovecot", vec![], vec![]),
            (0, 108, 0o440, "dovecot", vec![], vec![]),
            (104, 0, 0o600, "dovecot", vec![], vec![]),
            (0, 0, 0o600, "root", vec![], vec![]),
            (0, 0, 0o600, "dovecot", vec![cannot], vec![chown, chmod]),
            (0, 108, 0o600, "dovecot", vec![cannot], vec![chown, chmod]),
            (0, 0, 0o640, "dovecot", vec![cannot], vec![chown, chmod]),
            (0, 0, 0o644, "dovecot", vec![all], vec![chown, chmod]),
            (0, 108, 0o604, "dovecot", vec![all, cannot], vec![chown, chmod]),
            (0, 108, 0o660, "dovecot", vec![write], vec![chown, chmod]),
            (
                104,
                0,
                0o644,
                "dovecot",
                vec![all],
                vec!["chmod 0600 /etc/dovecot/dovecot-sql.conf.ext"],
            ),
            (0, 0, 0o600, "vmail", vec!["user vmail cannot read it"], vec![vmail, chmod]),
            (0, 0, 0o640, "none", vec!["there is no user none on this machine"], vec![chmod]),
        ] {
            let (found, to_do) = advice(uid, gid, mode, user);
            assert_eq!(
                (found, to_do),
                (strings(&problems), strings(&commands)),
                "{uid} {gid} {mode:o}"
            );
        }
    }

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_closed_directory_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let closed = directory.path().join("it's closed");
        fs::create_dir(&closed).unwrap();
        let path = closed.join("f");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
        let user = "nobody";
        let advice = check(&path, user).unwrap().unwrap();
        let named = |at: &Path| {
            let directory = fs::canonicalize(at).unwrap();
            advice.problems.contains(&Problem::CannotEnter { user: user.to_owned(), directory })
        };
        assert!(named(&closed), "{advice:?}");
        assert!(!named(Path::new("/")));
        assert!(check(&directory.path().join("none"), user).is_err());
        assert_eq!(quoted(&closed.join("f")).matches(r"it'\''s closed").count(), 1);
    }
}
