use thiserror::Error;
use zeroize::Zeroizing;

/// Longest request in bytes, Dovecot's and the original checkpassword's limit.
pub const MAX_REQUEST: usize = 512;

/// Why descriptor 3 held no request.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// It is not open for reading.
    #[error("descriptor 3 cannot be read")]
    NoDescriptor,
    /// There is too much.
    #[error("more than 512 bytes on descriptor 3")]
    TooLong,
    /// It is not `login NUL password NUL timestamp NUL`.
    #[error("descriptor 3 does not hold: login NUL password NUL timestamp NUL")]
    Form,
}

/// Login and password out of `login NUL password NUL [timestamp NUL]`. Both are any bytes but NUL.
///
/// # Errors
///
/// [`RequestError::TooLong`] and [`RequestError::Form`].
pub fn parse(bytes: &[u8]) -> Result<(Vec<u8>, Zeroizing<Vec<u8>>), RequestError> {
    if bytes.len() > MAX_REQUEST {
        return Err(RequestError::TooLong);
    }
    let parts: Vec<&[u8]> = bytes.split(|&byte| byte == 0).collect();
    match *parts.as_slice() {
        [login, password, []] | [login, password, _, []] => {
            Ok((login.to_vec(), Zeroizing::new(password.to_vec())))
        }
        _ => Err(RequestError::Form),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests() {
        let parsed = |bytes: &[u8]| parse(bytes);
        let ok =
            |login: &[u8], password: &[u8]| Ok((login.to_vec(), Zeroizing::new(password.to_vec())));
        assert_eq!(parsed(b"john\0secret\0\0"), ok(b"john", b"secret"));
        assert_eq!(parsed(b"john\0secret\0"), ok(b"john", b"secret"));
        assert_eq!(parsed(b"john\0\xff\x01\0<1896@x>\0"), ok(b"john", b"\xff\x01"));
        assert_eq!(parsed(b"john\0\0\0"), ok(b"john", b""));
        for bad in
            [&b""[..], b"\0", b"john", b"john\0", b"john\0secret", b"a\0b\0c", b"a\0b\0c\0d\0"]
        {
            assert_eq!(parsed(bad), Err(RequestError::Form), "{bad:?}");
        }
        let long = |length: usize| [b"a\0".as_slice(), &vec![b'x'; length - 4], b"\0\0"].concat();
        assert!(parsed(&long(512)).is_ok());
        assert_eq!(parsed(&long(513)), Err(RequestError::TooLong));
    }
}
