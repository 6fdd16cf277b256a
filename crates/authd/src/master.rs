//! The master socket: what is known about an account?

use std::sync::Arc;

use ispmail_auth::{LookUp, Outdated, Reply, Request, Wanted};
use ispmail_auth_protocol::master::{self, Command, MAX_REPLY, SCHEME, reply};
use ispmail_auth_protocol::printable;
use tokio::sync::mpsc;
use tracing::{debug, warn};
use zeroize::Zeroizing;

use crate::connection::{Answer, Role, Wrong};
use crate::fields;
use crate::server::Shared;
use crate::service::Service;

/// One connection on the master socket.
pub(crate) struct Master {
    shared: Arc<Shared>,
    greeted: bool,
    working: usize,
}

impl Master {
    /// Programs of users who are not trusted are turned away.
    pub(crate) fn new(shared: Arc<Shared>, uid: u32) -> Option<Self> {
        if !shared.current.get().trusts(uid) {
            warn!(uid, "turned away from the master socket: not one of its users");
            return None;
        }
        Some(Self { shared, greeted: false, working: 0 })
    }

    fn look_up(
        &mut self,
        look_up: &master::LookUp<'_>,
        wanted: Wanted,
        answers: &mpsc::Sender<Answer>,
        output: &mut Vec<u8>,
    ) {
        let (service, id) = (self.shared.current.get(), look_up.id);
        let Some(room) = service.room() else {
            return reply::fail(output, id).end();
        };
        let request = Request {
            login: look_up.user.to_vec(),
            password: Zeroizing::default(),
            values: fields::values(look_up.fields),
        };
        self.working += 1;
        let answers = answers.clone();
        self.shared.tasks.spawn(async move {
            let lines = look_up_now(&service, id, request, &wanted).await;
            drop(room);
            let _ = answers.send(Answer { id, lines, more: false, outdated: None }).await;
        });
    }

    fn list(&mut self, id: u32, answers: &mpsc::Sender<Answer>, output: &mut Vec<u8>) {
        let service = self.shared.current.get();
        let Some(room) = service.room() else {
            return reply::done(output, id, false);
        };
        self.working += 1;
        let answers = answers.clone();
        self.shared.tasks.spawn(async move {
            list(&service, id, &answers).await;
            drop(room);
        });
    }
}

impl Role for Master {
    // Dovecot's servers take less; its clients limit nothing.
    const LONGEST: usize = MAX_REPLY;

    fn greeting(&self, output: &mut Vec<u8>) {
        reply::handshake(output, std::process::id());
    }

    fn line(
        &mut self,
        line: &[u8],
        answers: &mpsc::Sender<Answer>,
        output: &mut Vec<u8>,
    ) -> Result<(), Wrong> {
        match Command::parse(line)? {
            Command::Version(version) => {
                version.check()?;
                self.greeted = true;
            }
            _ if !self.greeted => return Err(Wrong::Client("a request before VERSION")),
            Command::User(look_up) => self.look_up(&look_up, Wanted::User, answers, output),
            Command::Pass(look_up) => {
                let scheme = look_up.fields.get(SCHEME).unwrap_or_default();
                let scheme = String::from_utf8_lossy(&scheme).into_owned();
                self.look_up(&look_up, Wanted::Credentials { scheme }, answers, output);
            }
            Command::List { id, .. } => self.list(id, answers, output),
            // Nothing is cached here.
            Command::CacheFlush { id } => reply::flushed(output, id, 0),
            // Sign-ins are not kept for anybody to fetch.
            Command::Request(request) => reply::fail(output, request.id).end(),
            _ => {}
        }
        Ok(())
    }

    fn done(&mut self, _id: u32) -> bool {
        self.working -= 1;
        true
    }

    fn working(&self) -> usize {
        self.working
    }

    fn upgrade(&self, _outdated: Box<Outdated>) {}
}

async fn look_up_now(
    service: &Service,
    id: u32,
    request: Request,
    wanted: &Wanted,
) -> Zeroizing<Vec<u8>> {
    let login = printable(&request.login);
    let mut lines = Zeroizing::new(Vec::with_capacity(512));
    match service.authenticator.look_up(request, wanted).await {
        LookUp::Found(account) => {
            if written(&mut lines, id, &account, wanted).is_err() {
                warn!(login, "could not look up: the account's fields are too long");
                reply::fail(&mut lines, id).end();
            }
        }
        LookUp::Unknown => {
            debug!(login, "unknown user");
            reply::not_found(&mut lines, id);
        }
        LookUp::CouldNotLook(why) => {
            warn!(login, "could not look up: {why}");
            reply::fail(&mut lines, id).end();
        }
    }
    lines
}

fn written(
    lines: &mut Vec<u8>,
    id: u32,
    account: &Reply,
    wanted: &Wanted,
) -> Result<(), ispmail_auth_protocol::TooLong> {
    let line = match wanted {
        Wanted::User => fields::userdb(reply::user(lines, id, &account.user), account, ""),
        Wanted::Credentials { .. } => {
            let line = fields::passdb(reply::pass(lines, id, &account.user), account);
            let line = fields::userdb(line, account, fields::USERDB);
            match &account.credentials {
                None => line,
                Some(credentials) => line.field("password", &*credentials.0),
            }
        }
    };
    line.end_within(MAX_REPLY)
}

/// Sends all logins, some at a time.
async fn list(service: &Service, id: u32, answers: &mpsc::Sender<Answer>) {
    let (sender, mut logins) = mpsc::channel::<String>(CHUNK);
    // It owns the receiving end: once nobody reads any more, listing ends too.
    let sending = async move {
        let mut chunk = Vec::with_capacity(CHUNK);
        while logins.recv_many(&mut chunk, CHUNK).await > 0 {
            let mut lines = Zeroizing::new(Vec::new());
            for login in chunk.drain(..) {
                // What does not fit into a line is nobody's login.
                let _ = reply::list(&mut lines, id, login).end_within(MAX_REPLY);
            }
            if answers.send(Answer { id, lines, more: true, outdated: None }).await.is_err() {
                return;
            }
        }
    };
    let (listed, ()) = tokio::join!(service.authenticator.list(sender), sending);
    if let Err(why) = &listed {
        warn!("could not list the users: {why}");
    }
    let mut lines = Zeroizing::new(Vec::new());
    reply::done(&mut lines, id, listed.is_ok());
    let _ = answers.send(Answer { id, lines, more: false, outdated: None }).await;
}

/// Logins that are sent together.
const CHUNK: usize = 256;
