//! Dovecot's `%` variables (its `var-expand.c`): `%u`, `%{user}`, with modifiers, offset and width
//! (`%Lu`, `%2.1n`, `%256.2Nu`). A template is parsed once; what it cannot do is an error then.

mod modifier;

use thiserror::Error;
use zeroize::Zeroizing;

use modifier::Modifier;

/// Text with variables in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(Variable),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Variable {
    name: &'static str,
    modifiers: Vec<Modifier>,
    offset: i32,
    width: i32,
    zero_padding: bool,
}

/// What a template asks for that cannot be given.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TemplateError {
    /// No variable of Dovecot 2.3's, or one that only Dovecot itself can fill.
    #[error("unknown variable %{0} (for a plain % write %%)")]
    Unknown(String),
    /// `%w`: the password would go to the database in plain text.
    #[error("the variable %w (the password) is not supported: it would go to the database")]
    Password,
    /// `%E` would escape what is bound as a value anyway.
    #[error("the modifier %E is not supported: values are bound, they need no escaping")]
    Escape,
    /// A `%` at the very end.
    #[error("% at the end (for a plain % write %%)")]
    Unfinished,
}

/// Short names, and the long name of each.
const SHORT: &[(char, &str)] = &[
    ('u', "user"),
    ('n', "username"),
    ('d', "domain"),
    ('s', "service"),
    ('l', "lip"),
    ('r', "rip"),
    ('p', "pid"),
    ('m', "mech"),
    ('c', "secured"),
    ('a', "lport"),
    ('b', "rport"),
    ('k', "cert"),
];

/// Long names besides those above. Those from new_password on are our own, for statements.
const LONG: &[&str] = &[
    "domain_first",
    "domain_last",
    "login_user",
    "login_username",
    "login_domain",
    "session",
    "real_lip",
    "real_rip",
    "real_lport",
    "real_rport",
    "master_user",
    "session_pid",
    "orig_user",
    "orig_username",
    "orig_domain",
    "auth_user",
    "auth_username",
    "auth_domain",
    "local_name",
    "client_id",
    "local_ip",
    "remote_ip",
    "local_port",
    "remote_port",
    "mechanism",
    "new_password",
    "old_password",
    "new_user",
    "new_username",
    "new_domain",
    "quota",
    "enabled",
    "home",
    "uid",
    "gid",
    "source",
    "source_username",
    "source_domain",
    "destination",
    "after",
];

/// What variables stand for. `user` gives user, username and domain; everything else by long name.
#[derive(Clone, Default)]
pub struct Values {
    user: String,
    named: Vec<(String, Zeroizing<String>)>,
}

impl Values {
    /// For one login or address.
    pub fn new(user: &str) -> Self {
        Self { user: user.to_owned(), named: Vec::new() }
    }

    /// Adds a value by its long name, such as `service` or `rip`. The first one of a name counts.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.named.push((name.to_owned(), Zeroizing::new(value.to_owned())));
        self
    }

    /// The same other values for another user.
    #[must_use]
    pub fn with_user(mut self, user: &str) -> Self {
        user.clone_into(&mut self.user);
        self
    }

    fn get(&self, name: &str) -> &str {
        let user = self.user.as_str();
        match name {
            "user" => user,
            "username" => user.split('@').next().unwrap_or_default(),
            "domain" => user.split_once('@').map_or("", |(_, domain)| domain),
            "domain_first" => user.split('@').nth(1).unwrap_or_default(),
            "domain_last" => user.rsplit_once('@').map_or("", |(_, domain)| domain),
            _ => {
                let name = canonical(name);
                let found = self.named.iter().find(|(known, _)| known == name);
                found.map_or("", |(_, value)| value.as_str())
            }
        }
    }
}

/// Two long names for one thing.
fn canonical(name: &str) -> &str {
    match name {
        "local_ip" => "lip",
        "remote_ip" => "rip",
        "local_port" => "lport",
        "remote_port" => "rport",
        "mechanism" => "mech",
        other => other,
    }
}

impl Template {
    /// Parses text with variables.
    ///
    /// # Errors
    ///
    /// [`TemplateError`] for a variable or modifier that is not supported.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            push_text(&mut parts, before);
            let mut cursor = Cursor(after);
            match cursor.variable()? {
                Some(variable) => parts.push(Part::Variable(variable)),
                None => push_text(&mut parts, "%"),
            }
            rest = cursor.0;
        }
        push_text(&mut parts, rest);
        Ok(Self { parts })
    }

    /// Puts the values in. The result need not be UTF-8: a width may cut a character in two.
    pub fn expand(&self, values: &Values) -> Vec<u8> {
        let mut out = Vec::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.extend_from_slice(text.as_bytes()),
                Part::Variable(variable) => variable.expand(values, &mut out),
            }
        }
        out
    }

    /// Whether there is a variable in it at all.
    pub fn has_variables(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Variable(_)))
    }

    /// Whether it uses the variable of that long name.
    pub fn uses(&self, name: &str) -> bool {
        self.parts
            .iter()
            .any(|part| matches!(part, Part::Variable(variable) if variable.name == name))
    }
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    if text.is_empty() {
        return;
    }
    if let Some(Part::Text(last)) = parts.last_mut() {
        last.push_str(text);
    } else {
        parts.push(Part::Text(text.to_owned()));
    }
}

