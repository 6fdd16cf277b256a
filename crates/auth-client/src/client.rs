use std::path::PathBuf;
use std::time::Duration;

use ispmail_auth_protocol::client::{self, FailCode, WITH_USERDB};
use ispmail_auth_protocol::{Line, TooLong, master, sasl};

use crate::connection::Heard;
use crate::link::Link;
use crate::request::Request;
use crate::{Account, Error, Session};

/// A client of the daemon. Requests take their turn.
pub struct Client {
    sign_ins: Link,
    look_ups: Link,
    last_id: u32,
}

/// Where the daemon listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sockets {
    /// For sign-ins.
    pub client: PathBuf,
    /// For look-ups.
    pub master: PathBuf,
}

/// The longest waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For an answer, everything included.
    pub request: Duration,
    /// Of that, for a daemon that is not there, because it is being restarted.
    pub restart: Duration,
}

/// The decision about a sign-in.
pub enum Decision {
    /// The password is the right one. The account's fields are the passdb's, and the userdb's as
    /// `userdb_…` if the daemon trusts the user that this process runs as.
    Accepted(Account),
    /// It is not, or nobody is let in.
    Refused,
}

/// The answer to a look-up.
pub enum LookUp {
    /// There is such a user.
    Found(Account),
    /// There is none.
    Unknown,
}

impl Client {
    /// Connects when something is asked.
    pub fn new(sockets: Sockets, timeouts: Timeouts) -> Self {
        Self {
            sign_ins: Link::new(sockets.client, client::MAX_LINE, timeouts),
            look_ups: Link::new(sockets.master, master::MAX_REPLY, timeouts),
            last_id: 0,
        }
    }

    /// Asks whether somebody may sign in. Logins and passwords that cannot be sent, with a NUL byte
    /// or longer than a line, are nobody's, and refused.
    ///
    /// # Errors
    ///
    /// [`Error`]: could not check.
    pub fn sign_in(
        &mut self,
        login: &[u8],
        password: &[u8],
        session: Session<'_>,
    ) -> Result<Decision, Error> {
        let Ok(message) = sasl::plain(b"", login, password) else { return Ok(Decision::Refused) };
        let id = self.next_id();
        let request = fitting(session, |session| {
            Request::write(
                |into| client::command::hello(into, std::process::id()),
                |into| {
                    let line = client::command::auth(into, id, "PLAIN", session.service);
                    let line = session.write(line.flag("nologin").flag(WITH_USERDB));
                    line.base64_field("resp", &message).end_within(client::MAX_LINE)
                },
            )
        })?;
        let Some(request) = request else { return Ok(Decision::Refused) };
        self.sign_ins.ask(&request, |line| decision(line, id))
    }

    /// Looks an account's userdb fields up, which come with plain names.
    ///
    /// # Errors
    ///
    /// [`Error`]: could not look.
    pub fn look_up(&mut self, login: &[u8], session: Session<'_>) -> Result<LookUp, Error> {
        self.find(session, |into, id, session| {
            session.write(master::command::user(into, id, login, session.service))
        })
    }

    /// Looks all fields of an account up: the passdb's, the userdb's as `userdb_…`, and `password`,
    /// if what is stored is of this scheme or plain text. Without a scheme any will do.
    ///
    /// # Errors
    ///
    /// [`Error`]: could not look.
    pub fn credentials(
        &mut self,
        login: &[u8],
        scheme: &str,
        session: Session<'_>,
    ) -> Result<LookUp, Error> {
        self.find(session, |into, id, session| {
            let line = master::command::pass(into, id, login, session.service);
            session.write(line.field(master::SCHEME, scheme))
        })
    }

    /// Hands all logins to `each`, one by one.
    ///
    /// # Errors
    ///
    /// [`Error`]: could not list them, or not all.
    pub fn list(&mut self, mut each: impl FnMut(&[u8])) -> Result<(), Error> {
        let id = self.next_id();
        let write = |into: &mut Vec<u8>| {
            master::command::list(into, id, "list").end();
            Ok(())
        };
        let request = Request::write(master::command::hello, write)?;
        self.look_ups.ask(&request, |line| match master::Reply::parse(line)? {
            master::Reply::List { id: of, user } if of == id => {
                each(&user);
                Ok(Heard::Part)
            }
            master::Reply::Done { id: of, complete } if of == id => {
                if complete {
                    Ok(Heard::Answer(()))
                } else {
                    Err(Error::CouldNot)
                }
            }
            other => not_for(id, &other),
        })
    }

