//! The digests under the simple schemes.

use hmac::{Hmac, KeyInit, Mac};
use zeroize::{Zeroize as _, Zeroizing};

/// A message digest that schemes are built on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Digest {
    Md4,
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

impl Digest {
    /// Its length in bytes.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::Md4 | Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    pub(crate) const fn in_words(self, salted: bool) -> &'static str {
        match (self, salted) {
            (Self::Md4, false) => "MD4",
            (Self::Md4, true) => "salted MD4",
            (Self::Md5, false) => "MD5",
            (Self::Md5, true) => "salted MD5",
            (Self::Sha1, false) => "SHA-1",
            (Self::Sha1, true) => "salted SHA-1",
            (Self::Sha256, false) => "SHA-256",
            (Self::Sha256, true) => "salted SHA-256",
            (Self::Sha512, false) => "SHA-512",
            (Self::Sha512, true) => "salted SHA-512",
        }
    }

    /// The digest of the parts, one behind the other.
    pub(crate) fn of(self, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Md4 => run::<md4::Md4>(parts),
            Self::Md5 => run::<md5::Md5>(parts),
            Self::Sha1 => run::<sha1::Sha1>(parts),
            Self::Sha256 => run::<sha2::Sha256>(parts),
            Self::Sha512 => run::<sha2::Sha512>(parts),
        }
    }

    /// PBKDF2 with HMAC of this digest: as many bytes as it has. Only SHA-1 and SHA-256 are asked
    /// for.
    pub(crate) fn pbkdf2(self, password: &[u8], salt: &[u8], rounds: u32) -> Zeroizing<Vec<u8>> {
        let mut key = Zeroizing::new(vec![0; self.len()]);
        match self {
            Self::Sha256 => {
                pbkdf2::pbkdf2_hmac::<sha2::Sha256>(password, salt, rounds, &mut key);
            }
            _ => pbkdf2::pbkdf2_hmac::<sha1::Sha1>(password, salt, rounds, &mut key),
        }
        key
    }

    /// HMAC of this digest. Only SHA-1 and SHA-256 are asked for.
    pub(crate) fn hmac(self, key: &[u8], message: &[u8]) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Sha256 => mac::<Hmac<sha2::Sha256>>(key, message),
            _ => mac::<Hmac<sha1::Sha1>>(key, message),
        }
    }
}

/// The two inner states of HMAC-MD5 with this key, outer first, as Dovecot stores them.
pub(crate) fn hmac_md5_states(key: &[u8]) -> Zeroizing<Vec<u8>> {
    /// RFC 1321, section 3.3.
    const START: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    let mut states = Zeroizing::new(Vec::with_capacity(32));
    for pad in [0x5c_u8, 0x36] {
        let mut block = Zeroizing::new([pad; 64]);
        xor_key(Digest::Md5, key, &mut block);
        let mut state = START;
        md5::block_api::compress(&mut state, std::slice::from_ref(&*block));
        states.extend(state.iter().flat_map(|word| word.to_le_bytes()));
        state.zeroize();
    }
    states
}

/// HMAC's key (RFC 2104): padded to a block, or hashed first if it is longer.
fn xor_key(digest: Digest, key: &[u8], block: &mut [u8; 64]) {
    let hashed;
    let key = if key.len() > block.len() {
        hashed = digest.of(&[key]);
        &hashed
    } else {
        key
    };
    block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
}

fn run<D: md5::Digest>(parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let mut hasher = D::new();
    for part in parts {
        hasher.update(part);
    }
    let mut output = hasher.finalize();
    let digest = Zeroizing::new(output.to_vec());
    output.as_mut_slice().zeroize();
    digest
}

fn mac<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Zeroizing<Vec<u8>> {
    // HMAC takes keys of any length.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return Zeroizing::default() };
    mac.update(message);
    let mut output = mac.finalize().into_bytes();
    let tag = Zeroizing::new(output.to_vec());
    output.as_mut_slice().zeroize();
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 1320 A.5, RFC 1321 A.5, FIPS 180-2 appendices A to C.
    #[test]
    fn published_digests() {
        for (digest, hex) in [
            (Digest::Md4, "a448017aaf21d8525fc10ae87aa6729d"),
            (Digest::Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (Digest::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (Digest::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                Digest::Sha512,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                 2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
        ] {
            assert_eq!(hex::encode(&*digest.of(&[b"a", b"bc"])), hex);
            assert_eq!(digest.len(), hex.len() / 2);
        }
    }

    /// RFC 6070, the second vector; RFC 2202, SHA-1, test case 2; RFC 4231, test case 2.
    #[test]
    fn published_keyed_digests() {
        let key = Digest::Sha1.pbkdf2(b"password", b"salt", 2);
        assert_eq!(hex::encode(&*key), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
        let tag =
            |digest: Digest| hex::encode(&*digest.hmac(b"Jefe", b"what do ya want for nothing?"));
        assert_eq!(tag(Digest::Sha1), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        let sha256 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(tag(Digest::Sha256), sha256);
    }
}
