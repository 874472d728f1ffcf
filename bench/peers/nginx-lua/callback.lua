-- The gateway's job in nginx: verify the raw body's HMAC, parse it, keep each callback once by one script, acknowledge.
local bit = require "bit"
local cjson = require "cjson.safe"
local hmac = require "openssl.hmac"
local redis = require "nginx.redis"

local secret = os.getenv("SECRET")
local redis_socket = "unix:" .. os.getenv("REDIS_SOCKET")

local keep = [[
if redis.call("SET", KEYS[1], "1", "NX") then redis.call("XADD", KEYS[2], "*", "body", ARGV[1]) end
return 1]]
local keep_digest

local function hex(bytes)
    return (bytes:gsub(".", function(byte) return string.format("%02x", byte:byte()) end))
end

local function is_equal(a, b)
    if #a ~= #b then return false end
    local difference = 0
    for i = 1, #a do difference = bit.bor(difference, bit.bxor(a:byte(i), b:byte(i))) end
    return difference == 0
end

local function answer(status, body)
    ngx.status = status
    ngx.header["Content-Length"] = #body
    ngx.print(body)
end

-- The digest of the script, from Redis itself, once per worker.
local function run(connection, key, body)
    if not keep_digest then
        local digest, problem = connection:script("LOAD", keep)
        if not digest then return nil, problem end
        keep_digest = digest
    end
    return connection:evalsha(keep_digest, 2, key, "events", body)
end

local function store(key, body)
    local connection = redis:new()
    connection:set_timeout(5000)
    local connected, problem = connection:connect(redis_socket)
    if not connected then return nil, problem end
    local kept
    kept, problem = run(connection, key, body)
    if not kept then return nil, problem end
    connection:set_keepalive(60000, 128)
    return true
end

local callback = {}

function callback.take()
    ngx.req.read_body()
    local body = ngx.req.get_body_data() or ""
    local given = ngx.var.http_x_startbutton_signature or ""
    if not is_equal(given, hex(hmac.new(secret, "sha512"):final(body))) then
        return answer(401, '{"error":"not authenticated"}')
    end
    local parsed = cjson.decode(body)
    local transaction = parsed and parsed.data and parsed.data.transaction
    if not transaction then return answer(400, '{"error":"not understood"}') end
    local stored, problem = store("seen:" .. transaction.transactionReference .. ":" .. parsed.event, body)
    if not stored then
        ngx.log(ngx.ERR, "not stored: ", problem)
        return answer(503, '{"error":"not stored"}')
    end
    answer(200, '{"status":"ok"}')
end

return callback
