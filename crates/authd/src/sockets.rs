use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use ispmail_auth::config::daemon::{Daemon, Socket};
use listenfd::ListenFd;
use nix::sys::stat::{Mode, umask};
use nix::unistd::User;

use crate::process::{gid_of, uid_of};

/// The two sockets that requests come in by.
pub(crate) struct Sockets {
    pub(crate) client: Listener,
    pub(crate) master: Listener,
}

/// A listening socket. One that we made goes away with it.
pub(crate) struct Listener {
    pub(crate) listener: UnixListener,
    made: Option<Made>,
}

/// A socket file that we made.
struct Made {
    path: PathBuf,
    inode: u64,
}

impl Sockets {
    /// Takes those that systemd opened for us, by their paths, and makes the others, which belong
    /// to the daemon's user unless the configuration names another.
    pub(crate) fn open(daemon: &Daemon, user: Option<&User>) -> Result<Self, String> {
        let mut activated = activated()?;
        let mut open = |socket: &Socket| {
            let given = activated.iter().position(|(path, _)| *path == socket.path);
            match given.map(|position| activated.swap_remove(position)) {
                Some((_, listener)) => Ok(Listener { listener, made: None }),
                None => {
                    make(socket, user).map_err(|why| format!("{}: {why}", socket.path.display()))
                }
            }
        };
        let (client, master) = (open(&daemon.client)?, open(&daemon.master)?);
        match activated.first() {
            None => Ok(Self { client, master }),
            Some((path, _)) => Err(format!(
                "systemd listens on {}, which is neither the client nor the master socket",
                path.display()
            )),
        }
    }
}

/// The sockets that systemd handed to us.
fn activated() -> Result<Vec<(PathBuf, UnixListener)>, String> {
    let mut given = ListenFd::from_env();
    let mut sockets = Vec::new();
    for number in 0..given.len() {
        let listener = given.take_unix_listener(number);
        let listener = listener.map_err(|error| format!("systemd's sockets: {error}"))?;
        let Some(listener) = listener else { continue };
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let path = address.as_pathname().map(PathBuf::from).unwrap_or_default();
        sockets.push((path, listener));
    }
    Ok(sockets)
}

fn make(socket: &Socket, user: Option<&User>) -> Result<Listener, String> {
    let Socket { path, owner, group, mode } = socket;
    let owner = owner.as_deref().map(uid_of).transpose()?;
    let group = group.as_deref().map(gid_of).transpose()?;
    let owner = owner.or(user.map(|user| user.uid.as_raw()));
    let group = group.or(user.map(|user| user.gid.as_raw()));
    remove_stale(socket)?;
    // Made beside its place, and moved there once owner and mode are right: a client that waits
    // for it must not be turned away in between.
    let beside = beside(path);
    let before = umask(Mode::from_bits_truncate(0o777));
    let bound = UnixListener::bind(&beside);
    umask(before);
    let listener = bound.map_err(|error| error.to_string())?;
    let inode = inode(&beside).map_err(|error| error.to_string())?;
    chown(&beside, owner, group)
        .map_err(|error| format!("owner and group: {error}"))
        .and_then(|()| {
            let mode = fs::Permissions::from_mode(*mode);
            fs::set_permissions(&beside, mode).map_err(|error| format!("mode: {error}"))
        })
        .and_then(|()| fs::rename(&beside, path).map_err(|error| error.to_string()))
        .inspect_err(|_| {
            let _ = fs::remove_file(&beside);
        })?;
    Ok(Listener { listener, made: Some(Made { path: path.clone(), inode }) })
}

/// A place for a socket that is not ready yet. What a daemon that died left there goes.
fn beside(path: &Path) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let _ = fs::remove_file(&beside);
    beside
}

/// Removes the socket of a daemon that is gone, and nothing else.
fn remove_stale(socket: &Socket) -> Result<(), String> {
    let path = &socket.path;
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    if !found.file_type().is_socket() {
        return Err("is there already and not a socket".to_owned());
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            fs::remove_file(path).map_err(|error| error.to_string())
        }
        Err(error) => Err(error.to_string()),
        Ok(_) => Err("somebody listens there already".to_owned()),
    }
}

fn inode(path: &Path) -> io::Result<u64> {
    Ok(fs::symlink_metadata(path)?.ino())
}

impl Drop for Listener {
    fn drop(&mut self) {
        let Some(Made { path, inode: ours }) = &self.made else { return };
        // Another daemon may have made its own there meanwhile.
        if inode(path).is_ok_and(|found| found == *ours) {
            let _ = fs::remove_file(path);
        }
    }
}
