//! Starting programs so that none outlives the test.

use std::fmt;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::shown;

/// How long a short command may take. Generous: the machine may be busy.
const COMMAND_LIMIT: Duration = Duration::from_mins(1);
/// How long a server may take to come up or to stop.
pub const SERVER_LIMIT: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(10);

/// A server that is killed when this value is dropped, and by the kernel if we die first.
#[derive(Debug)]
pub struct Server {
    name: String,
    child: Child,
    /// The process that is asked to stop.
    signalled: String,
}

impl Server {
    /// Starts `command` as `user`; what it prints is appended to `log`.
    ///
    /// The kernel kills it when the *thread* that started it ends, so this belongs on the main
    /// thread. `setpriv` asks for the signal after it has changed the user: a change clears it.
    pub fn start(name: &str, user: &str, command: &Command, log: &Path) -> Self {
        let output = fs::File::options().create(true).append(true).open(log).expect("server log");
        let mut guarded = Command::new(program("setpriv", "util-linux"));
        guarded.args(["--pdeathsig", "KILL"]);
        if user != "root" {
            let (uid, gid) = ids_of(user);
            guarded.args([
                "--reuid",
                &uid.to_string(),
                "--regid",
                &gid.to_string(),
                "--init-groups",
            ]);
        }
        guarded.arg("--").arg(command.get_program()).args(command.get_args());
        let child = guarded
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("server log"))
            .stderr(output)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        Self { name: name.to_owned(), signalled: child.id().to_string(), child }
    }

    /// Asks this process to stop instead of the one that was started, which ends after it.
    pub fn signal_to(&mut self, number: String) {
        self.signalled = number;
    }

    /// Waits until `ready` says yes; a server that ends before that fails the test with its log.
    pub fn wait_until(&mut self, log: &Path, mut ready: impl FnMut() -> bool) {
        let begin = Instant::now();
        while !ready() {
            let ended = self.child.try_wait().expect("wait");
            assert!(
                ended.is_none() && begin.elapsed() < SERVER_LIMIT,
                "{} did not come up ({ended:?}); its log ends:\n{}",
                self.name,
                tail(log, 40)
            );
            thread::sleep(POLL);
        }
    }

    /// Its process number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has ended by itself, and says how.
    pub fn wait(&mut self) -> ExitStatus {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("wait") {
                return status;
            }
            assert!(begin.elapsed() < SERVER_LIMIT, "{} does not end", self.name);
            thread::sleep(POLL);
        }
    }

    /// Asks it to stop, and kills it if it does not.
    pub fn stop(&mut self) {
        self.stop_with("TERM");
    }

    /// The same by another signal.
    pub fn stop_with(&mut self, signal: &str) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
            return;
        }
        let _ = Command::new(program("kill", "procps"))
            .arg(format!("-{signal}"))
            .arg(&self.signalled)
            .status();
        let begin = Instant::now();
        while begin.elapsed() < SERVER_LIMIT {
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            thread::sleep(POLL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// For `env`: signals do to a program what they do by default. In the background of a shell, or
/// below nohup, they are ignored, and children inherit that.
pub const DEFAULT_SIGNALS: &str = "--default-signal=HUP,INT,QUIT,TERM";

/// Sends a signal; processes that are gone do not matter.
pub fn send(signal: &str, pids: &[u32]) {
    let _ = Command::new(program("kill", "procps"))
        .arg(format!("-{signal}"))
        .args(pids.iter().map(u32::to_string))
        .stderr(Stdio::null())
        .status();
}

/// The processes that a process has started and that still run.
pub fn children_of(pid: u32) -> Vec<u32> {
    let output = Command::new(program("pgrep", "procps")).args(["-P", &pid.to_string()]).output();
    let output = output.expect("pgrep");
    String::from_utf8_lossy(&output.stdout).lines().filter_map(|line| line.parse().ok()).collect()
}

/// What a finished command left.
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: Vec<u8>,
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (stdout, stderr) = (shown(&self.stdout), shown(&self.stderr));
        write!(f, "{}, printed {stdout:?}, complained {stderr:?}", self.status)
    }
}

impl Output {
    /// The exit code; a signal fails the test.
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| panic!("ended by a signal: {self:?}"))
    }

    /// Standard output as text.
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text.
    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

/// Runs a short command with this standard input, which is then closed.
pub fn run(command: &mut Command, input: &[u8]) -> Output {
    run_keeping_stdin(command, input, false)
}

/// Runs a short command; with `keep_open`, its standard input stays open until it has ended, so a
/// program that waits for the end of file hangs, and fails.
pub fn run_keeping_stdin(command: &mut Command, input: &[u8], keep_open: bool) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_vec();
    let writer = thread::spawn(move || {
        // A program that does not read its input is free not to.
        let _ = stdin.write_all(&input);
        keep_open.then_some(stdin)
    });
    let stdout = read_in_background(child.stdout.take().expect("piped"));
    let stderr = read_in_background(child.stderr.take().expect("piped"));
    let status = wait(&mut child, command);
    drop(writer.join());
    let collect = |name: &str, bytes: &mpsc::Receiver<Vec<u8>>| {
        bytes
            .recv_timeout(COMMAND_LIMIT)
            .unwrap_or_else(|_| panic!("{command:?} ended, but something holds its {name} open"))
    };
    Output {
        status,
        stdout: collect("standard output", &stdout),
        stderr: collect("standard error", &stderr),
    }
}

/// Runs a command that must succeed, and gives its standard output.
pub fn must(command: &mut Command, input: &[u8]) -> String {
    let output = run(command, input);
    assert!(
        output.status.success(),
        "{command:?} ended with {}\n{}{}",
        output.status,
        shown(&output.stdout),
        shown(&output.stderr)
    );
    output.out()
}

/// The full path of a program; where it is missing, the test fails with the package to install.
pub fn program(name: &str, package: &str) -> PathBuf {
    let places = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"];
    places
        .iter()
        .map(|place| Path::new(place).join(name))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("{}", missing(name, package)))
}

/// The line that names the package to install.
pub fn missing(what: &str, package: &str) -> String {
    format!("{what} is not installed: apt-get install {package} (scripts/test does)")
}

/// The user and group numbers of a local user or, for a group without a user, the group's.
pub fn ids_of(name: &str) -> (u32, u32) {
    let number = |text: Option<&str>| text.and_then(|field| field.parse().ok());
    let entry_of = |file: &str| {
        let text = fs::read_to_string(file).expect(file);
        let entry = text.lines().find(|line| line.split(':').next() == Some(name));
        entry.map(|line| line.split(':').map(str::to_owned).collect::<Vec<_>>())
    };
    let user = entry_of("/etc/passwd").unwrap_or_else(|| panic!("there is no user {name}"));
    let uid = number(user.get(2).map(String::as_str)).expect("uid");
    let gid = number(user.get(3).map(String::as_str)).expect("gid");
    (uid, gid)
}

/// A TCP port of 127.0.0.1 that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    listener.local_addr().expect("address").port()
}

/// The last lines of a log file.
pub fn tail(path: &Path, lines: usize) -> String {
    let text = fs::read(path)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

fn wait(child: &mut Child, command: &Command) -> ExitStatus {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("wait") {
            return status;
        }
        if begin.elapsed() > COMMAND_LIMIT {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{command:?} did not end within {COMMAND_LIMIT:?}");
        }
        thread::sleep(Duration::from_millis(1));
    }
}

fn read_in_background(mut from: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}
