//! Locking a stored password so that it can be unlocked again.

use zeroize::Zeroizing;

/// What stands in front of a locked value. Every Dovecot takes `{CRYPT}$!$…` for a value that no
/// password matches. (A `!` alone would do for 2.3, but 2.4 takes it for DES-CRYPT, which it
/// refuses to check.)
pub(crate) const LOCK: &[u8] = b"{CRYPT}$!$";

/// The value that keeps `stored` and lets nobody in. One that is locked already stays as it is.
pub fn lock(stored: &[u8]) -> Zeroizing<Vec<u8>> {
    if is_locked(stored) {
        return Zeroizing::new(stored.to_vec());
    }
    Zeroizing::new([LOCK, stored].concat())
}

/// What [`lock`] has locked; `None` for any other value.
pub fn unlock(stored: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    is_locked(stored).then(|| Zeroizing::new(stored.get(LOCK.len()..).unwrap_or_default().to_vec()))
}

fn is_locked(stored: &[u8]) -> bool {
    stored.get(..LOCK.len()).is_some_and(|start| start.eq_ignore_ascii_case(LOCK))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Disabled, SchemeName, StoredPassword};

    #[test]
    fn there_and_back() {
        let default: SchemeName = "PLAIN-MD5".parse().unwrap();
        for stored in ["$5$salt$hash", "{PLAIN}$!$", "", "14cbfb845af1f030e372b1cb9275e6dd"] {
            let locked = lock(stored.as_bytes());
            assert_eq!(*lock(&locked), *locked);
            assert_eq!(**unlock(&locked).unwrap(), *stored.as_bytes());
            assert!(unlock(stored.as_bytes()).is_none());
            let parsed = StoredPassword::parse(&locked, default).unwrap();
            assert_eq!(parsed.disabled(), Some(Disabled::Locked));
        }
    }
}
