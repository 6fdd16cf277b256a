//! Argon2 values, `$argon2i$…` and `$argon2id$…`, read and computed as libsodium's
//! `crypto_pwhash_str_verify` (1.0.18) does. Dovecot calls it for `ARGON2I` and `ARGON2ID` alike:
//! the value says which of the two it is, whatever the name of the scheme.

use argon2::{Algorithm, Block, Params, Version};
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD as BASE64;
use zeroize::Zeroizing;

use crate::crypt::Format;
use crate::scheme::Argon2Kind;
use crate::{Cost, Malformed, VerifyError};

/// An Argon2 value without its hash.
pub(crate) struct Argon2 {
    kind: Argon2Kind,
    params: Params,
    salt: Vec<u8>,
    /// In bytes.
    hash_len: usize,
}

impl Argon2 {
    /// A value as libsodium makes them for Dovecot: one lane, 32 bytes of hash.
    ///
    /// # Errors
    ///
    /// [`Malformed::CostRange`] if `passes` is 0 or `kib` is below 8.
    pub(crate) fn new(
        kind: Argon2Kind,
        passes: u32,
        kib: u32,
        salt: [u8; 16],
    ) -> Result<Self, Malformed> {
        Self::of(kind, [kib, passes, 1], salt.to_vec(), HASH_BYTES)
    }

    /// Everything else is checked; libsodium takes the same range of costs as the crate.
    fn of(
        kind: Argon2Kind,
        [kib, passes, lanes]: [u32; 3],
        salt: Vec<u8>,
        hash_len: usize,
    ) -> Result<Self, Malformed> {
        let params = Params::new(kib, passes, lanes, Some(hash_len));
        let params = params.map_err(|_| Malformed::CostRange)?;
        Ok(Self { kind, params, salt, hash_len })
    }

    /// The value up to the hash. libsodium takes only this way of writing it.
    fn front(&self) -> String {
        let (m, t, p) = (self.params.m_cost(), self.params.t_cost(), self.params.p_cost());
        let salt = BASE64.encode(&self.salt);
        format!("{}v=19$m={m},t={t},p={p}${salt}$", self.kind.prefix())
    }
}

impl Argon2Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::I => "$argon2i$",
            Self::Id => "$argon2id$",
        }
    }
}

impl Format for Argon2 {
    fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let strip = |kind: Argon2Kind| Some((kind, text.strip_prefix(kind.prefix().as_bytes())?));
        let (kind, rest) = [Argon2Kind::I, Argon2Kind::Id]
            .into_iter()
            .find_map(strip)
            .ok_or(Malformed::NotCrypt)?;
        let rest = rest.strip_prefix(b"v=19$").ok_or(Malformed::Version)?;
        let (costs, rest) = costs(rest).ok_or(Malformed::CostSyntax)?;
        let mut fields = rest.split(|&byte| byte == b'$');
        let (Some(salt), Some(hash), None) = (fields.next(), fields.next(), fields.next()) else {
            return Err(Malformed::Fields);
        };
        // No padding and no unused bits set, for both; the decoder is as strict as libsodium's.
        let salt = BASE64.decode(salt).map_err(|_| Malformed::Salt)?;
        if salt.len() < MIN_SALT_BYTES {
            return Err(Malformed::Salt);
        }
        let hash = BASE64.decode(hash).map_err(|_| Malformed::HashCharacter)?;
        if hash.len() < MIN_HASH_BYTES {
            return Err(Malformed::HashLength { expected: HASH_CHARS });
        }
        Self::of(kind, costs, salt, hash.len())
    }

    /// The ceilings are the caller's: passes and lanes are whatever the value says.
    fn cost(&self) -> Cost {
        let Self { params, .. } = self;
        Cost::Memory {
            kib: params.m_cost().into(),
            passes: params.t_cost(),
            lanes: params.p_cost(),
        }
    }

    fn compute(&self, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, VerifyError> {
        let algorithm = match self.kind {
            Argon2Kind::I => Algorithm::Argon2i,
            Argon2Kind::Id => Algorithm::Argon2id,
        };
        let blocks = self.params.block_count();
        let mut memory = Zeroizing::new(Vec::new());
        memory.try_reserve_exact(blocks).map_err(|_| VerifyError::OutOfMemory)?;
        memory.resize(blocks, Block::new());
        let mut hash = Zeroizing::new(vec![0; self.hash_len]);
        argon2::Argon2::new(algorithm, Version::V0x13, self.params.clone())
            .hash_password_into_with_memory(password, &self.salt, &mut hash, memory.as_mut_slice())
            // All that is left to go wrong is a password of more than 4 GiB.
            .map_err(|_| VerifyError::OutOfMemory)?;
        let hash = Zeroizing::new(BASE64.encode(&*hash));
        Ok(Zeroizing::new([self.front().as_bytes(), hash.as_bytes()].concat()))
    }
}

