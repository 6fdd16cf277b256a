//! Administrators' queries: a login never becomes text of the statement.
//!
//! The first byte chooses the kind of database, the rest is the query.
#![no_main]

use ispmail_accounts::{Dialect, Lookups};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((first, text)) = data.split_first() else { return };
    let Ok(text) = str::from_utf8(text) else { return };
    let dialects = [Dialect::Sqlite, Dialect::MySql, Dialect::Postgres];
    let _ = Lookups::own(text, None, dialects[usize::from(*first) % dialects.len()]);
});
