-- Dovecot's passdb lua and userdb lua over the accounts that ispmail-authd knows.
--
-- Dovecot 2.3:
--   passdb {
--     driver = lua
--     args = file=/etc/dovecot/ispmail.lua
--   }
--   userdb {
--     driver = prefetch
--   }
--   userdb {
--     driver = lua
--     args = file=/etc/dovecot/ispmail.lua
--   }
--   service auth-worker {
--     user = $default_internal_user
--   }
--
-- Dovecot 2.4:
--   passdb lua {
--     lua_file = /etc/dovecot/ispmail.lua
--   }
--   userdb prefetch {
--   }
--   userdb lua {
--     lua_file = /etc/dovecot/ispmail.lua
--   }
--   service auth-worker {
--     user = $SET:default_internal_user
--   }
--
-- The user that auth and its workers run as, dovecot, must be one of ispmail-authd's trusted users,
-- and is unless its configuration says otherwise. Nobody but root may be able to change this file
-- and ispmail.so: Dovecot 2.4 loads them as root.

local settings = {
  client_socket = "/run/ispmail/auth-client",
  master_socket = "/run/ispmail/auth-master",
  -- Seconds that a request may take before it is a temporary failure.
  timeout = 20,
}

-- Where ispmail.so is, if not in /usr/local/lib/lua/5.4 or where Debian has Lua's modules:
-- package.cpath = "/opt/ispmail/lib/?.so;" .. package.cpath

local ispmail = assert(require("ispmail").new(settings))

function auth_password_verify(request, password)
  return ispmail:verify(request, password)
end

-- For CRAM-MD5 and its kin, which need a stored password in plain text or of their own scheme.
function auth_passdb_lookup(request)
  return ispmail:passdb(request)
end

function auth_userdb_lookup(request)
  return ispmail:userdb(request)
end

-- For doveadm with '*' or -A.
function auth_userdb_iterate()
  return assert(ispmail:list())
end
