//! The memory-hard formats of libxcrypt: `$y$` (yescrypt), `$7$` (scrypt in yescrypt's own
//! notation) and `$gy$` (yescrypt under GOST R 34.11-2012), read as libxcrypt 4.4.33 reads them.
//!
//! Parameters and salts that can be written in several ways stay as they are written: crypt(3)
//! repeats its setting byte for byte. Only the computation is the `yescrypt` crate's.

use hmac::{Hmac, KeyInit, Mac};
use streebog::{Digest, Streebog256};
use yescrypt::Params;
use zeroize::Zeroizing;

use self::parameters::Parameters;
use super::{Format, accepted, alphabet};
use crate::{Cost, Malformed, VerifyError};

mod parameters;

/// A value without its hash.
pub(crate) struct Yescrypt {
    /// Prefix, parameters, salt and the `$` behind it, as they are written.
    front: Vec<u8>,
    salt: Vec<u8>,
    gost: bool,
    params: Params,
    cost: Cost,
    /// What the computation allocates, in bytes.
    memory: u64,
}

impl Format for Yescrypt {
    fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let front = text.iter().rposition(|&byte| byte == b'$').map_or(0, |last| last + 1);
        let (front, hash) = text.split_at_checked(front).ok_or(Malformed::Fields)?;
        let (parameters, salt, gost) = if let Some(setting) = front.strip_prefix(b"$7$") {
            let (parameters, salt) = Parameters::read_scrypt(setting)?;
            (parameters, scrypt_salt(salt)?, false)
        } else {
            let gost = front.starts_with(b"$gy$");
            let setting = front.strip_prefix(if gost { b"$gy$".as_slice() } else { b"$y$" });
            let (parameters, salt) = Parameters::read(setting.ok_or(Malformed::NotCrypt)?)?;
            (parameters, yescrypt_salt(salt)?, gost)
        };
        if hash.len() != HASH_CHARS {
            return Err(Malformed::HashLength { expected: HASH_CHARS });
        }
        decode(hash).ok_or(Malformed::HashCharacter)?;
        let (params, cost, memory) = parameters.checked().ok_or(Malformed::CostRange)?;
        Ok(Self { front: front.to_vec(), salt, gost, params, cost, memory })
    }

    fn cost(&self) -> Cost {
        self.cost
    }

    fn compute(&self, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, VerifyError> {
        // The crate would end the process where there is no memory, or not enough address space.
        probe(self.memory)?;
        let mut hash = Zeroizing::new([0; HASH_BYTES]);
        yescrypt::yescrypt(password, &self.salt, &self.params, &mut *hash)
            .map_err(|_| VerifyError::OutOfMemory)?;
        if self.gost {
            hash = gost(password, &self.front, &hash);
        }
        let mut text = Zeroizing::new(Vec::with_capacity(self.front.len() + HASH_CHARS));
        text.extend_from_slice(&self.front);
        encode(hash.as_slice(), &mut text);
        Ok(text)
    }
}

/// A `$7$` salt, up to the last `$` of the value; the characters are the salt. Those of the alphabet
/// and `$` can stand in it, and once another one follows a `$`, everything that crypt(3) takes.
fn scrypt_salt(text: &[u8]) -> Result<Vec<u8>, Malformed> {
    let salt = text.strip_suffix(b"$").ok_or(Malformed::Fields)?;
    if salt.len() > MAX_SCRYPT_SALT {
        return Err(Malformed::SaltLength { max: MAX_SCRYPT_SALT });
    }
    let alien = |&byte: &u8| byte != b'$' && alphabet::value(byte).is_none();
    let start = salt.split(alien).next().unwrap_or_default();
    let sound = start.len() == salt.len() || start.ends_with(b"$");
    let sound = sound && salt.iter().all(|&byte| accepted(byte));
    sound.then(|| salt.to_vec()).ok_or(Malformed::Salt)
}

/// A `$y$` or `$gy$` salt: 0 to 64 bytes, encoded.
fn yescrypt_salt(text: &[u8]) -> Result<Vec<u8>, Malformed> {
    let salt = text.strip_suffix(b"$").ok_or(Malformed::Fields)?;
    if salt.len() > MAX_SALT {
        return Err(Malformed::SaltLength { max: MAX_SALT });
    }
    decode(salt).ok_or(Malformed::Salt)
}

