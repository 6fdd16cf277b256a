use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use ispmail_auth_client::{Sockets, Timeouts};
use mlua::{FromLua as _, Lua, LuaString, Number, Table, Value};

/// What the script says about the daemon.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) sockets: Sockets,
    pub(crate) timeouts: Timeouts,
}

impl Settings {
    pub(crate) fn read(lua: &Lua, table: &Table) -> Result<Self, Box<dyn Error>> {
        let mut settings = Self::default();
        for pair in table.pairs::<String, Value>() {
            let (key, value) = pair?;
            match key.as_str() {
                "client_socket" => settings.sockets.client = path(lua, &key, value)?,
                "master_socket" => settings.sockets.master = path(lua, &key, value)?,
                "timeout" => {
                    let timeout = Number::from_lua(value, lua).ok();
                    let timeout =
                        timeout.filter(|seconds| (MIN_TIMEOUT..=MAX_TIMEOUT).contains(seconds));
                    let timeout = timeout.ok_or("timeout: expected seconds, 0.1 to 120")?;
                    settings.timeouts.request = Duration::from_secs_f64(timeout);
                }
                _ => return Err(format!("unknown setting {key}").into()),
            }
        }
        Ok(settings)
    }
}

fn path(lua: &Lua, key: &str, value: Value) -> Result<PathBuf, String> {
    let path =
        LuaString::from_lua(value, lua).ok().map(|text| PathBuf::from(text.to_string_lossy()));
    path.filter(|path| path.is_absolute())
        .ok_or_else(|| format!("{key}: expected a path from the root (/…)"))
}

/// In seconds. Dovecot gives up on a worker after a minute or more, depending on who asks.
const MIN_TIMEOUT: Number = 0.1;
const MAX_TIMEOUT: Number = 120.0;
