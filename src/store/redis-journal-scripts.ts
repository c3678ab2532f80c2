// What must happen to a project's journal in one step, in Redis's own language. The keys are drawn in redis-journal-entries.ts.
import { script } from './redis-connection.ts';

/** A line that was replaced stays this long for those who are reading. */
const graceSeconds = 600;
const oldGenerationSeconds = 3600;

/**
 * Writes changed entries, if `rev` is still the one they were made from. Arguments: rev, then six lists, each after its
 * length: head fields, tasks, annotations, annotations that went, lines, places that count no more.
 */
export const commitEntries = script(`
local head, tasks, annotations, lines, dead = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
if (redis.call('HGET', head, 'rev') or '0') ~= ARGV[1] then return 0 end
local now = tonumber(redis.call('TIME')[1])
local i = 2
local function list(step, work)
  local last = i + tonumber(ARGV[i])
  i = i + 1
  while i <= last do
    work(i)
    i = i + step
  end
end
local function into(key) return function(n) redis.call('HSET', key, ARGV[n], ARGV[n + 1]) end end
list(2, into(head))
list(2, into(tasks))
list(2, into(annotations))
list(1, function(n) redis.call('HDEL', annotations, ARGV[n]) end)
list(2, into(lines))
list(1, function(n) redis.call('ZADD', dead, now, ARGV[n]) end)
for _, place in ipairs(redis.call('ZRANGEBYSCORE', dead, '-inf', now - ${graceSeconds}, 'LIMIT', 0, 500)) do
  redis.call('HDEL', lines, place)
  redis.call('ZREM', dead, place)
end
redis.call('HINCRBY', head, 'rev', 1)
return 1
`);

const parts = `
local function each(gen, work)
  for _, part in ipairs({'tasks', 'annotations', 'lines', 'dead'}) do work(KEYS[1] .. ':' .. gen .. ':' .. part, part) end
end
`;

/**
 * Lets a draft take the place of what is there, if `rev` is still the one it was finished for. Arguments: rev, what the
 * draft's keys begin with, head fields.
 */
export const commitDraft = script(`${parts}
if (redis.call('HGET', KEYS[1], 'rev') or '0') ~= ARGV[1] then return 0 end
each(redis.call('HGET', KEYS[1], 'gen') or '0', function(key) redis.call('EXPIRE', key, ${oldGenerationSeconds}) end)
local gen = redis.call('HINCRBY', KEYS[1], 'lastGen', 1)
each(gen, function(key, part)
  local draft = ARGV[2] .. ':' .. part
  if redis.call('EXISTS', draft) == 1 then
    redis.call('RENAME', draft, key)
    redis.call('PERSIST', key)
  end
end)
redis.call('HSET', KEYS[1], 'gen', gen)
for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('HINCRBY', KEYS[1], 'rev', 1)
return 1
`);

/** The project begins anew with nothing; what it was goes after a time. Argument: that time in seconds. */
export const dropProject = script(`${parts}
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
each(redis.call('HGET', KEYS[1], 'gen') or '0', function(key) redis.call('EXPIRE', key, ARGV[1]) end)
local gen = redis.call('HINCRBY', KEYS[1], 'lastGen', 1)
redis.call('HSET', KEYS[1], 'gen', gen, 'seq', 0, 'order', 0, 'tasks', 0, 'annotations', 0, 'changes', 0)
redis.call('HINCRBY', KEYS[1], 'rev', 1)
return 1
`);
