// Fills an empty Redis again from the notes beside the models' files: after it was started without its data, and when a
// directory that an embedded server kept is taken over. Versions, pointers and what is known of projects come back;
// annotations were only in Redis, so their projects are put on a list: they are not trained by themselves until somebody
// brings the annotations again, or a model of all of them would give way to one of the few that came since.
import type { ModelFiles } from './model-files.ts';
import { projectNameOf } from './project-name.ts';
import { type RedisConnection, script } from './redis-connection.ts';
import { formatKey, storeKeys } from './redis-store-keys.ts';
import { counterOf } from './version-name.ts';

/** The layout of the keys in Redis; it is in the key `format`. */
const format = '1';

/** Projects whose annotations are gone: name → id. */
export const lostKey = 'lost';

/**
 * Nothing that is there already is touched: another replica may be at work, or further. Keys: model, versions, pins, state,
 * projects, journal, lost. Arguments: name, id, counter, current or '', then three lists, each after its length.
 */
const restoreProject = script(`
local i = 5
local function list(step, work)
  local last = i + tonumber(ARGV[i])
  i = i + 1
  while i <= last do
    work(i)
    i = i + step
  end
end
if tonumber(redis.call('HGET', KEYS[1], 'counter') or '0') < tonumber(ARGV[3]) then
  redis.call('HSET', KEYS[1], 'counter', ARGV[3])
end
local versions = 0
list(2, function(n)
  redis.call('HSETNX', KEYS[2], ARGV[n], ARGV[n + 1])
  versions = versions + 1
end)
list(1, function(n) redis.call('SADD', KEYS[3], ARGV[n]) end)
list(2, function(n) redis.call('HSETNX', KEYS[4], ARGV[n], ARGV[n + 1]) end)
redis.call('HSETNX', KEYS[5], ARGV[1], ARGV[2])
if ARGV[4] ~= '' and redis.call('HEXISTS', KEYS[2], ARGV[4]) == 1 then
  redis.call('HSETNX', KEYS[1], 'current', ARGV[4])
end
if versions > 0 and redis.call('HEXISTS', KEYS[6], 'rev') == 0 then redis.call('HSET', KEYS[7], ARGV[1], ARGV[2]) end
return 1
`);

/** What a connection does before it is used: see that the index is there, or make it. */
export async function restoreIndex(
  redis: RedisConnection,
  files: ModelFiles,
  onWarning: (message: string) => void = () => {},
): Promise<void> {
  if (await redis.client.exists(redis.key(formatKey))) return;
  const projects = await files.projects();
  for (const project of projects) await restoreOne(redis, files, project);
  await redis.client.set(redis.key(formatKey), format);
  const lost = await lostProjects(redis);
  if (lost.length === 0) return;
  onWarning(
    `Redis (REDIS_URL, ${redis.place}) held nothing, so ${lost.length} projects were restored from their files: their ` +
      'models serve, their annotations are gone. They are not trained by themselves until Start training is pressed.',
  );
}

async function restoreOne(redis: RedisConnection, files: ModelFiles, project: string): Promise<void> {
  const { book, pointer, state } = await files.notes(project);
  const names = await files.versions(project);
  const through = book?.deleted?.through ?? 0;
  const records = await Promise.all(
    names.filter((name) => counterOf(name) > through).map((name) => files.record(project, name)),
  );
  const sound = records.filter((record) => record !== null);
  const fields = Object.entries(state).map(([name, value]) => [name, JSON.stringify(value)]);
  if (sound.length === 0 && fields.length === 0) return;
  const counter = Math.max(book?.highWater ?? 0, through, ...names.map(counterOf));
  // The version that was current may be damaged; the newest sound one before it takes its place.
  const before = sound.filter(({ version }) => pointer !== null && counterOf(version) <= counterOf(pointer));
  const current = before.sort((a, b) => counterOf(b.version) - counterOf(a.version))[0]?.version ?? '';
  const keys = storeKeys(redis, project);
  const lists = [
    sound.flatMap((record) => [record.version, JSON.stringify(record)]),
    book?.pinned ?? [],
    fields.flat(),
  ];
  const args = [
    keys.name,
    JSON.stringify(project),
    counter,
    current,
    ...lists.flatMap((list) => [list.length, ...list]),
  ];
  const keyList = [
    keys.model,
    keys.versions,
    keys.pins,
    keys.state,
    keys.projects,
    redis.key('journal', keys.name),
    redis.key(lostKey),
  ] as const;
  await redis.client.eval(restoreProject.source, keyList.length, ...keyList, ...args);
}

/** Projects whose annotations were lost with Redis's data. */
export async function lostProjects(redis: RedisConnection): Promise<string[]> {
  return (await redis.client.hvals(redis.key(lostKey))).map((text) => JSON.parse(text) as string);
}

export async function isLost(redis: RedisConnection, project: string): Promise<boolean> {
  const field = projectNameOf(project);
  return (await redis.call('look up a project', (client) => client.hexists(redis.key(lostKey), field))) === 1;
}

/** The annotations are there again, or somebody has decided to go on without them. */
export async function forgetLoss(redis: RedisConnection, project: string): Promise<void> {
  await redis.call('look up a project', (client) => client.hdel(redis.key(lostKey), projectNameOf(project)));
}
