//! What checks cost by their cost parameters alone, without a clock.

use crate::crypt::sha2::MIN_ROUNDS;
use crate::policy::TopUp;
use crate::scheme::{Algorithm, NewCrypt};
use crate::{Cost, Policy, Scheme, StoredPassword};

/// More than this many times the target's cost is dear.
const DEAR: u64 = 4;
/// No more than this part of the target's cost is quick: an eighth.
const QUICK: u64 = 8;

impl Policy {
    /// Whether checking and refusing such a row (`None` is an unknown login) is work for
    /// [`verify_batch`](Self::verify_batch): SHA256-CRYPT, or so quick that what a refusal costs
    /// is nearly all top-up, if new values are SHA256-CRYPT. A batch gains nothing by other rows,
    /// and they hold it up.
    pub fn in_lanes(&self, stored: Option<&StoredPassword>) -> bool {
        if self.top_up() == TopUp::NewValue {
            return false;
        }
        let computed = stored.filter(|stored| self.allow(stored).is_ok());
        computed.and_then(StoredPassword::hashed).is_none_or(|hashed| {
            let quick = estimate(hashed.scheme, hashed.kind.cost()) <= self.estimate() / QUICK;
            quick || hashed.as_sha256().is_some()
        })
    }

    /// Whether checking such a row costs more than about four times what new values cost. It is
    /// judged by [`StoredPassword::cost`] and a rule of thumb for each scheme, and may be off by a
    /// factor of four where the CPU has no instructions for SHA-256.
    pub fn is_dear(&self, stored: &StoredPassword) -> bool {
        self.allow(stored).is_ok() && stored.estimate() > DEAR * self.estimate()
    }

    /// What new values cost, at least what the cheapest SHA256-CRYPT does.
    fn estimate(&self) -> u64 {
        estimate(self.target().scheme(), self.target_cost()).max(MIN_ROUNDS.into())
    }
}

impl StoredPassword {
    /// What it costs to check, in rounds of SHA256-CRYPT.
    pub(crate) fn estimate(&self) -> u64 {
        self.hashed().map_or(0, |hashed| estimate(hashed.scheme, hashed.kind.cost()))
    }
}

