//! The address of a database as a URL: `SCHEME://USER:PASSWORD@HOST:PORT/DATABASE?NAME=VALUE`.

use zeroize::Zeroizing;

use super::connect::port;

/// The parts of a URL, percent-decoded.
pub(super) struct DatabaseUrl {
    pub(super) user: Option<Zeroizing<String>>,
    pub(super) password: Option<Zeroizing<String>>,
    /// Empty if there is none; an IPv6 address without its brackets.
    pub(super) host: Zeroizing<String>,
    pub(super) port: Option<u16>,
    /// What is between the slash and the question mark.
    pub(super) database: Zeroizing<String>,
    pub(super) parameters: Vec<(Zeroizing<String>, Zeroizing<String>)>,
}

impl DatabaseUrl {
    /// Splits and decodes a URL.
    ///
    /// Strict where a password that should have been percent-encoded would be taken for another
    /// part. Errors name the part and what was expected; they never quote the URL.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        if url.contains(|c: char| c.is_whitespace() || c.is_control() || c == '#') {
            return Err(format!("url: a blank, control character or '#'; {ENCODE}"));
        }
        let (_, rest) = url.split_once("://").ok_or("url: no '://'; expected SCHEME://…")?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, server) = match authority.split_once('@') {
            Some((user, server)) => (Some(user), server),
            None => (None, authority),
        };
        if [server, database, query].iter().any(|part| part.contains('@')) || database.contains('/')
        {
            return Err(format!("url: an '@' or '/' that is out of place; {ENCODE}"));
        }
        let (user, password) = match user.map(|user| user.split_once(':').unwrap_or((user, ""))) {
            Some((user, password)) => (Some(decode(user)?), Some(decode(password)?)),
            None => (None, None),
        };
        let (host, number) = match server.strip_prefix('[') {
            Some(server) => server.split_once(']').ok_or("url: host; expected a ']' behind it")?,
            None => server
                .split_at_checked(server.find(':').unwrap_or(server.len()))
                .unwrap_or_default(),
        };
        let port = match number {
            "" => None,
            number => Some(number.strip_prefix(':').and_then(port).ok_or_else(|| {
                format!("url: port; expected 1 to 65535 behind HOST: ({ENCODE})")
            })?),
        };
        let parameter = |text: &str| {
            let (name, value) = text.split_once('=').ok_or(PARAMETER)?;
            Ok::<_, String>((decode(name)?, decode(value)?))
        };
        let parameters = query.split('&').filter(|_| !query.is_empty());
        Ok(Self {
            user: user.filter(|user| !user.is_empty()),
            password: password.filter(|password| !password.is_empty()),
            host: decode(host)?,
            port,
            database: decode(database)?,
            parameters: parameters.map(parameter).collect::<Result<_, _>>()?,
        })
    }
}

/// Decodes `%2F` and the like.
pub(super) fn decode(text: &str) -> Result<Zeroizing<String>, String> {
    let mut decoded = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_bytes();
    loop {
        rest = match rest {
            [] => break,
            [b'%', high, low, rest @ ..] => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let (high, low) = digit(*high).zip(digit(*low)).ok_or(ESCAPE)?;
                decoded.push(u8::try_from(high * 16 + low).map_err(|_| ESCAPE)?);
                rest
            }
            [b'%', ..] => return Err(ESCAPE.to_owned()),
            [byte, rest @ ..] => {
                decoded.push(*byte);
                rest
            }
        };
    }
    let text = std::str::from_utf8(&decoded).map_err(|_| "url: not UTF-8; expected UTF-8")?;
    if text.contains('\0') {
        return Err("url: %00; expected no NUL byte".to_owned());
    }
    Ok(Zeroizing::new(text.to_owned()))
}

