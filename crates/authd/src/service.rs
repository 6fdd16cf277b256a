use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use ispmail_accounts::HostEvent;
use ispmail_auth::config::Config;
use ispmail_auth::{Authenticator, StartError};
use nix::unistd::Uid;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::{info, warn};

use crate::process::uid_of;

/// What one configuration makes. Requests that run keep theirs when another one is read.
pub(crate) struct Service {
    pub(crate) authenticator: Authenticator,
    /// Users whose programs are trusted.
    trusted: Vec<u32>,
    room: Arc<Semaphore>,
    /// How long after its request a refused sign-in is answered, at the earliest.
    pub(crate) refuse_after: Duration,
}

impl Service {
    pub(crate) fn new(config: Config) -> Result<Self, StartError> {
        for setting in &config.not_used {
            info!("{setting}");
        }
        let mut trusted = vec![0, Uid::effective().as_raw()];
        for name in &config.daemon.trusted {
            match uid_of(name) {
                Ok(uid) => trusted.push(uid),
                Err(why) => warn!("[master_socket] users: {why}"),
            }
        }
        let room = Arc::new(Semaphore::new(config.daemon.requests));
        let refuse_after = config.daemon.refuse_after;
        let authenticator = Authenticator::serving(config, host_changed)?;
        Ok(Self { authenticator, trusted, room, refuse_after })
    }

    /// Whether programs of this user may look users up.
    pub(crate) fn trusts(&self, uid: u32) -> bool {
        self.trusted.contains(&uid)
    }

    /// Room for one more request, if there is any.
    pub(crate) fn room(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.room).try_acquire_owned().ok()
    }
}

fn host_changed(event: &HostEvent) {
    if let HostEvent::Down { .. } = event {
        warn!("{event}");
    } else {
        info!("{event}");
    }
}

/// The service of the configuration read last.
pub(crate) struct Current(RwLock<Arc<Service>>);

impl Current {
    pub(crate) fn new(service: Service) -> Self {
        Self(RwLock::new(Arc::new(service)))
    }

    pub(crate) fn get(&self) -> Arc<Service> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set(&self, service: Service) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(service);
    }
}
