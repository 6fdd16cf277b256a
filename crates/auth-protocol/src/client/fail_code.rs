use crate::Fields;

/// The field `code` of `FAIL`: why, other than for a wrong password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailCode {
    /// Could not be checked; another attempt may succeed.
    TemporaryFailure,
    /// The password was right, but not for the account that was asked for.
    AuthorizationFailed,
    /// The account is disabled.
    UserDisabled,
    /// The password is too old.
    PasswordExpired,
    /// The mechanism's data could not be decoded.
    InvalidBase64,
}

impl FailCode {
    const ALL: [Self; 5] = [
        Self::TemporaryFailure,
        Self::AuthorizationFailed,
        Self::UserDisabled,
        Self::PasswordExpired,
        Self::InvalidBase64,
    ];

    /// The value of the field.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TemporaryFailure => "temp_fail",
            Self::AuthorizationFailed => "authz_fail",
            Self::UserDisabled => "user_disabled",
            Self::PasswordExpired => "pass_expired",
            Self::InvalidBase64 => "invalid_base64",
        }
    }

    /// The flag that servers before Dovecot 2.3 send instead.
    const fn flag(self) -> Option<&'static str> {
        match self {
            Self::TemporaryFailure => Some("temp"),
            Self::AuthorizationFailed => Some("authz"),
            Self::UserDisabled | Self::PasswordExpired => Some(self.name()),
            Self::InvalidBase64 => None,
        }
    }

    /// What the fields of a `FAIL` say; nothing for a wrong password, and for codes that are not
    /// known.
    pub fn of(fields: Fields<'_>) -> Option<Self> {
        let code = fields.get("code");
        Self::ALL.into_iter().find(|this| match &code {
            Some(code) => **code == this.name().as_bytes(),
            None => this.flag().is_some_and(|flag| fields.has(flag)),
        })
    }
}
