//! Stored values of every scheme before they are encoded, made by ourselves, by crypt(3) and piece
//! by piece. `doveadm pw` makes more of them, see `cases.rs`.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use ispmail_password::{New, Password, Prefix, Scheme};
use ispmail_tests::crypt::{ALPHABET, crypt3};
use ispmail_tests::random::Random;
use md4::Md4;
use md5::{Digest, Md5};

use crate::settings::FORMATS;

/// A value of this scheme; `None` where what was picked refuses the password.
pub(crate) fn raw(
    random: &mut Random,
    scheme: &Scheme,
    password: &[u8],
    login: &[u8],
) -> Option<Vec<u8>> {
    let seed = random.number();
    let by_us = || ours(seed, scheme, password, login);
    match scheme.name() {
        "CRYPT" => by_crypt3(random, "", password),
        "SHA256-CRYPT" if random.one_in(2) => by_crypt3(random, "SHA256", password),
        "SHA512-CRYPT" if random.one_in(2) => by_crypt3(random, "SHA512", password),
        "DES-CRYPT" if random.one_in(2) => by_crypt3(random, "DES", password),
        "MD5-CRYPT" if random.one_in(2) => by_crypt3(random, "MD5", password),
        "BLF-CRYPT" if random.one_in(2) => by_crypt3(random, "bcrypt", password),
        "MD5" => match random.below(4) {
            0 => Some(hex::encode(Md5::digest(password)).into_bytes()),
            1 => Some(base64::prelude::BASE64_STANDARD.encode(Md5::digest(password)).into_bytes()),
            2 => by_crypt3(random, "MD5", password),
            _ => by_us(),
        },
        "OTP" if !random.one_in(4) => Some(otp(random, password)),
        "PBKDF2" if random.one_in(3) => {
            // Dovecot reads leading zeros and capitals too.
            let text = String::from_utf8(by_us()?).ok()?;
            let (front, key) = text.rsplit_once('$')?;
            let (salt, rounds) = front.rsplit_once('$')?;
            Some(format!("{salt}$00{rounds}${}", key.to_uppercase()).into_bytes())
        }
        "PLAIN-TRUNC" => Some(plain_trunc(random, password)),
        // Ours are as dear as Dovecot's.
        "ARGON2I" => argon2(random, Algorithm::Argon2i, password),
        "ARGON2ID" => argon2(random, Algorithm::Argon2id, password),
        _ => by_us(),
    }
}

/// Cheap ones, some with a salt that nobody else would take.
fn ours(seed: u64, scheme: &Scheme, password: &[u8], login: &[u8]) -> Option<Vec<u8>> {
    let random = &mut Random::new(seed);
    let rounds = scheme.rounds().map(|range| match range.default {
        // The logarithm of them.
        5 => range.min,
        _ => range.min + u32::try_from(random.below(40)).expect("few"),
    });
    let length = random.below(40);
    let salt = match scheme.name() {
        "SHA256-CRYPT" | "SHA512-CRYPT" => random.text(ALPHABET, length % 17).into_bytes(),
        "MD5-CRYPT" | "MD5" => random.text(ALPHABET, length % 9).into_bytes(),
        "DES-CRYPT" => random.text(ALPHABET, 2).into_bytes(),
        "PBKDF2" => random.text("abcXYZ019 .,:;-_/#~", length).into_bytes(),
        name if name.starts_with("SCRAM") => random.bytes(length),
        _ => random.bytes(1 + length),
    };
    let salt = match scheme.name() {
        "BLF-CRYPT" | "OTP" => None,
        _ => Some(&salt[..]),
    };
    let name = format!("{}.hex", scheme.name()).parse::<ispmail_password::SchemeName>();
    let password = Password::new(password.to_vec()).ok()?;
    let made = name.expect("a name").hash(&password, New { rounds, salt, login: Some(login) });
    Some(hex::decode(&*made.ok()?.write(Prefix::Bare)).expect("hexadecimal digits"))
}

/// Of any format whose name begins so.
fn by_crypt3(random: &mut Random, name: &str, password: &[u8]) -> Option<Vec<u8>> {
    let formats: Vec<_> = FORMATS.iter().filter(|format| format.name.starts_with(name)).collect();
    let setting = random.one_of(&formats).setting(random);
    let value = crypt3(password, setting.as_bytes());
    (!value.starts_with(b"*")).then_some(value)
}

fn argon2(random: &mut Random, algorithm: Algorithm, password: &[u8]) -> Option<Vec<u8>> {
    let mut up_to = |most: u32| 1 + u32::try_from(random.below(most as usize)).expect("few");
    let (kib, passes, lanes) = (8 * up_to(4) + up_to(3), up_to(4), up_to(2));
    let length = if random.one_in(3) { 16 + random.below(40) } else { 32 };
    let salt_length = if random.one_in(3) { 8 + random.below(30) } else { 16 };
    let salt = random.bytes(salt_length);
    let params = Params::new(kib, passes, lanes, Some(length)).ok()?;
    let mut hash = vec![0; length];
    Argon2::new(algorithm, Version::V0x13, params)
        .hash_password_into(password, &salt, &mut hash)
        .ok()?;
    let name = if algorithm == Algorithm::Argon2i { "argon2i" } else { "argon2id" };
    let (salt, hash) = (BASE64_STANDARD_NO_PAD.encode(salt), BASE64_STANDARD_NO_PAD.encode(hash));
    Some(format!("${name}$v=19$m={kib},t={passes},p={lanes}${salt}${hash}").into_bytes())
}

/// RFC 2289 with the digests that we never write.
fn otp(random: &mut Random, password: &[u8]) -> Vec<u8> {
    let length = random.below(17);
    let seed = random.text("abcdefXYZ0123456789", length);
    let sequence = random.below(200);
    let md4 = random.one_in(2);
    let fold = |bytes: &[u8]| -> Vec<u8> {
        let digest: [u8; 16] =
            if md4 { Md4::digest(bytes).into() } else { Md5::digest(bytes).into() };
        digest[..8].iter().zip(&digest[8..]).map(|(one, other)| one ^ other).collect()
    };
    let first = fold(&[seed.to_lowercase().as_bytes(), password].concat());
    let hash = hex::encode((0..sequence).fold(first, |hash, _| fold(&hash)));
    let hash = if random.one_in(3) { hash.to_uppercase() } else { hash };
    let algorithm = if md4 { "md4" } else { "md5" };
    format!("{algorithm} {sequence} {seed} {hash}").into_bytes()
}

/// `length-password`, where the length need not be the password's and may be more than fits.
fn plain_trunc(random: &mut Random, password: &[u8]) -> Vec<u8> {
    let cut = &password[..random.below(password.len() + 1)];
    let (length, password) = match random.below(8) {
        0 => (cut.len().to_string(), password),
        1 => (format!("00{}", password.len()), password),
        2 => (format!("{}", (1_u128 << 64) + password.len() as u128), password),
        3 => (String::new(), password),
        4 | 5 if !cut.is_empty() => (cut.len().to_string(), cut),
        _ => (password.len().to_string(), password),
    };
    [length.as_bytes(), b"-", password].concat()
}
