//! What a process that holds secrets and many descriptors asks of the system.

use std::ffi::CString;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::{Group, Uid, User, initgroups, setgid, setuid};
use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// No core dumps, nobody of the same user looks into our memory, and as many descriptors as may be.
pub(crate) fn prepare() {
    // Where one of these is refused, everything works without.
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}

/// How many descriptors there may be.
pub(crate) fn descriptors() -> usize {
    let limit = getrlimit(Resource::RLIMIT_NOFILE).map_or(USUAL_DESCRIPTORS, |(now, _)| now);
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// The limit that nearly every system begins with.
const USUAL_DESCRIPTORS: u64 = 1024;

/// The number of a user, by name.
pub(crate) fn uid_of(name: &str) -> Result<u32, String> {
    let user = User::from_name(name).map_err(|error| format!("user {name}: {error}"))?;
    Ok(user.ok_or_else(|| format!("there is no user {name}"))?.uid.as_raw())
}

/// The number of a group, by name.
pub(crate) fn gid_of(name: &str) -> Result<u32, String> {
    let group = Group::from_name(name).map_err(|error| format!("group {name}: {error}"))?;
    Ok(group.ok_or_else(|| format!("there is no group {name}"))?.gid.as_raw())
}

/// Whom to become, if we are root: nothing here needs root once the sockets are there.
pub(crate) fn user_instead_of_root(name: Option<&str>) -> Result<Option<User>, String> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    let name = name.ok_or("started as root; expected another user, or user = \"…\" in [daemon]")?;
    let user = User::from_name(name).map_err(|error| format!("user {name}: {error}"))?;
    let user = user.ok_or_else(|| format!("there is no user {name}"))?;
    if user.uid.is_root() {
        return Err("[daemon] user: root; expected another user".to_owned());
    }
    Ok(Some(user))
}

/// Becomes this user, for good.
pub(crate) fn become_user(user: &User) -> Result<(), String> {
    let name = CString::new(user.name.as_str()).map_err(|error| error.to_string())?;
    initgroups(&name, user.gid)
        .and_then(|()| setgid(user.gid))
        .and_then(|()| setuid(user.uid))
        .map_err(|error| format!("cannot become user {}: {error}", user.name))
}
