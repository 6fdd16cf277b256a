//! What the fuzz targets share.

use ispmail_password::{SCHEMES, SchemeName};

#[path = "../../crates/auth-protocol/tests/again/mod.rs"]
mod again;
#[path = "../../crates/auth-protocol/tests/common/mod.rs"]
mod common;

/// Reads a line, and writes what was read; nothing if the line is none.
type Again = fn(&[u8]) -> Option<Vec<u8>>;

/// The client side of the auth protocol: commands and replies.
pub const CLIENT: [Again; 2] = [again::client_command, again::client_reply];

/// Its master side.
pub const MASTER: [Again; 2] = [again::master_command, again::master_reply];

/// The first byte chooses a scheme; the rest is left.
pub fn choose(data: &[u8]) -> Option<(SchemeName, &[u8])> {
    let (first, rest) = data.split_first()?;
    Some((SCHEMES.get(usize::from(*first) % SCHEMES.len())?.as_name(), rest))
}
