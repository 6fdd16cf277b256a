//! A client of Dovecot's auth socket: what Postfix and imap-login are.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

const LIMIT: Duration = Duration::from_mins(1);

/// What the auth server decided, in the words of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// `OK` rather than `FAIL`.
    pub ok: bool,
    /// The parameters, such as `user=…` and `code=temp_fail`.
    pub fields: Vec<String>,
}

/// The same in the words of this project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// Signed in.
    Accepted,
    /// Not signed in: wrong password, unknown login and their like.
    Refused,
    /// Temporary failure.
    CouldNotCheck,
}

impl Answer {
    /// Which of the three it is.
    pub fn decision(&self) -> Decision {
        if self.ok {
            Decision::Accepted
        } else if self.fields.iter().any(|field| field == "code=temp_fail") {
            Decision::CouldNotCheck
        } else {
            Decision::Refused
        }
    }

    /// The value of a parameter.
    pub fn field(&self, name: &str) -> Option<&str> {
        let value_of =
            |field: &'_ String| field.strip_prefix(name).is_some_and(|rest| rest.starts_with('='));
        self.fields.iter().find(|field| value_of(field)).map(|field| &field[name.len() + 1..])
    }
}

/// One connection.
#[derive(Debug)]
pub struct AuthClient {
    stream: BufReader<UnixStream>,
    next_id: u32,
}

impl AuthClient {
    /// Connects, and shakes hands.
    pub fn connect(socket: &Path) -> Self {
        // The server takes one connection per CPID and tells the others to go away.
        static CONNECTIONS: AtomicU32 = AtomicU32::new(0);
        let stream = UnixStream::connect(socket)
            .unwrap_or_else(|error| panic!("{}: {error}", socket.display()));
        stream.set_read_timeout(Some(LIMIT)).expect("time-out");
        let mut this = Self { stream: BufReader::new(stream), next_id: 1 };
        let number = process::id().wrapping_mul(10_000) % 1_000_000_000
            + CONNECTIONS.fetch_add(1, Ordering::Relaxed);
        this.send(&format!("VERSION\t1\t2\nCPID\t{number}\n"));
        while this.line() != "DONE" {}
        this
    }

    /// Signs in by PLAIN; login and password may hold any byte but NUL.
    pub fn plain(&mut self, login: &[u8], password: &[u8]) -> Answer {
        let mut answers = self.pipeline(&[(login.to_vec(), password.to_vec())], 1);
        answers.remove(0)
    }

    /// Signs in many times, with at most `at_once` requests under way; answers in request order.
    pub fn pipeline(&mut self, requests: &[(Vec<u8>, Vec<u8>)], at_once: usize) -> Vec<Answer> {
        let first = self.next_id;
        let mut answers = BTreeMap::new();
        let mut sent = 0;
        while answers.len() < requests.len() {
            while sent < requests.len() && sent - answers.len() < at_once {
                let (login, password) = &requests[sent];
                self.send_plain(login, password);
                sent += 1;
            }
            let (id, answer) = self.answer();
            answers.insert(id - first, answer);
        }
        answers.into_values().collect()
    }

    fn send_plain(&mut self, login: &[u8], password: &[u8]) {
        let message = [b"", login, password].join(&0);
        let id = self.next_id;
        self.next_id += 1;
        self.send(&format!(
            "AUTH\t{id}\tPLAIN\tservice=imap\tsecured\tlip=127.0.0.1\trip=127.0.0.1\tresp={}\n",
            BASE64_STANDARD.encode(message)
        ));
    }

    fn answer(&mut self) -> (u32, Answer) {
        let line = self.line();
        let mut words = line.split('\t');
        let ok = match words.next() {
            Some("OK") => true,
            Some("FAIL") => false,
            _ => panic!("the auth server sent {line:?}"),
        };
        let id = words.next().and_then(|id| id.parse().ok()).expect("request id");
        (id, Answer { ok, fields: words.map(str::to_owned).collect() })
    }

    fn send(&mut self, text: &str) {
        self.stream.get_mut().write_all(text.as_bytes()).expect("write to the auth socket");
    }

    fn line(&mut self) -> String {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).expect("read from the auth socket");
        assert_eq!(line.pop(), Some(b'\n'), "the auth server closed the connection");
        String::from_utf8_lossy(&line).into_owned()
    }
}
