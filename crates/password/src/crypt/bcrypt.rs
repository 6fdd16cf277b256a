//! bcrypt values, `$2a$`, `$2b$`, `$2x$` and `$2y$`, read and computed as Dovecot's own copy of
//! crypt_blowfish does (`src/auth/crypt-blowfish.c`). Dovecot takes every `$2?$` value there, never
//! to crypt(3), so that crypt(3)'s limits, 511 bytes of password among them, do not apply.

use base64::Engine;
use base64::alphabet::BCRYPT;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::NO_PAD;
use blowfish::Blowfish;
use zeroize::Zeroizing;

use super::Format;
use crate::{Cost, Malformed, VerifyError};

/// Lowest cost: 2^4 rounds.
pub(crate) const MIN_COST: u8 = 4;
/// Highest cost: 2^31 rounds.
pub(crate) const MAX_COST: u8 = 31;

/// A bcrypt value without its hash.
pub(crate) struct Bcrypt {
    /// `a`, `b`, `x` or `y`.
    letter: u8,
    cost: u8,
    salt: [u8; 16],
}

impl Bcrypt {
    /// A `$2y$` value, as `doveadm pw` makes them; like there, a cost outside 4 to 31 is taken for
    /// the nearer end.
    pub(crate) fn new(cost: u8, salt: [u8; 16]) -> Self {
        Self { letter: b'y', cost: cost.clamp(MIN_COST, MAX_COST), salt }
    }

    /// The value up to the hash.
    fn front(&self) -> String {
        let Self { letter, cost, salt } = self;
        format!("$2{}${cost:02}${}", char::from(*letter), BASE64.encode(salt))
    }
}

impl Format for Bcrypt {
    fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let Some(([b'$', b'2', letter @ (b'a' | b'b' | b'x' | b'y'), b'$'], rest)) =
            text.split_first_chunk()
        else {
            return Err(Malformed::NotCrypt);
        };
        let Some((&[tens @ b'0'..=b'9', units @ b'0'..=b'9', b'$'], rest)) =
            rest.split_first_chunk()
        else {
            return Err(Malformed::CostSyntax);
        };
        let cost = (tens - b'0') * 10 + (units - b'0');
        if !(MIN_COST..=MAX_COST).contains(&cost) {
            return Err(Malformed::CostRange);
        }
        // The decoder refuses a last character with unused bits set. crypt_blowfish reads such a
        // salt, but clears the bits in what it gives back.
        let (salt, hash) = rest.split_at_checked(SALT_CHARS).ok_or(Malformed::Salt)?;
        let salt = BASE64.decode(salt).ok().and_then(|salt| salt.try_into().ok());
        let salt = salt.ok_or(Malformed::Salt)?;
        if hash.len() != HASH_CHARS {
            return Err(Malformed::HashLength { expected: HASH_CHARS });
        }
        BASE64.decode(hash).map_err(|_| Malformed::HashCharacter)?;
        Ok(Self { letter: *letter, cost, salt })
    }

    fn cost(&self) -> Cost {
        Cost::Log2Rounds(self.cost)
    }

    fn compute(&self, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, VerifyError> {
        let keys = Keys::new(self.letter, password);
        let mut state: Blowfish = Blowfish::bc_init_state();
        state.salted_expand_key(&self.salt, keys.first.as_slice());
        for _ in 0..1_u64 << self.cost {
            state.bc_expand_key(keys.rest.as_slice());
            state.bc_expand_key(&self.salt);
        }
        let mut hash = Zeroizing::new(Vec::with_capacity(24));
        for block in MAGIC {
            let block = Zeroizing::new((0..64).fold(block, |block, _| state.bc_encrypt(block)));
            hash.extend(block.iter().flat_map(|word| word.to_be_bytes()));
        }
        hash.truncate(HASH_BYTES);
        let hash = Zeroizing::new(BASE64.encode(&hash));
        Ok(Zeroizing::new([self.front().as_bytes(), hash.as_bytes()].concat()))
    }
}

/// The expanded key. Only for `$2a$` can the two differ.
struct Keys {
    /// For the first expansion, the one with salt.
    first: Zeroizing<[u8; KEY_BYTES]>,
    /// For all others.
    rest: Zeroizing<[u8; KEY_BYTES]>,
}

