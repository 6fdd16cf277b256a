use ispmail_auth_protocol::Line;

/// What is known about the session that a request is for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Session<'a> {
    /// What the client uses, such as `imap` or `smtp`.
    pub service: &'a str,
    /// What else is known, names out of [`SESSION_FIELDS`].
    pub fields: &'a [(&'a str, &'a [u8])],
}

/// The names that the daemon knows: they fill Dovecot's variables of these names in an
/// administrator's own queries.
pub const SESSION_FIELDS: [&str; 12] = [
    "lip",
    "rip",
    "lport",
    "rport",
    "real_lip",
    "real_rip",
    "real_lport",
    "real_rport",
    "session",
    "secured",
    "local_name",
    "client_id",
];

impl Session<'_> {
    /// The same without what a mail client can make as long as it likes.
    pub(crate) fn without_fields(self) -> Self {
        Self { fields: &[], ..self }
    }

    /// Adds the fields to a line.
    pub(crate) fn write(self, line: Line<'_>) -> Line<'_> {
        self.fields.iter().fold(line, |line, (name, value)| line.field(name, value))
    }
}
