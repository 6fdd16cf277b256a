//! SunMD5 values: `$md5$salt$$hash`, `$md5,rounds=N$salt$$hash` and their like (Alec Muffett for
//! Solaris 9), read as libxcrypt 4.4.33 reads them.

use ::md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use super::Format;
use super::alphabet::value;
use super::fields::{number, split_at_dollar};
use super::md5::{HASH_CHARS, check, push_digest};
use crate::{Cost, Malformed, VerifyError};

/// Rounds to which those named in a value are added.
const BASE_ROUNDS: u32 = 4_096;
/// Longest that everything before the last `$` may be: libxcrypt has 384 bytes for the value and a
/// NUL.
const MAX_SETTING: usize = 384 - HASH_CHARS - 2;

pub(crate) struct SunMd5 {
    /// As libxcrypt adds them up, in 32 bits that overflow: `rounds=4294967295` are 4,095.
    rounds: u32,
    /// Everything before the last `$`; all of it is hashed.
    setting: Vec<u8>,
}

impl Format for SunMd5 {
    fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let front = text.strip_prefix(b"$md5").ok_or(Malformed::NotCrypt)?;
        // Either may stand before either kind of value.
        let front = front.strip_prefix(b"$").or_else(|| front.strip_prefix(b","));
        let mut rest = front.ok_or(Malformed::NotCrypt)?;
        let mut rounds = BASE_ROUNDS;
        if let Some(fields) = rest.strip_prefix(b"rounds=") {
            let (more, fields) = split_at_dollar(fields).ok_or(Malformed::RoundsSyntax)?;
            let more = number(more).filter(|&more| more > 0).ok_or(Malformed::RoundsSyntax)?;
            let more = u32::try_from(more).map_err(|_| Malformed::CostRange)?;
            (rounds, rest) = (BASE_ROUNDS.wrapping_add(more), fields);
        }
        let (salt, hash) =
            split_at_dollar(rest).ok_or(Malformed::HashLength { expected: HASH_CHARS })?;
        if salt.iter().any(|&symbol| value(symbol).is_none()) {
            return Err(Malformed::Salt);
        }
        // The first of two `$` belongs to the salt.
        let hash = hash.strip_prefix(b"$").unwrap_or(hash);
        check(hash)?;
        let setting = text.len().checked_sub(HASH_CHARS + 1).and_then(|len| text.get(..len));
        let setting = setting.unwrap_or_default().to_vec();
        if setting.len() > MAX_SETTING {
            let max = (MAX_SETTING + salt.len()).saturating_sub(setting.len());
            return Err(Malformed::SaltLength { max });
        }
        Ok(Self { rounds, setting })
    }

    /// All rounds, those that are not named too.
    fn cost(&self) -> Cost {
        Cost::Rounds(self.rounds)
    }

    fn compute(&self, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, VerifyError> {
        let mut text = Zeroizing::new(Vec::with_capacity(MAX_SETTING + 1 + HASH_CHARS));
        text.extend_from_slice(&self.setting);
        text.push(b'$');
        push_digest(&self.engine(password), &mut text);
        Ok(text)
    }
}

impl SunMd5 {
    fn engine(&self, password: &[u8]) -> Zeroizing<[u8; 16]> {
        let mut digest = Zeroizing::new([0; 16]);
        let mut hasher = Md5::new();
        hasher.update(password);
        hasher.update(&self.setting);
        hasher.finalize_into_reset((&mut *digest).into());
        for round in 0..self.rounds {
            hasher.update(*digest);
            if coin_toss(&digest, round) {
                hasher.update(SOLILOQUY);
            }
            hasher.update(round.to_string());
            hasher.finalize_into_reset((&mut *digest).into());
        }
        digest
    }
}

/// Whether a round takes the long text too, by the digest before it. The digest's bytes pick
/// others of them, of which bits make two numbers, of which each picks a bit.
fn coin_toss(digest: &[u8; 16], round: u32) -> bool {
    let byte = |index: u32| digest.get((index % 16) as usize).copied().map_or(0, u32::from);
    let bit = |index: u32| byte(index % 128 / 8) >> (index % 8) & 1;
    let picked = |index: u32| {
        let (a, b) = (byte(index), byte(index + 3));
        bit(byte(a >> (b % 5)) >> (b >> (a % 8) & 1))
    };
    let number = |from: u32| (0..8).fold(0, |number, place| number | picked(from + place) << place);
    let x = number(0) >> bit(round);
    let y = number(8) >> bit(round.wrapping_add(64));
    bit(x) != bit(y)
}

