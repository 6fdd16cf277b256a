//! What the mechanisms PLAIN (RFC 4616) and LOGIN exchange, as Dovecot does it.

use thiserror::Error;
use zeroize::Zeroizing;

/// The mechanisms that hand over a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// Everything in one message.
    Plain,
    /// Login and password, asked for one after the other.
    Login,
}

/// What somebody has sent to sign in. No `Debug`; wiped when it is dropped. No part holds
/// a NUL byte.
pub struct Credentials {
    /// Whose account is to be used, if that is somebody else's (Dovecot: a master user signs in as
    /// this user). Never empty, and never the login itself: Dovecot takes both for none.
    pub authorization: Option<Zeroizing<Vec<u8>>>,
    /// Who signs in; never empty.
    pub login: Zeroizing<Vec<u8>>,
    /// May be empty.
    pub password: Zeroizing<Vec<u8>>,
}

/// Why a message cannot be understood. The request fails as if the password had been wrong; the
/// connection stays.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SaslError {
    /// Not three parts.
    #[error("the message is not: authorization id NUL login NUL password")]
    Form,
    /// A NUL byte inside a part.
    #[error("a NUL byte in login or password")]
    Nul,
    /// Nobody signs in.
    #[error("the login is empty")]
    EmptyLogin,
}

/// What comes next.
pub enum Step {
    /// Send these bytes (in base64) as a challenge, and hand the response to the exchange.
    Challenge(&'static [u8], Exchange),
    /// That was all.
    Complete(Credentials),
}

/// An exchange that waits for a response. No `Debug`; wiped when it is dropped.
pub struct Exchange(Waiting);

enum Waiting {
    PlainMessage,
    Login,
    Password { login: Zeroizing<Vec<u8>> },
}

/// LOGIN's first challenge; `VXNlcm5hbWU6` in base64.
const USERNAME: &[u8] = b"Username:";
/// Its second; `UGFzc3dvcmQ6`.
const PASSWORD: &[u8] = b"Password:";

impl Mechanism {
    /// All of them, in the order to announce them.
    pub const ALL: [Self; 2] = [Self::Plain, Self::Login];

    /// Its name in the protocol.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
        }
    }

    /// The one with this name, in upper or lower case.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|this| name.eq_ignore_ascii_case(this.name().as_bytes()))
    }
}

/// Begins an exchange. The first challenge of PLAIN is empty.
///
/// `initial` is the initial response; nothing if there is none. An empty one is a message to
/// PLAIN, and none to LOGIN, where a response is the login.
///
/// # Errors
///
/// [`SaslError`].
pub fn start(mechanism: Mechanism, initial: Option<&[u8]>) -> Result<Step, SaslError> {
    let (challenge, exchange, initial): (&[u8], _, _) = match mechanism {
        Mechanism::Plain => (b"", Exchange(Waiting::PlainMessage), initial),
        Mechanism::Login => {
            (USERNAME, Exchange(Waiting::Login), initial.filter(|initial| !initial.is_empty()))
        }
    };
    match initial {
        None => Ok(Step::Challenge(challenge, exchange)),
        Some(initial) => exchange.respond(initial),
    }
}

impl Exchange {
    /// Goes on with the response to the challenge.
    ///
    /// # Errors
    ///
    /// [`SaslError`].
    pub fn respond(self, response: &[u8]) -> Result<Step, SaslError> {
        match self.0 {
            Waiting::PlainMessage => Credentials::from_plain(response).map(Step::Complete),
            Waiting::Login => {
                let login = part(response)?;
                if login.is_empty() {
                    return Err(SaslError::EmptyLogin);
                }
                Ok(Step::Challenge(PASSWORD, Self(Waiting::Password { login })))
            }
            Waiting::Password { login } => {
                let password = part(response)?;
                Ok(Step::Complete(Credentials { authorization: None, login, password }))
            }
        }
    }
}

impl Credentials {
    /// From PLAIN's message: authorization id, login and password with NUL bytes between.
    ///
    /// # Errors
    ///
    /// [`SaslError`].
    pub fn from_plain(message: &[u8]) -> Result<Self, SaslError> {
        let mut parts = message.splitn(3, |&byte| byte == 0);
        let (Some(authorization), Some(login), Some(password)) =
            (parts.next(), parts.next(), parts.next())
        else {
            return Err(SaslError::Form);
        };
        if login.is_empty() {
            return Err(SaslError::EmptyLogin);
        }
        let other = !authorization.is_empty() && authorization != login;
        Ok(Self {
            authorization: if other { Some(part(authorization)?) } else { None },
            login: part(login)?,
            password: part(password)?,
        })
    }
}

