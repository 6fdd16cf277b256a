-- Signs users in through ispmail-authd, for Dovecot 2.3 and 2.4 (passdb lua, userdb lua).
-- `ispmail-pw config dovecot-2.3` and `dovecot-2.4` print the configuration that goes with it.

local settings = {
  client = "/run/ispmail/auth-client",
  master = "/run/ispmail/auth-master",
  timeout = 20, -- seconds, for an answer
}

-- Where ispmail.so is, if not where Lua looks anyway (/usr/local/lib/lua/5.4 among others).
-- package.cpath = "/opt/ispmail/lib/?.so;" .. package.cpath

local auth = dovecot.auth
local connected

-- Dovecot 2.4 hands over what stands in lua_settings { … }.
function script_init(given)
  for name, value in pairs(given or {}) do
    settings[name] = name == "timeout" and tonumber(value) or value
  end
  return 0
end

-- Not before the first request: scripts are loaded as root on 2.4, and before processes fork.
local function daemon()
  connected = connected or require("ispmail").daemon(settings)
  return connected
end

local function session(req)
  return {
    service = req.service or req.protocol,
    lip = req.local_ip, rip = req.remote_ip, lport = req.local_port, rport = req.remote_port,
    real_lip = req.real_local_ip, real_rip = req.real_remote_ip,
    session = req.session, secured = req.secured, local_name = req.local_name,
    client_id = req.client_id,
  }
end

-- Asks the daemon. Whatever goes wrong, also in here, is "failed" with a reason.
local function ask(question)
  local ran, answer, details = pcall(question)
  if not ran then
    return "failed", tostring(answer)
  end
  return answer, details
end

function auth_password_verify(req, password)
  local answer, details = ask(function()
    return daemon():sign_in(req.user, password, session(req))
  end)
  if answer == "accepted" then
    return auth.PASSDB_RESULT_OK, details
  elseif answer == "refused" then
    return auth.PASSDB_RESULT_PASSWORD_MISMATCH, ""
  end
  return auth.PASSDB_RESULT_INTERNAL_FAILURE, details
end

-- Mechanisms that need what is stored, and the scheme that each can use besides plain text.
local schemes = {
  ["CRAM-MD5"] = "CRAM-MD5", ["DIGEST-MD5"] = "DIGEST-MD5",
  ["SCRAM-SHA-1"] = "SCRAM-SHA-1", ["SCRAM-SHA-256"] = "SCRAM-SHA-256",
}

function auth_passdb_lookup(req)
  local answer, details = ask(function()
    return daemon():credentials(req.user, schemes[req.mechanism] or "", session(req))
  end)
  if answer == "found" and details.password then
    return auth.PASSDB_RESULT_OK, details
  elseif answer == "found" then
    return auth.PASSDB_RESULT_SCHEME_NOT_AVAILABLE, "the stored password is of no use for this"
  elseif answer == "unknown" then
    return auth.PASSDB_RESULT_USER_UNKNOWN, ""
  end
  return auth.PASSDB_RESULT_INTERNAL_FAILURE, details
end

function auth_userdb_lookup(req)
  local answer, details = ask(function()
    return daemon():look_up(req.user, session(req))
  end)
  if answer == "found" then
    return auth.USERDB_RESULT_OK, details
  elseif answer == "unknown" then
    return auth.USERDB_RESULT_USER_UNKNOWN, ""
  end
  return auth.USERDB_RESULT_INTERNAL_FAILURE, details
end

function auth_userdb_iterate()
  local answer, details = ask(function() return daemon():list() end)
  if answer == "found" then
    return details
  end
  error(details)
end

-- Without these Dovecot 2.4 caches nothing, even with auth_cache_size; 2.3 has the same by default.
function auth_passdb_get_cache_key() return "%{user}" end
function auth_userdb_get_cache_key() return "%{user}" end