/// What follows a `%`: `[-][0][offset.][-][0][width][modifiers]variable`.
struct Cursor<'a>(&'a str);

impl Cursor<'_> {
    fn variable(&mut self) -> Result<Option<Variable>, TemplateError> {
        let mut negative = self.skip('-');
        let mut zero_padding = self.skip('0');
        let mut width = self.number();
        let mut offset = 0;
        if self.skip('.') {
            offset = if negative { -width } else { width };
            zero_padding = self.skip('0');
            negative = self.skip('-');
            width = self.number();
            if negative {
                width = -width;
            }
        }
        let mut modifiers = Vec::new();
        while let Some(modifier) = self.modifier()? {
            modifiers.push(modifier);
        }
        let short = self.0.chars().next().ok_or(TemplateError::Unfinished)?;
        let name = if short == '{' && self.0.contains('}') {
            let (long, rest) = self.0.split_once('}').unwrap_or_default();
            self.0 = rest;
            let long = long.strip_prefix('{').unwrap_or_default();
            find_long(long).ok_or_else(|| unknown(&format!("{{{long}}}")))?
        } else {
            self.skip(short);
            match SHORT.iter().find(|(known, _)| *known == short) {
                Some((_, name)) => name,
                None if short == '%' => return Ok(None),
                None => return Err(unknown(short.encode_utf8(&mut [0; 4]))),
            }
        };
        Ok(Some(Variable { name, modifiers, offset, width, zero_padding }))
    }

    fn skip(&mut self, wanted: char) -> bool {
        let rest = self.0.strip_prefix(wanted);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn number(&mut self) -> i32 {
        let mut number: i32 = 0;
        while let Some(digit) = self.0.chars().next().and_then(|digit| digit.to_digit(10)) {
            number = number.saturating_mul(10).saturating_add(i32::try_from(digit).unwrap_or(0));
            self.0 = self.0.get(1..).unwrap_or_default();
        }
        number
    }

    fn modifier(&mut self) -> Result<Option<Modifier>, TemplateError> {
        let modifier = match self.0.chars().next() {
            Some('L') => Modifier::Lower,
            Some('U') => Modifier::Upper,
            Some('X') => Modifier::Hex,
            Some('R') => Modifier::Reverse,
            Some('H') => Modifier::Hash,
            Some('N') => Modifier::NewHash,
            Some('M') => Modifier::Md5,
            Some('D') => Modifier::LdapDn,
            Some('T') => Modifier::Trim,
            Some('E') => return Err(TemplateError::Escape),
            _ => return Ok(None),
        };
        self.0 = self.0.get(1..).unwrap_or_default();
        Ok(Some(modifier))
    }
}

fn unknown(name: &str) -> TemplateError {
    match name {
        "w" | "{password}" => TemplateError::Password,
        _ => TemplateError::Unknown(name.to_owned()),
    }
}

fn find_long(name: &str) -> Option<&'static str> {
    let short = SHORT.iter().map(|(_, long)| *long);
    short.chain(LONG.iter().copied()).find(|known| *known == name)
}

impl Variable {
    fn expand(&self, values: &Values, out: &mut Vec<u8>) {
        let mut value = values.get(self.name).as_bytes().to_vec();
        let (mut offset, mut width) = (self.offset, self.width);
        for modifier in &self.modifiers {
            value = modifier.apply(&value, &mut offset, &mut width);
        }
        let length = i32::try_from(value.len()).unwrap_or(i32::MAX);
        let start = if offset < 0 { length.saturating_add(offset).max(0) } else { offset };
        let value = value.get(to_usize(start)..).unwrap_or_default();
        let length = i32::try_from(value.len()).unwrap_or(i32::MAX);
        if width == 0 {
            out.extend_from_slice(value);
        } else if self.zero_padding {
            out.extend((length..width.min(MAX_PADDING)).map(|_| b'0'));
            out.extend_from_slice(value);
        } else {
            let keep = if width < 0 { length.saturating_add(width).max(0) } else { width };
            out.extend_from_slice(value.get(..to_usize(keep)).unwrap_or(value));
        }
    }
}

/// Most zeros that are put in front; no login is that long.
const MAX_PADDING: i32 = 1024;

fn to_usize(number: i32) -> usize {
    usize::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests;
