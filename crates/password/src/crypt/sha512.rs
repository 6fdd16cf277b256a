//! SHA512-CRYPT values: `$6$[rounds=N$]salt$hash` (Drepper, "Unix crypt using SHA-256 and
//! SHA-512").

use zeroize::Zeroizing;

use self::rounds::sha512_crypt;
use super::Format;
use super::alphabet::{check_hash, push};
use super::sha2::Setting;
use crate::{Cost, Malformed, VerifyError};

mod rounds;

const PREFIX: &[u8] = b"$6$";
const HASH_CHARS: usize = 86;

pub(crate) struct Sha512Crypt(Setting);

impl Sha512Crypt {
    pub(crate) const fn new(setting: Setting) -> Self {
        Self(setting)
    }
}

impl Format for Sha512Crypt {
    fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let text = text.strip_prefix(PREFIX).ok_or(Malformed::NotCrypt)?;
        let (setting, hash) = Setting::parse(text, HASH_CHARS)?;
        check_hash(hash, HASH_CHARS, 0b11)?;
        Ok(Self(setting))
    }

    fn cost(&self) -> Cost {
        Cost::Rounds(self.0.rounds)
    }

    fn compute(&self, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, VerifyError> {
        let mut text = Zeroizing::new(Vec::with_capacity(128));
        text.extend_from_slice(PREFIX);
        self.0.push(&mut text);
        let salt = self.0.salt.as_bytes();
        push_hash(&sha512_crypt(password, salt, self.0.rounds), &mut text);
        Ok(text)
    }
}

/// Each four characters hold one byte of each third, whose order turns by one from group to group;
/// byte 63 is left over.
fn push_hash(hash: &[u8; 64], text: &mut Vec<u8>) {
    let byte = |index: usize| hash.get(index).copied().unwrap_or_default();
    for group in 0..21 {
        let mut order = [group, group + 21, group + 42];
        order.rotate_left(group % 3);
        let [high, middle, low] = order.map(byte);
        push(text, u32::from_be_bytes([0, high, middle, low]), 4);
    }
    push(text, byte(63).into(), 2);
}

#[cfg(test)]
mod tests {
    use super::super::testing::{malformed, reproduced};
    use super::*;

    #[test]
    fn published_vectors_and_crypt3() {
        // Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512", section "Test vectors"; the salts
        // are cut to 16 characters, as crypt(3) prints them.
        reproduced::<Sha512Crypt>(&[
            (
                b"Hello world!",
                "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdc\
                 bYEdFCoEOfaS35inz1",
            ),
            (
                b"Hello world!",
                "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0\
                 Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.",
            ),
            (
                b"This is just a test",
                "$6$rounds=5000$toolongsaltstrin$lQ8jolhgVRVhY4b5pZKaysCLi0QBxGoNeKQzQ3glMhwllF7oGDZxU\
                 hx1yxdYcz/e1JSbq3y6JMxxl8audkUEm0",
            ),
            (
                b"a very much longer text to encrypt.  This one even stretches over more\
                  than one line.",
                "$6$rounds=1400$anotherlongsalts$POfYwTEok97VWcjxIiSOjiykti.o/pQs.wPvMxQ6Fm7I6IoYN3CmL\
                 s66x9t0oSwbtEW7o7UmJEiDwGqd8p4ur1",
            ),
            (
                b"we have a short salt string but not a short password",
                "$6$rounds=77777$short$WuQyW2YR.hBNpjjRhpYD/ifIw05xdfeEyQoMxIXbkvr0gge1a1x3yRULJ5CCaUe\
                 OxFmtlcGZelFl5CxtgfiAc0",
            ),
            (
                b"a short string",
                "$6$rounds=123456$asaltof16chars..$BtCwjqMJGx5hrJhZywWvt0RLE8uZ4oPwcelCjmw2kSYu.Ec6ycU\
                 LevoBK25fs2xXgMNrCzIMVcgEJAstJeonj1",
            ),
        ]);
        // libxcrypt 4.4.33.
        reproduced::<Sha512Crypt>(&[
            (
                b"",
                "$6$$/chiBau24cE26QQVW3IfIe68Xu5.JQ4E8Ie7lcRLwqxO5cxGuBhqF2HmTL.zWJ9zjChg3yJYFXeGBQ2y3\
                 Ba1d1",
            ),
            (
                b"\x80\xff",
                "$6$rounds=1000$$p9VjsjV0FQ9875NsB/Yu1FKO5F1PxNkkZlOjywa11cck25fad35A.cYktgM.n9GHCcBGW\
                 daJ8/CD/hwAK3VYn.",
            ),
            (
                &[b'p'; 64],
                "$6$rounds$XaNwDS9RWSjiGwa0YVaMI29VlNlGReedtWH47Uwoc98ExZpfWVHPOYf9d0236Zd/ReqTgNKsipJ\
                 T9m3AQ07CG0",
            ),
            (
                &[b'x'; 511],
                "$6$rounds=1000$a$Jy6URePZum/N1z8QOYUwMbtbsM8TczED5YBYdOjYcQq547V0AXI4C3QZVl0hHwYwEi4u\
                 9.7FXBpte64hoIIXs/",
            ),
        ]);
    }

    #[test]
    fn new_values() {
        for (rounds, front) in [(5_000, "$6$salt$"), (1_000, "$6$rounds=1000$salt$")] {
            let new = Sha512Crypt::new(Setting::new(rounds, b"salt").unwrap());
            assert_eq!(new.cost(), Cost::Rounds(rounds));
            let text = new.compute(b"p").unwrap();
            assert!(text.starts_with(front.as_bytes()));
            assert!(Sha512Crypt::parse(&text).is_ok());
        }
        for rounds in [999, 1_000_000_000] {
            assert!(Setting::new(rounds, b"salt").is_none());
        }
    }

    #[test]
    fn malformed_values() {
        let hash =
            "svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35in";
        let length = Malformed::HashLength { expected: HASH_CHARS };
        for (front, end, want) in [
            ("$5$", "z1", Malformed::NotCrypt),
            ("$6$rounds=$s$", "z1", Malformed::RoundsSyntax),
            ("$6$rounds=0$s$", "z1", Malformed::RoundsSyntax),
            ("$6$rounds=01000$s$", "z1", Malformed::RoundsSyntax),
            ("$6$rounds=+5000$s$", "z1", Malformed::RoundsSyntax),
            ("$6$rounds=5000", "z1", Malformed::RoundsSyntax),
            ("$6$rounds=999$s$", "z1", Malformed::RoundsRange),
            ("$6$rounds=1000000000$s$", "z1", Malformed::RoundsRange),
            ("$6$rounds=4294968296$s$", "z1", Malformed::RoundsRange),
            ("$6$12345678901234567$", "z1", Malformed::SaltLength { max: 16 }),
            ("$6$", "z1", length),
            ("$6$s$", "z", length),
            ("$6$s$", "z1.", length),
            ("$6$s$s$", "z1", length),
            ("$6$s$", "_1", Malformed::HashCharacter),
            ("$6$s$", "z2", Malformed::HashCharacter),
        ] {
            malformed::<Sha512Crypt>(&[(&format!("{front}{hash}{end}"), want)]);
        }
    }
}