/// Reads `m=…,t=…,p=…$`, and returns what comes after it.
fn costs(text: &[u8]) -> Option<([u32; 3], &[u8])> {
    let (kib, rest) = number(text.strip_prefix(b"m=")?)?;
    let (passes, rest) = number(rest.strip_prefix(b",t=")?)?;
    let (lanes, rest) = number(rest.strip_prefix(b",p=")?)?;
    Some(([kib, passes, lanes], rest.strip_prefix(b"$")?))
}

/// A decimal number up to 4,294,967,295 without sign and leading zeros, and what follows it.
fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(digits)?;
    if digits.len() > 1 && digits.starts_with(b"0") {
        return None;
    }
    Some((str::from_utf8(digits).ok()?.parse().ok()?, rest))
}

const MIN_SALT_BYTES: usize = 8;
const MIN_HASH_BYTES: usize = 16;
/// What libsodium makes itself.
const HASH_BYTES: usize = 32;
const HASH_CHARS: usize = 43;
#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "NZM9HruDlpv+svG+Wf5n9elNeM0OXMUpS4QH8zsitbM";

    /// phc-winner-argon2, `src/test.c`, and libsodium 1.0.18, `test/default/pwhash_argon2i.c`.
    const PUBLISHED: &[(&[u8], &str)] = &[
        (
            b"password",
            "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
        ),
        (
            b"password",
            "$argon2i$v=19$m=256,t=2,p=2$c29tZXNhbHQ$T/XOJ2mh1/TIpJHfCdQan76Q5esCFVoT5MAeIM1Oq2E",
        ),
        (
            b"password",
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        ),
        (
            b"password",
            "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
        ),
        (
            b"",
            "$argon2i$v=19$m=2048,t=4,p=1$SWkxaUhpY21ISDcrRnYzSw$\
             Mbg/Eck1kpZir5T9io7C64cpffdTBaORgyriLQFgQj8",
        ),
    ];

    /// libsodium 1.0.18, `crypto_pwhash_argon2id` with a salt given; 16 and 97 bytes of hash.
    const LIBSODIUM: &[(&[u8], &str)] = &[
        (
            b"secret",
            "$argon2id$v=19$m=64,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$NZM9HruDlpv+svG+Wf5n9elNeM0OXMUpS4QH8zsitbM",
        ),
        (
            b"",
            "$argon2id$v=19$m=9,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$sdhwUxmI6Xr1aIha0eONiXZeKG27MbrrQa\
             OT/y9pyl7kxKBLPH6yTB2xj2t0phSZHctLK49tu9OLuaAjgpmA5ZSNqqitW+IlQHw1gOQsDLID2ID6b4w/pSV\
             /87zxHUw6yA",
        ),
    ];

    #[test]
    fn published_vectors_and_libsodium() {
        for (password, text) in PUBLISHED.iter().chain(LIBSODIUM) {
            let computed = Argon2::parse(text.as_bytes()).unwrap().compute(password).unwrap();
            assert_eq!(str::from_utf8(&computed).unwrap(), *text);
        }
        let long = b"\xff\x80 long".repeat(60);
        let text = "$argon2id$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$cUnYi2fTeYd/LuD2TWMD5Q";
        let computed = Argon2::parse(text.as_bytes()).unwrap().compute(&long).unwrap();
        assert_eq!(computed.as_slice(), text.as_bytes());
    }

    #[test]
    fn new_values() {
        let salt = *b"0123456789abcdef";
        let value = Argon2::new(Argon2Kind::Id, 2, 64, salt).unwrap();
        assert_eq!(value.compute(b"secret").unwrap().as_slice(), LIBSODIUM[0].1.as_bytes());
        let value = Argon2::new(Argon2Kind::I, 3, 64, salt).unwrap();
        assert_eq!(
            value.compute(b"secret").unwrap().as_slice(),
            b"$argon2i$v=19$m=64,t=3,p=1$MDEyMzQ1Njc4OWFiY2RlZg$\
              93qFTP4vzCL76D1fdjK2xKv51mxsI3FiviPJUAdX/WM",
        );
        assert_eq!(Argon2::new(Argon2Kind::I, 0, 64, salt).err(), Some(Malformed::CostRange));
        assert_eq!(Argon2::new(Argon2Kind::I, 3, 7, salt).err(), Some(Malformed::CostRange));
    }

    #[test]
    fn costs_at_the_ends() {
        for (costs, kib, passes, lanes) in [
            ("m=8,t=1,p=1", 8, 1, 1),
            ("m=134217720,t=1,p=16777215", 134_217_720, 1, 16_777_215),
            ("m=4294967295,t=4294967295,p=1", 4_294_967_295, u32::MAX, 1),
        ] {
            let value =
                Argon2::parse(format!("$argon2i$v=19${costs}$MDEyMzQ1Njc${HASH}").as_bytes());
            assert_eq!(value.unwrap().cost(), Cost::Memory { kib, passes, lanes });
        }
    }

    #[test]
    fn malformed_values() {
        let (salt, costs) = ("c29tZXNhbHQ", "v=19$m=64,t=2,p=1");
        for (front, want) in [
            (String::new(), Malformed::NotCrypt),
            (format!("$argon2d${costs}${salt}$"), Malformed::NotCrypt),
            (format!("$argon2${costs}${salt}$"), Malformed::NotCrypt),
            (format!("$argon2ID${costs}${salt}$"), Malformed::NotCrypt),
            (format!("$argon2id$m=64,t=2,p=1${salt}$"), Malformed::Version),
            (format!("$argon2id$v=16$m=64,t=2,p=1${salt}$"), Malformed::Version),
            (format!("$argon2id$v=019$m=64,t=2,p=1${salt}$"), Malformed::Version),
            (format!("$argon2id$v=19$t=2,m=64,p=1${salt}$"), Malformed::CostSyntax),
            (format!("$argon2id$v=19$m=64,t=2${salt}$"), Malformed::CostSyntax),
            (format!("$argon2id$v=19$m=64,t=2,p=1,x=1${salt}$"), Malformed::CostSyntax),
            (format!("$argon2id$v=19$m=064,t=2,p=1${salt}$"), Malformed::CostSyntax),
            (format!("$argon2id$v=19$m=,t=2,p=1${salt}$"), Malformed::CostSyntax),
            (format!("$argon2id$v=19$m=+64,t=2,p=1${salt}$"), Malformed::CostSyntax),
            (format!("$argon2id$v=19$m=64,t=4294967296,p=1${salt}$"), Malformed::CostSyntax),
            (format!("$argon2id$v=19$m=7,t=2,p=1${salt}$"), Malformed::CostRange),
            (format!("$argon2id$v=19$m=15,t=2,p=2${salt}$"), Malformed::CostRange),
            (format!("$argon2id$v=19$m=64,t=0,p=1${salt}$"), Malformed::CostRange),
            (format!("$argon2id$v=19$m=64,t=2,p=0${salt}$"), Malformed::CostRange),
            (format!("$argon2id$v=19$m=4294967295,t=2,p=16777216${salt}$"), Malformed::CostRange),
            (format!("$argon2id$v=19$m=64,t=2,p=536870912${salt}$"), Malformed::CostRange),
            (format!("$argon2id${costs}$"), Malformed::Fields),
            (format!("$argon2id${costs}${salt}$${salt}$"), Malformed::Fields),
            // Seven bytes, padding, an unused bit, a character too many.
            (format!("$argon2id${costs}$c29tZXNhbA$"), Malformed::Salt),
            (format!("$argon2id${costs}${salt}=$"), Malformed::Salt),
            (format!("$argon2id${costs}$c29tZXNhbHR$"), Malformed::Salt),
            (format!("$argon2id${costs}${salt}AA$"), Malformed::Salt),
        ] {
            let text = front + HASH;
            assert_eq!(Argon2::parse(text.as_bytes()).err(), Some(want), "{text}");
        }
        let length = Malformed::HashLength { expected: HASH_CHARS };
        for (hash, want) in [
            (String::new(), length),
            ("NZM9HruDlpv+svG+Wf5n".to_owned(), length),
            (HASH.to_owned() + "=", Malformed::HashCharacter),
            (HASH.replace("bM", "bN"), Malformed::HashCharacter),
            (HASH.replace('+', "-"), Malformed::HashCharacter),
            // libsodium on a machine where char has a sign takes every byte from 0x80 for `/`.
            (HASH.to_owned() + "é", Malformed::HashCharacter),
        ] {
            let text = format!("$argon2i${costs}${salt}${hash}");
            assert_eq!(Argon2::parse(text.as_bytes()).err(), Some(want), "{text}");
        }
    }
}
