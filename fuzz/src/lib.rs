//! What the fuzz targets share.

use ispmail_password::{SCHEMES, SchemeName};

/// The first byte chooses a scheme; the rest is left.
pub fn choose(data: &[u8]) -> Option<(SchemeName, &[u8])> {
    let (first, rest) = data.split_first()?;
    Some((SCHEMES.get(usize::from(*first) % SCHEMES.len())?.as_name(), rest))
}
