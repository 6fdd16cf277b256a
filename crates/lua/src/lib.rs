//! Dovecot's `passdb lua` and `userdb lua` with `ispmail-authd` behind them.
//!
//! The Lua module `ispmail` has one function, `new`, which takes a table of settings and gives a
//! front door. Its methods are what `ispmail.lua`, the script that Dovecot is pointed at, calls:
//! they take what Dovecot hands to the script and return what Dovecot wants back.
//!
//! No error and no panic leaves as such: to Dovecot an error that is no string has no text. Methods
//! return Dovecot's word for an internal failure, with a text for its log; `new` and `list` return
//! nil and a text.
//!
//! Passwords are Lua strings, which nothing can wipe; our own copies are wiped.
#![deny(unsafe_code)]

mod answers;
mod caught;
mod front_door;
mod request;
mod settings;

use caught::caught;
use front_door::FrontDoor;
use mlua::{IntoLua as _, IntoLuaMulti as _, Lua, MultiValue, Nil, Table};

/// Makes the module, at `require "ispmail"`.
#[mlua::lua_module(name = "ispmail")]
fn ispmail(lua: &Lua) -> mlua::Result<Table> {
    caught::say_nothing();
    let module = lua.create_table()?;
    let new = |lua: &Lua, arguments: MultiValue| -> mlua::Result<MultiValue> {
        match caught(|| FrontDoor::new(lua, arguments)) {
            Ok(door) => door.into_lua(lua)?.into_lua_multi(lua),
            Err(why) => (Nil, format!("ispmail: {why}")).into_lua_multi(lua),
        }
    };
    module.set("new", lua.create_function(new)?)?;
    Ok(module)
}