    fn find(
        &mut self,
        session: Session<'_>,
        command: impl for<'a> Fn(&'a mut Vec<u8>, u32, Session<'_>) -> Line<'a>,
    ) -> Result<LookUp, Error> {
        let id = self.next_id();
        let request = fitting(session, |session| {
            Request::write(master::command::hello, |into| {
                command(into, id, session).end_within(master::MAX_REPLY)
            })
        })?;
        let Some(request) = request else { return Ok(LookUp::Unknown) };
        self.look_ups.ask(&request, |line| found(line, id))
    }

    fn next_id(&mut self) -> u32 {
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        self.last_id
    }
}

/// The request with the session's fields. Nothing if it would be too long even without them.
fn fitting(
    session: Session<'_>,
    write: impl Fn(Session<'_>) -> Result<Request, TooLong>,
) -> Result<Option<Request>, Error> {
    match write(session) {
        Ok(request) => Ok(Some(request)),
        Err(_) if write(session.without_fields()).is_err() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn decision(line: &[u8], id: u32) -> Result<Heard<Decision>, Error> {
    use client::Reply;
    match Reply::parse(line)? {
        Reply::Version(version) => {
            version.check()?;
            Ok(Heard::Other)
        }
        Reply::Ok { id: of, fields } if of == id => {
            Ok(Heard::Answer(Decision::Accepted(Account::with_user_field(fields)?)))
        }
        Reply::Fail { id: of, fields } if of == id => match FailCode::of(fields) {
            None if fields.has("code") => Err(Error::Unexpected("an unknown code")),
            None
            | Some(
                FailCode::AuthorizationFailed | FailCode::UserDisabled | FailCode::PasswordExpired,
            ) => Ok(Heard::Answer(Decision::Refused)),
            Some(FailCode::TemporaryFailure) => Err(Error::CouldNot),
            Some(_) => Err(Error::Unexpected("a code that says nothing about the password")),
        },
        Reply::Continue { id: of, .. } | Reply::Cancelled { id: of } if of == id => {
            Err(Error::Unexpected("no answer to a sign-in"))
        }
        _ => Ok(Heard::Other),
    }
}

fn found(line: &[u8], id: u32) -> Result<Heard<LookUp>, Error> {
    use master::Reply;
    let account = match Reply::parse(line)? {
        Reply::User { id: of, user, fields } if of == id => Account::new(&user, fields),
        Reply::Pass { id: of, fields } if of == id => Account::with_user_field(fields)?,
        Reply::NotFound { id: of } if of == id => return Ok(Heard::Answer(LookUp::Unknown)),
        other => return not_for(id, &other),
    };
    Ok(Heard::Answer(LookUp::Found(account)))
}

/// What has no place among the answers to a master's request, unless it is for an earlier one.
fn not_for<T>(id: u32, reply: &master::Reply<'_>) -> Result<Heard<T>, Error> {
    use master::Reply;
    match reply {
        Reply::Version(version) => {
            version.check()?;
            Ok(Heard::Other)
        }
        Reply::Fail { id: of, .. } if *of == id => Err(Error::CouldNot),
        Reply::User { id: of, .. }
        | Reply::Pass { id: of, .. }
        | Reply::NotFound { id: of }
        | Reply::List { id: of, .. }
        | Reply::Done { id: of, .. }
        | Reply::Flushed { id: of, .. }
            if *of == id =>
        {
            Err(Error::Unexpected("the answer to something else"))
        }
        _ => Ok(Heard::Other),
    }
}

impl Sockets {
    /// With the master socket beside the client socket, named `auth-master`.
    pub fn with_client(client: PathBuf) -> Self {
        let master = client.with_file_name("auth-master");
        Self { client, master }
    }
}

impl Default for Sockets {
    /// Where the daemon listens unless its configuration says otherwise.
    fn default() -> Self {
        Self::with_client(client::DEFAULT_SOCKET.into())
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { request: Duration::from_secs(20), restart: Duration::from_secs(2) }
    }
}
