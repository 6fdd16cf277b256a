use ispmail_auth_client::Session;
use mlua::{LuaString, Table};

/// What Dovecot says about a request.
pub(crate) struct Request {
    pub(crate) login: Vec<u8>,
    service: String,
    mechanism: String,
    fields: Vec<(&'static str, Vec<u8>)>,
}

/// The session's fields, and the names they have in both Dovecot 2.3's and 2.4's requests.
const FIELDS: [(&str, &str); 12] = [
    ("lip", "local_ip"),
    ("rip", "remote_ip"),
    ("lport", "local_port"),
    ("rport", "remote_port"),
    ("real_lip", "real_local_ip"),
    ("real_rip", "real_remote_ip"),
    ("real_lport", "real_local_port"),
    ("real_rport", "real_remote_port"),
    ("session", "session"),
    ("secured", "secured"),
    ("local_name", "local_name"),
    ("client_id", "client_id"),
];

impl Request {
    pub(crate) fn read(request: &Table) -> mlua::Result<Self> {
        let get = |name: &str| request.get::<Option<LuaString>>(name);
        let text = |name: &str| {
            mlua::Result::Ok(get(name)?.map(|text| text.to_string_lossy()).unwrap_or_default())
        };
        let mut fields = Vec::with_capacity(FIELDS.len());
        for (name, theirs) in FIELDS {
            let value = get(theirs)?.map(|value| value.as_bytes().to_vec()).unwrap_or_default();
            // 2.4 has 0 for a port that is not known.
            if !value.is_empty() && value != b"0" {
                fields.push((name, value));
            }
        }
        let service = match get("service")? {
            Some(service) => service.to_string_lossy(),
            // 2.4's name for it.
            None => text("protocol")?,
        };
        let login = get("user")?.ok_or_else(|| mlua::Error::runtime("a request without user"))?;
        Ok(Self {
            login: login.as_bytes().to_vec(),
            service,
            mechanism: text("mechanism")?,
            fields,
        })
    }

    /// Calls `ask` with what is known about the session.
    pub(crate) fn with_session<T>(&self, ask: impl FnOnce(Session<'_>) -> T) -> T {
        let fields: Vec<(&str, &[u8])> =
            self.fields.iter().map(|(name, value)| (*name, value.as_slice())).collect();
        ask(Session { service: &self.service, fields: &fields })
    }

    /// The scheme that Dovecot can use in a credentials look-up; empty for any. The mechanisms that
    /// need one have its name, or need plain text.
    pub(crate) fn scheme(&self) -> &str {
        match self.mechanism.as_str() {
            "CRAM-MD5" | "DIGEST-MD5" | "SCRAM-SHA-1" | "SCRAM-SHA-256" | "OTP" => &self.mechanism,
            "APOP" => "PLAIN",
            _ => "",
        }
    }
}
