use serde::Serialize;
use serde_json::value::RawValue;

use super::Record;

/// The answer to a line of JSON.
#[derive(Default, Serialize)]
pub(crate) struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) login: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stored: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stored_base64: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) result: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) needs_upgrade: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<&'a str>,
}

impl<'a> Answer<'a> {
    /// By what the caller of the batch knows the line.
    pub(crate) fn to(record: Option<&Record<'a>>) -> Self {
        Self {
            id: record.and_then(|record| record.id),
            login: record.and_then(|record| record.login),
            ..Self::default()
        }
    }

    /// This line cannot be used.
    pub(crate) fn error(self, number: u64, error: &'a str) -> Self {
        Self { line: Some(number), error: Some(error), ..self }
    }
}
