//! SCRAM-SHA-1 and SCRAM-SHA-256 values: `iterations,salt,StoredKey,ServerKey` (RFC 5802), as
//! Dovecot reads them.

use zeroize::Zeroizing;

use crate::encoding::{base64, base64_front, encode, number};
use crate::{Cost, Digest, Encoding, Malformed};

/// Salt and iterations.
pub(crate) struct Scram {
    digest: Digest,
    iterations: u32,
    salt: Vec<u8>,
}

impl Scram {
    pub(crate) const fn new(digest: Digest, iterations: u32, salt: Vec<u8>) -> Self {
        Self { digest, iterations, salt }
    }

    /// Gives the StoredKey too: the one that a password is checked against.
    pub(crate) fn parse(
        digest: Digest,
        text: &[u8],
    ) -> Result<(Self, Zeroizing<Vec<u8>>), Malformed> {
        let mut fields = text.split(|&byte| byte == b',');
        let mut next = || fields.next().ok_or(Malformed::Fields);
        let (iterations, salt, stored, server) = (next()?, next()?, next()?, next()?);
        if fields.next().is_some() {
            return Err(Malformed::Fields);
        }
        let iterations = number(iterations).ok_or(Malformed::CostSyntax)?;
        if !(4_096..=i32::MAX.unsigned_abs()).contains(&iterations) {
            return Err(Malformed::CostRange);
        }
        let key = |text| match base64(text) {
            None => Err(Malformed::NotBase64),
            Some(key) if key.len() != digest.len() => {
                Err(Malformed::DigestLength { expected: digest.len() })
            }
            Some(key) => Ok(key),
        };
        let stored = key(stored)?;
        key(server)?;
        // Dovecot takes as much of the salt as it can decode.
        Ok((Self { digest, iterations, salt: base64_front(salt) }, stored))
    }

    pub(crate) fn cost(&self) -> Cost {
        Cost::Rounds(self.iterations)
    }

    pub(crate) fn stored_key(&self, password: &[u8]) -> Zeroizing<Vec<u8>> {
        self.keys(password).0
    }

    /// The whole value for this password.
    pub(crate) fn text(&self, password: &[u8]) -> Zeroizing<Vec<u8>> {
        let (stored, server) = self.keys(password);
        let mut text = Zeroizing::new(format!("{},", self.iterations).into_bytes());
        text.extend_from_slice(&encode(Encoding::Base64, &self.salt));
        for key in [stored, server] {
            text.push(b',');
            text.extend_from_slice(&encode(Encoding::Base64, &key));
        }
        text
    }

    /// RFC 5802, section 3; Dovecot does not prepare the password either.
    fn keys(&self, password: &[u8]) -> (Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>) {
        let salted = self.digest.pbkdf2(password, &self.salt, self.iterations);
        let client = self.digest.hmac(&salted, b"Client Key");
        (self.digest.of(&[&client]), self.digest.hmac(&salted, b"Server Key"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5802, section 5 and RFC 7677, section 3: the exchange's proofs are made of these keys.
    /// (The RFCs print the exchange; the keys follow from it by section 3 of RFC 5802.)
    #[test]
    fn published_exchanges() {
        for (digest, salt, auth_message, proof, signature) in [
            (
                Digest::Sha1,
                "QSXCR+Q6sek8bf92",
                "n=user,r=fyko+d2lbbFgONRv9qkxdawL,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,\
                 s=QSXCR+Q6sek8bf92,i=4096,c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j",
                "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
                "rmF9pqV8S7suAoZWja4dJRkFsKQ=",
            ),
            (
                Digest::Sha256,
                "W22ZaJ0SNY7soEsUEjb6gQ==",
                "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                 s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,\
                 r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
                "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
                "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
            ),
        ] {
            let scram = Scram::new(digest, 4096, base64(salt.as_bytes()).unwrap().to_vec());
            let (stored, server) = scram.keys(b"pencil");
            let mut client_key = base64(proof.as_bytes()).unwrap();
            let client_signature = digest.hmac(&stored, auth_message.as_bytes());
            client_key.iter_mut().zip(&*client_signature).for_each(|(key, sign)| *key ^= sign);
            assert_eq!(*digest.of(&[&client_key]), *stored);
            let server_signature = digest.hmac(&server, auth_message.as_bytes());
            assert_eq!(*server_signature, *base64(signature.as_bytes()).unwrap());
        }
    }

    #[test]
    fn malformed_values() {
        let key = "//////////////////////////8=";
        let parse = |text: &str| Scram::parse(Digest::Sha1, text.as_bytes()).err();
        assert_eq!(parse(&format!("04096,c2FsdA==,{key},{key}")), None);
        assert_eq!(parse(&format!("4096,,{key},{key}")), None);
        for (text, want) in [
            (format!("4095,c2FsdA==,{key},{key}"), Malformed::CostRange),
            (format!("2147483648,c2FsdA==,{key},{key}"), Malformed::CostRange),
            (format!("99999999999,c2FsdA==,{key},{key}"), Malformed::CostSyntax),
            (format!("+4096,c2FsdA==,{key},{key}"), Malformed::CostSyntax),
            (format!(",c2FsdA==,{key},{key}"), Malformed::CostSyntax),
            (format!("4096,c2FsdA==,{key}"), Malformed::Fields),
            (format!("4096,c2FsdA==,{key},{key},"), Malformed::Fields),
            (format!("4096,c2FsdA==,!{key},{key}"), Malformed::NotBase64),
            (format!("4096,c2FsdA==,{key},QQ=="), Malformed::DigestLength { expected: 20 }),
            (String::new(), Malformed::Fields),
        ] {
            assert_eq!(parse(&text), Some(want), "{text}");
        }
    }
}
