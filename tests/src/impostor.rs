//! What listens where an auth daemon is expected, and is none.

use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::database::Servers;

/// A listener that everybody can connect to, for as long as the test program runs.
#[derive(Debug)]
pub struct Impostor {
    path: PathBuf,
    connections: Arc<AtomicUsize>,
}

/// What it does with a connection.
#[derive(Debug, Clone)]
pub enum Behaviour {
    /// Reads, and says nothing.
    Silent,
    /// Closes it at once.
    Closes,
    /// Says this, then reads.
    Says(Vec<u8>),
    /// Says this without end.
    SaysForever(Vec<u8>),
    /// Reads the request first, then says this and closes.
    Answers(Vec<u8>),
}

impl Impostor {
    /// Listens at a path of its own.
    pub fn start(servers: &Arc<Servers>, behaviour: Behaviour) -> Self {
        let name = format!("impostor{}", servers.next_number());
        let path = servers.scratch().path().join(name);
        let listener = UnixListener::bind(&path).expect("bind");
        fs::set_permissions(&path, Permissions::from_mode(0o777)).expect("chmod 0777");
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        thread::spawn(move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::Relaxed);
                let behaviour = behaviour.clone();
                // The other side may go whenever it likes.
                thread::spawn(move || stream.and_then(|stream| behave(stream, &behaviour)));
            }
        });
        Self { path, connections }
    }

    /// Where it listens.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many connections have come so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

fn behave(mut stream: UnixStream, behaviour: &Behaviour) -> std::io::Result<()> {
    let mut request = [0; 4096];
    match behaviour {
        Behaviour::Closes => {}
        Behaviour::Silent => while stream.read(&mut request)? > 0 {},
        Behaviour::Says(bytes) => {
            stream.write_all(bytes)?;
            while stream.read(&mut request)? > 0 {}
        }
        Behaviour::SaysForever(bytes) => loop {
            stream.write_all(bytes)?;
        },
        Behaviour::Answers(bytes) => {
            let _ = stream.read(&mut request)?;
            stream.write_all(bytes)?;
        }
    }
    Ok(())
}
