//! The client socket: may somebody sign in?

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use ispmail_accounts::Values;
use ispmail_auth::{Outdated, Request, SignIn, UpgradeError, Upgraded};
use ispmail_auth_protocol::client::{
    Auth, Command, FailCode, MAX_LINE, VERSION, WITH_USERDB, reply,
};
use ispmail_auth_protocol::sasl::{self, Credentials, Exchange, Mechanism, SaslError, Step};
use ispmail_auth_protocol::{Base64, Version, printable};
use tokio::sync::mpsc;
use tokio::time::sleep_until;
use tracing::{debug, info, warn};
use zeroize::Zeroizing;

use crate::connection::{Answer, Role, Wrong};
use crate::fields;
use crate::server::Shared;
use crate::service::Service;

/// One connection on the client socket.
pub(crate) struct Client {
    shared: Arc<Shared>,
    /// Whether its program may see what a userdb gives.
    trusted: bool,
    version: Option<Version>,
    greeted: bool,
    requests: HashMap<u32, State>,
    working: usize,
}

/// How far a request is.
enum State {
    /// It waits for a response to a challenge.
    Waiting { exchange: Exchange, session: Session, since: Instant },
    /// It is being decided.
    Working,
    /// It is being decided, and nobody wants the answer any more.
    Cancelled,
}

/// What is known about one attempt to sign in.
struct Session {
    values: Values,
    with_userdb: bool,
}

impl Client {
    #[allow(clippy::unnecessary_wraps, reason = "the other kind of socket turns some away")]
    pub(crate) fn new(shared: Arc<Shared>, uid: u32) -> Option<Self> {
        let trusted = shared.current.get().trusts(uid);
        Some(Self {
            shared,
            trusted,
            version: None,
            greeted: false,
            requests: HashMap::new(),
            working: 0,
        })
    }

    fn auth(
        &mut self,
        auth: Auth<'_>,
        answers: &mpsc::Sender<Answer>,
        output: &mut Vec<u8>,
    ) -> Result<(), Wrong> {
        if self.requests.contains_key(&auth.id) {
            return Err(Wrong::Client("two requests with one id at the same time"));
        }
        if auth.service().is_none() {
            return Err(Wrong::Client("AUTH without service"));
        }
        let Some(mechanism) = Mechanism::from_name(auth.mechanism) else {
            reply::fail(output, auth.id, None).end();
            return Ok(());
        };
        let Ok(initial) = auth.initial_response(self.version.unwrap_or(VERSION)) else {
            reply::fail(output, auth.id, Some(FailCode::InvalidBase64)).end();
            return Ok(());
        };
        let session = Session {
            values: fields::values(auth.fields).with("mech", mechanism.name()),
            with_userdb: self.trusted && auth.fields.has(WITH_USERDB),
        };
        let step = sasl::start(mechanism, initial.as_ref().map(|initial| initial.as_slice()));
        self.step(auth.id, step, session, answers, output);
        Ok(())
    }

    fn go_on(
        &mut self,
        id: u32,
        response: Base64<'_>,
        answers: &mpsc::Sender<Answer>,
        output: &mut Vec<u8>,
    ) {
        match self.requests.remove(&id) {
            Some(State::Waiting { exchange, session, since }) if since.elapsed() < LONGEST_WAIT => {
                match response.decode() {
                    Ok(response) => {
                        let step = exchange.respond(&response);
                        self.step(id, step, session, answers, output);
                    }
                    Err(_) => reply::fail(output, id, Some(FailCode::InvalidBase64)).end(),
                }
            }
            None | Some(State::Waiting { .. }) => reply::fail(output, id, None).end(),
            Some(busy) => {
                self.requests.insert(id, busy);
            }
        }
    }

    /// Takes the next step of an exchange.
    fn step(
        &mut self,
        id: u32,
        step: Result<Step, SaslError>,
        session: Session,
        answers: &mpsc::Sender<Answer>,
        output: &mut Vec<u8>,
    ) {
        match step {
            Ok(Step::Challenge(challenge, exchange)) => {
                self.forget_the_slow();
                if self.requests.len() - self.working >= MOST_WAITING {
                    return reply::fail(output, id, Some(FailCode::TemporaryFailure)).end();
                }
                let since = Instant::now();
                self.requests.insert(id, State::Waiting { exchange, session, since });
                reply::cont(output, id, challenge);
            }
            Ok(Step::Complete(credentials)) => {
                self.decide(id, credentials, session, answers, output);
            }
            Err(why) => {
                debug!("refused: {why}");
                reply::fail(output, id, None).end();
            }
        }
    }

    /// Has a sign-in decided, on a task of its own.
    fn decide(
        &mut self,
        id: u32,
        credentials: Credentials,
        session: Session,
        answers: &mpsc::Sender<Answer>,
        output: &mut Vec<u8>,
    ) {
        let Credentials { authorization, mut login, password } = credentials;
        if authorization.is_some() {
            // Nobody may sign in as somebody else.
            info!(login = printable(&login), "refused: with another login as authorization id");
            return reply::fail(output, id, Some(FailCode::AuthorizationFailed)).end();
        }
        let service = self.shared.current.get();
        let Some(room) = service.room() else {
            warn!(login = printable(&login), "could not check: too many requests at once");
            return reply::fail(output, id, Some(FailCode::TemporaryFailure)).end();
        };
        let login = std::mem::take(&mut *login);
        let request = Request { login, password, values: session.values };
        self.requests.insert(id, State::Working);
        self.working += 1;
        let answers = answers.clone();
        self.shared.tasks.spawn(async move {
            let answer = sign_in(&service, id, request, session.with_userdb).await;
            drop(room);
            // The client may have gone.
            let _ = answers.send(answer).await;
        });
    }

