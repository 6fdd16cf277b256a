use zeroize::Zeroizing;

use crate::parameters::Parameters;
use crate::{Fields, ProtocolError};

/// `USER` or `PASS`: what is known about one account.
pub struct LookUp<'a> {
    /// Of the master's choice.
    pub id: u32,
    /// The login.
    pub user: Zeroizing<Vec<u8>>,
    /// What is known about the session.
    pub fields: Fields<'a>,
}

/// `REQUEST`: the userdb's fields for a sign-in that was accepted.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Of the master's choice.
    pub id: u32,
    /// Which one.
    pub sign_in: SignIn<'a>,
    /// What is known about the session.
    pub fields: Fields<'a>,
}

/// A sign-in that was accepted on a client connection without `nologin`.
#[derive(Clone, Copy)]
pub struct SignIn<'a> {
    /// The `CPID` of that connection.
    pub client_pid: u32,
    /// The id that the sign-in had there.
    pub id: u32,
    /// The `COOKIE` of that connection. Compare it in constant time.
    pub cookie: &'a [u8],
}

impl<'a> LookUp<'a> {
    pub(super) fn parse(mut parameters: Parameters<'a>) -> Result<Self, ProtocolError> {
        let (id, user) = (parameters.number()?, parameters.text()?);
        Ok(Self { id, user, fields: parameters.fields() })
    }

    /// Who asks, such as `doveadm` or `lmtp`: the field `protocol` (Dovecot 2.4) or `service`
    /// (2.3). Dovecot closes the connection of a master that does not say it.
    pub fn service(&self) -> Option<Zeroizing<Vec<u8>>> {
        self.fields.get("protocol").or_else(|| self.fields.get("service"))
    }
}

impl<'a> Request<'a> {
    pub(super) fn parse(mut parameters: Parameters<'a>) -> Result<Self, ProtocolError> {
        let id = parameters.number()?;
        let sign_in = SignIn {
            client_pid: parameters.number()?,
            id: parameters.number()?,
            cookie: parameters.raw()?,
        };
        Ok(Self { id, sign_in, fields: parameters.fields() })
    }
}