impl Keys {
    /// Password and a NUL, over and over, as 18 words.
    ///
    /// crypt_blowfish up to 1.0 took bytes from 0x80 for negative numbers, which set all bits before
    /// them in their word; `$2x$` keeps that fault. A password that has such a byte and yet gives
    /// the same words either way would match what many others gave under the fault: for `$2a$`, and
    /// in the first expansion only, one bit of its first word is flipped.
    fn new(letter: u8, password: &[u8]) -> Self {
        let mut bytes = password.iter().copied().chain([0]).cycle();
        let mut rest = Zeroizing::new([0; KEY_BYTES]);
        let (mut signs, mut differences) = (0, 0);
        for target in rest.as_chunks_mut::<4>().0 {
            let (mut correct, mut faulty) = (0_u32, 0_u32);
            for (position, byte) in bytes.by_ref().take(4).enumerate() {
                correct = correct << 8 | u32::from(byte);
                faulty = faulty << 8 | i32::from(byte.cast_signed()).cast_unsigned();
                if position > 0 {
                    signs |= byte >> 7;
                }
            }
            differences |= correct ^ faulty;
            *target = if letter == b'x' { faulty } else { correct }.to_be_bytes();
        }
        let mut first = rest.clone();
        let [_, second, ..] = &mut *first;
        *second ^= signs & u8::from(differences == 0) & u8::from(letter == b'a');
        Self { first, rest }
    }
}

const KEY_BYTES: usize = 72;
const SALT_CHARS: usize = 22;
const HASH_CHARS: usize = 31;
/// The last of the 24 bytes is not written.
const HASH_BYTES: usize = 23;

/// bcrypt's own order of the 64 characters, `./A-Za-z0-9`; unlike crypt(3)'s, highest bits first.
const BASE64: GeneralPurpose = GeneralPurpose::new(&BCRYPT, NO_PAD);

