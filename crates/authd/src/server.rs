//! Start, stop, reload; and the loops that accept connections.

use std::io;
use std::os::unix::net::UnixListener as StdListener;
use std::sync::Arc;
use std::time::Duration;

use ispmail_auth::StartError;
use ispmail_auth::config::{Config, Source};
use sd_notify::NotifyState;
use tokio::net::UnixListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

use crate::arguments::Arguments;
use crate::client::Client;
use crate::connection::{Role, serve};
use crate::master::Master;
use crate::process;
use crate::service::{Current, Service};
use crate::sockets::Sockets;

/// What connections share.
pub(crate) struct Shared {
    pub(crate) current: Current,
    /// Everything that is to be finished before the end.
    pub(crate) tasks: TaskTracker,
    /// No new requests from here on.
    pub(crate) stop: CancellationToken,
}

/// Runs until it is told to stop.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let source = arguments.source().map_err(|error| error.to_string())?;
    let config = Config::load(&source).map_err(|error| error.to_string())?;
    let daemon = config.daemon.clone();
    // While there is one thread only: descriptors and environment are the process's.
    let user = process::user_instead_of_root(daemon.user.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    // From here on whoever stops us waits until the sockets are gone.
    let signals = {
        let _context = runtime.enter();
        Signals::catch().map_err(|error| error.to_string())?
    };
    let sockets = Sockets::open(&daemon, user.as_ref())?;
    user.as_ref().map_or(Ok(()), process::become_user)?;
    // Becoming somebody else may undo it.
    process::prepare();
    let places = places(config.endpoints.len() * daemon.connections);
    runtime.block_on(async {
        let service = Service::new(config).map_err(|error| error.to_string())?;
        let shared = Arc::new(Shared {
            current: Current::new(service),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        });
        let served = serve_all(sockets, signals, places, &source, &shared, daemon.stop_within);
        served.await.map_err(|error| error.to_string())
    })
}

/// What the daemon is told by signals.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// Has them wait until they are looked at.
    fn catch() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }
}

async fn serve_all(
    sockets: Sockets,
    signals: Signals,
    places: usize,
    source: &Source,
    shared: &Arc<Shared>,
    stop_within: Duration,
) -> io::Result<()> {
    let Signals { mut terminate, mut interrupt, hangup } = signals;
    let (client, master) = (listen(&sockets.client.listener)?, listen(&sockets.master.listener)?);
    info!("ready");
    notify(&[NotifyState::Ready]);
    tokio::select! {
        () = accept(&client, places - places / 4, shared, Client::new) => {}
        () = accept(&master, places / 4, shared, Master::new) => {}
        () = reloads(hangup, source, shared) => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    notify(&[NotifyState::Stopping]);
    info!("stopping");
    // Whoever comes from now on finds nobody listening.
    drop((client, master, sockets));
    shared.stop.cancel();
    shared.tasks.close();
    if timeout(stop_within, shared.tasks.wait()).await.is_err() {
        warn!(unfinished = shared.tasks.len(), "stopped before everything was done");
    }
    Ok(())
}

fn listen(listener: &StdListener) -> io::Result<UnixListener> {
    listener.set_nonblocking(true)?;
    UnixListener::from_std(listener.try_clone()?)
}

/// How many connections there may be at once, so that descriptors are left for so many to the
/// databases: whoever connects and does nothing must not keep others from signing in.
fn places(to_databases: usize) -> usize {
    let descriptors = process::descriptors();
    descriptors.saturating_sub(2 * to_databases + OTHER_DESCRIPTORS).max(descriptors / 2)
}

/// Serves connections that come in, so many at once, each on a task of its own.
async fn accept<R: Role>(
    listener: &UnixListener,
    places: usize,
    shared: &Arc<Shared>,
    role: impl Fn(Arc<Shared>, u32) -> Option<R>,
) {
    let places = Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)));
    loop {
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            error!("too many connections: others have to be closed first");
            sleep(PAUSE).await;
            continue;
        };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                error!("cannot accept a connection: {error}");
                sleep(PAUSE).await;
                continue;
            }
        };
        match stream.peer_cred() {
            Ok(peer) => {
                if let Some(role) = role(Arc::clone(shared), peer.uid()) {
                    let served = serve(stream, role, shared.stop.clone());
                    shared.tasks.spawn(async move {
                        served.await;
                        drop(place);
                    });
                }
            }
            Err(error) => warn!("a connection without credentials: {error}"),
        }
    }
}

/// Reads the configuration again at every SIGHUP.
async fn reloads(mut hangup: Signal, source: &Source, shared: &Shared) {
    while hangup.recv().await.is_some() {
        let mut states = vec![NotifyState::Reloading];
        states.extend(NotifyState::monotonic_usec_now());
        notify(&states);
        let read = Config::load(source).map_err(StartError::from).and_then(Service::new);
        match read {
            Ok(service) => {
                shared.current.set(service);
                info!("configuration read again (sockets and [daemon] user as they were)");
            }
            // Better the old one than none.
            Err(why) => error!("the configuration stays as it was: {why}"),
        }
        notify(&[NotifyState::Ready]);
    }
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!("systemd cannot be told: {error}");
    }
}

/// What a process has open besides connections: listeners, signals, the log and the like.
const OTHER_DESCRIPTORS: usize = 32;
/// How long to wait where accepting failed.
const PAUSE: Duration = Duration::from_millis(100);
