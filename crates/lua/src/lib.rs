//! `ispmail.so`: a client of `ispmail-authd` for the Lua of Dovecot's auth processes. The script
//! `ispmail.lua` makes Dovecot's functions out of it.
//!
//! ```lua
//! local ispmail = require "ispmail"
//! local daemon = ispmail.daemon { client = "/run/ispmail/auth-client",
//!                                 master = "/run/ispmail/auth-master", timeout = 20 }
//! daemon:sign_in(login, password, session)      --> "accepted", fields | "refused" | "failed", why
//! daemon:credentials(login, scheme, session)    --> "found", fields | "unknown" | "failed", why
//! daemon:look_up(login, session)                --> "found", fields | "unknown" | "failed", why
//! daemon:list()                                 --> "found", logins | "failed", why
//! ```
//!
//! `session` is a table of what is known about the session, `service` and others of Dovecot's
//! names. Whatever goes wrong is `"failed"` with a text for the log; only arguments of a wrong type
//! are a Lua error. A password is a Lua string on its way in, which Lua cannot wipe.

use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Duration;

use ispmail_auth_client::{
    Account, Client, Decision, Error, LookUp, SESSION_FIELDS, Session, Sockets, Timeouts,
};
use mlua::prelude::{LuaResult, LuaString};
use mlua::{IntoLuaMulti as _, Lua, MultiValue, Table, UserData, UserDataMethods};

/// What `require "ispmail"` gives.
#[mlua::lua_module(name = "ispmail")]
fn module(lua: &Lua) -> LuaResult<Table> {
    // A panic message could hold anything. Where it happened is enough to find it.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        eprintln!("ispmail.so: internal error at {place}");
    }));
    let exports = lua.create_table()?;
    exports.set("daemon", lua.create_function(|_, settings: Table| Daemon::new(&settings))?)?;
    Ok(exports)
}

/// The daemon, connected to when something is asked.
struct Daemon(Client);

impl Daemon {
    fn new(settings: &Table) -> LuaResult<Self> {
        let path = |name| settings.get::<String>(name).map(PathBuf::from);
        let sockets = Sockets { client: path("client")?, master: path("master")? };
        let seconds = settings.get::<f64>("timeout")?.clamp(0.1, 600.0);
        let request = Duration::from_secs_f64(seconds);
        let restart = Timeouts::default().restart.min(request);
        Ok(Self(Client::new(sockets, Timeouts { request, restart })))
    }

    /// Asks something, without ever panicking into Dovecot.
    fn ask<T>(&mut self, ask: impl FnOnce(&mut Client) -> Result<T, Error>) -> Result<T, String> {
        match catch_unwind(AssertUnwindSafe(|| ask(&mut self.0))) {
            Ok(answer) => answer.map_err(|why| why.to_string()),
            Err(_) => Err("internal error".to_owned()),
        }
    }
}

impl UserData for Daemon {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method_mut(
            "sign_in",
            |lua, this, (login, password, session): (LuaString, LuaString, Table)| {
                let known = Known::of(&session)?;
                let (login, password) = (login.as_bytes(), password.as_bytes());
                let known = known.fields();
                let asked = this.ask(|client| client.sign_in(&login, &password, known.session()));
                match asked {
                    Ok(Decision::Accepted(account)) => {
                        ("accepted", table(lua, &account)?).into_lua_multi(lua)
                    }
                    Ok(Decision::Refused) => ("refused", "").into_lua_multi(lua),
                    Err(why) => ("failed", why).into_lua_multi(lua),
                }
            },
        );
        methods.add_method_mut(
            "credentials",
            |lua, this, (login, scheme, session): (LuaString, String, Table)| {
                let known = Known::of(&session)?;
                let (login, known) = (login.as_bytes(), known.fields());
                let asked = this.ask(|client| client.credentials(&login, &scheme, known.session()));
                looked_up(lua, asked)
            },
        );
        methods.add_method_mut("look_up", |lua, this, (login, session): (LuaString, Table)| {
            let known = Known::of(&session)?;
            let (login, known) = (login.as_bytes(), known.fields());
            let asked = this.ask(|client| client.look_up(&login, known.session()));
            looked_up(lua, asked)
        });
        methods.add_method_mut("list", |lua, this, ()| {
            let mut logins = Vec::new();
            match this.ask(|client| client.list(|login| logins.push(login.to_vec()))) {
                Ok(()) => {
                    let logins = logins.iter().map(|login| lua.create_string(login));
                    let table = lua.create_sequence_from(logins.collect::<LuaResult<Vec<_>>>()?)?;
                    ("found", table).into_lua_multi(lua)
                }
                Err(why) => ("failed", why).into_lua_multi(lua),
            }
        });
    }
}

/// The answer to a look-up, for Lua.
fn looked_up(lua: &Lua, asked: Result<LookUp, String>) -> LuaResult<MultiValue> {
    match asked {
        Ok(LookUp::Found(account)) => ("found", table(lua, &account)?).into_lua_multi(lua),
        Ok(LookUp::Unknown) => ("unknown", "").into_lua_multi(lua),
        Err(why) => ("failed", why).into_lua_multi(lua),
    }
}

/// All fields of an account, `user` among them.
fn table(lua: &Lua, account: &Account) -> LuaResult<Table> {
    let table = lua.create_table()?;
    table.raw_set("user", lua.create_string(&account.user)?)?;
    for field in &account.fields {
        table.raw_set(lua.create_string(&field.name)?, lua.create_string(&*field.value)?)?;
    }
    Ok(table)
}

/// What a script says about a session.
struct Known {
    service: String,
    fields: Vec<(&'static str, Vec<u8>)>,
}

impl Known {
    fn of(session: &Table) -> LuaResult<Self> {
        let mut fields = Vec::new();
        for name in SESSION_FIELDS {
            if let Some(value) = session.get::<Option<LuaString>>(name)? {
                fields.push((name, value.as_bytes().to_vec()));
            }
        }
        let service = session.get::<Option<String>>("service")?;
        Ok(Self { service: service.unwrap_or_else(|| "lua".to_owned()), fields })
    }

    fn fields(&self) -> Fields<'_> {
        let fields = self.fields.iter().map(|(name, value)| (*name, value.as_slice()));
        Fields { service: &self.service, fields: fields.collect() }
    }
}

/// The same, borrowed.
struct Fields<'a> {
    service: &'a str,
    fields: Vec<(&'a str, &'a [u8])>,
}

impl Fields<'_> {
    fn session(&self) -> Session<'_> {
        Session { service: self.service, fields: &self.fields }
    }
}
