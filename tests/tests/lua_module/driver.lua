-- Loads the script named on the command line as Dovecot's auth does, then answers questions from
-- standard input: words separated by tabs, the function's name first.

-- Dovecot's numbers are floats.
dovecot = {
  auth = {
    PASSDB_RESULT_OK = 1.0,
    PASSDB_RESULT_PASSWORD_MISMATCH = 0.0,
    PASSDB_RESULT_INTERNAL_FAILURE = -1.0,
    PASSDB_RESULT_SCHEME_NOT_AVAILABLE = -2.0,
    PASSDB_RESULT_USER_UNKNOWN = -3.0,
    USERDB_RESULT_OK = 11.0,
    USERDB_RESULT_INTERNAL_FAILURE = -11.0,
    USERDB_RESULT_USER_UNKNOWN = -13.0,
  },
}

local names = {}
for name, number in pairs(dovecot.auth) do
  names[number] = name
end

local function sorted(fields)
  local all = {}
  for name, value in pairs(fields) do
    all[#all + 1] = name .. "=" .. value
  end
  table.sort(all)
  return table.concat(all, " ")
end

local function answer(ok, result, detail)
  -- An error that is no string has no text in Dovecot's log.
  if not ok then return "error " .. (type(result) == "string" and result or "without text") end
  if type(result) == "table" then return "list " .. table.concat(result, " ") end
  local text = type(detail) == "table" and sorted(detail) or detail
  return (names[result] or "unknown result") .. " " .. (text or "nothing")
end

local loaded, why = pcall(dofile, arg[1])
print(answer(loaded, loaded and {} or why))
io.stdout:flush()

for line in io.lines() do
  local words = {}
  for word in (line .. "\t"):gmatch("([^\t]*)\t") do
    words[#words + 1] = word
  end
  local name, user, password, mechanism = table.unpack(words)
  -- As Dovecot's requests, fields that do not exist are nil, whatever the name.
  local fields = {
    user = user, protocol = "imap", mechanism = mechanism, remote_ip = "192.0.2.1", local_port = "0",
    secured = "", session = "abc",
  }
  local request = setmetatable({}, { __index = function(_, key) return fields[key] end })
  local arguments = name == "auth_userdb_iterate" and {} or { request, password }
  print(answer(pcall(_G[name], table.unpack(arguments))))
  io.stdout:flush()
end
