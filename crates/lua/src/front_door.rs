use std::error::Error;

use ispmail_auth_client::{Client, Decision, LookUp};
use mlua::{FromLuaMulti as _, IntoLuaMulti as _, Lua, LuaString, MultiValue, Nil, Table};
use mlua::{UserData, UserDataMethods};

use crate::answers::{Answer, Database, Results, fields};
use crate::caught::caught;
use crate::request::Request;
use crate::settings::Settings;

/// What Dovecot's questions go through. It connects to the daemon at the first one.
pub(crate) struct FrontDoor {
    client: Client,
    results: Results,
}

type Asked = Result<Answer, Box<dyn Error>>;

impl FrontDoor {
    /// From a table of settings.
    pub(crate) fn new(lua: &Lua, arguments: MultiValue) -> Result<Self, Box<dyn Error>> {
        let settings = Settings::read(lua, &Table::from_lua_multi(arguments, lua)?)?;
        let client = Client::new(settings.sockets, settings.timeouts);
        Ok(Self { client, results: Results::read(lua)? })
    }

    /// `auth_password_verify(request, password)`.
    fn verify(&mut self, lua: &Lua, arguments: MultiValue) -> Asked {
        let (request, password) = <(Table, LuaString)>::from_lua_multi(arguments, lua)?;
        let request = Request::read(&request)?;
        let decision = request.with_session(|session| {
            self.client.sign_in(&request.login, &password.as_bytes(), session)
        });
        Ok(match decision {
            Ok(Decision::Accepted(account)) => {
                Answer::Fields(self.results.passdb.ok, fields(lua, &account)?)
            }
            Ok(Decision::Refused) => Answer::Text(self.results.mismatch, "refused".to_owned()),
            Err(why) => {
                Answer::Text(self.results.passdb.failure, format!("could not check: {why}"))
            }
        })
    }

    /// `auth_passdb_lookup(request)`: for mechanisms that need what is stored.
    fn passdb(&mut self, lua: &Lua, arguments: MultiValue) -> Asked {
        let request = Request::read(&Table::from_lua_multi(arguments, lua)?)?;
        let found = request.with_session(|session| {
            self.client.credentials(&request.login, request.scheme(), session)
        });
        if let Ok(LookUp::Found(account)) = &found
            && !account.fields.iter().any(|field| field.name == b"password")
        {
            let why = "what is stored is of no use to the mechanism";
            return Ok(Answer::Text(self.results.no_scheme, why.to_owned()));
        }
        looked_up(lua, found, self.results.passdb)
    }

    /// `auth_userdb_lookup(request)`.
    fn userdb(&mut self, lua: &Lua, arguments: MultiValue) -> Asked {
        let request = Request::read(&Table::from_lua_multi(arguments, lua)?)?;
        let found = request.with_session(|session| self.client.look_up(&request.login, session));
        looked_up(lua, found, self.results.userdb)
    }

    /// All logins.
    fn list(&mut self, lua: &Lua) -> Result<Table, Box<dyn Error>> {
        let logins = lua.create_table()?;
        let mut added = Ok(());
        self.client.list(|login| {
            if added.is_ok() {
                added = lua.create_string(login).and_then(|login| logins.raw_push(login));
            }
        })?;
        added?;
        Ok(logins)
    }
}

fn looked_up(
    lua: &Lua,
    found: Result<LookUp, ispmail_auth_client::Error>,
    results: Database,
) -> Asked {
    Ok(match found {
        Ok(LookUp::Found(account)) => Answer::Fields(results.ok, fields(lua, &account)?),
        Ok(LookUp::Unknown) => Answer::Text(results.unknown, "unknown user".to_owned()),
        Err(why) => Answer::Text(results.failure, format!("could not look up: {why}")),
    })
}

impl UserData for FrontDoor {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        let passdb: fn(&Results) -> Database = |results| results.passdb;
        let userdb: fn(&Results) -> Database = |results| results.userdb;
        for (name, ask, database) in [
            ("verify", Self::verify as fn(&mut Self, &Lua, MultiValue) -> Asked, passdb),
            ("passdb", Self::passdb, passdb),
            ("userdb", Self::userdb, userdb),
        ] {
            methods.add_method_mut(name, move |lua, this, arguments: MultiValue| {
                let failure = database(&this.results).failure;
                let answer = caught(|| ask(this, lua, arguments));
                answer.unwrap_or_else(|why| Answer::Text(failure, why)).into_lua(lua)
            });
        }
        methods.add_method_mut("list", |lua, this, ()| match caught(|| this.list(lua)) {
            Ok(logins) => logins.into_lua_multi(lua),
            Err(why) => {
                (Nil, format!("ispmail: could not list the users: {why}")).into_lua_multi(lua)
            }
        });
    }
}
