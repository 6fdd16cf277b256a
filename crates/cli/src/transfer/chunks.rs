//! Records in groups, read and hashed ahead of who takes them.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::ready::{Drafted, Finished};
use super::{Entries, Format, Hashing};

/// Most records of a chunk. Each core gets hundreds, so that all SIMD lanes are full most of the
/// time.
const MOST: usize = 512;
/// A chunk with so many bytes of the file gets no more records: memory is bounded also where
/// records are long.
const MOST_BYTES: u64 = 1 << 20;

/// Some records, in the file's order, and what is wrong with others.
pub(crate) struct Chunk {
    pub(crate) records: Vec<Finished>,
    /// Bytes of the file up to here.
    pub(crate) done: u64,
}

/// The chunks of a file. While one is worked on, the next is there already and the one after it is
/// being hashed; no more than that is in memory.
///
/// After the first error nothing is hashed any more, as who imports all or nothing has no use for
/// it: then users come whose stored passwords are empty, so that what else is wrong with them can
/// be found.
pub(crate) struct Chunks {
    finished: Receiver<Chunk>,
    /// Whether there was an error.
    vain: Arc<AtomicBool>,
    /// `None` once it has ended.
    thread: Option<JoinHandle<()>>,
}

impl Chunks {
    /// Begins to read. Without a format the first byte tells it.
    ///
    /// # Errors
    ///
    /// There is no thread to be had.
    pub(crate) fn start(
        input: impl Read + Send + 'static,
        format: Option<Format>,
        hashing: Hashing,
    ) -> io::Result<Self> {
        let (sender, finished) = sync_channel(1);
        let vain = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&vain);
        let work = move || send_all(Entries::new(input, format), &hashing, &sender, &seen);
        let thread = thread::Builder::new().name("import".to_owned()).spawn(work)?;
        Ok(Self { finished, vain, thread: Some(thread) })
    }

    /// Whoever takes the chunks has found an error.
    pub(crate) fn are_in_vain(&self) {
        self.vain.store(true, Ordering::Relaxed);
    }
}

impl Iterator for Chunks {
    type Item = Chunk;

    /// Waits for the next chunk; `None` at the end of the file.
    fn next(&mut self) -> Option<Chunk> {
        if let Ok(chunk) = self.finished.recv() {
            return Some(chunk);
        }
        // A file must not seem to have ended where the thread did.
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join) {
            std::panic::resume_unwind(panic);
        }
        None
    }
}

/// Ends when the file does, or when nobody takes the chunks any more.
fn send_all(
    mut entries: Entries<impl Read>,
    hashing: &Hashing,
    sender: &SyncSender<Chunk>,
    vain: &AtomicBool,
) {
    loop {
        let drafts = gather(&mut entries, hashing);
        if drafts.iter().any(Result::is_err) {
            vain.store(true, Ordering::Relaxed);
        }
        let (ended, done) = (drafts.is_empty(), entries.done());
        let records = hashing.finish(drafts, !vain.load(Ordering::Relaxed));
        if ended || sender.send(Chunk { records, done }).is_err() {
            return;
        }
    }
}

/// The next records, none at the end.
fn gather(entries: &mut Entries<impl Read>, hashing: &Hashing) -> Vec<Drafted> {
    let from = entries.done();
    let mut drafts = Vec::new();
    while drafts.len() < MOST && entries.done() - from < MOST_BYTES {
        let Some(entry) = entries.next() else { break };
        drafts.push(entry.and_then(|entry| hashing.draft(entry)));
    }
    drafts
}
