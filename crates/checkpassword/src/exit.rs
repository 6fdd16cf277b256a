use std::process::ExitCode;

/// How the program ends. What a number means depends on what was asked (Dovecot 2.3's
/// `db-checkpassword.c`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Sign-in: the password is right, and a reply went out.
    Accepted = 0,
    /// Sign-in: the password is wrong, or nobody is let in.
    Refused = 1,
    /// Look-up: found, and a reply went out. On a sign-in the same number says "called wrongly".
    Found = 2,
    /// Look-up: there is no such user.
    Unknown = 3,
    /// Nothing can be said.
    Temporary = 111,
}

impl Exit {
    /// Called wrongly, on a sign-in.
    #[allow(non_upper_case_globals, reason = "reads as one of the variants, whose number it has")]
    pub const CalledWrongly: Self = Self::Found;
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
