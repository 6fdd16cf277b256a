//! BSDI's extended DES-crypt values: `_`, four characters of count, four of salt, eleven of hash.
//! Passwords of any length count in full, seven bits of each byte.

use zeroize::Zeroizing;

use super::Format;
use super::alphabet::{bits, push};
use super::des::cipher::{BLOCK_CHARS, Key, check_block, pack, push_block};
use crate::{Cost, Malformed, VerifyError};

const PREFIX: &[u8] = b"_";
/// Characters of the count, and of the salt.
const FIELD_CHARS: usize = 4;

pub(crate) struct Bsdi {
    /// 24 bits; 0 is the same as 1.
    count: u32,
    /// 24 bits.
    salt: u32,
}

impl Format for Bsdi {
    fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let text = text.strip_prefix(PREFIX).ok_or(Malformed::NotCrypt)?;
        let (count, text) = text.split_at_checked(FIELD_CHARS).ok_or(Malformed::CostSyntax)?;
        let count = bits(count).ok_or(Malformed::CostSyntax)?;
        let (salt, hash) = text.split_at_checked(FIELD_CHARS).ok_or(Malformed::Salt)?;
        let salt = bits(salt).ok_or(Malformed::Salt)?;
        check_block(hash)?;
        Ok(Self { count, salt })
    }

    fn cost(&self) -> Cost {
        Cost::Rounds(self.count.max(1))
    }

    fn compute(&self, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, VerifyError> {
        let mut chunks = password.chunks(8);
        let mut key = pack(chunks.next().unwrap_or_default());
        for chunk in chunks {
            key = Key::new(key).encrypt(key, 0, 1) ^ pack(chunk);
        }
        let mut text = Zeroizing::new(Vec::with_capacity(9 + BLOCK_CHARS));
        text.extend_from_slice(PREFIX);
        push(&mut text, self.count, 4);
        push(&mut text, self.salt, 4);
        push_block(&mut text, Key::new(key).encrypt(0, self.salt, self.count.max(1)));
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{malformed, reproduced};
    use super::*;

    #[test]
    fn published_vectors_and_crypt3() {
        // John the Ripper 1.7.9, BSDI_fmt.c.
        reproduced::<Bsdi>(&[
            (b"U*U*U*U*", "_J9..CCCCXBrJUJV154M"),
            (b"U*U***U", "_J9..CCCCXUhOBTXzaiE"),
            (b"U*U***U*", "_J9..CCCC4gQ.mB/PffM"),
            (b"*U*U*U*U", "_J9..XXXXvlzQGqpPPdk"),
            (b"*U*U*U*U*", "_J9..XXXXsqM/YSSP..Y"),
            (b"*U*U*U*U*U*U*U*U", "_J9..XXXXVL7qJCnku0I"),
            (b"*U*U*U*U*U*U*U*U*", "_J9..XXXXAj8cFbP5scI"),
            (b"ab1234567", "_J9..SDizh.vll5VED9g"),
            (b"zxyDPWgydbQjgq", "_J9..SDizxmRI1GjnQuE"),
            (b"726 even", "_K9..SaltNrQgIYUAeoY"),
            (b"", "_J9..SDSD5YGyRCr4W4c"),
        ]);
        // libxcrypt 4.4.33.
        reproduced::<Bsdi>(&[
            (b"\xe1\x80b\xffz\x80\x80\x80\x80q", "_J9..abcdkhc46lp9L9c"),
            (b"12345678", "_2...zzzzoxyzsF5sSEs"),
            (&[b'p'; 511], "_2...zzzzB/8DMc7MC5s"),
            (b"p", "_........Fglyjeu6hTo"),
            (b"p", "_/.......Fglyjeu6hTo"),
        ]);
    }

    #[test]
    fn counts() {
        for (text, count) in [
            ("_........Fglyjeu6hTo", 1),
            ("_/.......Fglyjeu6hTo", 1),
            ("_J9..CCCCXBrJUJV154M", 725),
            ("_zzzz....Fglyjeu6hTo", 0xff_ffff),
        ] {
            assert_eq!(Bsdi::parse(text.as_bytes()).unwrap().cost(), Cost::Rounds(count));
        }
    }

    #[test]
    fn malformed_values() {
        let length = Malformed::HashLength { expected: BLOCK_CHARS };
        malformed::<Bsdi>(&[
            ("J9..CCCCXBrJUJV154M", Malformed::NotCrypt),
            ("_", Malformed::CostSyntax),
            ("_J9.", Malformed::CostSyntax),
            ("_J_..CCCCXBrJUJV154M", Malformed::CostSyntax),
            ("_J9..CCC", Malformed::Salt),
            ("_J9..CC_CXBrJUJV154M", Malformed::Salt),
            ("_J9..CCCC", length),
            ("_J9..CCCCXBrJUJV154", length),
            ("_J9..CCCCXBrJUJV154MM", length),
            ("_J9..CCCCX_rJUJV154M", Malformed::HashCharacter),
            ("_J9..CCCCXBrJUJV154N", Malformed::HashCharacter),
        ]);
    }
}
