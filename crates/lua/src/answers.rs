use std::error::Error;

use ispmail_auth_client::Account;
use mlua::{IntoLuaMulti as _, Lua, MultiValue, Number, Table};

/// Dovecot's numbers for what is returned (`dovecot.auth`).
pub(crate) struct Results {
    pub(crate) passdb: Database,
    pub(crate) userdb: Database,
    pub(crate) mismatch: Number,
    pub(crate) no_scheme: Number,
}

/// Those that passdb and userdb have both.
#[derive(Clone, Copy)]
pub(crate) struct Database {
    pub(crate) ok: Number,
    pub(crate) unknown: Number,
    pub(crate) failure: Number,
}

/// What goes back to Dovecot.
pub(crate) enum Answer {
    /// With fields.
    Fields(Number, Table),
    /// With a text, which Dovecot logs for internal failures.
    Text(Number, String),
}

impl Results {
    pub(crate) fn read(lua: &Lua) -> Result<Self, Box<dyn Error>> {
        let auth = lua.globals().get::<Table>("dovecot").and_then(|dovecot| dovecot.get("auth"));
        let auth: Table = auth.map_err(|_| "dovecot.auth is missing: not run by Dovecot's auth")?;
        let database = |name: &str| {
            let result = |what: &str| auth.get(format!("{name}_RESULT_{what}"));
            mlua::Result::Ok(Database {
                ok: result("OK")?,
                unknown: result("USER_UNKNOWN")?,
                failure: result("INTERNAL_FAILURE")?,
            })
        };
        Ok(Self {
            passdb: database("PASSDB")?,
            userdb: database("USERDB")?,
            mismatch: auth.get("PASSDB_RESULT_PASSWORD_MISMATCH")?,
            no_scheme: auth.get("PASSDB_RESULT_SCHEME_NOT_AVAILABLE")?,
        })
    }
}

impl Answer {
    pub(crate) fn into_lua(self, lua: &Lua) -> mlua::Result<MultiValue> {
        match self {
            Self::Fields(result, fields) => (result, fields).into_lua_multi(lua),
            Self::Text(result, text) => (result, text).into_lua_multi(lua),
        }
    }
}

/// An account as Dovecot takes it. Its values end at a NUL byte there, and would be others.
pub(crate) fn fields(lua: &Lua, account: &Account) -> Result<Table, Box<dyn Error>> {
    let table = lua.create_table()?;
    let fields = account.fields.iter().map(|field| (&field.name, &*field.value));
    for (name, value) in fields.chain([(&b"user".to_vec(), &account.user)]) {
        if name.contains(&0) || value.contains(&0) {
            return Err("a field of the account has a NUL byte".into());
        }
        table.raw_set(lua.create_string(name)?, lua.create_string(value)?)?;
    }
    Ok(table)
}
