//! One connection: lines in, answers out as they come.

use std::io;
use std::time::Duration;

use ispmail_auth::Outdated;
use ispmail_auth_protocol::Lines;
use thiserror::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::info;
use zeroize::Zeroizing;

/// One side of the protocol, for one connection.
pub(crate) trait Role: Send + 'static {
    /// Longest line that clients may send, in bytes.
    const LONGEST: usize;

    /// What is said first.
    fn greeting(&self, output: &mut Vec<u8>);

    /// Takes a line. What can be answered at once goes to `output`; the rest comes by `answers`.
    fn line(
        &mut self,
        line: &[u8],
        answers: &mpsc::Sender<Answer>,
        output: &mut Vec<u8>,
    ) -> Result<(), Wrong>;

    /// Whether the client still waits for the last answer to this request, which is done now.
    fn done(&mut self, id: u32) -> bool;

    /// How many requests are being worked on.
    fn working(&self) -> usize;

    /// For after an accepted sign-in was answered.
    fn upgrade(&self, outdated: Box<Outdated>);
}

/// An answer, or a part of one.
pub(crate) struct Answer {
    pub(crate) id: u32,
    /// Whole lines.
    pub(crate) lines: Zeroizing<Vec<u8>>,
    /// Whether more parts follow.
    pub(crate) more: bool,
    /// A stored password to be replaced once this is out.
    pub(crate) outdated: Option<Box<Outdated>>,
}

/// Why a connection is closed.
#[derive(Debug, Error)]
pub(crate) enum Wrong {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Protocol(#[from] ispmail_auth_protocol::ProtocolError),
    #[error("{0}")]
    Client(&'static str),
    #[error("the client does not read its answers")]
    Stuck,
}

/// Serves a connection to its end. Told to stop, it answers what was sent before, and no more.
pub(crate) async fn serve<R: Role>(stream: UnixStream, role: R, stop: CancellationToken) {
    match talk(stream, role, stop).await {
        // An error of the system is how a client that has gone looks.
        Ok(()) | Err(Wrong::Io(_)) => {}
        Err(why) => info!("connection closed: {why}"),
    }
}

async fn talk<R: Role>(
    stream: UnixStream,
    mut role: R,
    stop: CancellationToken,
) -> Result<(), Wrong> {
    let (mut reader, mut writer) = stream.into_split();
    let (sender, mut answers) = mpsc::channel::<Answer>(WAITING);
    let mut lines = Lines::new(R::LONGEST);
    let mut output = Zeroizing::new(Vec::new());
    role.greeting(&mut output);
    send(&mut writer, &mut output).await?;
    let mut open = true;
    // Once told to stop: how many bytes that were sent before are still to be read.
    let mut before_stop = None;
    while open || role.working() > 0 {
        tokio::select! {
            read = reader.read(lines.space()), if open && role.working() < MOST => {
                match read? {
                    0 => open = false,
                    count => {
                        lines.filled(count);
                        before_stop = before_stop.map(|left: usize| left.saturating_sub(count));
                    }
                }
            }
            Some(answer) = answers.recv() => {
                // Here and now, so that it need not grow, and a connection that idles has none.
                output.reserve(OUTPUT);
                let mut outdated = Vec::new();
                let mut next = Some(answer);
                while let Some(answer) = next {
                    let wanted = if answer.more { true } else { role.done(answer.id) };
                    if wanted {
                        output.extend_from_slice(&answer.lines);
                    }
                    outdated.extend(answer.outdated);
                    next = if output.len() < OUTPUT / 2 { answers.try_recv().ok() } else { None };
                }
                send(&mut writer, &mut output).await?;
                for outdated in outdated {
                    role.upgrade(outdated);
                }
            }
            () = stop.cancelled(), if open && before_stop.is_none() => {
                before_stop = Some(unread(&reader));
            }
        }
        while role.working() < MOST {
            let Some(line) = lines.next_line()? else {
                open &= before_stop != Some(0);
                break;
            };
            role.line(line, &sender, &mut output)?;
        }
        send(&mut writer, &mut output).await?;
    }
    Ok(())
}

/// How many bytes wait in the socket.
fn unread(reader: &OwnedReadHalf) -> usize {
    let count = rustix::io::ioctl_fionread(reader.as_ref()).unwrap_or_default();
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// Sends what there is. A client that does not read is not waited for long.
async fn send(writer: &mut OwnedWriteHalf, output: &mut Zeroizing<Vec<u8>>) -> Result<(), Wrong> {
    if output.is_empty() {
        return Ok(());
    }
    let sent = timeout(PATIENCE, writer.write_all(output)).await;
    *output = Zeroizing::default();
    Ok(sent.map_err(|_| Wrong::Stuck)??)
}

/// Most requests of one connection that are worked on at a time; more wait in the socket.
const MOST: usize = 512;
/// Most answers that wait for a connection to take them.
const WAITING: usize = 64;
/// Bytes of answers that are sent together.
const OUTPUT: usize = 16_384;
/// How long a client may leave its answers unread.
const PATIENCE: Duration = Duration::from_secs(30);
