//! The few IMAP commands that a sign-in test needs.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest, Md5};

const LIMIT: Duration = Duration::from_mins(1);
/// The block length of HMAC-MD5.
const HMAC_BLOCK: usize = 64;

/// How the server ended a command.
#[derive(Debug)]
pub struct Reply {
    /// `OK`, not `NO` or `BAD`.
    pub ok: bool,
    /// The tagged line without its tag.
    pub line: String,
    /// The untagged lines before it.
    pub untagged: Vec<String>,
}

/// One connection.
#[derive(Debug)]
pub struct Imap {
    stream: BufReader<TcpStream>,
    commands: usize,
}

impl Imap {
    /// Connects and reads the greeting; `None` while nobody listens.
    pub fn connect(port: u16) -> Option<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
        stream.set_read_timeout(Some(LIMIT)).ok()?;
        let mut this = Self { stream: BufReader::new(stream), commands: 0 };
        this.line().filter(|line| line.starts_with("* OK")).map(|_| this)
    }

    /// `LOGIN`. Both go as literals, which may hold every byte but NUL.
    pub fn login(&mut self, login: &[u8], password: &[u8]) -> Reply {
        let tag = self.send_start("LOGIN ");
        self.send_literal(login);
        self.send(b" ");
        self.send_literal(password);
        self.send(b"\r\n");
        self.reply(&tag)
    }

    /// `LOGIN` with two quoted strings.
    pub fn login_quoted(&mut self, login: &str, password: &str) -> Reply {
        let quoted =
            |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        self.command(&format!("LOGIN {} {}", quoted(login), quoted(password)))
    }

    /// `AUTHENTICATE PLAIN` with this base64 text.
    pub fn authenticate_plain(&mut self, message: &str) -> Reply {
        let tag = self.send_start("AUTHENTICATE PLAIN\r\n");
        self.continuation();
        self.send(format!("{message}\r\n").as_bytes());
        self.reply(&tag)
    }

    /// `AUTHENTICATE CRAM-MD5`.
    pub fn authenticate_cram_md5(&mut self, login: &str, password: &str) -> Reply {
        let tag = self.send_start("AUTHENTICATE CRAM-MD5\r\n");
        let challenge = BASE64_STANDARD.decode(self.continuation()).expect("challenge");
        let proof = hex::encode(hmac_md5(password.as_bytes(), &challenge));
        let answer = BASE64_STANDARD.encode(format!("{login} {proof}"));
        self.send(format!("{answer}\r\n").as_bytes());
        self.reply(&tag)
    }

    /// `APPEND` of one message.
    pub fn append(&mut self, mailbox: &str, message: &[u8]) -> Reply {
        let tag = self.send_start(&format!("APPEND {mailbox} "));
        self.send_literal(message);
        self.send(b"\r\n");
        self.reply(&tag)
    }

    /// Any command without literals.
    pub fn command(&mut self, text: &str) -> Reply {
        let tag = self.send_start(&format!("{text}\r\n"));
        self.reply(&tag)
    }

    fn send_start(&mut self, text: &str) -> String {
        self.commands += 1;
        let tag = format!("a{}", self.commands);
        self.send(format!("{tag} {text}").as_bytes());
        tag
    }

    fn send_literal(&mut self, bytes: &[u8]) {
        // LITERAL+: the server does not have to be asked.
        self.send(format!("{{{}+}}\r\n", bytes.len()).as_bytes());
        self.send(bytes);
    }

    fn send(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).expect("write to IMAP");
    }

    fn continuation(&mut self) -> String {
        let line = self.line().expect("IMAP closed the connection");
        let text = line.strip_prefix('+').unwrap_or_else(|| panic!("not a continuation: {line}"));
        text.trim().to_owned()
    }

    fn reply(&mut self, tag: &str) -> Reply {
        let mut untagged = Vec::new();
        loop {
            let line =
                self.line().unwrap_or_else(|| panic!("IMAP closed the connection: {untagged:?}"));
            match line.strip_prefix(tag) {
                Some(rest) => {
                    let line = rest.trim_start().to_owned();
                    return Reply { ok: line.starts_with("OK"), line, untagged };
                }
                None => untagged.push(line),
            }
        }
    }

    fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let length = self.stream.read_until(b'\n', &mut line).expect("read from IMAP");
        (length > 0).then(|| String::from_utf8_lossy(&line).trim_end().to_owned())
    }
}

fn hmac_md5(key: &[u8], message: &[u8]) -> [u8; 16] {
    let mut block = [0_u8; HMAC_BLOCK];
    let short = if key.len() > HMAC_BLOCK { Md5::digest(key).to_vec() } else { key.to_vec() };
    block[..short.len()].copy_from_slice(&short);
    let padded = |byte: u8| block.map(|key_byte| key_byte ^ byte);
    let inner = Md5::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Md5::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
}
