/**
 * What runs inside Redis, one atomic step each. Times are the server's own, so that all who share it agree. Numbers
 * that must only grow also never fall behind the clock: should a fail-over lose the last writes, none is given twice.
 */

export interface Script {
  readonly name: string;
  readonly lua: string;
}

const NOW = `
local function clock()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local now = clock()
local function text(n) return string.format('%.0f', n) end
local function grow(key)
  local next = math.max((tonumber(redis.call('GET', key)) or 0) + 1, now)
  redis.call('SET', key, text(next))
  return text(next)
end
`;

/** A record is kept as `version expiry json`. */
const RECORD = `${NOW}
local function live(packed)
  if not packed then return false end
  local version, expires = string.match(packed, '^(%d+) (%d+) ')
  if expires ~= '0' and tonumber(expires) <= now then return false end
  return version
end
local function told(kind, expires, key) redis.call('PUBLISH', ARGV[1], kind .. ' ' .. expires .. ' ' .. key) end
local function remove(key)
  redis.call('HDEL', KEYS[1], key)
  redis.call('ZREM', KEYS[2], key)
  redis.call('ZREM', KEYS[3], key)
  told('d', '0', key)
end
local function refusal(key, ifVersion, token)
  if token ~= '' and redis.call('HGET', KEYS[5], 'token') ~= token then return 'fenced' end
  if ifVersion == '' then return false end
  if (live(redis.call('HGET', KEYS[1], key)) or 'absent') ~= ifVersion then return 'conflict' end
  return false
end
`;

const script = (name: string, lua: string): Script => ({ name, lua });

/** KEYS: values, index, expiry, version counter, the fence's lease. ARGV[1]: the channel. */
export const RECORDS = {
  get: script(
    "records.get",
    `${RECORD}
local packed = redis.call('HGET', KEYS[1], ARGV[2])
return live(packed) and packed or false`,
  ),
  /** ARGV: channel, then keys. */
  many: script(
    "records.many",
    `${RECORD}
local found = {}
for i = 2, #ARGV do
  local packed = redis.call('HGET', KEYS[1], ARGV[i])
  found[i - 1] = live(packed) and packed or ''
end
return found`,
  ),
  /** ARGV: channel, prefix, most. The key and the record of each, or one number when there are more. */
  list: script(
    "records.list",
    `${RECORD}
local most = tonumber(ARGV[3])
local keys = redis.call('ZRANGE', KEYS[2], '[' .. ARGV[2], '(' .. ARGV[2] .. '\\127', 'BYLEX')
local found = {}
for i = 1, #keys do
  local packed = redis.call('HGET', KEYS[1], keys[i])
  if live(packed) then
    found[#found + 1] = keys[i]
    found[#found + 1] = packed
    if #found > most * 2 then return most end
  end
end
return found`,
  ),
  /** ARGV: channel, key, json, expiry or 0, ifVersion, token. */
  put: script(
    "records.put",
    `${RECORD}
local key, expires = ARGV[2], ARGV[4]
local reason = refusal(key, ARGV[5], ARGV[6])
if reason then return { reason } end
local version = grow(KEYS[4])
redis.call('HSET', KEYS[1], key, version .. ' ' .. expires .. ' ' .. ARGV[3])
redis.call('ZADD', KEYS[2], 0, key)
if expires == '0' then redis.call('ZREM', KEYS[3], key) else redis.call('ZADD', KEYS[3], expires, key) end
told('p', expires, key)
return { 'ok', version }`,
  ),
  /** ARGV: channel, key, ifVersion, token. */
  delete: script(
    "records.delete",
    `${RECORD}
if not live(redis.call('HGET', KEYS[1], ARGV[2])) or refusal(ARGV[2], ARGV[3], ARGV[4]) then return 0 end
remove(ARGV[2])
return 1`,
  ),
  /** ARGV: channel, most. Milliseconds until the next record expires; -1 when none will. */
  expire: script(
    "records.expire",
    `${RECORD}
local due = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', text(now), 'LIMIT', 0, ARGV[2])
for _, key in ipairs(due) do remove(key) end
local soonest = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
if #soonest == 0 then return -1 end
return math.max(0, math.ceil(soonest[2] - now))`,
  ),
} as const;

const DAY_MS = 86_400_000;

/** KEYS: lease, token counter. */
export const LEASES = {
  /** ARGV: holder, ttl. */
  acquire: script(
    "leases.acquire",
    `${NOW}
local held = redis.call('HMGET', KEYS[1], 'holder', 'expires')
if held[2] and tonumber(held[2]) > now and held[1] ~= ARGV[1] then return false end
local token, expires = grow(KEYS[2]), math.ceil(now + tonumber(ARGV[2]))
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'token', token, 'expires', text(expires))
redis.call('PEXPIREAT', KEYS[1], text(expires + ${DAY_MS}))
return { ARGV[1], token, text(expires) }`,
  ),
  /** ARGV: token, ttl. */
  renew: script(
    "leases.renew",
    `${NOW}
local held = redis.call('HMGET', KEYS[1], 'holder', 'token', 'expires')
if held[2] ~= ARGV[1] or tonumber(held[3]) <= now then return false end
local expires = math.max(tonumber(held[3]), math.ceil(now + tonumber(ARGV[2])))
redis.call('HSET', KEYS[1], 'expires', text(expires))
redis.call('PEXPIREAT', KEYS[1], text(expires + ${DAY_MS}))
return { held[1], held[2], text(expires) }`,
  ),
  /** ARGV: token. */
  release: script(
    "leases.release",
    `${NOW}
local held = redis.call('HMGET', KEYS[1], 'token', 'expires')
if held[1] ~= ARGV[1] or tonumber(held[2]) <= now then return 0 end
redis.call('HSET', KEYS[1], 'expires', text(now))
redis.call('PEXPIREAT', KEYS[1], text(now + ${DAY_MS}))
return 1`,
  ),
  get: script(
    "leases.get",
    `${NOW}
local held = redis.call('HMGET', KEYS[1], 'holder', 'token', 'expires')
if not held[3] or tonumber(held[3]) <= now then return false end
return held`,
  ),
} as const;

/** KEYS: stream, counter. ARGV[1]: channel, ARGV[2]: topic. Positions have no gaps; an entry's id is `position-1`. */
export const EVENTS = {
  /** ARGV: channel, topic, then values. */
  append: script(
    "events.append",
    `${NOW}
local position = tonumber(redis.call('GET', KEYS[2])) or 0
for i = 3, #ARGV do
  position = position + 1
  redis.call('XADD', KEYS[1], text(position) .. '-1', 't', text(now), 'v', ARGV[i])
end
redis.call('SET', KEYS[2], text(position))
redis.call('PUBLISH', ARGV[1], 'e 0 ' .. ARGV[2])
return text(position)`,
  ),
  /** ARGV: channel, topic, after, limit, lag. The last position, then the events; those lost to a lag are passed over. */
  read: script(
    "events.read",
    `
local last = tonumber(redis.call('GET', KEYS[2])) or 0
local from = math.max(tonumber(ARGV[3]), last - tonumber(ARGV[5]))
local start = string.format('%.0f-0', from + 1)
return { string.format('%.0f', last), redis.call('XRANGE', KEYS[1], start, '+', 'COUNT', ARGV[4]) }`,
  ),
  /** ARGV: channel, topic, limit. */
  tail: script(
    "events.tail",
    `return redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', ARGV[3])`,
  ),
  /** ARGV: channel, topic, keep. */
  trim: script("events.trim", `return redis.call('XTRIM', KEYS[1], 'MAXLEN', '=', ARGV[3])`),
} as const;
