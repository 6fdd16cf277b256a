//! The ways from Dovecot to the daemon.

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use ispmail_tests::authd::Authd;
use ispmail_tests::binaries::{THIN_CHECKPASSWORD, install};
use ispmail_tests::database::Servers;
use ispmail_tests::dovecot::{Dovecot, block};
use ispmail_tests::dovecot24::{Dovecot24, lua};
use ispmail_tests::lua;

/// A front door, and the Dovecot before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Lua23,
    Checkpassword23,
    Lua24,
}

impl Door {
    pub(crate) const ALL: [Self; 3] = [Self::Lua23, Self::Checkpassword23, Self::Lua24];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lua23 => "lua_2_3",
            Self::Checkpassword23 => "checkpassword_2_3",
            Self::Lua24 => "lua_2_4",
        }
    }

    /// What goes into Dovecot's configuration, with our files as they are installed.
    pub(crate) fn settings(self, servers: &Servers, daemon: &Authd) -> String {
        match self {
            Self::Lua23 | Self::Lua24 => {
                self.lua_settings(&lua::install(servers.scratch(), daemon))
            }
            Self::Checkpassword23 => {
                let program = install(servers.scratch(), THIN_CHECKPASSWORD);
                let socket = daemon.client_socket();
                let arguments = format!("{} --daemon {}", program.display(), socket.display());
                block("passdb", "checkpassword", &arguments)
                    + "userdb {\n  driver = prefetch\n}\n"
                    + &block("userdb", "checkpassword", &arguments)
            }
        }
    }

    /// The same with this script, for Lua.
    pub(crate) fn lua_settings(self, script: &Path) -> String {
        if self == Self::Lua24 {
            return lua("passdb", script)
                + "userdb prefetch {\n}\n"
                + &lua("userdb", script)
                + "service auth-worker {\n  user = $SET:default_internal_user\n}\n";
        }
        let arguments = format!("file={}", script.display());
        block("passdb", "lua", &arguments)
            + "userdb {\n  driver = prefetch\n}\n"
            + &block("userdb", "lua", &arguments)
            + "service auth-worker {\n  user = $default_internal_user\n}\n"
    }

    /// Starts a Dovecot with these settings.
    pub(crate) fn start(self, servers: &Arc<Servers>, settings: &str) -> AnyDovecot {
        match self {
            Self::Lua23 | Self::Checkpassword23 => {
                AnyDovecot::V23(Dovecot::start(servers, settings))
            }
            Self::Lua24 => AnyDovecot::V24(Dovecot24::start(servers, settings)),
        }
    }
}

/// Of either version.
pub(crate) enum AnyDovecot {
    V23(Dovecot),
    V24(Dovecot24),
}

impl Deref for AnyDovecot {
    type Target = Dovecot;

    fn deref(&self) -> &Dovecot {
        match self {
            Self::V23(dovecot) => dovecot,
            Self::V24(dovecot) => dovecot,
        }
    }
}