/// Bytes out of groups of four characters, lowest bits first; `None` where [`encode`] would not
/// give the same characters.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    for group in text.chunks(4) {
        let mut symbols = group.iter().rev();
        let bits =
            symbols.try_fold(0, |bits, &symbol| Some(bits << 6 | alphabet::value(symbol)?))?;
        let bits = bits.to_le_bytes();
        let (used, unused) = bits.split_at_checked(group.len() * 3 / 4)?;
        if used.is_empty() || unused.iter().any(|&byte| byte != 0) {
            return None;
        }
        bytes.extend_from_slice(used);
    }
    Some(bytes)
}

/// Appends characters of bytes, three for four, lowest bits first.
fn encode(bytes: &[u8], text: &mut Zeroizing<Vec<u8>>) {
    for group in bytes.chunks(3) {
        let (bits, width) = group
            .iter()
            .rev()
            .fold((0, 0_u32), |(bits, width), &byte| (bits << 8 | u32::from(byte), width + 8));
        alphabet::push(text, bits, width.div_ceil(6));
    }
}

/// `HMAC(HMAC(GOST(password), value up to the salt), yescrypt's hash)`.
fn gost(password: &[u8], front: &[u8], hash: &[u8; HASH_BYTES]) -> Zeroizing<[u8; HASH_BYTES]> {
    let setting = front.strip_suffix(b"$").unwrap_or(front);
    let key = Zeroizing::new(Streebog256::digest(password).into());
    hmac(&hmac(&key, setting), hash)
}

