/**
 * The queue inside Redis. An item's id is in one of five sorted sets: ready (by position), delayed (by time), claimed
 * (by the end of the claim), dead and done (by when they are forgotten). A claim that ran out is seen to by whoever
 * asks next, before it is answered.
 */
import type { Script } from "./scripts.ts";

const DAY_MS = 86_400_000;
export const QUEUE_PARTS = [
  "ready",
  "delayed",
  "claimed",
  "dead",
  "done",
  "position",
  "facts",
  "payload",
  "error",
] as const;

/** KEYS: as QUEUE_PARTS. Facts are `position attempts maxAttempts`. */
const PRELUDE = `
local READY, DELAYED, CLAIMED, DEAD, DONE = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local POSITION, FACTS, PAYLOAD, ERROR = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function text(n) return string.format('%.0f', n) end
local function facts(id)
  local packed = redis.call('HGET', FACTS, id)
  if not packed then return nil end
  local position, attempts, most = string.match(packed, '^(%d+) (%d+) (%d+)$')
  return position, tonumber(attempts), tonumber(most)
end
local function each(set, act)
  repeat
    local ids = redis.call('ZRANGEBYSCORE', set, '-inf', text(now), 'LIMIT', 0, 500)
    for _, id in ipairs(ids) do
      redis.call('ZREM', set, id)
      act(id)
    end
  until #ids < 500
end
local function ready(id) redis.call('ZADD', READY, (facts(id)), id) end
local function bury(id, why)
  redis.call('ZADD', DEAD, text(now + ${DAY_MS}), id)
  redis.call('HDEL', PAYLOAD, id)
  redis.call('HSET', ERROR, id, why)
end
local function forget(id)
  redis.call('HDEL', FACTS, id)
  redis.call('HDEL', PAYLOAD, id)
  redis.call('HDEL', ERROR, id)
end
each(DELAYED, ready)
each(CLAIMED, function(id)
  local _, attempts, most = facts(id)
  if attempts >= most then bury(id, 'not answered in time') else ready(id) end
end)
each(DEAD, forget)
each(DONE, forget)
`;

/** ARGV: id, position, attempt, then the answer's own. */
const MINE = `${PRELUDE}
local id = ARGV[1]
local position, attempts, most = facts(id)
if position ~= ARGV[2] or attempts ~= tonumber(ARGV[3]) or not redis.call('ZSCORE', CLAIMED, id) then return 0 end
`;

const script = (name: string, lua: string): Script => ({ name, lua });

export const QUEUE = {
  /** ARGV: four for each item: id, payload, notBefore, maxAttempts. */
  push: script(
    "queue.push",
    `${PRELUDE}
local added = 0
for i = 1, #ARGV, 4 do
  local id, notBefore = ARGV[i], tonumber(ARGV[i + 2])
  if redis.call('HEXISTS', FACTS, id) == 0 then
    added = added + 1
    local position = math.max((tonumber(redis.call('GET', POSITION)) or 0) + 1, now)
    redis.call('SET', POSITION, text(position))
    redis.call('HSET', FACTS, id, text(position) .. ' 0 ' .. ARGV[i + 3])
    redis.call('HSET', PAYLOAD, id, ARGV[i + 1])
    if notBefore > now then redis.call('ZADD', DELAYED, text(notBefore), id) else ready(id) end
  end
end
return added`,
  ),
  /** ARGV: most, visibility. Five for each item: id, payload, position, attempt, until. */
  claim: script(
    "queue.claim",
    `${PRELUDE}
local most, claimed = tonumber(ARGV[1]), {}
if most == 0 then return claimed end
local untilMs = text(math.ceil(now + tonumber(ARGV[2])))
for _, id in ipairs(redis.call('ZRANGE', READY, 0, most - 1)) do
  local position, attempts, limit = facts(id)
  redis.call('ZREM', READY, id)
  redis.call('ZADD', CLAIMED, untilMs, id)
  redis.call('HSET', FACTS, id, position .. ' ' .. (attempts + 1) .. ' ' .. limit)
  for _, part in ipairs({ id, redis.call('HGET', PAYLOAD, id), position, text(attempts + 1), untilMs }) do
    claimed[#claimed + 1] = part
  end
end
return claimed`,
  ),
  /** ARGV: …, visibility. */
  extend: script(
    "queue.extend",
    `${MINE}
redis.call('ZADD', CLAIMED, text(math.ceil(now + tonumber(ARGV[4]))), id)
return 1`,
  ),
  complete: script(
    "queue.complete",
    `${MINE}
redis.call('ZREM', CLAIMED, id)
redis.call('ZADD', DONE, text(now + ${DAY_MS}), id)
redis.call('HDEL', PAYLOAD, id)
return 1`,
  ),
  /** ARGV: …, error, retryAt or empty. */
  fail: script(
    "queue.fail",
    `${MINE}
redis.call('ZREM', CLAIMED, id)
if ARGV[5] == '' or attempts >= most then
  bury(id, ARGV[4])
else
  redis.call('HSET', ERROR, id, ARGV[4])
  if tonumber(ARGV[5]) > now then redis.call('ZADD', DELAYED, ARGV[5], id) else ready(id) end
end
return 1`,
  ),
  stats: script(
    "queue.stats",
    `${PRELUDE}
return {
  redis.call('ZCARD', READY) + redis.call('ZCARD', DELAYED),
  redis.call('ZCARD', CLAIMED),
  redis.call('ZCARD', DEAD),
}`,
  ),
} as const;
