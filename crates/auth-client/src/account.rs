use ispmail_auth_protocol::Fields;
use zeroize::Zeroizing;

use crate::Error;

/// What the daemon says about an account. No `Debug`: there may be a stored password among it.
pub struct Account {
    /// The login as the accounts have it.
    pub user: Vec<u8>,
    /// Everything else, as it came: the passdb's fields with the userdb's among them named
    /// `userdb_…`, or only the userdb's, with plain names.
    pub fields: Vec<Field>,
}

/// One field of an account. No `Debug`: it may be a stored password.
pub struct Field {
    /// Dovecot's name for it, such as `userdb_home`.
    pub name: Vec<u8>,
    /// Empty for a flag.
    pub value: Zeroizing<Vec<u8>>,
}

impl Account {
    /// From a line with a field `user`.
    pub(crate) fn with_user_field(fields: Fields<'_>) -> Result<Self, Error> {
        let user = fields.get(USER).ok_or(Error::Unexpected("an account without its login"))?;
        Ok(Self::new(&user, fields))
    }

    pub(crate) fn new(user: &[u8], fields: Fields<'_>) -> Self {
        let fields = fields.iter().filter(|field| *field.name != *USER.as_bytes());
        let fields = fields.map(|field| Field {
            name: field.name.into_owned(),
            value: field.value.unwrap_or_default(),
        });
        Self { user: user.to_vec(), fields: fields.collect() }
    }
}

const USER: &str = "user";
