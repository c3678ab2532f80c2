// What must happen to a project's models in one step, in Redis's own language. The keys are drawn in redis-store-keys.ts; the
// last one given is always `format`: without it Redis has lost everything, and nothing is written before it is filled again.
import { type Script, script } from './redis-connection.ts';

function guarded(source: string): Script {
  const lost = `redis.error_reply('LOADING the index of models is gone')`;
  return script(`if redis.call('EXISTS', KEYS[#KEYS]) == 0 then return ${lost} end\n${source}`);
}

/**
 * The next counter; -1 when Redis does not know the project and nobody says where to begin. Argument: where, or ''.
 */
export const reserveCounter = guarded(`
if redis.call('HEXISTS', KEYS[1], 'counter') == 0 then
  if ARGV[1] == '' then return -1 end
  redis.call('HSET', KEYS[1], 'counter', ARGV[1])
end
return redis.call('HINCRBY', KEYS[1], 'counter', 1)
`);

/** Whoever was given a job may only finish it while it is still theirs: the lock of the job holds their token. */
const fence = `
local function isTheirs(key, token) return token == '' or redis.call('GET', key) == token end
`;

/**
 * Puts a version in the index. Keys: project, versions, projects, lock. Arguments: version, record, name, id, token of the
 * lock or '', deletions seen or ''. Answers 1; 0 when the job is not theirs any more; -1 when the project was deleted.
 */
export const addVersion = guarded(`${fence}
if not isTheirs(KEYS[4], ARGV[5]) then return 0 end
if ARGV[6] ~= '' and (redis.call('HGET', KEYS[1], 'deletions') or '0') ~= ARGV[6] then return -1 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[3], ARGV[3], ARGV[4])
return 1
`);

/**
 * Moves the pointer and tells everybody. Keys: project, versions, stamps, lock. Arguments: version, '1' to compare, the
 * version expected ('' for none), name, channel, message, token or ''. Answers 'done', 'missing', 'late', or 'is' and what is current.
 */
export const movePointer = guarded(`${fence}
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 then return 'missing' end
if not isTheirs(KEYS[4], ARGV[7]) then return 'late' end
local current = redis.call('HGET', KEYS[1], 'current') or ''
if ARGV[2] == '1' and current ~= ARGV[3] then return 'is' .. current end
redis.call('HSET', KEYS[1], 'current', ARGV[1])
redis.call('HINCRBY', KEYS[3], ARGV[4], 1)
redis.call('PUBLISH', ARGV[5], ARGV[6])
return 'done'
`);

/** Takes versions out of the index, but neither the current nor a pinned one. Keys: project, versions, pins. Answers those that went. */
export const dropVersions = guarded(`
local gone = {}
for _, version in ipairs(ARGV) do
  local isUsed = redis.call('HGET', KEYS[1], 'current') == version or redis.call('SISMEMBER', KEYS[3], version) == 1
  if not isUsed and redis.call('HDEL', KEYS[2], version) == 1 then table.insert(gone, version) end
end
return gone
`);

/** Pins a version that is there. Keys: versions, pins. Arguments: version, '1' or '0'. Answers 0 when it is not there. */
export const pinVersion = guarded(`
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call(ARGV[2] == '1' and 'SADD' or 'SREM', KEYS[2], ARGV[1])
return 1
`);

/**
 * Merges into the state. Keys: state, projects, stamps. Arguments: name, id, channel, message, how many fields are set,
 * these with their values, fields that go.
 */
export const mergeState = guarded(`
local last = 5 + 2 * tonumber(ARGV[5])
for i = 6, last, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
for i = last + 1, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('HINCRBY', KEYS[3], ARGV[1], 1)
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
`);

/**
 * Forgets a project, but not how far its counter went. Keys: project, versions, pins, state, projects, stamps. Arguments:
 * name, time, channel, message.
 */
export const forgetProject = guarded(`
local isKnown = redis.call('HDEL', KEYS[5], ARGV[1]) == 1
if not isKnown and redis.call('EXISTS', KEYS[2], KEYS[4]) == 0 then return 0 end
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
redis.call('HDEL', KEYS[1], 'current')
redis.call('HSET', KEYS[1], 'through', redis.call('HGET', KEYS[1], 'counter') or '0', 'deletedAt', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'deletions', 1)
redis.call('HINCRBY', KEYS[6], ARGV[1], 1)
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
`);
