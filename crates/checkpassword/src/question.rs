use ispmail_auth_client::Account;
use zeroize::Zeroizing;

/// What is to be answered. No `Debug`: it holds a password.
pub(crate) struct Question {
    pub(crate) mode: Mode,
    pub(crate) login: Vec<u8>,
    /// Empty for look-ups.
    pub(crate) password: Zeroizing<Vec<u8>>,
    /// What is known about the session, by the names of Dovecot's variables.
    pub(crate) session: Vec<(String, String)>,
}

/// What is asked.
pub(crate) enum Mode {
    /// May somebody sign in?
    SignIn,
    /// What does the userdb say?
    User,
    /// What does the passdb say, stored password included?
    Credentials {
        /// The scheme that Dovecot can use; empty for any.
        scheme: String,
    },
}

/// The answer, whoever gave it.
pub(crate) enum Answer {
    /// Accepted, or found. The account's fields have the names that Dovecot's reply gives them:
    /// the userdb's are `userdb_…`.
    Found(Account),
    /// The sign-in is refused.
    Refused(String),
    /// There is nobody of that name to be looked up.
    Unknown,
    /// Nothing can be said.
    CouldNot(String),
}

/// What stands before the names of the userdb's fields.
pub(crate) const USERDB: &str = "userdb_";