const ESCAPE: &str = "url: '%' without two hexadecimal digits; expected %25 for a '%' itself";
const PARAMETER: &str = "url: a parameter without '='; expected ?NAME=VALUE&NAME=VALUE";
const ENCODE: &str = "expected it percent-encoded in a user or password, such as %40 for '@'";

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts, each in brackets; `-` for none.
    fn parts(url: &str) -> Result<String, String> {
        let url = DatabaseUrl::parse(url)?;
        let text = |text: Option<Zeroizing<String>>| {
            text.map_or("-".to_owned(), |text| format!("[{}]", text.as_str()))
        };
        let port = url.port.map_or("-".to_owned(), |port| port.to_string());
        let shown = |(name, value): &(Zeroizing<String>, Zeroizing<String>)| {
            format!(" {}=[{}]", name.as_str(), value.as_str())
        };
        let parameters = url.parameters.iter().map(shown).collect::<Vec<_>>().concat();
        let (user, password) = (text(url.user), text(url.password));
        let (host, database) = (text(Some(url.host)), text(Some(url.database)));
        Ok(format!("{user} {password} {host} {port} {database}{parameters}"))
    }

    #[test]
    fn parts_are_split_and_decoded() {
        for (url, expected) in [
            ("mysql://u@h/d", "[u] - [h] - [d]"),
            ("mysql://u:p@h:1/d", "[u] [p] [h] 1 [d]"),
            ("mysql://u:@h", "[u] - [h] - []"),
            ("mysql://h", "- - [h] - []"),
            ("mysql://", "- - [] - []"),
            ("mysql://@h/d", "- - [h] - [d]"),
            ("mysql://a%40b:%2f%3F%25%23:x@h/d%2Fe", "[a@b] [/?%#:x] [h] - [d/e]"),
            ("mysql://ü:%C3%BC@h/d", "[ü] [ü] [h] - [d]"),
            ("mysql://u@[::1]:2/d", "[u] - [::1] 2 [d]"),
            ("mysql://u@[::1]", "[u] - [::1] - []"),
            ("postgres://u@/d?host=/a/b&x=y=z&e=", "[u] - [] - [d] host=[/a/b] x=[y=z] e=[]"),
            ("mysql://u@h?a=%26", "[u] - [h] - [] a=[&]"),
        ] {
            assert_eq!(parts(url).as_deref(), Ok(expected), "{url}");
        }
    }

    #[test]
    fn what_would_be_misread_is_refused() {
        let place = format!("url: an '@' or '/' that is out of place; {ENCODE}");
        let port = format!("url: port; expected 1 to 65535 behind HOST: ({ENCODE})");
        let blank = format!("url: a blank, control character or '#'; {ENCODE}");
        for (url, expected) in [
            ("mysql:u@h/d", "url: no '://'; expected SCHEME://…"),
            ("mysql://u:p@q@h/d", &place),
            ("mysql://u:1/p@h/d", &place),
            ("mysql://u:1?p@h/d", &place),
            ("mysql://u:p/q@h/d", &place),
            ("mysql://u@h/d/e", &place),
            ("mysql://u:p#q@h/d", &blank),
            ("mysql://u:p q@h/d", &blank),
            ("mysql://u:p\tq@h/d", &blank),
            ("mysql://u@h:x/d", &port),
            ("mysql://u@h:0/d", &port),
            ("mysql://u@h:/d", &port),
            ("mysql://u@[::1]1/d", &port),
            ("mysql://u@::1/d", &port),
            ("mysql://u@h/d?a&b=c", PARAMETER),
            ("mysql://u@h/d?b=c&", PARAMETER),
            ("mysql://u@[::1/d", "url: host; expected a ']' behind it"),
            ("mysql://u:%@h/d", ESCAPE),
            ("mysql://u:%4@h/d", ESCAPE),
            ("mysql://u:%4x@h/d", ESCAPE),
            ("mysql://u:%ff@h/d", "url: not UTF-8; expected UTF-8"),
            ("mysql://u:%00@h/d", "url: %00; expected no NUL byte"),
        ] {
            assert_eq!(parts(url), Err(expected.to_owned()), "{url}");
        }
    }
}