    /// Forgets a request; newer clients are told so.
    fn cancel(&mut self, id: u32, output: &mut Vec<u8>) {
        if let Some(State::Working | State::Cancelled) = self.requests.remove(&id) {
            // Its number is free when it is done.
            self.requests.insert(id, State::Cancelled);
        }
        if self.version.is_some_and(|version| version.minor >= TOLD_OF_CANCEL) {
            reply::cancelled(output, id);
        }
    }

    /// Drops exchanges that have waited too long for a response.
    fn forget_the_slow(&mut self) {
        if self.requests.len() >= MOST_WAITING {
            self.requests.retain(|_, state| match state {
                State::Waiting { since, .. } => since.elapsed() < LONGEST_WAIT,
                State::Working | State::Cancelled => true,
            });
        }
    }
}

impl Role for Client {
    const LONGEST: usize = MAX_LINE;

    fn greeting(&self, output: &mut Vec<u8>) {
        // Nobody can fetch a sign-in by REQUEST, so the cookie need not be a secret.
        static CONNECTIONS: AtomicU32 = AtomicU32::new(1);
        let handshake = reply::Handshake {
            mechanisms: &Mechanism::ALL,
            server_pid: std::process::id(),
            connection_id: CONNECTIONS.fetch_add(1, Ordering::Relaxed),
            cookie: &[0; 16],
        };
        handshake.write(output);
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
                self.version = Some(version);
            }
            Command::ClientPid(_) => self.greeted = true,
            // Exim sends CPID first.
            _ if self.version.is_none() || !self.greeted => {
                return Err(Wrong::Client("a request before VERSION and CPID"));
            }
            Command::Auth(auth) => self.auth(auth, answers, output)?,
            Command::Continue { id, response } => self.go_on(id, response, answers, output),
            Command::Cancel { id } => self.cancel(id, output),
            _ => {}
        }
        Ok(())
    }

    fn done(&mut self, id: u32) -> bool {
        self.working -= 1;
        matches!(self.requests.remove(&id), Some(State::Working))
    }

    fn working(&self) -> usize {
        self.working
    }

    fn upgrade(&self, outdated: Box<Outdated>) {
        let service = self.shared.current.get();
        self.shared.tasks.spawn(async move {
            let login = outdated.login().to_owned();
            match service.authenticator.upgrade(outdated).await {
                Ok(Upgraded::Done) => info!(login, "stored password upgraded"),
                Ok(_) => info!(login, "stored password not upgraded: it was changed meanwhile"),
                Err(UpgradeError::Busy) => debug!(login, "stored password not upgraded now"),
                Err(why) => warn!(login, "stored password not upgraded: {why}"),
            }
        });
    }
}

/// Decides, and puts the decision into the protocol's words.
async fn sign_in(service: &Service, id: u32, request: Request, with_userdb: bool) -> Answer {
    let refuse_at = Instant::now() + service.refuse_after;
    let login = printable(&request.login);
    let mut lines = Zeroizing::new(Vec::with_capacity(512));
    let mut upgrade = None;
    match service.authenticator.sign_in(request).await {
        SignIn::Accepted { reply: account, outdated } => {
            match written(&mut lines, id, &account, with_userdb) {
                Ok(()) => {
                    debug!(login, "accepted");
                    upgrade = outdated;
                }
                Err(why) => {
                    warn!(login, "could not check: {why}");
                    reply::fail(&mut lines, id, Some(FailCode::TemporaryFailure)).end();
                }
            }
        }
        SignIn::Refused(why) => {
            info!(login, "refused: {why}");
            reply::fail(&mut lines, id, None).end();
            sleep_until(refuse_at.into()).await;
        }
        SignIn::CouldNotCheck(why) => {
            warn!(login, "could not check: {why}");
            reply::fail(&mut lines, id, Some(FailCode::TemporaryFailure)).end();
        }
    }
    Answer { id, lines, more: false, outdated: upgrade }
}

fn written(
    lines: &mut Vec<u8>,
    id: u32,
    account: &ispmail_auth::Reply,
    with_userdb: bool,
) -> Result<(), String> {
    let line = reply::ok(lines, id, &account.user);
    let line = fields::passdb(line, account);
    let line = if with_userdb {
        fields::userdb(line, account, fields::USERDB)
    } else if let Some(name) = fields::only_for_dovecot(account) {
        return Err(format!("the account has {name}, which only Dovecot can honour"));
    } else {
        line
    };
    line.end_within(MAX_LINE).map_err(|_| "the account's fields are too long".to_owned())
}

/// How long an exchange may wait for a response, as in Dovecot.
const LONGEST_WAIT: Duration = Duration::from_secs(150);
/// From this minor version of the client on, `CANCEL` is answered.
const TOLD_OF_CANCEL: u32 = 4;
/// Most exchanges of one connection that wait at a time.
const MOST_WAITING: usize = 512;