fn hmac(key: &[u8; HASH_BYTES], message: &[u8]) -> Zeroizing<[u8; HASH_BYTES]> {
    // HMAC fills its key up to the hash's block of 64 bytes with zeros.
    let mut block = Zeroizing::new([0; 64]);
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mac = Hmac::<Streebog256>::new((&*block).into()).chain_update(message);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// Makes sure that `bytes` can be allocated, and gives them back.
fn probe(bytes: u64) -> Result<(), VerifyError> {
    let bytes = usize::try_from(bytes).map_err(|_| VerifyError::OutOfMemory)?;
    let mut space = Vec::<u8>::new();
    space.try_reserve_exact(bytes).map_err(|_| VerifyError::OutOfMemory)?;
    // Without this the compiler may leave the allocation out, and take it for done.
    std::hint::black_box(&mut space);
    Ok(())
}

const HASH_BYTES: usize = 32;
const HASH_CHARS: usize = 43;
/// 64 bytes in characters.
const MAX_SALT: usize = 86;
/// crypt(3) gives no result where its setting is longer than 339 characters: those of a whole `$7$`
/// value with a salt of this length.
const MAX_SCRYPT_SALT: usize = 281;

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "iofk68xbXBoXKsxTyMBCh2qkQuzQZ2Zik521F9TsTq6";

    /// yescrypt's `TESTS-OK` without the three dearest; the password of all is `pleaseletmein`.
    const OPENWALL: &[&str] = &[
        "$7$06..../....SodiumChloride$ENlyo6fGw4PCcDBOFepfSZjFUnVatHzCcW55.ZGz3B0",
        "$y$/B3.6$LdJMENpBABJJ3hIHjB1$h8sE4hJo.BsdlfJr0.d8bNJNPZymH7Y3kLj4aY1Rfc8",
        "$y$/A2$LdJMENpBABJJ3hIHj/$5IEld1eWdmh5lylrqHLF5dvA3ISpimEM9J1Dd05n/.3",
        "$y$j91.5$LdJMENpBABJJ3hIH$ebKnn23URD5vyLgF9cP2EvVosrUXf7UErGRV0KmC6e6",
        "$y$j80$LdJMENpBABJJ3h2$ysXVVJwuaVlI1BWoEKt/Bz3WNDDmdOWz/8KTQaHL1cC",
        "$y$/7/.4$LdJMENpBABJJ3/$lXHleh7bIZMGNtJVxGVrsIWkEIXfBedlfPui/PITflC",
        "$y$/6.$LdJMENpBABJJ$zQITmYSih5.CTY47x0IuE4wl.b3HzYGKKCSggakaQ22",
        "$y$j5..3$LdJMENpBAB3$xi27PTUNd8NsChHeLOz85JFnUOyibRHkWzprowRlR5/",
        "$y$j4/$LdJMENpBA/$tHlkpTQ8V/eEnTVau1uW36T97LIXlfPrEzdeV5SE5K7",
        "$y$/3..2$LdJMENpB$tNczXFuNUd3HMqypStCRsEaL4e4KF7ZYLBe8Hbeg0B7",
        "$y$/2/$LdJMEN3$RRorHhfsw1/P/WR6Aurg4U72e9Q7qt9vFPURdyfiqK8",
        "$y$j2..1$LdJME/$iLEt6kuTwHch6XdCxtTHfsQzYwWFmpUwgl6Ax8RH4d1",
        "$y$j0/$LdJM$k7BXzSDuoGHW56SY3HxROCiA0gWRscZe2aA0q5oHPM0",
        "$y$//..0$Ld3$6BJXezMFxaMiO5wsuoEmztvtCs/79085dZO56ADlV5B",
        "$y$///$L/$Rrrkp6OVljrIk0kcwkCDhAiHJiSthh3cKeIGHUW7Z0C",
        "$y$j1../$LdJMENpBABJJ3hIHjB1Bi.$L8OQFc8mxJPd7CpUFgkS7KqJM2I9jGXu3BdqX2D.647",
        "$y$j//$LdJMENpBABJJ3hIHjB1B$U8a2MaK.yesqWySK8Owk6PWeWmp/XuagMbpP45q1/q1",
    ];

    /// libxcrypt 4.4.33, `test/ka-table.inc`.
    const KNOWN_ANSWERS: &[(&str, &str)] = &[
        ("dRaGoN", "$gy$j75$.......$xzXF8V3pf2mVgaf1V5Yv2xUGTR/KMen/.H9f53/aeI/"),
        ("stephanie", "$gy$j85$LdJMENpBABJJ3hIHjB1Bi.$C82thHwg1tSsWBnZLrYUCIojZqbJz2RU.szOVIqY1x0"),
    ];

    /// libxcrypt 4.4.33, `crypt(password, setting)` for settings at the edge of the syntax.
    const LIBXCRYPT: &[(&str, &str)] = &[
        // Debian's default; the password is hashed twice from here.
        (
            "pleaseletmein",
            "$y$j9T$LdJMENpBABJJ3hIHjB1Bi.$iofk68xbXBoXKsxTyMBCh2qkQuzQZ2Zik521F9TsTq6",
        ),
        // Classic scrypt, and write once, read many with t.
        ("p", "$y$.0.$abc.$ZgJ41mXw1/UTHi37KcQgrKztAsVxG5zbVAA1cOCg6E0"),
        ("p", "$y$/0./.$abc.$o87lw9VKqpCHDUiVcT9XsY1tjlWrzbIeqcAN0xMBl8/"),
        // p and t.
        ("p", "$y$j41/3$abc.$2X4Ek2FPbLLX1TTn0Gc1CuvNn3wLjAyE02gDwLd5Ef."),
        ("p", "$y$j1.0..$abc.$Pd90Ee3kjMHm0IOQpj0qQnkBqTXAkNcP4F6PeSbW9cC"),
        // No salt, a bit that means nothing, the longest salt.
        ("p", "$y$j0.$$2LYNUfGjvN4LdRObpUGdXVkwNSsSjxJAbyh2md3gxr7"),
        ("p", "$y$j0.D$$2LYNUfGjvN4LdRObpUGdXVkwNSsSjxJAbyh2md3gxr7"),
        (
            "p",
            "$y$j0.$zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\
             zzzzzz1$AESqcd7O9CC0v0dXLX/11S9jGMDIvizLZ/NkVM4P3WC",
        ),
        ("p", "$7$0/..../....$TDScZlZ4JHMIjO8AD1aUyFkFeXETi48czjYosphhuv4"),
        ("p", "$7$0/..../....a$b$feKvQqbfQytRsGIYyd8WLgLRgaJSjxnnfAnGPzQNTaA"),
        ("p", "$7$0/..../....a$#%b$KONVvvlqKv2wXRAX82lUYC3Y/PADx56t6yZHFK7vRBD"),
        ("p", "$7$20..../2...x$XN7nX4tXVM7LS3ol8shUekJmYz6PkKqoCWXdKb3TQpD"),
        ("", "$gy$j0.$abc.$THRxGPpaxxHd/3TRM6ml1ZWBtx23ghT82acAdB9b3d3"),
        ("p", "$gy$j0.$$SgvvvVf0ZCLAMR2XozLTRvGqLr1Cv2HqgpV5Q7.svvC"),
    ];

    #[test]
    fn published_vectors_and_crypt3() {
        let openwall = OPENWALL.iter().map(|text| ("pleaseletmein", *text));
        for (password, text) in openwall.chain(KNOWN_ANSWERS.iter().chain(LIBXCRYPT).copied()) {
            let value = Yescrypt::parse(text.as_bytes()).unwrap();
            let computed = value.compute(password.as_bytes()).unwrap();
            assert_eq!(str::from_utf8(&computed).unwrap(), text);
        }
    }

    #[test]
    fn malformed_values() {
        let (cut, long) = (Malformed::Salt, Malformed::SaltLength { max: MAX_SALT });
        for (front, want) in [
            ("", Malformed::NotCrypt),
            ("$y", Malformed::NotCrypt),
            ("$8$0/..../....$", Malformed::NotCrypt),
            ("$g$j9T$abc.$", Malformed::NotCrypt),
            ("$y$", Malformed::CostSyntax),
            ("$y$$", Malformed::CostSyntax),
            ("$y$j9$abc.$", Malformed::CostSyntax),
            ("$y$j9T$", Malformed::Fields),
            // p announced, not there; more than was announced.
            ("$y$j9T.$abc.$", Malformed::CostSyntax),
            ("$y$j9T../$abc.$", Malformed::CostSyntax),
            ("$y$j9T$.$", cut),
            ("$y$j9T$ab$", cut),
            ("$y$j9T$abc_$", cut),
            ("$y$j9T$abc.$abc.$", cut),
            // Unknown mixtures, N of 2 and 2^32, t for classic scrypt, p of 3 for N of 8.
            ("$y$09T$abc.$", Malformed::CostRange),
            ("$y$i9T$abc.$", Malformed::CostRange),
            ("$gy$k.9T$abc.$", Malformed::CostRange),
            ("$y$j./$abc.$", Malformed::CostRange),
            ("$y$jT/$abc.$", Malformed::CostRange),
            ("$y$.0./.$abc.$", Malformed::CostRange),
            ("$y$j0../$abc.$", Malformed::CostRange),
            // g and NROM.
            ("$y$j0.1.$abc.$", Malformed::CostRange),
            ("$y$j0.5.$abc.$", Malformed::CostRange),
            ("$7$0/..../....", Malformed::CostSyntax),
            ("$7$0/..../...$", Malformed::CostSyntax),
            ("$7$0/..../....#a$", cut),
            ("$7$0/..../....a#$", cut),
            ("$7$0/..../....a$#!b$", cut),
            // N of 1 and 2, no r, no p, r * p = 2^30, N * r = 2^57.
            ("$7$./..../....$", Malformed::CostRange),
            ("$7$//..../....$", Malformed::CostRange),
            ("$7$0...../....$", Malformed::CostRange),
            ("$7$0/.........$", Malformed::CostRange),
            ("$7$0..6....6..$", Malformed::CostRange),
            ("$7$T....2/....$", Malformed::CostRange),
            (&format!("$y$j9T${}1$", "z".repeat(86)), long),
            (
                &format!("$7$0/..../....{}$", "a".repeat(282)),
                Malformed::SaltLength { max: MAX_SCRYPT_SALT },
            ),
        ] {
            let text = format!("{front}{HASH}");
            assert_eq!(Yescrypt::parse(text.as_bytes()).err(), Some(want), "{text}");
        }
        let length = Malformed::HashLength { expected: HASH_CHARS };
        let (cut, _) = HASH.split_at(42);
        for (hash, want) in [
            (String::new(), length),
            (cut.to_owned(), length),
            (HASH.to_owned() + ".", length),
            (cut.to_owned() + "E", Malformed::HashCharacter),
            (cut.to_owned() + "_", Malformed::HashCharacter),
        ] {
            let text = format!("$y$j9T$abc.${hash}");
            assert_eq!(Yescrypt::parse(text.as_bytes()).err(), Some(want), "{text}");
        }
    }

    #[test]
    fn costs() {
        for (front, kib, passes, lanes) in [
            ("$y$j9T$abc.$", 16_384, 1, 1),
            ("$gy$jFT$abc.$", 1_048_576, 1, 1),
            ("$7$CU..../....$", 65_536, 1, 1),
            ("$7$0/..../....$", 1, 1, 1),
            ("$7$0/....zzzzD$", 33_554_433, 268_435_455, 268_435_455),
            ("$y$/0./5$abc.$", 1, 9, 1),
            ("$y$/0.0.5$abc.$", 2, 18, 2),
            ("$y$j0...$abc.$", 14, 1, 2),
            ("$y$jS//zzzzzz$abc.$", 536_870_912, 1_091_060_273, 1),
        ] {
            let value = Yescrypt::parse(format!("{front}{HASH}").as_bytes()).unwrap();
            assert_eq!(value.cost(), Cost::Memory { kib, passes, lanes }, "{front}");
        }
    }

    #[test]
    fn more_memory_than_there_is() {
        // 2^63 bytes, more than any address space.
        let value = Yescrypt::parse(format!("$7$T....0/....${HASH}").as_bytes()).unwrap();
        assert_eq!(value.compute(b"p"), Err(VerifyError::OutOfMemory));
    }
}
