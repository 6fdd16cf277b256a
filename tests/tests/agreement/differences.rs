//! Where we differ from Dovecot 2.3, and why. A row that no case needs any more fails the test.

use ispmail_tests::auth_client::Decision::{self, Accepted, CouldNotCheck, Refused};

use crate::cases::Kind;

/// A difference that is meant.
pub(crate) struct Difference {
    /// What happened to the value or, if nothing did, what it is.
    pub(crate) kind: &'static str,
    dovecot: Decision,
    ours: Decision,
    pub(crate) reason: &'static str,
}

impl Difference {
    pub(crate) fn covers(&self, kind: Kind, dovecot: Decision, ours: Decision) -> bool {
        self.kind == kind.mishap.unwrap_or(kind.made)
            && (dovecot, ours) == (self.dovecot, self.ours)
    }
}

/// No password could ever match: Dovecot says that the password is wrong, we that the row is.
const fn malformed(kind: &'static str, reason: &'static str) -> Difference {
    Difference { kind, dovecot: Refused, ours: CouldNotCheck, reason }
}

pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        kind: "empty plain",
        dovecot: Accepted,
        ours: Refused,
        reason: "an empty row lets nobody in, not even with an empty password",
    },
    Difference {
        kind: "rounds over the ceiling",
        dovecot: Accepted,
        ours: CouldNotCheck,
        reason: "one sign-in must not cost more than a million rounds",
    },
    malformed("rounds over the ceiling", "a wrong password is not worth the work either"),
    malformed("truncated", "wrong length"),
    malformed("one cut off", "wrong length"),
    malformed("first cut off", "wrong length, or no prefix any more"),
    malformed("extended", "wrong length"),
    malformed("one changed", "a character that the scheme never writes"),
    malformed("one to the like", "in the scheme's name, in rounds=, or no hexadecimal digit"),
    malformed("case of one changed", "a character that the scheme never writes"),
    malformed("upper case", "rounds= is lower case"),
    malformed("lower case", "base64 of something else"),
    malformed("space before", "no $5$ in front"),
    malformed("space after", "wrong length"),
    malformed("space inside", "wrong length"),
    malformed("non-ASCII inside", "crypt(3), hexadecimal and base64 are ASCII"),
    malformed("quoted", "typographic quotes came with the paste"),
    malformed("wrong default", "a crypt(3) value is no MD5 digest"),
    malformed("crypt under a wrong name", "BLF-CRYPT and MD5-CRYPT do not go by the content"),
    malformed("prefix alone", "nothing behind the prefix"),
    malformed("no scheme's name", "no scheme has this name"),
    malformed("no closing brace", "neither a prefix nor a value of the default scheme"),
    malformed("word", "the password itself, under a default scheme that hashes"),
    malformed("bad rounds", "crypt(3) refuses it"),
    malformed("salt of 17", "crypt(3) would cut the salt"),
    malformed("no $5$", "not a crypt(3) value"),
    malformed("no leading $", "not a crypt(3) value"),
    malformed("$5$ alone", "no hash"),
    malformed("hash alone", "not a crypt(3) value"),
    malformed("setting alone", "no hash"),
    malformed("no salt at all", "no hash: what is there is read as the salt"),
    malformed("other crypt", "the hash is not the other format's length"),
    malformed("hex under crypt", "looks like MD5, and the default scheme is SHA256-CRYPT"),
    malformed("long hash of digits", "not a crypt(3) value"),
    malformed("one more $", "wrong length"),
    malformed("one more field", "wrong length"),
    malformed("twice", "wrong length"),
    malformed("scheme twice", "a prefix is no crypt(3) value"),
];
