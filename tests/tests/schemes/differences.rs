//! Where we differ from Dovecot 2.3, and why. A row that no case needs any more fails the test.

use ispmail_password::{Malformed, ParseError, VerifyError, Written};
use ispmail_tests::auth_client::Decision::{self, Accepted, Refused};

use crate::dovecot::{Ours, SignIn};

/// A difference that is meant.
pub(crate) struct Difference {
    dovecot: Decision,
    ours: Pattern,
    pub(crate) reason: &'static str,
}

/// What we say instead.
enum Pattern {
    Is(Ours),
    Malformed(fn(&Malformed) -> bool),
    TooDear,
    /// An empty one is let in nowhere.
    EmptyPassword,
    /// Under the name that 2.4 added.
    Argon2,
    /// A PBKDF2 value.
    NoRounds,
}

impl Difference {
    pub(crate) fn covers(&self, sign_in: &SignIn<'_>) -> bool {
        let ours = match (&self.ours, &sign_in.ours) {
            (Pattern::Is(listed), ours) => listed == ours,
            (Pattern::Malformed(is), Ours::Bad(ParseError::Malformed { what, .. })) => is(what),
            (Pattern::TooDear, Ours::Unchecked(VerifyError::CostTooHigh { .. })) => true,
            (
                Pattern::NoRounds,
                Ours::Bad(ParseError::Malformed { scheme, what: Malformed::CostRange }),
            ) => scheme.name() == "PBKDF2",
            (Pattern::EmptyPassword, Ours::Refused) => sign_in.password.is_empty(),
            (Pattern::Argon2, Ours::Accepted) => Written::split(&sign_in.case.stored)
                .is_some_and(|written| written.has_name("ARGON2")),
            _ => false,
        };
        ours && self.dovecot == sign_in.dovecot
    }
}

/// No password could ever match: Dovecot says that the password is wrong, we that the row is.
const fn malformed(reason: &'static str, is: fn(&Malformed) -> bool) -> Difference {
    Difference { dovecot: Refused, ours: Pattern::Malformed(is), reason }
}

/// Matches these kinds of malformed values.
macro_rules! any {
    ($($what:pat),+) => { |what| matches!(what, $($what)|+) };
}

use Malformed as M;

pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        dovecot: Accepted,
        ours: Pattern::EmptyPassword,
        reason: "an empty row lets nobody in, not even with an empty password",
    },
    Difference {
        dovecot: Accepted,
        ours: Pattern::TooDear,
        reason: "a sign-in must not cost more than the ceilings",
    },
    Difference {
        dovecot: Refused,
        ours: Pattern::Argon2,
        reason: "2.4 has the name ARGON2, 2.3 has not",
    },
    Difference {
        dovecot: Accepted,
        ..malformed("a value that lets everybody in", any!(M::EveryPassword))
    },
    Difference {
        dovecot: Accepted,
        ours: Pattern::NoRounds,
        reason: "without rounds PBKDF2 computes nothing: a key of zeros lets everybody in",
    },
    Difference {
        dovecot: Refused,
        ours: Pattern::Is(Ours::Bad(ParseError::UnknownScheme)),
        reason: "no scheme's name",
    },
    malformed("not the encoding that the suffix says", any!(M::NotHex, M::NotBase64)),
    malformed("neither hexadecimal digits nor base64", any!(M::NotHexOrBase64)),
    malformed("not the digest's length", any!(M::DigestLength { .. })),
    malformed("NUL, which no password has", any!(M::Nul)),
    malformed("an MD5 digest under crypt(3)'s name", any!(M::LooksLikeMd5)),
    malformed("not what all values of the scheme begin with", any!(M::Prefix { .. })),
    malformed("nothing that crypt(3) knows", any!(M::NotCrypt)),
    malformed("a character that crypt(3) refuses", any!(M::BadCharacter)),
    malformed("rounds= that crypt(3) refuses", any!(M::RoundsSyntax, M::RoundsRange)),
    malformed("a salt that crypt(3) would cut", any!(M::SaltLength { .. })),
    malformed("no proper salt", any!(M::Salt)),
    malformed("a digest and nothing behind it", any!(M::SaltMissing)),
    malformed("a cost that is not read, or not written that way", any!(M::CostSyntax)),
    malformed("a cost that nobody computes", any!(M::CostRange)),
    malformed("an argon2 that libsodium does not compute", any!(M::Version)),
    malformed("too many fields, or too few", any!(M::Fields)),
    malformed("PLAIN-TRUNC without a length", any!(M::TruncLength)),
    malformed("not the hash's length", any!(M::HashLength { .. })),
    malformed("a character that is never written there", any!(M::HashCharacter)),
];
