//! Fields, to be compared and printed.

use ispmail_auth_protocol::Fields;

/// A field by itself.
pub(crate) type Pair = (Vec<u8>, Option<Vec<u8>>);

/// All fields in their order.
pub(crate) fn pairs(fields: Fields<'_>) -> Vec<Pair> {
    let pair = |(name, value): (&[u8], Option<&[u8]>)| (name.to_vec(), value.map(<[u8]>::to_vec));
    fields
        .iter()
        .map(|field| pair((&field.name, field.value.as_deref().map(Vec::as_slice))))
        .collect()
}