/// In rounds of SHA256-CRYPT, one at a time. Measured on Zen 4 with its SHA-256 instructions, where
/// such a round takes 58 ns.
fn estimate(scheme: &Scheme, cost: Cost) -> u64 {
    match (cost, scheme.algorithm) {
        (Cost::Fixed, Algorithm::Md5 | Algorithm::Md5Crypt) => 2_000,
        (Cost::Fixed, Algorithm::Crypt(NewCrypt::Des)) => 64,
        (Cost::Fixed, _) => 0,
        (Cost::Rounds(rounds), algorithm) => {
            let each = match algorithm {
                Algorithm::Crypt(NewCrypt::Sha256) => 1,
                Algorithm::Crypt(NewCrypt::Sha512) => 4,
                Algorithm::Pbkdf2 | Algorithm::Scram(_) | Algorithm::Otp => 2,
                // SunMD5; a tenth of it would do for sha1crypt and BSDI's DES-crypt.
                _ => 20,
            };
            u64::from(rounds) * each
        }
        (Cost::Log2Rounds(log2), _) => {
            1_u64.checked_shl(log2.into()).unwrap_or(u64::MAX).saturating_mul(1_000)
        }
        (Cost::Memory { kib, passes, .. }, algorithm) => {
            // yescrypt and scrypt: 28
            let each = if matches!(algorithm, Algorithm::Argon2(_)) { 10 } else { 28 };
            kib.saturating_mul(passes.max(1).into()).saturating_mul(each)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SchemeName;

    fn parse(text: &str) -> StoredPassword {
        StoredPassword::parse(text.as_bytes(), "PLAIN".parse().unwrap()).unwrap()
    }

    fn target(scheme: &str, rounds: u32) -> Policy {
        let scheme: SchemeName = scheme.parse().unwrap();
        Policy::default().with_target(scheme, Some(rounds)).unwrap()
    }

    const SHA256: &str = "saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5";
    const SHA512: &str = "saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLi\
                          BFdcbYEdFCoEOfaS35inz1";
    const MD5_CRYPT: &str = "{MD5-CRYPT}$1$saltsalt$6SNdNaZLKst2LlSm7oPPL1";

    #[test]
    fn what_is_dear_and_what_runs_in_lanes() {
        let policy = Policy::default();
        for (row, dear, lanes) in [
            ("{PLAIN}summersun".to_owned(), false, true),
            ("{PLAIN-MD5}14cbfb845af1f030e372b1cb9275e6dd".to_owned(), false, true),
            ("{DIGEST-MD5}79b155eca02416a6c0ffed7ef3573252".to_owned(), false, true),
            ("{SHA512-CRYPT}!".to_owned(), false, true),
            (String::new(), false, true),
            (MD5_CRYPT.to_owned(), false, true),
            ("{CRYPT}abzlUXK5ed5rs".to_owned(), false, true),
            ("{OTP}sha1 1024 seed 63D936639734385B".to_owned(), false, true),
            ("{OTP}sha1 100000 seed 63D936639734385B".to_owned(), true, false),
            (format!("{{CRYPT}}$5${SHA256}"), false, true),
            (format!("{{CRYPT}}$5$rounds=80000${SHA256}"), false, true),
            (format!("{{CRYPT}}$5$rounds=80001${SHA256}"), true, true),
            // over the ceiling: nothing is computed
            (format!("{{CRYPT}}$5$rounds=1000001${SHA256}"), false, true),
            ("{OTP}sha1 -1 seed 63D936639734385B".to_owned(), false, true),
            (format!("{{CRYPT}}$6${SHA512}"), false, false),
            (format!("{{CRYPT}}$6$rounds=100000${SHA512}"), true, false),
            ("{CRYPT}$md5$abcdefgh$$iExobWJIazoiKIDQnza6r/".to_owned(), true, false),
        ] {
            let stored = parse(&row);
            assert_eq!(policy.is_dear(&stored), dear, "{row}");
            assert_eq!(policy.in_lanes(Some(&stored)), lanes, "{row}");
        }
        assert!(policy.in_lanes(None));
    }

    #[cfg(all(feature = "argon2", feature = "bcrypt", feature = "yescrypt"))]
    #[test]
    fn what_is_dear_among_the_slow() {
        const BCRYPT: &str = "c92SVSfjeiCD6F2nAD6y0uBpJDjdRkt0EgeC4/31Rf2LUZbDRDE.O";
        let argon2 = "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHQ$\
                      uJX8WBb7oM5XbTq+RsFFjYlK7OZGZ7QCIqmm4f1XSUc";
        let yescrypt = "{CRYPT}$y$j9T$abcdefgh$ucNXpbrNU2P3.RvS.JhIZXR6f2/HEKzl78QXiIdPQ76";
        let policy = Policy::default();
        for (row, dear) in [
            (format!("{{CRYPT}}$2y$05${BCRYPT}"), false),
            (format!("{{CRYPT}}$2y$06${BCRYPT}"), false),
            (format!("{{CRYPT}}$2y$07${BCRYPT}"), true),
            (argon2.to_owned(), true),
            (yescrypt.to_owned(), true),
        ] {
            assert_eq!(policy.is_dear(&parse(&row)), dear, "{row}");
            assert!(!policy.in_lanes(Some(&parse(&row))), "{row}");
        }
        let bcrypt = target("BLF-CRYPT", 10);
        assert!(!bcrypt.is_dear(&parse(argon2)) && !bcrypt.is_dear(&parse(yescrypt)));
        assert!(bcrypt.is_dear(&parse(&format!("{{CRYPT}}$2y$13${BCRYPT}"))));
        let unlimited = policy.with_ceilings(crate::Ceilings::NONE).unwrap();
        assert!(unlimited.is_dear(&parse(&format!("{{CRYPT}}$2y$31${BCRYPT}"))));
    }

    /// What a refusal costs is not spent in lanes then.
    #[test]
    fn other_targets() {
        let sha512 = target("SHA512-CRYPT", 5_000);
        let row = parse(&format!("{{CRYPT}}$5${SHA256}"));
        assert!(!sha512.in_lanes(None) && !sha512.in_lanes(Some(&row)));
        assert!(sha512.clone().offline().in_lanes(Some(&row)));
        assert!(!sha512.is_dear(&parse(&format!("{{CRYPT}}$6$rounds=20000${SHA512}"))));
        assert!(sha512.is_dear(&parse(&format!("{{CRYPT}}$6$rounds=20001${SHA512}"))));
        // Next to a weak target, and one of no cost at all.
        assert!(!target("SHA256-CRYPT", 5_000).in_lanes(Some(&parse(MD5_CRYPT))));
        let plain = target("PLAIN-MD5", 0);
        assert!(
            !plain.is_dear(&parse(MD5_CRYPT))
                && plain.is_dear(&parse(&format!("{{CRYPT}}$5${SHA256}")))
        );
    }
}
