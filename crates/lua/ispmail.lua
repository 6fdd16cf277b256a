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
-- and is unless its configuration says otherwise.

local settings = {
  client_socket = "/run/ispmail/auth-client",
  master_socket = "/run/ispmail/auth-master",
  -- Seconds that a request may take before it is a temporary failure.
  timeout = 20,
}

-- Where ispmail.so is, if not in /usr/local/lib/lua/5.4 or where Debian has Lua's modules:
-- package.cpath = "/opt/ispmail/lib/?.so;" .. package.cpath

-- Loaded at the first request: Dovecot 2.4 loads this file as root, and answers as dovecot.
local front_door
local function ispmail()
  front_door = front_door or assert(require("ispmail").new(settings))
  return front_door
end

-- What goes wrong in here is a temporary failure, with one line in Dovecot's log.
local function ask(failure, question, ...)
  local asked, result, detail = pcall(function(...)
    return ispmail()[question](ispmail(), ...)
  end, ...)
  if not asked then
    return failure, (tostring(result):gsub("%s+", " "))
  end
  return result, detail
end

function auth_password_verify(request, password)
  return ask(dovecot.auth.PASSDB_RESULT_INTERNAL_FAILURE, "verify", request, password)
end

-- For CRAM-MD5 and its kin, which need a stored password in plain text or of their own scheme.
function auth_passdb_lookup(request)
  return ask(dovecot.auth.PASSDB_RESULT_INTERNAL_FAILURE, "passdb", request)
end

function auth_userdb_lookup(request)
  return ask(dovecot.auth.USERDB_RESULT_INTERNAL_FAILURE, "userdb", request)
end

-- For doveadm with '*' or -A. Here an error is the only way to say that it went wrong.
function auth_userdb_iterate()
  return assert(ispmail():list())
end

-- Without these Dovecot 2.4 keeps nothing in its cache, if auth_cache_size gives it one; 2.3 does.
function auth_passdb_get_cache_key()
  return "%{user}"
end

function auth_userdb_get_cache_key()
  return "%{user}"
end
