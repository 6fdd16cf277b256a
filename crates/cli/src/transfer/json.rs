//! A record as a line of JSON.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::csv::typographic;
use super::{Entry, NewUser, Secret, fields};
use crate::batch::{bytes, string};

/// By the first of its keys a kind is known.
const KINDS: &[&[&str]] = &[
    &["domain"],
    &["address", "password", "password_base64", "stored", "quota", "enabled"],
    &["source", "destinations"],
];

/// What is wrong is said without a word of the values.
pub(super) fn entry(line: &[u8]) -> Result<Entry, String> {
    let text = str::from_utf8(line).map_err(|_| "not UTF-8; such bytes belong into base64")?;
    if text.contains('\0') {
        return Err("a NUL byte".to_owned());
    }
    if !text.trim_start().starts_with('{') {
        return Err("not a JSON object; expected one on each line".to_owned());
    }
    let Object(pairs) = serde_json::from_str(text).map_err(|error| broken(text, &error))?;
    Object(pairs).entry()
}

fn broken(text: &str, error: &serde_json::Error) -> String {
    let column = error.column();
    // The column is that of the byte at which it stopped, which need not begin a character.
    let front = text.char_indices().rev().find(|(start, _)| *start < column);
    let here = front.and_then(|(start, _)| text.get(start..)).unwrap_or_default();
    match error.classify() {
        Category::Eof => "the JSON object has no end".to_owned(),
        _ if typographic(here) => "typographic quotes; expected plain ones (\")".to_owned(),
        _ => format!("not JSON (column {column})"),
    }
}

/// Keys and values, read no further.
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Pairs)
    }
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Object<'de>, M::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Object(pairs))
    }
}

impl<'a> Object<'a> {
    fn entry(&self) -> Result<Entry, String> {
        let first = |keys: &&&[&str]| keys.first().is_some_and(|first| self.has(first));
        let Some(known) = KINDS.iter().find(first) else {
            let expected = "expected domain, address or source";
            return Err(match self.0.first() {
                Some((key, _)) => format!("unknown key {}; {expected}", fields::shown(key)),
                None => format!("no keys; {expected}"),
            });
        };
        self.demand_only(known)?;
        match known.first() {
            Some(&"domain") => Ok(Entry::Domain { name: self.name("domain")? }),
            Some(&"source") => self.alias(),
            _ => self.user().map(Entry::User),
        }
    }

    fn demand_only(&self, known: &[&str]) -> Result<(), String> {
        for (index, (key, _)) in self.0.iter().enumerate() {
            if !known.contains(&key.as_str()) {
                let expected = known.join(", ");
                return Err(format!("unknown key {}; expected {expected}", fields::shown(key)));
            }
            if self.0.iter().take(index).any(|(before, _)| before == key) {
                return Err(format!("the key {key} stands there twice"));
            }
        }
        Ok(())
    }

    fn user(&self) -> Result<NewUser, String> {
        let address = self.name("address")?;
        let (plain, base64) = (self.get("password"), self.get("password_base64"));
        let secret = match (plain.is_some() || base64.is_some(), self.get("stored")) {
            (true, Some(_)) => return Err("both password and stored".to_owned()),
            (false, None) => return Err("neither password nor stored".to_owned()),
            (true, None) => Secret::Plain(bytes("password", plain, base64)?),
            (false, Some(raw)) => fields::stored(&text("stored", raw)?)?,
        };
        let quota = self.get("quota").map(|raw| {
            let digits = raw.get().bytes().all(|byte| byte.is_ascii_digit());
            if !digits {
                return Err("quota is not a whole number of bytes".to_owned());
            }
            fields::quota(raw.get())
        });
        let enabled = self.get("enabled").map(|raw| match raw.get() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("enabled is neither true nor false".to_owned()),
        });
        let (quota, enabled) = (quota.transpose()?.flatten(), enabled.transpose()?);
        Ok(NewUser { address, secret, quota, enabled })
    }

    fn alias(&self) -> Result<Entry, String> {
        let source = self.name("source")?;
        let raw = self.get("destinations").ok_or("no destinations")?;
        let bad = |_| "destinations is not a list of strings".to_owned();
        let list: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(bad)?;
        let mut destinations = Vec::new();
        for raw in list {
            for one in fields::destinations(&text("a destination", raw)?) {
                destinations.push(one?);
            }
        }
        if destinations.is_empty() {
            return Err("destinations is empty".to_owned());
        }
        Ok(Entry::Alias { source, destinations })
    }

    fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(there, _)| there == key)
    }

    /// `None` also for null.
    fn get(&self, key: &str) -> Option<&'a RawValue> {
        let (_, raw) = self.0.iter().find(|(there, _)| there == key)?;
        (raw.get() != "null").then_some(*raw)
    }

    fn name(&self, key: &str) -> Result<String, String> {
        let text = self.get(key).map(|raw| text(key, raw)).transpose()?;
        fields::named(key, text.as_ref().map(|text| text.as_str()))
    }
}

fn text(name: &str, raw: &RawValue) -> Result<Zeroizing<String>, String> {
    let mut bytes = string(name, raw)?;
    let text = String::from_utf8(std::mem::take(&mut *bytes)).map_err(|_| "not UTF-8")?;
    let text = Zeroizing::new(text);
    if text.contains('\0') {
        return Err(format!("{name} has a NUL byte"));
    }
    Ok(text)
}
