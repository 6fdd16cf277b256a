//! What the end-to-end tests stand on: private servers, started by the test and gone with it, and
//! the smallest clients that can ask them anything.
//!
//! Nothing here is a mock. A program that is missing fails the test, with the name of the Debian
//! package that holds it.

pub mod auth_client;
pub mod authd;
pub mod binaries;
pub mod certificates;
pub mod checkpassword;
pub mod crypt;
pub mod database;
pub mod doveadm;
pub mod dovecot;
pub mod dovecot24;
pub mod imap;
pub mod impostor;
pub mod layouts;
pub mod lua;
pub mod mariadb;
pub mod postfix;
pub mod postgres;
pub mod process;
pub mod random;
pub mod rows;
pub mod runner;
pub mod scratch;
pub mod servers;
pub mod terminal;

/// Bytes of text, cut to what a failure message can show.
pub fn shown(bytes: &[u8]) -> String {
    const MOST: usize = 400;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MOST)]).into_owned();
    if bytes.len() > MOST { format!("{text}… ({} bytes)", bytes.len()) } else { text }
}
