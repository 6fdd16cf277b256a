//! The descriptors that the interface fixes by number, and what keeps secrets inside the process.
//! The only `unsafe` of this program.
#![allow(unsafe_code, reason = "descriptors 3 and 4 are given by number")]

use std::fs::File;
use std::io::{self, Read as _};
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd as _;

use rustix::process::{DumpableBehavior, Resource, Rlimit, setrlimit};
use zeroize::Zeroizing;

use crate::request::{MAX_REQUEST, RequestError};

/// Neither a core dump nor a debugger gets at the password. Where the kernel refuses, the sign-in
/// goes on all the same.
pub(crate) fn no_core_dumps() {
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Closes what Dovecot leaks into its children: a copy of descriptor 4, held by something left in
/// the background, would stall the login.
pub(crate) fn close_leaked() {
    // SAFETY: called before anything in this process has opened a descriptor above 4.
    // An error (a kernel before 5.9) leaves them open, as they are without us.
    unsafe { libc::close_range(5, libc::c_uint::MAX, 0) };
}

/// Everything on descriptor 3, up to one byte more than is allowed.
pub(crate) fn read_request() -> Result<Zeroizing<Vec<u8>>, RequestError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_REQUEST + 1));
    // SAFETY: nothing else in this process owns descriptor 3; if it is not open, reading fails.
    let input = unsafe { File::from_raw_fd(3) };
    // A descriptor that is not open must not be closed, so this never is; the process is short.
    let input = ManuallyDrop::new(input);
    // Within the capacity, so that no copy is left behind by growing.
    let read = (&*input).take(MAX_REQUEST as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|_| RequestError::NoDescriptor)?;
    Ok(bytes)
}

/// Descriptor 4, if it was open when the process began. Anything opened since then has
/// close-on-exec set, which Dovecot's pipe, made for an exec, has not.
pub(crate) fn reply_pipe() -> io::Result<File> {
    // SAFETY: F_GETFD only looks.
    let flags = unsafe { libc::fcntl(4, libc::F_GETFD) };
    if flags == -1 || flags & libc::FD_CLOEXEC != 0 {
        return Err(io::Error::other("descriptor 4 is not open"));
    }
    // SAFETY: it is open, and nothing else in this process owns it.
    Ok(unsafe { File::from_raw_fd(4) })
}
