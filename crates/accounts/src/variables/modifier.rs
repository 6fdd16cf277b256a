//! What the capital letters between `%` and a variable do to its value.

use md5::{Digest as _, Md5};

use super::{MAX_PADDING, to_usize};

/// One such letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Modifier {
    Lower,
    Upper,
    Hex,
    Reverse,
    Hash,
    NewHash,
    Md5,
    LdapDn,
    Trim,
}

impl Modifier {
    /// The two hashes take the width as a modulus and the offset as the least number of digits.
    pub(super) fn apply(self, value: &[u8], offset: &mut i32, width: &mut i32) -> Vec<u8> {
        match self {
            Self::Lower => value.to_ascii_lowercase(),
            Self::Upper => value.to_ascii_uppercase(),
            Self::Hex => {
                let number = str::from_utf8(value).ok().and_then(|text| text.parse::<u64>().ok());
                format!("{:x}", number.unwrap_or(0)).into_bytes()
            }
            Self::Reverse => value.iter().rev().copied().collect(),
            Self::Hash => hash_digits(u64::from(elf_hash(value)), offset, width),
            Self::NewHash => {
                let digest: [u8; 16] = Md5::digest(value).into();
                let high = digest.first_chunk().copied().map_or(0, u64::from_be_bytes);
                hash_digits(high, offset, width)
            }
            Self::Md5 => hex::encode(Md5::digest(value)).into_bytes(),
            Self::LdapDn => String::from_utf8_lossy(value).replace('.', ",dc=").into_bytes(),
            Self::Trim => value.trim_ascii_end().to_vec(),
        }
    }
}

fn hash_digits(mut hash: u64, offset: &mut i32, width: &mut i32) -> Vec<u8> {
    if let Some(modulus) = u64::try_from(*width).ok().filter(|modulus| *modulus > 0) {
        hash %= modulus;
    }
    let least = to_usize(std::mem::take(offset).min(MAX_PADDING));
    *width = 0;
    format!("{:0least$x}", hash & 0xffff_ffff).into_bytes()
}

/// The hash of the System V ABI, with which older Dovecots spread mail directories.
fn elf_hash(value: &[u8]) -> u32 {
    value.iter().fold(0u32, |hash, byte| {
        let hash = (hash << 4).wrapping_add(u32::from(*byte));
        let high = hash & 0xf000_0000;
        if high == 0 { hash } else { (hash ^ (high >> 24)) ^ high }
    })
}
