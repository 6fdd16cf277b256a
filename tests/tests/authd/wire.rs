//! The protocol by hand: what goes over the wire, right or wrong.

use std::fmt::Display;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ispmail_tests::process::ids_of;
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

/// How long an answer may take. Generous: the machine may be busy.
const LIMIT: Duration = Duration::from_mins(1);

/// What a client says first.
pub(crate) const HELLO: &str = "VERSION\t1\t2\nCPID\t4711\n";
/// What a master says first.
pub(crate) const MASTER_HELLO: &str = "VERSION\t1\t1\n";

/// A connection to one of the daemon's sockets.
pub(crate) struct Wire {
    stream: BufReader<UnixStream>,
}

impl Wire {
    /// Connects and says nothing.
    pub(crate) fn open(socket: &Path) -> Self {
        let stream = UnixStream::connect(socket)
            .unwrap_or_else(|error| panic!("{}: {error}", socket.display()));
        Self::over(stream)
    }

    /// The same as another user than root.
    pub(crate) fn open_as(socket: &Path, user: &str) -> Self {
        let (uid, gid) = ids_of(user);
        let connected = thread::scope(|scope| {
            let connect = || {
                // Only this thread changes its user, and it ends here.
                let (uid, gid) =
                    (rustix::process::Uid::from_raw(uid), rustix::process::Gid::from_raw(gid));
                set_thread_groups(&[]).expect("setgroups");
                set_thread_res_gid(gid, gid, gid).expect("setresgid");
                set_thread_res_uid(uid, uid, uid).expect("setresuid");
                UnixStream::connect(socket)
            };
            scope.spawn(connect).join().expect("thread")
        });
        Self::over(connected.unwrap_or_else(|error| panic!("{}: {error}", socket.display())))
    }

    fn over(stream: UnixStream) -> Self {
        stream.set_read_timeout(Some(LIMIT)).expect("time-out");
        stream.set_write_timeout(Some(LIMIT)).expect("time-out");
        Self { stream: BufReader::new(stream) }
    }

    /// A client after both handshakes.
    pub(crate) fn client(socket: &Path) -> Self {
        Self::open(socket).greet_as_client()
    }

    /// A master after both handshakes.
    pub(crate) fn master(socket: &Path) -> Self {
        let mut this = Self::open(socket);
        this.send(MASTER_HELLO);
        assert!(this.line().starts_with("VERSION\t1\t"));
        assert!(this.line().starts_with("SPID\t"));
        this
    }

    pub(crate) fn greet_as_client(mut self) -> Self {
        self.send(HELLO);
        self.handshake();
        self
    }

    /// Reads the server's handshake, from `VERSION` to `DONE`.
    pub(crate) fn handshake(&mut self) -> Vec<String> {
        let mut lines = vec![self.line()];
        while lines.last().is_some_and(|line| line != "DONE") {
            lines.push(self.line());
        }
        lines
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).expect("write to the daemon");
    }

    pub(crate) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.stream.get_mut().write_all(bytes.as_ref())
    }

    /// Sends a request and reads a line.
    pub(crate) fn ask(&mut self, request: impl AsRef<[u8]>) -> String {
        self.send(request);
        self.line()
    }

    /// The next line, without its end.
    pub(crate) fn line(&mut self) -> String {
        self.next_line().expect("the daemon closed the connection")
    }

    /// So many lines.
    pub(crate) fn lines(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.line()).collect()
    }

    /// The next line, or none if the connection was closed.
    pub(crate) fn next_line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        match self.stream.read_until(b'\n', &mut line) {
            // What is left unread when a connection is closed makes it a reset.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
            read => read.expect("read from the daemon"),
        };
        match line.pop() {
            None => None,
            Some(b'\n') => Some(String::from_utf8(line).expect("text")),
            Some(_) => panic!("the daemon sent half a line: {line:?}"),
        }
    }

    /// All lines up to the end, at which the daemon closes the connection.
    pub(crate) fn rest(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.next_line()).collect()
    }

    /// Fails unless the daemon has closed the connection and says nothing more.
    pub(crate) fn expect_closed(&mut self) {
        assert_eq!(self.rest(), Vec::<String>::new());
    }

    /// Fails if the daemon has said anything that was not read yet, or has closed the connection.
    pub(crate) fn expect_silence(&mut self) {
        let stream = self.stream.get_mut();
        stream.set_nonblocking(true).expect("non-blocking");
        let read = stream.read(&mut [0; 64]).map_err(|error| error.kind());
        stream.set_nonblocking(false).expect("blocking");
        assert!(self.stream.buffer().is_empty());
        assert_eq!(read, Err(ErrorKind::WouldBlock));
    }

    /// The same connection for another thread. What was read but not taken stays here.
    pub(crate) fn share(&self) -> Self {
        Self { stream: BufReader::new(self.stream.get_ref().try_clone().expect("clone")) }
    }

    /// Says that nothing more will come, and goes on reading.
    pub(crate) fn finish(&mut self) {
        self.try_finish().expect("shutdown");
    }

    pub(crate) fn try_finish(&mut self) -> std::io::Result<()> {
        self.stream.get_mut().shutdown(Shutdown::Write)
    }

    /// Sends until the daemon takes no more, for this long at most at a time; gives how much it
    /// took.
    pub(crate) fn stuff(&mut self, bytes: &[u8], patience: Duration) -> usize {
        let stream = self.stream.get_mut();
        stream.set_write_timeout(Some(patience)).expect("time-out");
        let mut taken = 0;
        while let Ok(count) = stream.write(&bytes[taken % bytes.len()..]) {
            taken += count;
        }
        taken
    }
}

/// `AUTH … PLAIN` with an initial response.
pub(crate) fn plain(id: impl Display, login: &str, password: &str) -> String {
    plain_as(id, "", login, password)
}

/// The same with an authorization id.
pub(crate) fn plain_as(
    id: impl Display,
    authorization: &str,
    login: &str,
    password: &str,
) -> String {
    let response = base64(format!("{authorization}\0{login}\0{password}"));
    format!("AUTH\t{id}\tPLAIN\tservice=smtp\tnologin\tresp={response}\n")
}

pub(crate) fn base64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// The request id of an answer.
pub(crate) fn id_of(line: &str) -> usize {
    let id = line.split('\t').nth(1).and_then(|id| id.parse().ok());
    id.unwrap_or_else(|| panic!("no answer: {line:?}"))
}
