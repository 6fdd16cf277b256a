use zeroize::Zeroizing;

use crate::parameters::Parameters;
use crate::{Base64, Fields, InvalidBase64, ProtocolError, Version};

/// From this minor version of the client on, an empty `resp=` is an initial response.
const EMPTY_RESPONSE: u32 = 2;

/// `AUTH`: somebody wants to sign in.
#[derive(Clone, Copy)]
pub struct Auth<'a> {
    /// Of the client's choice; not 0, and of no other request that is under way.
    pub id: u32,
    /// The mechanism's name as it stands in the line, in upper or lower case.
    pub mechanism: &'a [u8],
    /// All fields but `resp`.
    pub fields: Fields<'a>,
    /// `resp`, if it is there.
    pub(super) response: Option<Base64<'a>>,
}

impl<'a> Auth<'a> {
    pub(super) fn parse(mut parameters: Parameters<'a>) -> Result<Self, ProtocolError> {
        let (id, mechanism) = (parameters.positive()?, parameters.raw()?);
        let (fields, response) = parameters.fields().and_last("resp")?;
        Ok(Self { id, mechanism, fields, response: response.map(Base64::new) })
    }

    /// What the client asks for, such as `smtp` or `imap`: the field `protocol` (Dovecot 2.4) or
    /// `service` (everybody else). Dovecot closes the connection of a client that does not say it.
    pub fn service(self) -> Option<Zeroizing<Vec<u8>>> {
        self.fields.get("protocol").or_else(|| self.fields.get("service"))
    }

    /// The initial response, if there is one; it can be empty. What an empty `resp=` means depends
    /// on the version that the client has announced.
    ///
    /// # Errors
    ///
    /// [`InvalidBase64`]: the request fails with that code.
    pub fn initial_response(
        self,
        client: Version,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, InvalidBase64> {
        match self.response {
            None => Ok(None),
            Some(response) if response.text().is_empty() => {
                Ok((client.minor >= EMPTY_RESPONSE).then(Zeroizing::default))
            }
            // SASL's own sign for it, which old clients pass on.
            Some(response) if response.text() == b"=" => Ok(Some(Zeroizing::default())),
            Some(response) => response.decode().map(Some),
        }
    }
}