/// PLAIN's message. The authorization id is usually empty.
///
/// # Errors
///
/// [`SaslError::Nul`] if a part has a NUL byte.
pub fn plain(
    authorization: &[u8],
    login: &[u8],
    password: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SaslError> {
    let parts = [authorization, login, password];
    if parts.iter().any(|part| part.contains(&0)) {
        return Err(SaslError::Nul);
    }
    let length = authorization.len() + login.len() + password.len() + 2;
    let mut message = Zeroizing::new(Vec::with_capacity(length));
    message.extend_from_slice(authorization);
    message.push(0);
    message.extend_from_slice(login);
    message.push(0);
    message.extend_from_slice(password);
    Ok(message)
}

fn part(bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, SaslError> {
    if bytes.contains(&0) { Err(SaslError::Nul) } else { Ok(Zeroizing::new(bytes.to_vec())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Authorization id, login and password; nothing while a response is missing.
    type Outcome = Result<Option<[Vec<u8>; 3]>, SaslError>;

    /// The challenges, and what the responses lead to.
    fn exchange(
        mechanism: Mechanism,
        initial: Option<&[u8]>,
        responses: &[&[u8]],
    ) -> (Vec<&'static [u8]>, Outcome) {
        let mut challenges = Vec::new();
        let mut step = start(mechanism, initial);
        let mut responses = responses.iter();
        loop {
            match step {
                Err(error) => return (challenges, Err(error)),
                Ok(Step::Complete(Credentials { authorization, login, password })) => {
                    let parts = [authorization.unwrap_or_default(), login, password];
                    return (challenges, Ok(Some(parts.map(|part| part.to_vec()))));
                }
                Ok(Step::Challenge(challenge, exchange)) => {
                    challenges.push(challenge);
                    let Some(response) = responses.next() else { return (challenges, Ok(None)) };
                    step = exchange.respond(response);
                }
            }
        }
    }

    fn parts(parts: [&str; 3]) -> [Vec<u8>; 3] {
        parts.map(|part| part.as_bytes().to_vec())
    }

    #[test]
    fn plain_messages() {
        for (message, want) in [
            (&b"\0john\0summersun"[..], Ok(Some(parts(["", "john", "summersun"])))),
            (b"john\0john\0summersun", Ok(Some(parts(["", "john", "summersun"])))),
            (b"jane\0john\0summersun", Ok(Some(parts(["jane", "john", "summersun"])))),
            (b"\0john\0", Ok(Some(parts(["", "john", ""])))),
            (b"", Err(SaslError::Form)),
            (b"john", Err(SaslError::Form)),
            (b"john\0summersun", Err(SaslError::Form)),
            (b"\0\0summersun", Err(SaslError::EmptyLogin)),
            (b"\0\0", Err(SaslError::EmptyLogin)),
            (b"\0john\0summersun\0x", Err(SaslError::Nul)),
            (b"\0john\0\0x", Err(SaslError::Nul)),
        ] {
            let plain = Mechanism::Plain;
            assert_eq!(exchange(plain, Some(message), &[]), (vec![], want.clone()), "{message:?}");
            assert_eq!(exchange(plain, None, &[message]), (vec![&b""[..]], want), "{message:?}");
        }
    }

    #[test]
    fn login_steps() {
        let login = Mechanism::Login;
        let john = Ok(Some(parts(["", "john", "summersun"])));
        let both = vec![USERNAME, PASSWORD];
        assert_eq!(exchange(login, None, &[b"john", b"summersun"]), (both.clone(), john.clone()));
        assert_eq!(
            exchange(login, Some(b""), &[b"john", b"summersun"]),
            (both.clone(), john.clone())
        );
        assert_eq!(exchange(login, Some(b"john"), &[b"summersun"]), (vec![PASSWORD], john));
        assert_eq!(
            exchange(login, None, &[b"john", b""]),
            (both.clone(), Ok(Some(parts(["", "john", ""]))))
        );
        assert_eq!(exchange(login, None, &[b""]), (vec![USERNAME], Err(SaslError::EmptyLogin)));
        assert_eq!(exchange(login, None, &[b"a\0b"]), (vec![USERNAME], Err(SaslError::Nul)));
        assert_eq!(exchange(login, None, &[b"a", b"b\0"]), (both, Err(SaslError::Nul)));
    }

    #[test]
    fn names() {
        for mechanism in Mechanism::ALL {
            assert_eq!(Mechanism::from_name(mechanism.name().as_bytes()), Some(mechanism));
            let small = mechanism.name().to_lowercase();
            assert_eq!(Mechanism::from_name(small.as_bytes()), Some(mechanism));
        }
        assert_eq!(Mechanism::from_name(b"CRAM-MD5"), None);
        assert!(plain(b"", b"a\0", b"").is_err());
    }
}