/// `OrpheanBeholderScryDoubt`.
const MAGIC: [[u32; 2]; 3] =
    [[0x4f72_7068, 0x6561_6e42], [0x6568_6f6c, 0x6465_7253], [0x6372_7944, 0x6f75_6274]];

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

    /// crypt_blowfish 1.3, the self-test of its `wrapper.c`.
    const OPENWALL: &[(&[u8], &str)] = &[
        (b"U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        (b"U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
        (b"U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
        (
            b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789\
              chars after 72 are ignored",
            "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
        ),
        (b"", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
        (b"\xa3", "$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"),
        (b"\xff\xff\xa3", "$2x$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"),
        (b"\xff\xff\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"),
        (b"\xff\xff\xa3", "$2b$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"),
        (b"\xff\xff\xa3", "$2a$05$/OK.fbVrR/bpIqNJ5ianF.nqd1wy.pTMdcvrRWxyiGL2eMz.2a85."),
        (b"\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"),
        (b"\xa3", "$2a$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"),
        (b"\xa3", "$2b$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"),
        (b"1\xa3345", "$2x$05$/OK.fbVrR/bpIqNJ5ianF.o./n25XVfn6oAPaUvHe.Csk4zRfsYPi"),
        (b"\xff\xa3345", "$2x$05$/OK.fbVrR/bpIqNJ5ianF.o./n25XVfn6oAPaUvHe.Csk4zRfsYPi"),
        (b"\xff\xa3345", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.nRht2l/HRhr6zmCp9vYUvvsqynflf9e"),
        (b"\xff\xa3345", "$2a$05$/OK.fbVrR/bpIqNJ5ianF.nRht2l/HRhr6zmCp9vYUvvsqynflf9e"),
        (
            b"\xff\xa334\xff\xff\xff\xa3345",
            "$2x$05$/OK.fbVrR/bpIqNJ5ianF.o./n25XVfn6oAPaUvHe.Csk4zRfsYPi",
        ),
        (
            b"\xff\xa334\xff\xff\xff\xa3345",
            "$2y$05$/OK.fbVrR/bpIqNJ5ianF.o./n25XVfn6oAPaUvHe.Csk4zRfsYPi",
        ),
        (
            b"\xff\xa334\xff\xff\xff\xa3345",
            "$2a$05$/OK.fbVrR/bpIqNJ5ianF.ZC1JEJ8Z4gPfpe1JOr/oyPXTWl9EFd.",
        ),
        (b"\xa3ab", "$2a$05$/OK.fbVrR/bpIqNJ5ianF.6IflQkJytoRVc1yuaNtHfiuq.FRlSIS"),
        (b"\xa3ab", "$2x$05$/OK.fbVrR/bpIqNJ5ianF.6IflQkJytoRVc1yuaNtHfiuq.FRlSIS"),
        (b"\xd1\x91", "$2x$05$6bNw2HLQYeqHYyBfLMsv/OiwqTymGIGzFsA4hOTWebfehXHNprcAS"),
        (
            b"\xd0\xc1\xd2\xcf\xcc\xd8",
            "$2x$05$6bNw2HLQYeqHYyBfLMsv/O9LIGgn8OMzuDoHfof8AQimSGfcSWxnS",
        ),
    ];

    #[test]
    fn openwall() {
        for (password, text) in OPENWALL {
            check(password, text);
        }
        // The same, passwords made of a pattern.
        check(
            &[[0xaa; 72].as_slice(), b"chars after 72 are ignored as usual"].concat(),
            "$2a$05$/OK.fbVrR/bpIqNJ5ianF.swQOIzjOiJ9GHEPuhEkvqrUyvWhEMx6",
        );
        check(
            &b"\xaa\x55".repeat(36),
            "$2a$05$/OK.fbVrR/bpIqNJ5ianF.R9xrDjiycxMbQE2bp.vgqlYpW5wx2yy",
        );
        check(
            &b"\x55\xaa\xff".repeat(24),
            "$2a$05$/OK.fbVrR/bpIqNJ5ianF.9tQZzcJfm3uj2NvJ/n5xkhpqLrMpWCe",
        );
    }

    fn check(password: &[u8], text: &str) {
        let computed = Bcrypt::parse(text.as_bytes()).unwrap().compute(password).unwrap();
        assert_eq!(str::from_utf8(&computed).unwrap(), text, "{password:x?}");
    }

    #[test]
    fn malformed_values() {
        let salt = "CCCCCCCCCCCCCCCCCCCCC.";
        let length = Malformed::HashLength { expected: HASH_CHARS };
        let (cut, _) = HASH.split_at(30);
        for (front, want) in [
            ("", Malformed::NotCrypt),
            ("$2$05$", Malformed::NotCrypt),
            ("$2c$05$", Malformed::NotCrypt),
            ("$2A$05$", Malformed::NotCrypt),
            ("$2y05$", Malformed::NotCrypt),
            ("$2y$5$", Malformed::CostSyntax),
            ("$2y$ 5$", Malformed::CostSyntax),
            ("$2y$05", Malformed::CostSyntax),
            ("$2y$05$$", Malformed::Salt),
            ("$2y$03$", Malformed::CostRange),
            ("$2y$32$", Malformed::CostRange),
            ("$2y$99$", Malformed::CostRange),
        ] {
            let text = format!("{front}{salt}{HASH}");
            assert_eq!(Bcrypt::parse(text.as_bytes()).err(), Some(want), "{text}");
        }
        for (back, want) in [
            (String::new(), Malformed::Salt),
            ("CCCCCCCCCCCCCCCCCCCCC/".to_owned() + HASH, Malformed::Salt),
            ("CCCCCCCCCC*CCCCCCCCCC.".to_owned() + HASH, Malformed::Salt),
            (salt.into(), length),
            (salt.to_owned() + cut, length),
            (salt.to_owned() + HASH + ".", length),
            (salt.to_owned() + cut + "X", Malformed::HashCharacter),
            (salt.to_owned() + cut + "=", Malformed::HashCharacter),
        ] {
            let text = format!("$2y$05${back}");
            assert_eq!(Bcrypt::parse(text.as_bytes()).err(), Some(want), "{text}");
        }
    }

    #[test]
    fn new_values_and_costs() {
        for (cost, want) in [(0, 4), (4, 4), (10, 10), (31, 31), (255, 31)] {
            let bcrypt = Bcrypt::new(cost, *b"0123456789abcdef");
            assert_eq!(bcrypt.cost(), Cost::Log2Rounds(want));
            let text = bcrypt.front() + HASH;
            assert_eq!(Bcrypt::parse(text.as_bytes()).unwrap().front(), bcrypt.front());
        }
        // crypt_blowfish in Dovecot 2.3.19.
        let text = Bcrypt::new(4, *b"0123456789abcdef").compute(b"secret").unwrap();
        assert_eq!(
            text.as_slice(),
            b"$2y$04$KBCwKxOzLha2MUDgW0PjXe/hE/UCO9qF89dOydoHjSwxcHev5LRn."
        );
    }
}
