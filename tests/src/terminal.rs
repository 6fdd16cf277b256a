//! A program on a terminal of its own, by `script` of bsdutils.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::process::{DEFAULT_SIGNALS, program};

const LIMIT: Duration = Duration::from_secs(30);
/// After a prompt a program turns echo off, and throws away what was typed before that.
const BEFORE_TYPING: Duration = Duration::from_millis(200);

/// The program and what its terminal has shown so far.
#[derive(Debug)]
pub struct Terminal {
    child: Child,
    keyboard: ChildStdin,
    screen: Receiver<Vec<u8>>,
    shown: String,
}

impl Terminal {
    /// Starts a shell command.
    pub fn start(command: &str) -> Self {
        let mut child = Command::new(program("env", "coreutils"))
            .arg(DEFAULT_SIGNALS)
            .arg(program("script", "bsdutils"))
            .args(["--quiet", "--return", "--flush", "--command", command, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("script");
        let mut output = child.stdout.take().expect("piped");
        let (sender, screen) = channel();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length @ 1..) = output.read(&mut bytes) {
                let _ = sender.send(bytes[..length].to_vec());
            }
        });
        let keyboard = child.stdin.take().expect("piped");
        Self { child, keyboard, screen, shown: String::new() }
    }

    /// Waits for a prompt, then types a line.
    pub fn answer(&mut self, prompt: &str, line: &str) {
        self.wait_for(prompt);
        self.press(&format!("{line}\n"));
    }

    /// Waits until this is shown and what is typed will be taken.
    pub fn wait_for(&mut self, prompt: &str) {
        let begin = Instant::now();
        let seen = self.shown.len();
        while !self.shown[seen..].contains(prompt) {
            assert!(begin.elapsed() < LIMIT && self.look(), "no {prompt:?} in {:?}", self.shown);
        }
        thread::sleep(BEFORE_TYPING);
    }

    /// Types this.
    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("keyboard");
    }

    /// What the screen has shown so far.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Waits for the end; the exit code and all that was shown.
    pub fn finish(mut self) -> (i32, String) {
        while self.look() {}
        let status = self.child.wait().expect("wait");
        (status.code().expect("exit code"), self.shown.replace('\r', ""))
    }

    /// More of the screen; `false` at its end.
    fn look(&mut self) -> bool {
        match self.screen.recv_timeout(LIMIT) {
            Ok(bytes) => {
                self.shown += &String::from_utf8_lossy(&bytes);
                true
            }
            Err(RecvTimeoutError::Disconnected) => false,
            Err(RecvTimeoutError::Timeout) => {
                let _ = self.child.kill();
                panic!("nothing happens on the terminal after {:?}", self.shown)
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The program on it ends with its terminal.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