/// Hamlet, act 3, scene 1, in the spelling and punctuation of Project Gutenberg's text 1524, which
/// the algorithm is defined with; the NUL belongs to it.
const SOLILOQUY: &[u8; 1_517] = b"To be, or not to be,--that is the question:--
Whether 'tis nobler in the mind to suffer
The slings and arrows of outrageous fortune
Or to take arms against a sea of troubles,
And by opposing end them?--To die,--to sleep,--
No more; and by a sleep to say we end
The heartache, and the thousand natural shocks
That flesh is heir to,--'tis a consummation
Devoutly to be wish'd. To die,--to sleep;--
To sleep! perchance to dream:--ay, there's the rub;
For in that sleep of death what dreams may come,
When we have shuffled off this mortal coil,
Must give us pause: there's the respect
That makes calamity of so long life;
For who would bear the whips and scorns of time,
The oppressor's wrong, the proud man's contumely,
The pangs of despis'd love, the law's delay,
The insolence of office, and the spurns
That patient merit of the unworthy takes,
When he himself might his quietus make
With a bare bodkin? who would these fardels bear,
To grunt and sweat under a weary life,
But that the dread of something after death,--
The undiscover'd country, from whose bourn
No traveller returns,--puzzles the will,
And makes us rather bear those ills we have
Than fly to others that we know not of?
Thus conscience does make cowards of us all;
And thus the native hue of resolution
Is sicklied o'er with the pale cast of thought;
And enterprises of great pith and moment,
With this regard, their currents turn awry,
And lose the name of action.--Soft you now!
The fair Ophelia!--Nymph, in thy orisons
Be all my sins remember'd.
\0";

#[cfg(test)]
mod tests {
    use super::super::testing::{malformed, reproduced};
    use super::*;

    #[test]
    fn published_vectors_and_crypt3() {
        // passlib 1.7, test_handlers.py.
        reproduced::<SunMd5>(&[
            (b"Gpcs3_adm", "$md5$zrdhpMlZ$$wBvMOEqbSjU.hu5T2VEP01"),
            (b"aa12345678", "$md5$vyy8.OVF$$FY4TWzuauRl4.VQNobqMY."),
            (b"this", "$md5$3UqYqndY$$6P.aaWOoucxxq.l00SS9k0"),
            (b"passwd", "$md5$RPgLF6IJ$WTvAlUJ7MqH5xak2FMEwS/"),
            ("táБℓə".as_bytes(), "$md5,rounds=5000$10VYDzAA$$1arAVtMA3trgE1qJ2V0Ez1"),
        ]);
        // libxcrypt 4.4.33.
        reproduced::<SunMd5>(&[
            (b"p", "$md5$$490Oy0Cqol0.O.NYCQEeh/"),
            (b"p", "$md5$$$nubNRvJ3xA/sfyGvSo7Z9."),
            (b"p", "$md5,$FOV.bLZt2H66SNfGnfRhJ."),
            (b"p", "$md5,$$.iNJY5vcQvAV/pu0itwFS0"),
            (b"p", "$md5$rounds=7$ab$YCk9U2e7BJTEmJziagCx1."),
            (b"", "$md5,x$fauUjHoA/nZDa0HPFxdji."),
            (&[b'x'; 511], "$md5$rounds$cu/7kKvLmRKLQqUcJ0xx.."),
            (b"p", "$md5,rounds=4294963200$a$$mG1rwQxNvqsWqMgsVUf1K."),
            (b"p", "$md5,rounds=4294967295$a$$W.Ri6iHQAqJbnA0hy6Blk0"),
        ]);
    }

    #[test]
    fn rounds() {
        for (front, rounds) in [
            ("$md5$", 4_096),
            ("$md5,rounds=1$", 4_097),
            ("$md5,rounds=4294963199$", u32::MAX),
            ("$md5,rounds=4294963200$", 0),
            ("$md5,rounds=4294967295$", 4_095),
        ] {
            let text = format!("{front}a$$mG1rwQxNvqsWqMgsVUf1K.");
            assert_eq!(SunMd5::parse(text.as_bytes()).unwrap().cost(), Cost::Rounds(rounds));
        }
    }

    #[test]
    fn malformed_values() {
        let length = Malformed::HashLength { expected: HASH_CHARS };
        let hash = "mG1rwQxNvqsWqMgsVUf1K.";
        let long = |salt: usize| format!("$md5${}$$", "a".repeat(salt));
        assert!(SunMd5::parse((long(354) + hash).as_bytes()).is_ok());
        for (front, want) in [
            ("$md5", Malformed::NotCrypt),
            ("$md5a$$", Malformed::NotCrypt),
            ("$md5,rounds=$a$$", Malformed::RoundsSyntax),
            ("$md5,rounds=0$a$$", Malformed::RoundsSyntax),
            ("$md5,rounds=01$a$$", Malformed::RoundsSyntax),
            ("$md5$rounds=x$a$$", Malformed::RoundsSyntax),
            ("$md5,rounds=1", Malformed::RoundsSyntax),
            ("$md5,rounds=4294967296$a$$", Malformed::CostRange),
            ("$md5,rounds$a$$", length),
            ("$md5,a=1$$", Malformed::Salt),
            ("$md5,", length),
            ("$md5$a$$$", length),
            ("$md5$a$b$", length),
            (&long(355), Malformed::SaltLength { max: 354 }),
        ] {
            malformed::<SunMd5>(&[(&format!("{front}{hash}"), want)]);
        }
        malformed::<SunMd5>(&[
            ("$md5$a$$", length),
            ("$md5$a$mG1rwQxNvqsWqMgsVUf1K", length),
            ("$md5$a$mG1rwQxNvqsWqMgsVUf1K..", length),
            ("$md5$a$mG1rwQxN_qsWqMgsVUf1K.", Malformed::HashCharacter),
            ("$md5$a$mG1rwQxNvqsWqMgsVUf1K2", Malformed::HashCharacter),
        ]);
    }
}
